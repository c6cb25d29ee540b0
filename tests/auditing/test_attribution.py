"""What a wrong figure is said to be, to follow from and to come from."""

from __future__ import annotations

import pytest

from auditing.test_settling import LECTURE
from chalkgrad import example, loads
from chalkgrad.auditing.auditor import audit


def wrong(text, problem):
    return audit({"notes.md": text}, problem).wrong


def test_a_quantity_is_named_before_the_negative_of_another_one():
    text = "$$\\delta_1 = 0.4401 - 1 = -0.5599$$\n\n$$h_2 = \\tanh(0.55) = 0.5005$$\n\n"
    (found,) = wrong(text + "$$\\delta_1 h_2 = -0.5599 \\times 0.5005 = -0.2082$$", loads(LECTURE))
    assert (found.name, found.expected) == ("grad_w[2][1,2]", "-0.2802")


def test_a_short_figure_elsewhere_follows_from_nothing():
    text = "$$0.1 + 0.2 = 0.4$$\n\n| unit | out |\n|---|---|\n| 1 | 0.4 |\n"
    found = audit({"notes.md": text}, loads(LECTURE))
    assert [f.cause for f in found.figures if f.line == 5] == [None]


def test_a_given_number_is_not_copied_with_other_digits():
    (found,) = wrong("$$y_2 = 1 - 0.4401 = 0.5999$$", loads(LECTURE))
    assert [slip for slip, _ in found.slips] == ["digit_misread"]


def test_of_two_digits_none_is_too_many():
    (found,) = wrong(r"$$z_2 = 0.7 \cdot 1.0 + 0.1 \cdot 0.5 - 0.2 = 0.65$$", loads(LECTURE))
    assert [slip for slip, _ in found.slips] == ["digit_misread"]


def test_what_is_exact_is_not_badly_rounded():
    problem = loads(
        """
        [[layer]]
        weights = [[1.5]]
        bias = [0.3]
        [training]
        loss = "half_squared_error"
        [[sample]]
        input = [1.0]
        target = [1]
        """
    )
    (found,) = wrong(r"$$z_1 = 1.5 \cdot 1.0 + 0.3 = 1.9$$", problem)
    assert found.expected == "1.8"
    assert "badly_rounded" not in [slip for slip, _ in found.slips]


@pytest.mark.parametrize(
    "name",
    [
        "$w_8^+$", "$w_8'$", "$w'_8$", r"$w_8^{\prime}$", "$w_{8,new}$", r"$w_{8,\text{new}}$", "w8+", "w8'",
        "new w8",
    ],
)  # fmt: skip
def test_the_mark_of_a_new_weight_is_read(name):
    text = f"{name} = 0.5641" if "$" not in name else f"{name[:-1]} = 0.5641$"
    (found,) = wrong(text, example("mazur"))
    assert (found.name, found.expected) == ("new_w[2][2,2]", "0.5614")
