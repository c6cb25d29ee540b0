"""The worked examples as short notes: right as they are, and each planted slip found at its figure."""

from __future__ import annotations

from importlib.resources import files

import pytest

from chalkgrad import loads, render, solve
from chalkgrad.auditing.auditor import audit
from chalkgrad.auditing.givens import problem_text
from chalkgrad.errors import RequestError
from chalkgrad.examples import example
from large_nets import large_net

NOTES = ("single-neuron", "two-two-one", "mazur", "nptel", "relu-bce")


def note(name: str) -> str:
    return (files("chalkgrad") / "examples" / "notes" / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NOTES)
def test_a_right_note_is_not_accused_and_is_read(name: str) -> None:
    made = audit({f"{name}.md": note(name)}, example(name))
    assert made.wrong == ()
    assert sum(f.verdict == "unread" for f in made.figures) <= 0.05 * len(made.figures)


@pytest.mark.parametrize("name", NOTES)
def test_a_right_note_is_not_accused_without_its_problem(name: str) -> None:
    assert audit({f"{name}.md": note(name)}).wrong == ()


SLIPS = [
    # (note, right text, slipped text, the figure that is wrong, its kind, the quantity)
    (
        "single-neuron",
        "= 1.94$$\n\n$$\\hat",
        "= 1.84$$\n\n$$\\hat",
        "1.84",
        "arithmetic",
        "z[1][1]",
    ),
    ("single-neuron", "0.1 = 0.774", "0.1 = 0.747", "0.747", "arithmetic", "grad_a[1][1]"),
    ("single-neuron", "0.3 = 0.0255", "0.3 = 0.0085", "0.0085", "arithmetic", "grad_w[1][1,2]"),
    (
        "single-neuron",
        "0.0085 = 0.49575",
        "0.0085 = 0.50425",
        "0.50425",
        "arithmetic",
        "new_w[1][1,1]",
    ),
    ("two-two-one", "0.5933 = 0.0822", "0.5933 = 0.0882", "0.0882", "arithmetic", "grad_w[2][1,1]"),
    (
        "two-two-one",
        "0.0822 = 0.399992",
        "0.0822 = 0.399927",
        "0.399927",
        "arithmetic",
        "new_w[2][1,1]",
    ),
    ("two-two-one", r"0.40 \times 0.2413", r"0.45 \times 0.2413", "0.45", "value", "w[2][1,1]"),
    (
        "two-two-one",
        r"(0.01 - 0.7514)^2 = 0.2748",
        r"(0.01 - 0.7514)^2 = 0.5497",
        "0.5497",
        "arithmetic",
        "loss",
    ),
    (
        "mazur",
        "$out_{h2} = 0.596884378",
        "$out_{h2} = 0.593269992",
        "0.593269992",
        "value",
        "a[1][2]",
    ),
    ("mazur", "0.0235600257 = 0.29837111", "0.0235600257 = 0.2983711", "", "", ""),
    ("mazur", "$out_{o1} = 0.75136507", "$out_{o1} = 0.75163507", "0.75163507", "value", "a[2][1]"),
    ("mazur", "+ 0.0235600257", "+ 0.02355600257", "0.02355600257", "arithmetic", None),
    ("mazur", "error is 0.291027774", "error is 0.291027924", "0.291027924", "value", "it2.loss"),
    ("nptel", r"2.51 \\ -0.98", r"2.51 \\ -9.8", "-9.8", "arithmetic", "z[1][2]"),
    ("nptel", "0.95 - 0) = 0.045", "0.95 - 0) = 0.45", "0.45", "arithmetic", "delta[2][2]"),
    (
        "nptel",
        r"0.045 \cdot 2.1] = 0.024",
        r"0.045 \cdot 2.1] = 0.24",
        "0.24",
        "arithmetic",
        "delta[1][1]",
    ),
    (
        "relu-bce",
        r"J = -\ln(1 - 0.401) = 0.512",
        r"J = -\ln(1 - 0.401) = 0.2225",
        "0.2225",
        "arithmetic",
        "loss",
    ),
    ("relu-bce", r"2 \cdot (-0.4) + 0.2", r"2 \cdot (-0.6) + 0.2", "-0.6", "value", "w[1][1,2]"),
    ("relu-bce", "0.3208 = -0.5032", "0.3208 = -0.4968", "-0.4968", "arithmetic", "new_w[2][1,2]"),
]


@pytest.mark.parametrize(("name", "right", "slipped", "figure", "kind", "quantity"), SLIPS)
def test_a_planted_slip_is_found_where_it_is(
    name: str, right: str, slipped: str, figure: str, kind: str, quantity: str | None
) -> None:
    text = note(name)
    assert text.count(right) == 1
    made = audit({f"{name}.md": text.replace(right, slipped)}, example(name))
    if not figure:  # a digit less is a coarser rounding, and right
        assert made.wrong == ()
        return
    first = made.wrong[0]
    assert (first.printed, first.kind) == (figure, kind)
    if quantity:
        assert first.name == quantity
    at = text.replace(right, slipped).split("\n")[first.line - 1]
    assert at[first.column - 1 : first.end - 1] == figure


