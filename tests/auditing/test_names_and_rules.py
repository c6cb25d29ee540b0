"""Rules, sentences and names of a derivation: a right one raises no alarm, and each slip in it is found where it stands.

The network, its derivation and what is wrong in each slip are written out below; nothing here works anything out.
"""

from __future__ import annotations

import pytest

from chalkgrad import loads
from chalkgrad.auditing.auditor import audit

PROBLEM = """
[[layer]]
weights = [[0.3, -0.1], [0.2, 0.4]]
bias = [0.1, -0.3]
activation = "sigmoid"

[[layer]]
weights = [[0.7, -0.5]]
bias = [0.2]
activation = "sigmoid"

[training]
learning_rate = 0.2

[[sample]]
input = [0.6, 0.2]
target = [1]

[names]
w1 = "w[1][1,1]"
w2 = "w[1][1,2]"
w3 = "w[1][2,1]"
w4 = "w[1][2,2]"
w5 = "w[2][1,1]"
w6 = "w[2][1,2]"
"""

RIGHT = r"""
The bias of the output is $b_3 = 0.2$, the target is $y = 1$.

$$z_1 = w_1 x_1 + w_2 x_2 + b_1 = 0.3 \cdot 0.6 - 0.1 \cdot 0.2 + 0.1 = 0.26$$

To find the activation $a_1$ we apply the sigmoid function as

$$a_1 = \frac{1}{1 + e^{-z_1}} = \frac{1}{1 + e^{-0.26}} = 0.564636$$

$$z_2 = w_3 x_1 + w_4 x_2 + b_2 = 0.2 \cdot 0.6 + 0.4 \cdot 0.2 - 0.3 = -0.1$$

To find the activation $a_2$ we apply the sigmoid function as

$$a_2 = \frac{1}{1 + e^{-z_2}} = \frac{1}{1 + e^{0.1}} = 0.475021$$

$$z_3 = w_5 a_1 + w_6 a_2 + b_3 = 0.7 \cdot 0.564636 - 0.5 \cdot 0.475021 + 0.2 = 0.357735$$

$$a_3 = \frac{1}{1 + e^{-0.357735}} = 0.588492$$

$$\frac{\partial L}{\partial z_3} = (0.588492 - 1) \cdot 0.588492 (1 - 0.588492) = -0.099655$$

$$\frac{\partial z_3}{\partial w_5} = a_1 = 0.564636$$

Every parameter is moved against its gradient:

$$W_{new} = W_{old} - \eta \frac{\partial L}{\partial W_{old}}$$

$$B_{new} = B_{old} - \eta \frac{\partial L}{\partial B_{old}}$$

$$\frac{\partial L}{\partial w_5} = -0.099655 \cdot 0.564636 = -0.056269$$

$$w_5^{new} = 0.7 - 0.2 \cdot (-0.056269) = 0.711254$$

In the same way we calculate $w_1^{new}$, $w_2^{new}$ and $w_6^{new}$:

$$w_1^{new} = 0.302058$$

$$w_2^{new} = -0.099314$$

$$w_6^{new} = -0.490532$$
"""


def wrong(text: str, problem: str = PROBLEM) -> list[tuple[int, str, str]]:
    made = audit({"n.md": text}, loads(problem))
    return [(f.line, f.printed, f.kind) for f in made.wrong]


def line_of(text: str, part: str) -> int:
    assert text.count(part) == 1, part
    return text[: text.index(part)].count("\n") + 1


def changed(*pairs: tuple[str, str]) -> str:
    text = RIGHT
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def bare_rule(left: str, old: str, bottom: str, relation: str = "=") -> tuple[str, str]:
    """The rule of the biases in another spelling, without the rate."""
    return (
        r"B_{new} = B_{old} - \eta \frac{\partial L}{\partial B_{old}}",
        rf"{left} {relation} {old} - \frac{{\partial L}}{{\partial {bottom}}}",
    )


def test_a_right_derivation_is_not_accused() -> None:
    assert wrong(RIGHT) == []


def test_it_is_read_and_no_habit_is_said_of_it() -> None:
    made = audit({"n.md": RIGHT}, loads(PROBLEM))
    assert dict(made.conventions) == {}
    assert made.coverage()["unread"] == 0


