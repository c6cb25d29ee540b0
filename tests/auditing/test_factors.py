"""Labels of factors and numbers of equations: a right document is not accused, and each slip is found where it stands.

The documents are written out below, and what is wrong in each slip is said beside it; nothing here works anything out.
"""

from __future__ import annotations

import pytest

from chalkgrad.auditing.auditor import audit
from chalkgrad.examples import example

FACTORS = r"""
## Gradients of the first output

The chain for $w_5$ has three factors:

$$\frac{\partial E}{\partial w_5} = \underbrace{\frac{\partial E}{\partial out_{o1}}}_{(1)} \cdot \underbrace{\frac{\partial out_{o1}}{\partial net_{o1}}}_{(2)} \cdot \underbrace{\frac{\partial net_{o1}}{\partial w_5}}_{(3)}$$

$$= \underbrace{(out_{o1} - t_1)}_{(1)} \underbrace{out_{o1} (1 - out_{o1})}_{(2)} \underbrace{out_{h1}}_{(3)}$$

For $w_6$ the first two stay:

④ $\frac{\partial net_{o1}}{\partial w_6}$ ?

$$\frac{\partial net_{o1}}{\partial w_6} = out_{h2}$$

$$\frac{\partial E}{\partial w_6} = \underbrace{(out_{o1} - t_1)}_{\textcircled{1}} \underbrace{out_{o1} (1 - out_{o1})}_{\textcircled{2}} \underbrace{out_{h2}}_{\textcircled{4}}$$

For $out_{h1}$ the third is a weight:

$$\textcircled{5} \quad \frac{\partial net_{o1}}{\partial out_{h1}} ?$$

$$\frac{\partial net_{o1}}{\partial out_{h1}} = \omega_5$$

$$\overbrace{(out_{o1} - t_1)}^{\textcircled{1}} \overbrace{out_{o1} (1 - out_{o1})}^{\textcircled{2}} \overbrace{w_5}^{\textcircled{5}}$$
"""

MOVED = (
    r"\underbrace{(out_{o1} - t_1)}_{\textcircled{4}} \underbrace{out_{o1} (1 - out_{o1})}_{\textcircled{1}}"
    r" \underbrace{out_{h2}}_{\textcircled{2}}"
)
RIGHT = (
    r"\underbrace{(out_{o1} - t_1)}_{\textcircled{1}} \underbrace{out_{o1} (1 - out_{o1})}_{\textcircled{2}}"
    r" \underbrace{out_{h2}}_{\textcircled{4}}"
)
OTHER = RIGHT.replace("{4}", "{5}")
MISREAD = RIGHT.replace("t_1", r"\tau_1")
AFTER = "\n$$\n" + RIGHT + "\n$$\n"


def wrong(text: str) -> list[tuple[str, str | None]]:
    return [(f.printed, f.expected) for f in audit({"n.md": text}, example("mazur")).wrong]


def test_labels_that_mean_one_thing_are_not_accused() -> None:
    assert wrong(FACTORS) == []


def test_labels_that_stand_under_each_others_factors_are_found() -> None:
    assert wrong(FACTORS + f"\n$${MOVED}$$\n") == [(MOVED, "(1) (2) (4)")]


def test_one_label_in_place_of_another_is_found() -> None:
    assert wrong(FACTORS + f"\n$${OTHER}$$\n") == [(OTHER, "(1) (2) (4)")]


def test_a_letter_that_means_nothing_in_place_of_one_that_looks_like_it_is_found_once() -> None:
    text = FACTORS + f"\n$${MISREAD} = (out_{{o1}} - \\tau_1) \\, out_{{h2}}$$\n\n$${MISREAD}$$\n"
    assert wrong(text) == [(r"(out_{o1} - \tau_1)", None)]


