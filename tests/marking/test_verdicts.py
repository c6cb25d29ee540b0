"""Right sheets are never accused; slips are found at their origin, named, and followed through."""

from __future__ import annotations

import contextlib
import csv
import os
import random
import subprocess
import sys

import pytest

from chalkgrad import Problem, blank_sheet, example
from chalkgrad.marking.checking import check
from chalkgrad.marking.marker import Marker
from marking import papers, planted_sheets, planting, right_sheets, sheets_oracle

WIDE = os.environ.get("CHALKGRAD_WIDE") == "1"


def verdicts(report):
    return {a.name: a.verdict for a in report.sheets[0].answers}


# ---------------------------------------------------------------- in number
@pytest.mark.parametrize("seed", range(31, 38) if WIDE else [31])
def test_no_line_of_a_right_sheet_is_called_wrong(seed):
    counts, _ = right_sheets.run(800 if WIDE else 30, seed)
    assert counts["sheets"] > 5 * (800 if WIDE else 30)
    assert not counts["wrong"] and not counts["follow_through"] and not counts["unread"]


def test_planted_slips_are_found_and_named():
    names = (
        None
        if WIDE
        else [
            "bias omitted",
            "f' forgotten",
            "wrong input",
            "ascent",
            "base-10 logarithm",
            "factor 2",
        ]
    )
    table, _, _ = planted_sheets.run(
        200 if WIDE else 6,
        41,
        [n for n in names or planted_sheets.all_names() if n in planted_sheets.all_names()],
    )
    asked = {(3, "full"): (97.5, 97), (4, "full"): (98.8, 98), (6, "full"): (99.6, 99),
             (3, "results"): (95, 0), (4, "results"): (98, 0), (6, "results"): (99.4, 0)}  # fmt: skip
    for (digits, how), (found, first) in asked.items():
        counts = [c for (_, d, h), c in table.items() if (d, h) == (digits, how)]
        n, f, named = (sum(c[k] for c in counts) for k in ("n", "found", "first"))
        assert 100 * f >= (found if WIDE else 90) * n, (digits, how)
        assert 100 * named >= (first if WIDE else 85) * f or not first, (digits, how)


def test_of_two_slips_both_are_found():
    counts = planted_sheets.run_pairs(600 if WIDE else 15, 51)
    for how in ("full",):
        planted = sum(n for k, n in counts.items() if k[:2] == ("origins", how))
        found = sum(n for k, n in counts.items() if k[:2] == ("found", how))
        assert found >= (0.98 if WIDE else 0.9) * planted


def test_a_sheet_is_judged_the_same_whatever_sheets_came_before():
    for seed in range(12):
        rng = random.Random(seed)
        p = papers.random_problem(rng, plain=True)
        sheets = []
        for site, _, _ in [rng.choice(planting.sites(p)) for _ in range(8)]:
            paper = papers.Paper(rng, rng.choice(("exact", "carried")), ("dec", 4))
            with contextlib.suppress(ValueError, ZeroDivisionError, OverflowError):
                text = sheets_oracle.work(p, paper, (site,))
                how = rng.choice(("full", "half"))
                sheets.append(list(planting.part_of(rng, text, how).items()))
        warm = Marker(p)
        for rows in sheets + sheets[::-1]:
            assert warm.mark("ann", rows) == Marker(p).mark("ann", rows)


def test_verdicts_are_the_same_in_every_run():
    """Python draws the order of its sets anew for every process."""
    marking = (
        "from chalkgrad import example; from chalkgrad.marking.checking import check;"
        "print(check(example('mazur'), {'new_b[2]': '0.549800', 'new_b[1]': '0.340637'}));"
        "print(check(example('mazur'), {'z[1][1]': '0.3778', 'a[1][1]': '0.59327'}))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", marking],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in (1, 2, 3, 4)
    }
    assert len(said) == 1


# ---------------------------------------------------------------- one by one
def test_nothing_follows_from_what_is_infinite():
    answers = {"delta[2][1]": "1e200", "a[1][1]": "1e200", "grad_w[2][1,1]": "0.5"}
    sheet = check(example("mazur"), answers).sheets[0]
    assert sheet["grad_w[2][1,1]"].verdict == "wrong"


