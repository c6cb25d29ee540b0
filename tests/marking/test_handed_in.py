"""What is handed in as handouts print it, by whom, and what it costs."""

from __future__ import annotations

import csv
import io
import sys
from fractions import Fraction

import pytest

from chalkgrad import ProblemError, example
from chalkgrad.check_commands import check_command
from chalkgrad.marking.checking import check
from chalkgrad.marking.classroom import mark_raw
from chalkgrad.marking.gradebook import GRADEBOOK, Tally, gradebook_row, summary_document
from chalkgrad.marking.marker import Marker
from chalkgrad.marking.report import evidence, sheet_document
from chalkgrad.marking.scheme import read_scheme
from chalkgrad.marking.sheets import read_bytes
from chalkgrad.rendering.terminal import to_text

ASCENT = {"grad_w[2][1,1]": "0.08217", "grad_w[2][1,2]": "0.08267",
          "new_w[2][1,1]": "0.44108", "new_w[2][1,2]": "0.49133"}  # fmt: skip


def table(text, name="class.csv"):
    marker = Marker(example("mazur"))
    is_name = lambda head: not isinstance(marker.layouts.resolve(head), str)  # noqa: E731
    return [mark_raw(marker, raw) for raw in read_bytes(text.encode(), name, is_name)]


def row_of(sheet):
    marker = Marker(example("mazur"))
    return dict(zip(GRADEBOOK, gradebook_row(sheet, marker.asked), strict=True))


# ---------------------------------------------------------------- a class in one table
def test_a_column_that_is_not_understood_is_named_with_the_nearest_name():
    (sheet,) = table('Name,z[1][1],los,"grad_w[1][1,9]",loss\nAnn,0.3775,0.2984,5,0.2984\n')
    assert any('"los"' in note and '"loss"' in note for note in sheet.notes)
    assert any("grad_w[1][1,9]" in note for note in sheet.notes) and len(sheet.notes) == 2
    tally = Tally()
    tally.add(sheet)
    assert '"los"' in to_text(summary_document(tally), width=100)


@pytest.mark.parametrize(
    ("head", "cells", "who"),
    [
        ("Student,ID,SIS User ID,SIS Login ID,Section", "Ann Lee,17,s17,ann,A", ("Ann Lee", "17", "")),
        ("First name,Surname,ID number,Email address", "Ann,Lee,17,ann@b.c", ("Ann Lee", "17", "ann@b.c")),
        ("Email,Name", "ann@b.c,Ann", ("Ann", "", "ann@b.c")),
        ("Matrikelnummer", "17", ("17", "17", "")),
    ],
)  # fmt: skip
def test_who_handed_in_is_carried_into_the_gradebook(head, cells, who):
    (sheet,) = table(f"{head},z[1][1],loss\n{cells},0.3775,0.2984\n")
    row = row_of(sheet)
    assert (row["sheet"], row["id"], row["email"]) == who and not sheet.notes


# ---------------------------------------------------------------- kinds and spellings
@pytest.mark.parametrize(
    "text",
    [
        "quantity,answer\nz[1][1],0.3775\nloss,0.2984\n",
        "Dear tutor,\n\n| quantity | answer |\n|---|---:|\n| z[1][1] | 0.3775 |\n| loss | 0.2984 |\n",
        '{"z[1][1]": "0.3775", "loss": 0.2984}',
        '"z[1][1]" = "0.3775"\nloss = 0.2984\n',
    ],
)
def test_a_sheet_on_standard_input_is_known_by_what_it_holds(text, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert check_command(example("mazur"), ("-",)) == 0
    assert "2 of 2 marks: 2 right" in capsys.readouterr().out


def test_marks_of_markdown_around_a_figure_are_no_part_of_it():
    text = (
        "| quantity | answer |\n|---|---|\n| **z[1][1]** | $0.3775$ |\n| `a[1][1]` | **0.5933** |\n"
    )
    (sheet,) = table(text + "| loss | $2{,}984 \\times 10^{-1}$ |\n", "ann.md")
    assert [a.verdict for a in sheet.answers] == ["right"] * 3


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("∂E/∂w[2][1,1]", "grad_w[2][1,1]"), ("∂E/∂w5", "grad_w[2][1,1]"), ("dE/dw5", "grad_w[2][1,1]"),
        ("w[1][1,1]_new", "new_w[1][1,1]"), ("w5_new", "new_w[2][1,1]"), ("δ[2][1]", "delta[2][1]"),
        ("E", "loss"), ("∂E/∂out_o1", "grad_a[2][1]"), ("∂E/∂z[2][1]", "delta[2][1]"),
        ("∂a[2][1]/∂z[2][1]", "da_dz[2][1]"), ("it2.E", "it2.loss"), ("$\\partial E/\\partial w5$", "grad_w[2][1,1]"),
    ],
)  # fmt: skip
def test_names_as_a_handout_prints_them_are_read(printed, name):
    assert check(example("mazur"), {printed: "1"}).sheets[0].answers[0].name == name


