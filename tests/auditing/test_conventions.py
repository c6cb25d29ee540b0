"""Documents that keep to another convention than their problem: it is said once, and nothing is called wrong."""

from __future__ import annotations

from math import exp

import pytest

from chalkgrad.auditing.auditor import audit
from chalkgrad.examples import example

IN_PLACE, NO_HALF = "in_place", "loss_squared_error"
RATE = 0.5


def worked(*, half: float = 0.5, in_place: bool = False) -> dict[str, float]:
    """One iteration of the 2-2-2 network of the example, by plain arithmetic under the names that notes print."""
    x, t = (0.05, 0.10), (0.01, 0.99)
    low, high = [[0.15, 0.20], [0.25, 0.30]], [[0.40, 0.45], [0.50, 0.55]]

    def layer(weights, bias, inputs):
        return [1 / (1 + exp(-bias - row[0] * inputs[0] - row[1] * inputs[1])) for row in weights]

    h = layer(low, 0.35, x)
    o = layer(high, 0.60, h)
    out = {"out_{h1}": h[0], "out_{h2}": h[1], "out_{o1}": o[0], "out_{o2}": o[1]}
    out["E_{total}"] = half * ((t[0] - o[0]) ** 2 + (t[1] - o[1]) ** 2)
    delta = [2 * half * (o[j] - t[j]) * o[j] * (1 - o[j]) for j in (0, 1)]
    new = [[high[j][i] - RATE * delta[j] * h[i] for i in (0, 1)] for j in (0, 1)]
    for j, i, number in ((0, 0, 5), (0, 1, 6), (1, 0, 7), (1, 1, 8)):
        out[rf"\frac{{\partial E_{{total}}}}{{\partial w_{number}}}"] = delta[j] * h[i]
        out[f"w_{number}^{{new}}"] = new[j][i]
    back = new if in_place else high
    for i, j, number in ((0, 0, 1), (0, 1, 2), (1, 0, 3), (1, 1, 4)):
        passed = delta[0] * back[0][i] + delta[1] * back[1][i]
        slope = passed * h[i] * (1 - h[i]) * x[j]
        out[rf"\frac{{\partial E_{{total}}}}{{\partial w_{number}}}"] = slope
        out[f"w_{number}^{{new}}"] = low[i][j] - RATE * slope
    return out


def document(figures: dict[str, float]) -> str:
    return "\n\n".join(f"$${name} = {value:.9f}$$" for name, value in figures.items())


@pytest.mark.parametrize(
    ("kept", "how"), [(IN_PLACE, {"in_place": True}), (NO_HALF, {"half": 1.0})]
)
def test_a_convention_of_the_whole_document_is_said_once_and_nothing_is_wrong(kept, how) -> None:
    made = audit({"n.md": document(worked(**how))}, example("mazur"))
    assert list(made.conventions) == [kept]
    assert made.wrong == ()


def test_the_convention_of_the_problem_itself_is_not_said() -> None:
    made = audit({"n.md": document(worked())}, example("mazur"))
    assert (dict(made.conventions), made.wrong) == ({}, ())


@pytest.mark.parametrize(
    ("kept", "how"), [(IN_PLACE, {"in_place": True}), (NO_HALF, {"half": 1.0})]
)
def test_a_figure_that_fits_neither_convention_is_the_only_one_that_is_wrong(kept, how) -> None:
    figures = worked(**how)
    name = r"\frac{\partial E_{total}}{\partial w_7}"
    right = f"{figures[name]:.9f}"
    text = document(figures).replace(right, f"{1.5 * figures[name]:.9f}")
    made = audit({"n.md": text}, example("mazur"))
    assert list(made.conventions) == [kept]
    (wrong,) = made.wrong
    assert wrong.name == "grad_w[2][2,1]"
    assert float(wrong.expected) == pytest.approx(figures[name], abs=2e-9)


def test_a_number_that_no_layer_has_is_no_fault():
    text = r"$w_1^{(9)} = 0.5$, $z_5^{6} = 0.5$, $W^{(7)} = 0.5 \cdot 0.3 = 0.15$, $\frac{\partial E_7}{\partial a_9} = 0.5$"
    assert not audit({"n.md": text}, example("mazur")).wrong
