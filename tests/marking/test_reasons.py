"""Of the slips that fit the same digits the plain one is told first, and none from its own consequence."""

from __future__ import annotations

import pytest

from chalkgrad.marking.checking import check
from chalkgrad.marking.report import evidence
from chalkgrad.problem_file import loads

TANH = loads("""
layer = [
  { weights = [[0.2, -0.4], [0.7, 0.1], [-0.35, 0.5]], bias = [0.1, -0.2, 0.05], activation = "tanh" },
  { weights = [[0.6, -0.1, 0.3], [-0.5, 0.4, 0.2]], bias = [0.0, 0.1], activation = "softmax" },
]
training = { loss = "cross_entropy", learning_rate = 0.2 }
sample = [{ input = [1.0, 0.5], target = [1, 0] }]
""")
RELU = loads("""
layer = [
  { weights = [[0.5, -0.3, 0.8], [0.2, 0.9, -0.6]], bias = [0.1, 0.1], activation = "relu" },
  { weights = [[1.2, -0.7]], bias = [0.2], activation = "identity" },
]
training = { loss = "half_squared_error", learning_rate = 0.1 }
arithmetic = { decimals = 4 }
sample = [{ input = [1.0, 2.0, 0.5], target = [0.5] }, { input = [-1.0, 0.5, 1.5], target = [1.0] }]
""")
ONE_PATH = {
    "z[1][1]": "0.1", "a[1][1]": "0.0997", "delta[2][1]": "-0.5611", "delta[2][2]": "0.5611",
    "delta[1][1]": "-0.3334",
}  # fmt: skip


def test_a_figure_is_not_explained_by_what_was_made_of_it():
    """0.6 * -0.5611 * (1 - 0.0997²) without the second path; x1 = 1 gives grad_w[1][1,1] the same digits."""
    for more in ({}, {"grad_w[1][1,1]": "-0.3334"}):
        slips = check(TANH, {**ONE_PATH, **more}).sheets[0]["delta[1][1]"].slips
        assert slips[0].slip == "path_omitted", more


def test_each_reading_has_one_number():
    """0.2 * 1 - 0.4 * 0.5 = 0 without its bias 0.1; the weights of neuron 3 give -0.1."""
    answer = check(TANH, {"z[1][1]": "0.0000", "a[1][2]": "0.5005"}).sheets[0]["z[1][1]"]
    said = " ".join(evidence(answer))
    assert "2 readings" in said and said.count("(1)") == said.count("(2)") == 1


def test_a_slope_left_out_comes_before_the_slope_of_another_neuron():
    """Neuron 2 is dead on sample 2 (z = -0.55); -0.7 * (0.98 - 1) is what stands there without its slope."""
    answers = {"s2.z[1][1]": "0.6500", "s2.z[1][2]": "-0.5500", "s2.a[2][1]": "0.9800",
               "s2.delta[2][1]": "-0.0200", "s2.delta[1][2]": "0.0140"}  # fmt: skip
    slips = check(RELU, answers).sheets[0]["s2.delta[1][2]"].slips
    assert [s.slip for s in slips[:2]] == ["slope_forgotten", "dead_side"]


@pytest.mark.parametrize("conventions", ["once", "accept"])
def test_a_sample_left_out_wholly_is_one_slip_and_no_convention(conventions):
    """Sample 1 alone: delta = 0.4 * 1.2 - 1.8 * 0.7 + 0.2 - 0.5 = -1.08."""
    delta, hidden = -1.08, (-1.08 * 1.2, -1.08 * -0.7)
    answers = {"loss": f"{delta**2 / 2:.4f}", "grad_w[2][1,1]": f"{delta * 0.4:.4f}",
               "grad_w[2][1,2]": f"{delta * 1.8:.4f}", "grad_b[2][1]": f"{delta:.4f}"}  # fmt: skip
    for j, d in enumerate(hidden, 1):
        answers[f"grad_b[1][{j}]"] = f"{d:.4f}"
        for i, x in enumerate((1.0, 2.0, 0.5), 1):
            answers[f"grad_w[1][{j},{i}]"] = f"{d * x:.4f}"
    sheet = check(RELU, answers, marks={"conventions": conventions}).sheets[0]
    assert [(a.name, a.slips[0].slip) for a in sheet.wrong] == [("loss", "sample_omitted")]
    assert "Sample 2 is left out" in sheet.wrong[0].slips[0].explanation and not sheet.convention
    assert {a.verdict for a in sheet.answers[1:]} <= {"follow_through", "right"}