SILENT = {
    "labels given anew in another section": "\n## The second output\n\n$$" + MOVED + "$$\n",
    "labels given anew in another example": "\nExample 2.\n\n$$" + MOVED + "$$\n",
    "labels given anew in a list under a chain": "\n$$\\textcircled{1} \\quad \\textcircled{2} \\quad \\textcircled{3}$$\n\n$$" + MOVED + "$$\n",
    "a label before another derivative": "\n① $\\frac{\\partial net_{o2}}{\\partial w_7}$ ?\n\n$$" + MOVED + "$$\n",
    "a label with a meaning of its own": "\n$$\\textcircled{1} = out_{h2}$$\n\n$$" + MOVED + "$$\n",
    "factors that are numbered as they stand": r"""
$$\underbrace{out_{h1}}_{(1)} \underbrace{out_{o1} (1 - out_{o1})}_{(2)} \underbrace{(out_{o1} - t_1)}_{(3)}$$

$$\underbrace{out_{h2}}_{(1)} \underbrace{out_{o1} (1 - out_{o1})}_{(2)} \underbrace{(out_{o1} - t_1)}_{(3)}$$
""",
    "factors that are numbered from the right": r"""
$$\underbrace{(out_{o1} - t_1)}_{(3)} \underbrace{out_{o1} (1 - out_{o1})}_{(2)} \underbrace{out_{h1}}_{(1)}$$
""",
    "factors in another order with their labels": r"""
$$\underbrace{out_{h2}}_{(4)} \underbrace{(out_{o1} - t_1)}_{(1)} \underbrace{out_{o1} (1 - out_{o1})}_{(2)}$$
""",
    "a factor written otherwise": r"""
$$\underbrace{-(t_1 - out_{o1})}_{(1)} \underbrace{(out_{o1} - out_{o1}^2)}_{(2)} \underbrace{out_{h2}}_{(4)}$$
""",
    "a factor by another convention": r"""
$$\underbrace{2 (out_{o1} - t_1)}_{(1)} \underbrace{out_{o1} (1 - out_{o1})}_{(2)} \underbrace{out_{h2}}_{(4)}$$
""",
    "numbers put in for the factors": r"""
$$\underbrace{(0.751365 - 0.01)}_{(1)} \underbrace{0.751365 (1 - 0.751365)}_{(2)} \underbrace{0.596884}_{(4)}$$
""",
    "words and values under braces": r"""
$$\underbrace{out_{h2}}_{\text{error}} \underbrace{(out_{o1} - t_1)}_{\text{slope}} \underbrace{w_5}_{1} \underbrace{w_6}_{2}$$
""",
    "numbers of layers over names": r"""
$$\underbrace{(out_{o1} - t_1)}_{(1)} \underbrace{out_{o1} (1 - out_{o1})}_{(2)} \overset{(5)}{out_{h2}}$$

$$net_{o1} \overset{(4)}{=} net_{o1}$$
""",
    "a factor that no label means": r"""
$$\underbrace{(out_{o1} - t_1)}_{(1)} \underbrace{out_{o1} (1 - out_{o1})}_{(2)} \underbrace{w_7}_{(4)}$$
""",
    "a label that was used once": r"""
$$\underbrace{(out_{o1} - t_1)}_{(1)} \underbrace{out_{o1} (1 - out_{o1})}_{(2)} \underbrace{w_8}_{(7)}$$

$$\underbrace{(out_{o1} - t_1)}_{(1)} \underbrace{out_{o1} (1 - out_{o1})}_{(2)} \underbrace{out_{h2}}_{(7)}$$
""",
    "a letter of its own": f"\nWe write τ for the targets.\n\n$${MISREAD}$$\n",
    "a letter that is set equal to something": f"\n$$\\tau_1 = t_1$$\n\n$${MISREAD}$$\n",
    "a letter that nothing looks like": f"\n$${MISREAD.replace('tau', 'psi')}$$\n",
}  # fmt: skip


@pytest.mark.parametrize("what", SILENT)
def test_what_can_be_right_is_not_accused(what: str) -> None:
    assert wrong(FACTORS + SILENT[what]) == []


EQUATIONS = r"""
$$out_{o1} = \frac{1}{1 + e^{-net_{o1}}} \tag{4}$$

$$\frac{\partial out_{o1}}{\partial net_{o1}} = \frac{e^{-net_{o1}}}{(1 + e^{-net_{o1}})^2} = e^{-net_{o1}} \cdot out_{o1}^2 \dots (5)$$

$$e^{-net_{o1}} = \frac{1 - out_{o1}}{out_{o1}} \dots \dots (6)$$

"""
PUT = r"Inserting the value of $e^{-net_{o1}}$ into equation (5) we get"
GOES_ON = r"""

$$= \frac{1 - out_{o1}}{out_{o1}} \cdot out_{o1}^2 = out_{o1} (1 - out_{o1})$$
"""
NAMED = GOES_ON.replace("$$=", r"$$\frac{\partial out_{o1}}{\partial net_{o1}} =")


@pytest.mark.parametrize("goes_on", [GOES_ON, NAMED])
@pytest.mark.parametrize("number", [4, 6])
def test_a_reference_to_another_equation_is_found(number: int, goes_on: str) -> None:
    text = EQUATIONS + PUT.replace("5", str(number)) + goes_on
    assert wrong(text) == [(f"equation ({number})", "equation (5)")]


REFERENCES = {
    "the right equation": PUT + GOES_ON,
    "the right equation with its left side": PUT + NAMED,
    "an equation that is not in the document": PUT.replace("5", "3") + GOES_ON,
    "two equations in one sentence": "Inserting (6) into equation (4) we get" + GOES_ON,
    "an equation by which something is found": "From equation (4) we get" + GOES_ON,
    "an equation far away": "$$out_{h1} = \\frac{1}{1 + e^{-net_{h1}}} \\tag{45}$$\n\n" + PUT.replace("5", "45") + GOES_ON,
    "numbers that follow": PUT.replace("5", "4") + "\n\n$$= 0.330911 \\cdot 0.751365^2 = 0.186816$$\n",
    "words between": PUT.replace("5", "4") + " the output. The slope of the sigmoid was to be found too" + GOES_ON,
    "the equation itself, written otherwise": PUT.replace("5", "4") + "\n\n$$= \\frac{1}{1 + \\frac{1 - out_{o1}}{out_{o1}}}$$\n",
    "a number that stands twice": PUT.replace("5", "6") + GOES_ON + "\n\n$$out_{h1} = \\frac{1}{1 + e^{-net_{h1}}} \\dots (6)$$\n",
}  # fmt: skip


@pytest.mark.parametrize("what", REFERENCES)
def test_a_reference_that_can_be_right_is_not_accused(what: str) -> None:
    assert wrong(EQUATIONS + REFERENCES[what]) == []
