"""What a caller gets wrong is one of the library's own errors, which says what must be there."""

from __future__ import annotations

import pytest

from chalkgrad import ChalkgradError, RequestError, example, render, solve

MAZUR = example("mazur")


@pytest.mark.parametrize(
    ("wrong", "must"),
    [
        (lambda: solve("mazur"), 'a Problem, as chalkgrad.load'),
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


def test_a_single_name_may_stand_for_a_list_of_one():
    assert [s.symbol.bare for s in solve(MAZUR, only="loss").steps()] == ["loss"]


def test_a_name_is_not_proposed_to_the_one_who_gave_it():
    with pytest.raises(RequestError) as caught:
        solve(MAZUR, only="b")
    assert 'did you mean "b"' not in str(caught.value)


def test_a_working_has_a_short_repr():
    assert repr(solve(MAZUR)) == "<Working of 2-2-2: 55 lines, 1 update, exact, chain>"
