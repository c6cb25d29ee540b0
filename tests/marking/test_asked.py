"""What a sheet and its key ask for: exactly the lines that `solve` shows, on a page that gives all they need."""

from __future__ import annotations

import csv
import html
import io
import re
import shutil
import subprocess

import pytest

from chalkgrad import check, dump, example, loads, solve
from chalkgrad.__main__ import main
from chalkgrad.compose import compose
from chalkgrad.errors import RequestError
from chalkgrad.marking.blank import blank_sheet
from chalkgrad.marking.worksheet import marking_key, worksheet, written
from chalkgrad.rendering.document import Equations, Heading, Table

HALVING = """\
[[layer]]
weights = [[1.0]]
activation = "identity"
[training]
learning_rate = 0.5
iterations = 6
[training.stop]
loss = 0.1
[[sample]]
input = [1]
target = [0]
"""
"""The weight halves with each update, the loss is half its square: 0.5, 0.125, then 0.03125 stops it."""
TOLD = """\
title = "Told"
[[layer]]
weights = [[0.5, 0.2], [0.1, 0.3]]
bias = [0.1, 0.2]
activation = { name = "leaky_relu", slope = 0.15 }
[[layer]]
weights = [[0.5, 0.2]]
bias = 0.7
activation = "tanh"
[training]
loss = { name = "huber", delta = 0.45 }
learning_rate = 0.35
optimizer = { name = "momentum", momentum = 0.8 }
train_biases = false
[arithmetic]
decimals = 5
[[sample]]
input = [0.1, 0.25]
target = [1]
[[sample]]
input = [0.6, 0.9]
target = [0]
"""


def names_of(problem, **options):
    rows = list(csv.reader(io.StringIO(blank_sheet(problem, **options))))
    assert rows[0] == ["quantity", "answer"]
    return [row[0] for row in rows[1:]]


def rows_of(document):
    return [row for part in document.parts if isinstance(part, Table) for row in part.rows]


def shown_by_solve(problem, only):
    """The names of the equations that a page of `solve` has, with the prefixes that a sheet writes."""
    parts = compose(solve(problem, only=only)).parts
    names = [item.name for part in parts if isinstance(part, Equations) for item in part.items]
    one = r"it1\.|s1\." if len(problem.samples) == 1 else r"it1\."
    return [re.sub(one, "", name) for name in names]


@pytest.mark.parametrize(
    ("name", "only"),
    [
        ("mazur", []),
        ("momentum", []),
        ("xor", []),
        ("xor", ["it57.*"]),
        ("tanh-batch", ["it1.*"]),
        ("tanh-batch", ["a[2]*", "s2.grad_w[1]*", "loss"]),
        ("tanh-batch", ["grad_w"]),
        ("two-two-one", ["W[1]", "it1.new_W[2]", "x[1]"]),
        ("softmax", ["delta*"]),
    ],
)
def test_a_sheet_asks_for_what_solve_shows(name, only):
    problem = example(name).with_(names={})
    shown = shown_by_solve(problem, only)
    assert names_of(problem, ask=only) == shown
    assert len(rows_of(worksheet(problem, only))) == len(shown) + _of_samples(problem)
    assert len(rows_of(marking_key(problem, only))) == len(shown) + 1  # and the total


def test_a_kind_is_that_of_the_batch_and_with_a_sample_in_front_its_part():
    problem = example("tanh-batch")  # 2-2-1, three samples
    whole = [f"grad_w[2][1,{i}]" for i in (1, 2)]
    whole += [f"grad_w[1][{j},{i}]" for j in (1, 2) for i in (1, 2)]
    assert names_of(problem, ask=["it1.loss, it1.grad_w"]) == ["loss", *whole]
    assert names_of(problem, ask=["it1.s2.grad_w"]) == [f"s2.{name}" for name in whole]


def _of_samples(problem):
    return len(problem.samples) if len(problem.samples) > 1 else 0


def test_nothing_is_asked_of_iterations_after_training_stopped():
    problem = loads(HALVING)
    names = names_of(problem)
    assert {name.partition(".")[0] for name in names if name.startswith("it")} == {"it2"}
    key = marking_key(problem)
    assert [p.text for p in key.parts if isinstance(p, Heading)] == ["Iteration 1", "Iteration 2"]
    assert len(rows_of(key)) == len(names) + 1
    for ask in ("it3.loss", "it3.*", "it3.new_w"):
        with pytest.raises(RequestError, match="there are 2 iterations"):
            blank_sheet(problem, [ask])


@pytest.mark.parametrize("ask", ["new_w[1][1,1]", "new_w", "nonsense", "velocity*", "w"])
def test_what_a_problem_has_not_is_not_asked(ask):
    with pytest.raises(RequestError):
        blank_sheet(example("nptel"), [ask])


