"""The comparison that --verify shows: it agrees where gradients are right, and can disagree."""

from __future__ import annotations

import random

import pytest

import oracle
from chalkgrad import Choice, Layer, Problem, Sample, Training, example
from chalkgrad.agreement import agreement
from chalkgrad.examples import names
from chalkgrad.losses import LOSSES
from problems import as_problem


@pytest.mark.parametrize("name", names())
def test_the_gradients_of_every_example_agree(name):
    result = agreement(example(name))
    parameters = example(name).weight_count
    assert len(result.rows) >= parameters
    assert result.worst < 1e-6
    assert result.kinks == ()


def test_its_differences_are_those_of_the_oracle():
    rng = random.Random(3)
    for _ in range(10):
        net = oracle.draw(rng, smooth_only=True, layers=2)
        if oracle.near_kink(net):
            continue
        expected = oracle.gradients(net)
        for row in agreement(as_problem(net)).rows:
            assert row.difference == pytest.approx(expected[row.symbol.bare], abs=1e-6)


def test_a_wrong_derivative_in_a_table_is_seen(monkeypatch):
    """The proof can fail: the squared error with the slope of half of it."""
    from dataclasses import replace

    wrong = replace(LOSSES["squared_error"], slope=LOSSES["half_squared_error"].slope)
    monkeypatch.setitem(LOSSES, "squared_error", wrong)
    assert agreement(example("tanh-batch")).worst > 0.5


def test_an_update_in_place_is_compared_in_simultaneous_order():
    problem = example("mazur").with_(update_order="in_place")
    assert agreement(problem).worst < 1e-8


def test_a_net_input_at_a_kink_is_named():
    layer = Layer(((0.5,), (1.0,)), None, Choice("relu"))
    problem = Problem((layer,), (Sample((0.0,), (1.0, 1.0)),), Training())
    assert [s.bare for s in agreement(problem).kinks] == ["z[1][1]", "z[1][2]"]


def test_without_a_loss_there_is_nothing_to_compare():
    problem = Problem((Layer(((0.5,),)),), (Sample((1.0,)),), Training(loss=Choice("none")))
    assert agreement(problem).rows == ()
    assert agreement(problem).worst == 0.0
