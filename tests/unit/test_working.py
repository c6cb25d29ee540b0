"""Workings: their lines, what is worked in full, and how one asks for a quantity."""

from __future__ import annotations

import math

import pytest

from chalkgrad import (
    Choice,
    Digits,
    Layer,
    LimitError,
    Policy,
    Problem,
    RequestError,
    Sample,
    Training,
    example,
    solve,
)
from chalkgrad.boxes import to_plain
from chalkgrad.notation import Symbol
from chalkgrad.typesetting import typeset


def test_a_line_has_formula_numbers_value_and_text():
    step = solve(example("softmax")).step("z[1][2]")
    plain = lambda formula: to_plain(typeset(formula, lambda s: _named(s.bare)))
    assert plain(step.definition.formula) == "w[1][2,1] · x[1] + w[1][2,2] · x[2] + b[1][2]"
    assert plain(step.with_numbers(step.definition.formula)) == "0.4 · 1.0 + 0.1 · (−0.5) + 0.0"
    assert (step.value, step.text) == (0.4 * 1.0 + 0.1 * -0.5 + 0.0, "0.35")
    assert step.operands[Symbol("w", (1, 2, 1))] == "0.4"
    assert step.marked is False


def _named(text):
    from chalkgrad.boxes import Id

    return Id(text)


def test_given_numbers_keep_the_digits_they_were_written_with():
    step = solve(example("mazur")).step("z[1][1]")
    assert sorted(step.operands.values()) == ["0.05", "0.10", "0.15", "0.20", "0.35"]


def test_a_line_whose_printed_operands_give_another_last_digit_is_marked():
    """1/3 and 2/3 at two digits: 0.33 + 0.67 is 1, and 0.33 * 3 is 0.99 where the value is 1."""
    layers = (Layer(((1 / 3,),)), Layer(((3.0,),)))
    problem = Problem(
        layers, (Sample((1.0,), (0.0,)),), Training(), Policy("exact", Digits("decimals", 2))
    )
    worked = solve(problem)
    assert worked.step("z[1][1]").text == "0.33"
    assert (worked.step("z[2][1]").text, worked.step("z[2][1]").value) == ("1", 1.0)
    assert worked.step("z[2][1]").marked
    assert not worked.step("a[1][1]").marked
    carried = solve(problem, policy=Policy("carried", Digits("decimals", 2)))
    assert carried.step("z[2][1]").text == "0.99"
    assert not any(step.marked for step in carried.steps())


def test_quantities_are_asked_for_by_any_of_their_names():
    worked = solve(example("mazur"))
    assert worked["new_w[2][1,1]"] == worked["it1.new_w[2][1,1]"]
    assert worked["out_o1"] == worked["a[2][1]"] == worked["s1.a[2][1]"]
    assert worked["grad_b[1][2]"] == worked["grad_b[1]"]
    with pytest.raises(RequestError, match="not among the iterations worked in full"):
        worked.step("it2.z[1][1]")
    with pytest.raises(RequestError):
        worked.step("z[9][1]")


def test_every_quantity_of_an_iteration_has_one_line():
    for name in ("mazur", "xor", "tanh-batch", "adam", "relu-bce"):
        for style in ("chain", "delta", "matrix"):
            worked = solve(example(name), style=style, work=[1])
            symbols = [step.symbol for step in worked.steps()]
            assert len(set(symbols)) == len(symbols), (name, style)


@pytest.mark.parametrize(
    ("count", "work", "expected"),
    [
        (1, None, [1]),
        (2, None, [1, 2]),
        (9, None, list(range(1, 10))),
        (5000, None, [1, 2, 5000]),
        (100, [100, 3, 3], [3, 100]),
        (5, [], []),
    ],
)
def test_which_iterations_are_worked_in_full(count, work, expected):
    worked = solve(example("single-neuron"), iterations=count, work=work, policy=Policy())
    assert [i.number for i in worked.iterations] == expected
    assert len(worked.losses) == count + 1
    assert worked.updates == count


def test_an_iteration_that_stopping_prevents_is_not_worked():
    worked = solve(example("xor"))
    assert (worked.stopped, worked.updates) == ("loss", 578)
    assert [i.number for i in worked.iterations] == [1, 2, 578]
    with pytest.raises(RequestError, match="there is no iteration 900, they are 1 to 578"):
        solve(example("xor"), work=[1, 900])
    assert worked.losses[-1] <= 1e-3 < worked.losses[-2]


@pytest.mark.parametrize("work", [[0], [3], [-1], [1, 99]])
def test_an_iteration_that_there_is_not_is_refused(work):
    with pytest.raises(RequestError, match="there is no iteration"):
        solve(example("single-neuron"), work=work)


@pytest.mark.parametrize(
    "options",
    [
        {"style": "forward"},
        {"notation": "W"},
        {"only": ["nothing"]},
        {"only": ["z[7][1]"]},
        {"only": ["zz*"]},
    ],
)
def test_an_unknown_choice_is_refused(options):
    with pytest.raises(RequestError):
        solve(example("mazur"), **options)


def test_more_lines_than_the_limit_are_refused_with_the_limit():
    problem = example("mazur").with_(iterations=5, limits={"lines": 100})
    with pytest.raises(LimitError, match="--limit lines="):
        solve(problem)
    assert len(solve(problem, work=[1]).iterations) == 1


def test_the_last_parameters_are_those_of_the_last_update():
    worked = solve(example("momentum"))
    for name in ("w[1][1,1]", "w[1][1,2]", "b[1][1]"):
        assert worked.final[worked.problem.symbol(f"it4.{name}")] == worked[f"it3.new_{name}"]
    assert worked.final[Symbol("velocity_w", (1, 1, 1), 3)] == worked["it3.velocity_w[1][1,1]"]


def test_patterns_choose_lines_and_leave_the_rest_worked():
    worked = solve(example("mazur"), only=["delta*", "net_h1"])
    shown = [step.symbol.bare for step in worked.steps() if worked.chosen(step, 1)]
    assert shown == ["z[1][1]", "delta[2][1]", "delta[2][2]", "delta[1][1]", "delta[1][2]"]
    assert worked.losses == solve(example("mazur")).losses


def test_names_alone_cost_no_other_lines():
    rows = tuple((0.01,) * 60 for _ in range(60))
    problem = Problem(
        (Layer(rows), Layer(rows)), (Sample((1.0,) * 60, (0.5,) * 60),), Training(learning_rate=0.1)
    )
    worked = solve(problem, only=["grad_w[1][7,9]"])
    assert [step.symbol.bare for step in worked.steps()] == ["grad_w[1][7,9]"]
    a1, a2 = 0.6, 0.01 * 0.6 * 60
    assert worked["grad_w[1][7,9]"] == pytest.approx(60 * (a2 - 0.5) * 0.01 * 1.0)
    assert a1 == pytest.approx(solve(problem, only=["a[1][7]"])["a[1][7]"])


def test_infinite_values_are_shown_as_they_are():
    layer = Layer(((-800.0,),), None, Choice("sigmoid"))
    problem = Problem((layer,), (Sample((1.0,), (1.0,)),), Training(loss=Choice("cross_entropy")))
    worked = solve(problem)
    assert (worked["a[1][1]"], worked["loss"], worked.step("loss").text) == (0.0, math.inf, "inf")
    worked.verify()


def test_a_notebook_gets_html_markdown_and_latex():
    made = solve(example("single-neuron"))._repr_mimebundle_()
    assert (
        {"text/html", "text/markdown", "text/latex", "text/plain"}
        >= set(made)
        >= {"text/html", "text/markdown", "text/latex"}
    )
    assert "<math" in made["text/html"]