@pytest.mark.parametrize(
    "answers", [{"loss": "1e9"}, {"loss": "7e9", "delta[1][1]": "3e9"}, {"loss": "3 e2"}]
)
def test_a_power_of_ten_does_not_make_the_sheet_coarse(answers):
    assert {*verdicts(check(example("mazur"), answers)).values()} == {"wrong"}


def test_a_right_sheet_in_scientific_notation_is_right():
    # 3.87e1 and 1.2e2 have no decimals; what is not shown was kept at three digits
    p = example("mazur").with_(learning_rate=400)
    new = 0.4 - 400 * 0.0821670  # the example's published gradient
    answers = {"a[1][1]": "5.93e-1", "grad_w[2][1,1]": "8.22e-2", "new_w[2][1,1]": f"{new:.2e}"}
    assert {*verdicts(check(p, answers)).values()} == {"right"}


def test_one_early_slip_and_all_that_follows_from_it_are_one_error():
    answers = {
        "net_h1": "0.0275",
        "out_h1": "0.5069",
        "net_o1": "1.0714",
        "out_o1": "0.7449",
        "loss": "0.2953",
    }
    sheet = check(example("mazur"), answers).sheets[0]
    assert [a.verdict for a in sheet.answers] == ["wrong", *["follow_through"] * 4]
    assert {a.cause for a in sheet.answers[1:]} == {"z[1][1]"}
    assert sheet.answers[0].slips[0].slip == "bias_omitted"


def test_a_gradient_is_followed_through_delta_and_through_its_factors():
    """The slope is wrong; the gradient goes on from it, once with delta on the sheet and once without."""
    base = {"grad_a[2][1]": "0.7414", "da_dz[2][1]": "0.7514"}
    gradient = 0.7414 * 0.7514 * 0.59327
    for more in ({}, {"delta[2][1]": f"{0.7414 * 0.7514:.4f}"}):
        got = verdicts(
            check(example("mazur"), {**base, **more, "grad_w[2][1,1]": f"{gradient:.4f}"})
        )
        assert got["da_dz[2][1]"] == "wrong"
        assert got["grad_w[2][1,1]"] == "follow_through"


def test_the_factors_of_a_delta_that_cancels_are_followed_through():
    """Sigmoid with cross-entropy: delta is a - t, or the product of two factors that were worked out."""
    p = example("relu-bce")
    true = Marker(p).mark("", [("grad_a[2][1]", "1"), ("da_dz[2][1]", "1"), ("delta[2][1]", "1")])
    expected = {a.name: a.expected for a in true.answers}
    slope = 0.5 * expected["da_dz[2][1]"]
    answers = {
        "grad_a[2][1]": f"{expected['grad_a[2][1]']:.5f}",
        "da_dz[2][1]": f"{slope:.5f}",
        "delta[2][1]": f"{expected['grad_a[2][1]'] * slope:.5f}",
    }
    got = check(p, answers).sheets[0]
    assert [a.verdict for a in got.answers] == ["right", "wrong", "follow_through"]


def test_a_wrong_step_is_followed_into_the_new_weight():
    got = verdicts(check(example("mazur"), {"step_w[2][1,1]": "0.0411", "new_w[2][1,1]": "0.4411"}))
    assert got == {"step_w[2][1,1]": "wrong", "new_w[2][1,1]": "follow_through"}


def test_a_right_line_after_a_wrong_copy_is_right():
    got = verdicts(check(example("mazur"), {"z[1][1]": "0.7375", "a[1][1]": "0.59327"}))
    assert got == {"z[1][1]": "wrong", "a[1][1]": "right"}


def test_what_an_earlier_slip_made_trivial_earns_nothing():
    p = example("relu-bce")
    answers = {"z[1][2]": "-0.8", "a[1][2]": "0", "grad_w[2][1,2]": "0"}
    sheet = check(p, answers).sheets[0]
    gradient = sheet["grad_w[2][1,2]"]
    assert gradient.verdict == "follow_through" and gradient.trivial and not gradient.marks


