"""Printed formulas and labels: a right derivation raises no alarm, and each slip in it is found where it stands.

The derivation is written out below, and so is what is wrong in each slip; nothing here works anything out.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalkgrad.auditing.auditor import audit
from chalkgrad.examples import example

RIGHT = r"""
$x_1 = 0.05$, $x_2 = 0.10$, $t_1 = 0.01$, $t_2 = 0.99$, $\eta = 0.5$, $b_1 = 0.35$, $b_2 = 0.60$,
$w_1 = 0.15$, $w_2 = 0.20$, $w_3 = 0.25$, $w_4 = 0.30$, $w_5 = 0.40$, $w_6 = 0.45$, $w_7 = 0.50$, $w_8 = 0.55$

$$net_{h1} = w_1 x_1 + w_2 x_2 + b_1 = 0.15 \cdot 0.05 + 0.20 \cdot 0.10 + 0.35 = 0.3775$$
$$out_{h1} = \frac{1}{1 + e^{-net_{h1}}} = \frac{1}{1 + e^{-0.3775}} = 0.593270$$
$$net_{h2} = w_3 x_1 + w_4 x_2 + b_1 = 0.3925$$
$$out_{h2} = \frac{1}{1 + e^{-0.3925}} = 0.596884$$
$$net_{o1} = w_5 out_{h1} + w_6 out_{h2} + b_2 = 1.105906$$
$$out_{o1} = \frac{1}{1 + e^{-1.105906}} = 0.751365$$
$$out_{o2} = 0.772928$$

$$E_1 = \frac{1}{2} (t_1 - out_{o1})^2 = 0.274811$$
$$E = \frac{1}{2} \sum_{k=1}^{2} (t_k - out_{ok})^2$$