def test_what_follows_from_a_wrong_figure_is_carried_and_says_from_where() -> None:
    text = note("single-neuron").replace("0.3 = 0.0255", "0.3 = 0.0355")
    text = text.replace(r"0.5 \cdot 0.0255 = 0.18725", r"0.5 \cdot 0.0355 = 0.18225")
    made = audit({"n.md": text}, example("single-neuron"))
    (wrong,) = made.wrong
    assert wrong.printed == "0.0355"
    follows = {f.printed: f.cause for f in made.figures if f.cause}
    assert follows["0.18225"] == wrong.line


def test_a_right_result_beside_a_wrong_sign_goes_back_to_the_line_of_the_sign() -> None:
    text = note("single-neuron").replace("0.3 = 0.0255", "0.3 = -0.0255")
    text = text.replace(r"0.5 \cdot 0.0255 = 0.18725", r"0.5 \cdot (-0.0255) = 0.18725")
    made = audit({"n.md": text}, example("single-neuron"))
    (wrong,) = made.wrong
    assert wrong.printed == "-0.0255"
    assert {f.printed: f.cause for f in made.figures if f.cause} == {
        "-0.0255": wrong.line,
        "0.18725": wrong.line,
    }


def test_a_right_figure_after_a_wrong_sign_is_not_held_against_the_sign() -> None:
    text = note("nptel").replace("0.95 - 0) = 0.045", "0.95 - 0) = -0.045")
    made = audit({"n.md": text}, example("nptel"))
    assert [f.printed for f in made.wrong] == ["-0.045"]


def test_another_convention_is_said_of_a_figure_that_only_it_explains() -> None:
    text = note("mazur").replace("0.291027774", "0.291027924")
    (wrong,) = audit({"n.md": text}, example("mazur")).wrong
    assert wrong.slips[0][0] == "convention:in_place"


def test_a_base_ten_logarithm_is_named() -> None:
    text = note("relu-bce").replace("(1 - 0.401) = 0.512", "(1 - 0.401) = 0.2225")
    (wrong,) = audit({"n.md": text}, example("relu-bce")).wrong
    assert wrong.slips[0][0] == "log10"


@pytest.mark.parametrize(
    ("formula", "wrong"),
    [
        (r"$$\text{Sigmoid} = \frac{1}{1 + (1 + e^{-z})}$$", True),
        (r"$$\text{Sigmoid} = \frac{1}{1 + e^{-z}}$$", False),
        (r"$$net_{h1} = out_{h1} w_5 + out_{h2} w_6 + b_2$$", True),
        (r"$$net_{h1} = i_1 w_1 + i_2 w_2 + b_1$$", False),
        (
            r"$$\frac{\partial E}{\partial out_{h1}} = \frac{\partial (t_1 - out_{o1})^2}{\partial net_{h1}}$$",
            True,
        ),
    ],
)
def test_a_printed_formula_that_is_another_one_is_found(formula: str, wrong: bool) -> None:  # noqa: FBT001
    made = audit({"n.md": formula}, example("mazur"))
    assert bool([f for f in made.wrong if f.kind == "formula"]) is wrong


@pytest.mark.parametrize("name", ["single-neuron", "two-two-one", "mazur", "relu-bce"])
def test_the_problem_is_read_out_of_the_note_itself(name: str) -> None:
    read, known = loads(problem_text(f"{name}.md", note(name))), example(name)
    assert [layer.weights for layer in read.layers] == [layer.weights for layer in known.layers]
    assert [layer.activation for layer in read.layers] == [
        layer.activation for layer in known.layers
    ]
    assert read.samples == known.samples
    assert read.training.learning_rate == known.training.learning_rate
    assert read.training.loss == known.training.loss


def test_a_document_without_givens_says_what_is_missing() -> None:
    with pytest.raises(RequestError, match="inputs, targets, weights"):
        problem_text("n.md", "Nothing but $0.5 = 0.5$.")


def test_a_matrix_in_bands_is_not_accused_for_its_marked_last_digits() -> None:
    problem = large_net((2, 18, 1))
    made = audit({"n.md": str(render(solve(problem, style="matrix"), "markdown"))}, problem)
    assert not made.wrong


def test_a_year_is_no_number_of_updates() -> None:
    def named(text: str) -> list[str | None]:
        found = audit({"n.md": text}, example("mazur")).figures
        return [f.name for f in found if f.printed in ("2024", "2000")]

    assert named("After one step the loss is lower. In 2024 we met again.") == []
    assert named("We repeat the step 2000 times.") == ["iterations"]