def test_another_convention_is_one_cause():
    p = example("mazur")
    other: Problem = p.with_(update_order="in_place")
    names = [
        *(f"grad_w[1][{j},{i}]" for j in (1, 2) for i in (1, 2)),
        *(f"new_w[1][{j},{i}]" for j in (1, 2) for i in (1, 2)),
    ]
    rows = Marker(other).mark("", [(n, "9") for n in names]).answers
    sheet = check(p, {a.name: f"{a.expected:.9f}" for a in rows}).sheets[0]
    assert "updated already" in sheet.convention
    wrong = [a for a in sheet.answers if a.verdict == "wrong"]
    assert len(wrong) == 1 and wrong[0].slips[0].slip == "convention:in_place"
    accepted = check(
        p, {a.name: f"{a.expected:.9f}" for a in rows}, marks={"conventions": "accept"}
    )
    assert accepted.clean


def test_a_last_digit_that_is_one_off_gets_no_grand_name():
    answers = {"a[1][1]": "0.59327", "delta[1][1]": "0.00877", "grad_w[1][1,1]": "0.00045"}
    got = check(example("mazur"), answers).sheets[0]
    bad = got["grad_w[1][1,1]"]
    assert bad.verdict == "wrong" and [s.slip for s in bad.slips] == ["badly_rounded"]


def test_a_figure_rounded_too_early_is_said_to_be_so():
    # 0.4 * 0.59 + 0.45 * 0.596884 + 0.6, where 0.593270 is written
    answers = {"a[1][1]": "0.593270", "a[1][2]": "0.596884", "z[2][1]": "1.104598"}
    slips = check(example("mazur"), answers).sheets[0]["z[2][1]"].slips
    assert [s.slip for s in slips] == ["rounded_early"]
    assert "0.59 in place of a[1][1] = 0.593270" in slips[0].explanation


def test_every_operand_rounded_too_early_is_said_to_be_so():
    # 0.4 * 0.59 + 0.45 * 0.60 + 0.6
    answers = {"a[1][1]": "0.593270", "a[1][2]": "0.596884", "z[2][1]": "1.106000"}
    slips = check(example("mazur"), answers).sheets[0]["z[2][1]"].slips
    assert [s.slip for s in slips] == ["rounded_early"]
    assert "every figure at 2 decimals" in slips[0].explanation


def test_what_several_slips_explain_equally_is_not_guessed():
    got = check(example("single-neuron"), {"z[1][1]": "0.9"}).sheets[0].answers[0]
    assert got.verdict == "wrong"
    assert len(got.slips) == len({(s.slip, s.where) for s in got.slips})


def test_later_iterations_are_worked_as_far_as_needed():
    got = verdicts(
        check(example("mazur"), {"it2.loss": "0.29103", "it10001.a[2][1]": "0.01591362"})
    )
    assert set(got.values()) == {"right"}


def test_zero_is_a_claim_at_the_digits_of_the_others():
    got = verdicts(check(example("mazur"), {"z[1][1]": "0.3775", "a[1][1]": "0", "a[1][2]": "1"}))
    assert got == {"z[1][1]": "right", "a[1][1]": "wrong", "a[1][2]": "wrong"}


def test_a_quantity_without_a_learning_rate_says_why():
    answer = check(example("nptel"), {"new_w[1][1,1]": "1.5"}).sheets[0].answers[0]
    assert answer.verdict == "unread" and "learning_rate" in answer.remarks[0]


@pytest.mark.parametrize("figure", ["0", "1", "0.5000"])
@pytest.mark.parametrize("name", ["softmax", "mazur", "vanishing"])
def test_the_same_figure_on_every_line_is_no_work(name, figure):
    problem = example(name)
    names = [row[0] for row in csv.reader(blank_sheet(problem).splitlines())][1:]
    (sheet,) = check(problem, dict.fromkeys(names, figure)).sheets
    near = max(0.1, 0.1 * float(figure))
    by_chance = sum(abs(float(figure) - a.expected) <= near for a in sheet.answers)
    assert sum(a.verdict == "right" for a in sheet.answers) <= by_chance
    assert sheet.marks <= sheet.out_of * 2 / 5