$$\frac{\partial E}{\partial out_{o1}} = -(t_1 - out_{o1}) = out_{o1} - t_1 = -t_1 + out_{o1} = 0.741365$$
$$\frac{\partial out_{o1}}{\partial net_{o1}} = 0.751365 (1 - 0.751365) = 0.186816$$
$$\frac{\partial net_{o1}}{\partial w_5} = \frac{\partial (w_5 out_{h1} + w_6 out_{h2} + b_2)}{\partial w_5} = out_{h1} = 0.593270$$
$$\frac{\partial E}{\partial net_{o1}} = 0.741365 \cdot 0.186816 = 0.138499$$
$$\frac{\partial E}{\partial net_{o2}} = -(0.99 - 0.772928) \cdot 0.772928 (1 - 0.772928) = -0.038098$$
$$\frac{\partial E}{\partial w_5} = \frac{\partial E}{\partial out_{o1}} \cdot \frac{\partial out_{o1}}{\partial net_{o1}} \cdot \frac{\partial net_{o1}}{\partial w_5} = 0.741365 \cdot 0.186816 \cdot 0.593270 = 0.082167$$
$$\frac{\partial E}{\partial w_{jk}} = \frac{\partial E}{\partial a_j} \cdot \frac{\partial a_j}{\partial z_j} \cdot \frac{\partial z_j}{\partial w_{jk}}$$
$$\text{new } w_5 = w_5 - \eta \frac{\partial E}{\partial w_5} = 0.40 - 0.5 \cdot 0.082167 = 0.358916$$
"""


def wrong(text: str) -> list[tuple[str, str]]:
    return [(f.printed, f.kind) for f in audit({"n.md": text}, example("mazur")).wrong]


def test_a_right_derivation_is_not_accused() -> None:
    assert wrong(RIGHT) == []


SLIPS = {
    "a definition with the weight of another neuron": (
        r"net_{h1} = w_1 x_1 + w_2 x_2 + b_1", r"net_{h1} = w_1 x_1 + w_3 x_2 + b_1", "w_1 x_1 + w_3 x_2 + b_1",
    ),
    "a definition of another neuron": (
        r"net_{h2} = w_3 x_1 + w_4 x_2 + b_1", r"net_{h2} = w_1 x_1 + w_2 x_2 + b_1", "w_1 x_1 + w_2 x_2 + b_1",
    ),
    "an exponential that is added twice": (
        r"out_{h1} = \frac{1}{1 + e^{-net_{h1}}} = \frac", r"Sigmoid = \frac{1}{1 + (1 + e^{-z})}$$ $$out_{h1} = \frac",
        r"\frac{1}{1 + (1 + e^{-z})}",
    ),
    "a sum over an index that its terms have not": (
        r"\sum_{k=1}^{2}", r"\sum_{i=1}^{2}", r"\frac{1}{2} \sum_{i=1}^{2} (t_k - out_{ok})^2",
    ),
    "a step that is out of line": (
        r"= out_{o1} - t_1 =", r"= out_{o1} + t_1 =", r"out_{o1} + t_1",
    ),
    "a step whose names are made of the same letters": (
        r"= out_{o1} - t_1 =", r"= u_{21} - u_{12} = u_{12} - u_{21} = u_{21} - u_{12} = out_{o1} - t_1 =", r"u_{12} - u_{21}",
    ),
    "a factor that does not cancel": (
        r"\cdot \frac{\partial out_{o1}}{\partial net_{o1}} \cdot", r"\cdot \frac{\partial out_{o2}}{\partial net_{o1}} \cdot",
        r"\frac{\partial E}{\partial out_{o1}} \cdot \frac{\partial out_{o2}}{\partial net_{o1}} \cdot \frac{\partial net_{o1}}{\partial w_5}",
    ),
    "a factor that is left out": (
        r"\cdot \frac{\partial out_{o1}}{\partial net_{o1}} \cdot", r"\cdot",
        r"\frac{\partial E}{\partial out_{o1}} \cdot \frac{\partial net_{o1}}{\partial w_5}",
    ),
    "an index that does not cancel": (
        r"\frac{\partial a_j}{\partial z_j}", r"\frac{\partial a_k}{\partial z_j}",
        r"\frac{\partial E}{\partial a_j} \cdot \frac{\partial a_k}{\partial z_j} \cdot \frac{\partial z_j}{\partial w_{jk}}",
    ),
    "a derivative by another variable": (
        r"b_2)}{\partial w_5}", r"b_2)}{\partial w_6}", r"\frac{\partial (w_5 out_{h1} + w_6 out_{h2} + b_2)}{\partial w_6}",
    ),
    "a name within a derivative": (
        r"\frac{\partial (w_5 out_{h1} + w_6 out_{h2}", r"\frac{\partial (w_5 out_{h1} + w_7 out_{h2}",
        r"\frac{\partial (w_5 out_{h1} + w_7 out_{h2} + b_2)}{\partial w_5}",
    ),
    "a derivative of another neuron": (
        r"$$\frac{\partial net_{o1}}{\partial w_5} =", r"$$\frac{\partial net_{o2}}{\partial w_5} =",
        r"\frac{\partial net_{o2}}{\partial w_5}",
    ),
    "the label of another output": (
        r"\frac{\partial E}{\partial net_{o2}} = -", r"\frac{\partial E}{\partial net_{o1}} = -", r"\frac{\partial E}{\partial net_{o1}}",
    ),
    "a label without its derivative": (
        r"\frac{\partial out_{o1}}{\partial net_{o1}} = 0.751365 (", r"out_{o1} = 0.751365 (", "out_{o1}",
    ),
    "an update without the learning rate": (
        r"w_5 - \eta \frac{\partial E}{\partial w_5}", r"w_5 - \frac{\partial E}{\partial w_5}", r"w_5 - \frac{\partial E}{\partial w_5}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SLIPS)
def test_a_slip_of_symbols_is_found_where_it_stands(what: str) -> None:
    right, slipped, accused = SLIPS[what]
    assert RIGHT.count(right) == 1
    assert wrong(RIGHT.replace(right, slipped)) == [(accused, "formula")]


def test_a_two_in_place_of_the_sign_of_a_derivative_is_damage() -> None:
    text = RIGHT + r"$$\frac{2 net_{h2}}{2 w_3} = x_1 = 0.05$$"
    assert wrong(text) == [(r"\frac{2 net_{h2}}{2 w_3}", "damage")]


def test_a_product_that_goes_on_in_the_next_block_is_not_accused() -> None:
    text = RIGHT.replace(
        r"\cdot \frac{\partial net_{o1}}{\partial w_5} =", "$$\n\n$$\\cdot \\frac{\\partial net_{o1}}{\\partial w_5} ="
    )  # fmt: skip
    assert wrong(text) == []


def test_the_name_of_a_weight_may_stand_for_its_gradient() -> None:
    assert wrong(RIGHT + "$$w_5 = 0.741365 \\cdot 0.186816 \\cdot 0.593270 = 0.082167$$") == []


def test_weights_that_are_counted_otherwise_are_not_accused_of_it() -> None:
    text = RIGHT.replace("$w_2 = 0.20$, $w_3 = 0.25$", "$w_2 = 0.25$, $w_3 = 0.20$")
    text = text.replace("w_2 x_2", "w_3 x_2").replace("w_3 x_1", "w_2 x_1")
    nameless = replace(example("mazur"), names={})
    assert audit({"n.md": text}, nameless).wrong == ()


def test_a_turned_sign_before_a_right_result_is_damage() -> None:
    right = "0.751365 (1 - 0.751365) = 0.186816"
    assert wrong(RIGHT.replace(right, f"-{right}")) == [("-0.751365", "damage")]