# ---------------------------------------------------------------- rules
@pytest.mark.parametrize(
    "rule",
    [
        ("B_{new}", "B_{old}", "B_{old}"),
        ("b^{new}", "b^{old}", "b"),
        ("b_{t+1}", "b_t", "b_t"),
        ("b^{(t+1)}", "b^{(t)}", "b^{(t)}"),
        ("b'", "b", "b"),
        ("b", "b", "b", r"\leftarrow"),
        ("b", "b", "b", ":="),
    ],
    ids=lambda rule: f"{rule[0]} {rule[3] if len(rule) > 3 else '='} {rule[1]}",
)
def test_a_rule_in_general_letters_without_the_rate_is_found(rule: tuple[str, ...]) -> None:
    text = changed(bare_rule(*rule))
    printed = rf"{rule[1]} - \frac{{\partial L}}{{\partial {rule[2]}}}"
    assert wrong(text) == [(line_of(text, printed), printed, "formula")]


BEHIND = r"\eta \frac{\partial L}{\partial B_{old}}$$"


@pytest.mark.parametrize(
    "said",
    [
        (BEHIND, BEHIND.removeprefix(r"\eta ") + "\n\nThe gradient is scaled by the rate before."),
        (BEHIND, BEHIND.removeprefix(r"\eta ") + "\n\nHere $\\eta = 1$."),
        (BEHIND, BEHIND.removeprefix(r"\eta ") + "\n\n$$B_{new} = B_{old} - \\eta \\frac{\\partial L}{\\partial B_{old}}$$"),
        (BEHIND, BEHIND.removeprefix(r"\eta ") + "\n\n$$\\frac{\\partial L}{\\partial B_{old}} = \\eta \\delta$$"),
        (BEHIND, r"H^{-1} \frac{\partial L}{\partial B_{old}}$$"),
        (BEHIND, r"\Delta B$$"),
        (r"$$w_5^{new} = 0.7 - 0.2 \cdot (-0.056269) = 0.711254$$", "")
    ],
    ids=["scaled", "a rate of 1", "the rule with the rate beside it", "a step that holds the rate", "Newton", "a step", "no rate used"],
)  # fmt: skip
def test_a_rule_that_the_document_explains_is_not_accused(said: tuple[str, str]) -> None:
    rule = (r"- \eta \frac{\partial L}{\partial B_{old}}", r"- \frac{\partial L}{\partial B_{old}}")
    text = changed(said)
    assert wrong(text if said[0] == BEHIND else text.replace(*rule)) == []


def test_a_rate_of_1_needs_not_be_written() -> None:
    problem = PROBLEM.replace("learning_rate = 0.2", "learning_rate = 1")
    text = changed(bare_rule("B_{new}", "B_{old}", "B_{old}")).partition("$$w_5^{new}")[0]
    assert wrong(text, problem) == []


def test_without_a_problem_no_rule_is_accused() -> None:
    text = changed(bare_rule("B_{new}", "B_{old}", "B_{old}"))
    assert audit({"n.md": text}).wrong == ()


# ---------------------------------------------------------------- sentences
LISTED = "$w_2^{new}$ and $w_6^{new}$:"


def test_an_old_weight_among_the_new_ones_is_found() -> None:
    text = changed((LISTED, "$w_2$ and $w_6^{new}$:"))
    assert wrong(text) == [(line_of(text, "$w_2$"), "w_2", "formula")]


@pytest.mark.parametrize(
    "listed",
    [
        (LISTED, "$w_2^{new}$ and $w_6$, which is kept:"),
        (LISTED, "$w_2$ and $w_6$:"),
        (LISTED, "$w_3$ and $w_6^{new}$:"),
        ("we calculate", "we look at"),
        (LISTED, "$w_2^{new}$ from $w_6$:"),
    ],
    ids=["kept", "two of them", "no value follows", "not worked out", "no list"],
)
def test_a_list_that_may_mean_what_it_says_is_not_accused(listed: tuple[str, str]) -> None:
    assert wrong(changed(listed)) == []


SECOND = "To find the activation $a_2$ we apply"


@pytest.mark.parametrize("name", ["$a_1$", "a1"])
def test_a_sentence_that_announces_the_neighbour_is_found(name: str) -> None:
    text = changed((SECOND, f"To find the activation of neuron {name}, we apply"))
    assert wrong(text) == [(line_of(text, "of neuron"), name.strip("$"), "formula")]


@pytest.mark.parametrize(
    "sentence",
    [
        "We find it the same way as $a_1$, by the sigmoid function as",
        "To find the sum of $a_1$ and its neighbour we apply the sigmoid function as",
        "To find $a_3$ we apply the sigmoid function as",
        "After we have found $a_1$ we apply the sigmoid function as",
        "To find the activation $a_1$ we applied the sigmoid function. Now we apply it as",
    ],
)
def test_a_sentence_that_speaks_of_another_neuron_is_not_accused(sentence: str) -> None:
    assert wrong(changed((SECOND + " the sigmoid function as", sentence))) == []


