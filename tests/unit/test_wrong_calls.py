"""What a caller gets wrong is one of the library's own errors, which says what must be there."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

import chalkgrad
from chalkgrad import ChalkgradError, RequestError, example, loads, render, solve
from chalkgrad.cli import cli

MAZUR = example("mazur")


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        (lambda: solve("mazur"), "a Problem, as chalkgrad.load"),
        (
            lambda: solve(MAZUR, iterations=2.5),
            "iterations must be a whole number from 1 up, got 2.5",
        ),
        (
            lambda: solve(MAZUR, iterations="3"),
            "iterations must be a whole number from 1 up, got 3",
        ),
        (lambda: solve(MAZUR, work=3), "work must be whole numbers"),
        (lambda: solve(MAZUR, work=["1"]), "work must be whole numbers"),
        (lambda: solve(MAZUR, only=[3]), "only must be names"),
        (lambda: solve(MAZUR, only=None), "only must be names"),
        (lambda: solve(MAZUR, style="chian"), 'got "chian"; did you mean "chain"\\?'),
        (lambda: solve(MAZUR, policy="exact"), "policy must be a Policy"),
        (lambda: solve(MAZUR).step(3), "step must be a name"),
        (lambda: render(MAZUR, "html"), "working must be a Working, as chalkgrad.solve"),
        (lambda: render(solve(MAZUR), "htm"), 'got "htm"; did you mean "html"'),
        (lambda: MAZUR.with_(iteratons=3), 'no setting "iteratons"; did you mean "iterations"'),
        (lambda: MAZUR.with_(learning_rate="a"), "learning_rate must be a finite number"),
    ],
)
def test_a_wrong_argument_is_refused_with_what_must_be_there(wrong, must):
    with pytest.raises(ChalkgradError, match=must):
        wrong()


@pytest.mark.parametrize(
    ("function", "rest"),
    [
        ("solve", ()), ("check", ({},)), ("blank_sheet", ()), ("dump", ()), ("train", ()), ("train_many", ()),
        ("error_surface", ("w[1][1,1]", "w[1][1,2]")), ("show", ()),
    ],
)  # fmt: skip
def test_a_name_in_place_of_a_problem_is_refused_everywhere(function, rest):
    with pytest.raises(RequestError, match="problem must be a Problem, as chalkgrad.load"):
        getattr(chalkgrad, function)("mazur", *rest)


def test_a_single_name_may_stand_for_a_list_of_one():
    assert [s.symbol.bare for s in solve(MAZUR, only="loss").steps()] == ["loss"]


def test_a_name_is_not_proposed_to_the_one_who_gave_it():
    with pytest.raises(RequestError) as caught:
        solve(MAZUR, only="b")
    assert 'did you mean "b"' not in str(caught.value)


def test_a_working_has_a_short_repr():
    assert repr(solve(MAZUR)) == "<Working of 2-2-2: 55 lines, 1 update, exact, chain>"


def problem_text(weights="[[0.5, 0.2]]", given="[0.1, 0.3]"):
    layer = f'[[layer]]\nweights = {weights}\nactivation = "sigmoid"\n'
    return f"{layer}[[sample]]\ninput = {given}\ntarget = [1]\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (problem_text("[[0,5, 0.2]]"), 2, "weights[1] must be a row of 2 numbers"),
        (problem_text("[[0,5, 0.2], [0.3, 0.4]]"), 2, "weights[1] must be a row of 2 numbers"),
        (problem_text("[[0.3, 0.4], [0.2, -0,5]]"), 2, "weights[2] must be a row of 2 numbers"),
        (problem_text(given="[0,5, 0,3]"), 5, "input must be a list of 2 numbers"),
    ],
)
def test_a_decimal_comma_is_a_fault_of_the_line_that_has_it(text, line, said):
    with pytest.raises(ChalkgradError) as caught:
        loads(text, "a.toml")
    first = str(caught.value).splitlines()[0]
    assert first.startswith(f"a.toml:{line}: ") and said in first
    assert first.endswith("0,5 is two numbers, write 0.5") or "-0,5 is two numbers" in first


def test_whole_numbers_are_not_taken_for_decimal_commas():
    with pytest.raises(ChalkgradError) as caught:
        loads(problem_text("[[1, 2, 3]]", "[1, 2]"))
    assert "decimal" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("area,rooms,price\n78.1,5,220482\n132.9,5,311303\n", "a table of 3 columns"),
        ("x;y\n0,5;1\n", "a table of 2 columns"),
        ('{"layer": []}\n', "JSON"),
        ("Dear all,\nplease find attached\n", "text without a key"),
    ],
)
def test_what_is_no_problem_file_is_one_fault_that_says_what_it_looks_like(text, kind):
    with pytest.raises(ChalkgradError) as caught:
        loads(text, "houses.csv")
    assert len(str(caught.value).splitlines()) == 1
    assert f"with at least one [[layer]], got {kind}" in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--style", "chian"], 'did you mean "chain"?'),
        (["--policy", "exct"], 'did you mean "exact"?'),
        (["--limit", "lines"], "as --limit lines=200000"),
        (["--fragment"], "--fragment is for LaTeX, and the format is text"),
    ],
)
def test_an_option_that_is_not_possible_is_refused_with_what_is(arguments, said):
    done = CliRunner().invoke(cli, ["solve", "mazur", *arguments])
    assert isinstance(done.exception, RequestError) and said in str(done.exception)


@pytest.mark.parametrize("verb", ["", "solve", "train", "check", "audit", "sheet", "serve"])
def test_help_keeps_to_80_columns(verb):
    page = CliRunner().invoke(cli, [*verb.split(), "--help"]).output
    assert page.startswith("Usage:") and max(map(len, page.splitlines())) <= 80