def test_an_answer_beyond_the_stop_is_not_marked():
    answers = {"it2.loss": "0.125", "it3.loss": "0.03125", "it6.new_w[1][1,1]": "0.015625"}
    found = check(loads(HALVING), answers).sheets[0].answers
    assert [a.verdict for a in found] == ["right", "unread", "unread"]
    assert "there are 2 iterations" in found[1].remarks[0]
    free = loads(HALVING.replace("[training.stop]\nloss = 0.1\n", ""))
    assert {a.verdict for a in check(free, answers).sheets[0].answers} == {"right"}


def test_delta_is_asked_where_the_style_works_with_it():
    assert "delta[1][1]" not in names_of(example("mazur"))
    names = names_of(example("mazur"), style="delta")
    assert "delta[1][1]" in names and "grad_a[1][1]" not in names


@pytest.mark.parametrize("format_", ["html", "markdown", "typst", "latex"])
def test_all_that_the_problem_gives_stands_on_the_worksheet(format_):
    made = html.unescape(blank_sheet(loads(TOLD), format=format_)).replace("\\", "")
    made = re.sub(r"[{}$]|<[^>]*>", "", made).replace("leakyrelu", "leaky_relu")
    for given in (
        "2-2-1", "leaky_relu (slope 0.15), tanh", "loss huber (delta 0.45)", "sum over outputs",
        "mean over samples", "momentum", "learning rate 0.35", "biases kept fixed",
        "exact arithmetic, 5 decimals", "0.25", "0.6", "0.9", "0.5", "0.2", "0.3", "0.7", "0.8",
    ):  # fmt: skip
        assert given in made, given


def test_a_worksheet_in_markdown_is_read_back_whatever_else_stands_on_it():
    problem = loads(TOLD.replace('"Told"', '"P(a|b) | quantity"'))
    made = blank_sheet(problem, ["loss", "a[2]*"], "markdown", language="de")
    assert "| 0.25" in made.replace("$", "").replace("`", "")  # the table of the samples
    from chalkgrad.marking.sheets import read_bytes

    (raw,) = read_bytes(made.encode(), "ann.md", lambda name: True)
    assert [name for name, _ in raw.rows] == ["s1.a[2][1]", "s2.a[2][1]", "loss"]


def test_the_key_puts_numbers_in_also_where_the_value_is_one_of_them():
    rows = rows_of(marking_key(example("softmax"), ["grad_b[2][1]"]))
    numbers, value = rows[0][1], rows[0][2]
    assert numbers == value


def test_a_key_as_text_shows_every_number(capsys):
    assert main(["sheet", "mazur", "--key", "--ask", "loss, grad_a"]) == 0
    out = capsys.readouterr().out
    assert "…" not in out and max(map(len, out.splitlines())) <= 80
    assert all(number in out for number in ("0.01", "0.75136507", "0.99", "0.772928465"))


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
@pytest.mark.parametrize("key", [[], ["--key"]])
def test_sheet_and_key_compile_as_latex_within_their_page(key, tmp_path):
    file = tmp_path / "sheet.tex"
    assert main(["sheet", "momentum", *key, "-o", str(file)]) == 0
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", file.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    log = done.stdout.decode("latin-1")
    assert done.returncode == 0 and "Overfull" not in log, log[-2000:]


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="pdftoppm is not installed")
def test_rows_of_a_printed_key_stand_apart(tmp_path):
    key = marking_key(example("softmax"), ["a", "grad_w"])
    file = tmp_path / "key.pdf"
    file.write_bytes(written(key, "pdf"))
    done = subprocess.run(
        ["pdftoppm", "-r", "100", "-gray", file], capture_output=True, check=True, timeout=60
    )
    _, size, _, pixels = done.stdout.split(b"\n", 3)
    wide, high = map(int, size.split())
    left = [min(pixels[y * wide + 70 : y * wide + 170]) for y in range(high)]
    inked = "".join("#" if dark < 200 else "." for dark in left)
    table = inked[inked.index("#", 150) :]
    gaps = [len(run) for run in re.findall(r"\.+", table)]
    # a white line of at least two pixels below each row
    assert sum(gap >= 4 for gap in gaps) >= len(rows_of(key))


def test_the_scheme_says_what_the_sheet_asks_and_what_earns_marks():
    problem = loads(dump(example("mazur")) + '\n[marks]\nask = ["loss", "z[1]*"]\n')
    asked = names_of(problem)
    assert [problem.symbol(name).kind for name in asked] == ["z", "z", "loss"]
    answers = {"loss": "0.2984", "z[1][1]": "0.3775", "a[1][1]": "0.5933", "a[1][2]": "0.7"}
    (sheet,) = check(problem, answers).sheets
    assert {a.name: (a.verdict, a.marks, a.out_of) for a in sheet.answers} == {
        "loss": ("right", 1, 1), "z[1][1]": ("right", 1, 1), "z[1][2]": ("missing", 0, 1),
        "a[1][1]": ("right", 0, 0), "a[1][2]": ("wrong", 0, 0),
    }  # fmt: skip