def test_an_announcement_of_what_follows_later_is_not_accused() -> None:
    swapped = r"""
To find the activation $a_1$ we apply the sigmoid function as

$$a_2 = \frac{1}{1 + e^{0.1}} = 0.475021$$

$$a_1 = \frac{1}{1 + e^{-0.26}} = 0.564636$$
"""
    assert wrong(RIGHT + swapped) == []


# ---------------------------------------------------------------- names
def test_the_name_of_the_output_bias_for_a_hidden_one_is_found() -> None:
    text = changed(("b_3 = 0.2", "b_2 = 0.2"), (r"w_6 a_2 + b_3", r"w_6 a_2 + b_2"))
    assert wrong(text) == [(line_of(text, "w_3 x_1"), "w_3 x_1 + w_4 x_2 + b_2", "formula")]


@pytest.mark.parametrize(
    "pairs",
    [
        [("The bias of the output is $b_3 = 0.2$, the", "The")],
        [("b_3 = 0.2", "b_2 = 0.2$ and that of the second neuron $b_2 = -0.3"), ("w_6 a_2 + b_3", "w_6 a_2 + b_2")],
        [("b_3 = 0.2", "b = (0.1, -0.3, 0.2)")],
    ],
    ids=["not given", "given twice", "a vector"],
)  # fmt: skip
def test_a_bias_that_is_not_surely_another_one_is_not_accused(pairs: list[tuple[str, str]]) -> None:
    assert wrong(changed(*pairs)) == []


def test_gradients_under_the_names_of_the_weights_are_a_convention() -> None:
    text = RIGHT + "\nAll gradients:\n\n$$w_5 = -0.056269$$\n\n$$w_6 = -0.047338$$\n"
    made = audit({"n.md": text}, loads(PROBLEM))
    first = line_of(text, "w_5 = -0.056269")
    assert made.wrong == ()
    assert dict(made.conventions) == {
        "gradient_names": f"the names of parameters stand for their gradients: w5 to w6 in lines {first} to {first + 2}"
    }


# ---------------------------------------------------------------- signs of a derivative
PRINTED = r"$$\frac{\partial z_3}{\partial w_5} ="


@pytest.mark.parametrize("sign", ["2", "6", "8"])
def test_a_sign_of_a_derivative_that_was_read_as_another_is_damage(sign: str) -> None:
    text = changed((PRINTED, rf"$$\frac{{{sign} z_3}}{{{sign} w_5}} ="))
    assert [(printed, kind) for _, printed, kind in wrong(text)] == [
        (rf"\frac{{{sign} z_3}}{{{sign} w_5}}", "damage")
    ]


@pytest.mark.parametrize(
    "quotient",
    [
        r"\frac{a z_3}{a w_5}",
        r"\frac{2 z_3}{3 w_5}",
        r"\frac{4 z_3}{4 w_5}",
        r"\frac{2 z_3}{2 w_6}",
        r"\frac{y z_3}{y w_5}",
    ],
)
def test_a_quotient_that_is_no_derivative_is_not_damage(quotient: str) -> None:
    text = changed((PRINTED, f"$${quotient} ="))
    assert [kind for _, _, kind in wrong(text) if kind == "damage"] == []


def test_a_quotient_that_holds_as_it_stands_is_not_damage() -> None:
    problem = """
[[layer]]
weights = [[0.3]]
activation = "identity"

[training]
learning_rate = 0.2

[[sample]]
input = [0.6]
target = [1]
"""
    assert (
        wrong(r"$z = w x = 0.3 \cdot 0.6 = 0.18$ and $$\frac{2 z}{2 w} = x = 0.6$$", problem) == []
    )


def test_the_document_s_own_name_is_told_where_the_printed_one_stands_nowhere_else() -> None:
    text = RIGHT.replace("z_2", "z_{h2}").replace("z_1", "z_{h1}")
    text += r"$$\frac{2 z_2}{2 w_3} = x_1 = 0.6$$"
    (found,) = audit({"n.md": text}, loads(PROBLEM)).wrong
    assert "∂zh2/∂w3 belongs here" in found.explanation


def test_a_name_that_stands_for_itself_elsewhere_is_kept_in_what_is_told() -> None:
    text = RIGHT + r"$$\frac{2 z_2}{2 w_3} = x_1 = 0.6$$"
    (found,) = audit({"n.md": text}, loads(PROBLEM)).wrong
    assert found.explanation.endswith("∂z2/∂w3 belongs here")