def test_an_unknown_name_gets_a_suggestion_that_is_shown_whole():
    sheet = check(example("mazur"), {"grad_q[1][1,1]": "1"}).sheets[0]
    assert 'did you mean "grad_' in sheet.answers[0].remarks[0]
    shown = " ".join(to_text(sheet_document(sheet), width=80).split())
    assert "…" not in shown and "did" in shown


# ---------------------------------------------------------------- marks
def test_what_is_given_earns_no_mark():
    sheet = check(example("mazur"), {"x[1]": "0.05", "w5": "0.40", "loss": "0.2984"}).sheets[0]
    assert (sheet.marks, sheet.out_of, sheet.handed_in) == (1, 1, 1)
    assert "It is worth no marks." in evidence(sheet["x[1]"])
    assert check(example("mazur"), {"it2.w5": "0.3589"}).sheets[0].marks == 1
    assert check(example("mazur"), {"x[1]": "0.05"}, marks={"kinds": {"x": 2}}).sheets[0].marks == 2


def test_the_gradebook_says_how_much_was_handed_in():
    (sheet,) = table("quantity,answer\nloss,0.2984\nx[1],0.05\nz[1][1],\n", "ann.csv")
    row = row_of(sheet)
    assert (row["marks"], row["handed_in"]) == ("1", "1")
    # what solve shows of 2-2-2 with shared biases: a to loss 9, back to the last weight
    assert int(row["asked"]) > 30
    asking = Marker(example("mazur"), None, ["loss", "x[1]", "a[2][1]"])
    assert asking.asked == 2


def test_one_slip_made_in_all_updates_costs_once():
    """0.4 + 0.5 * 0.08217 and 0.45 + 0.5 * 0.08267: up the slope, twice."""
    sheet = check(example("mazur"), ASCENT).sheets[0]
    assert [a.verdict for a in sheet.answers] == ["right", "right", "wrong", "wrong"]
    assert (sheet.marks, sheet.answers[3].cause) == (3, "new_w[2][1,1]")
    assert check(example("mazur"), ASCENT, marks={"same_slip": "each"}).sheets[0].marks == 2
    half = {"follow_through": "1/2"}
    assert check(example("mazur"), ASCENT, marks=half).sheets[0].marks == Fraction(5, 2)
    with pytest.raises(ProblemError):
        read_scheme({"same_slip": "twice"})


def test_wrong_answers_without_a_common_slip_all_cost():
    answers = {"z[1][1]": "0.9173", "z[1][2]": "0.7911", "a[2][1]": "0.1234"}
    sheet = check(example("mazur"), answers).sheets[0]
    assert (sheet.marks, sheet.out_of) == (0, 3)
    # two points shifted are two slips of the hand
    sheet = check(example("mazur"), {"z[1][1]": "3.775", "z[1][2]": "3.925"}).sheets[0]
    assert not sheet.marks and not any(a.cause for a in sheet.answers)


def test_the_marks_lost_add_up_in_words():
    answers = {"z[1][2]": "-0.8", "a[1][2]": "0", "grad_w[2][1,2]": "0"}
    sheet = check(example("relu-bce"), answers).sheets[0]
    text = " ".join(to_text(sheet_document(sheet), width=80).split())
    lost = int(sheet.out_of - sheet.marks)
    assert lost == 1 + sum(a.trivial for a in sheet.answers)
    assert "Marks lost: 1 by 1 wrong answer;" in text
    assert "nothing was left to work out here: no marks" in text.replace(" ", " ")


def test_the_gradebook_of_a_folder_has_its_columns(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "class.csv").write_text("Email,Name,loss,a[2][1]\nann@b.c,Ann,0.2984,\n")
    check_command(example("mazur"), (str(tmp_path / "in"),), output=str(tmp_path / "out"))
    (row,) = csv.DictReader(io.StringIO((tmp_path / "out" / "gradebook.csv").read_text()))
    assert (row["sheet"], row["email"], row["handed_in"]) == ("Ann", "ann@b.c", "1")
    assert int(row["asked"]) > 30
