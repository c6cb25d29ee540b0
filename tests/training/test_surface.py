"""Surfaces and restarts: every point is the loss that solve gives."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")

import random

import oracle
from chalkgrad import RequestError, example
from chalkgrad.training.many import train_many
from chalkgrad.training.surface import error_surface
from problems import as_problem


@pytest.mark.parametrize("seed", range(12))
def test_every_point_is_the_loss_of_the_textbook(seed):
    net = oracle.draw(random.Random(seed), layers=2)
    problem = as_problem(net, learning_rate=0.1)
    surface = error_surface(problem, "w[1][1,1]", "w[2][1,1]", points=4, iterations=2)
    for i, u in enumerate(surface.first):
        for j, v in enumerate(surface.second):
            net["W"][0][0][0], net["W"][1][0][0] = float(u), float(v)
            try:
                want = oracle.loss(net)
            except (ValueError, OverflowError, ZeroDivisionError):
                continue  # the textbook's logarithm of 0
            assert surface.loss[i, j] == pytest.approx(
                want, rel=1e-6, abs=1e-9
            )  # its 1 - a cancels
    assert surface.path.shape == (3, 2)
    assert surface.loss.min() == surface.minimum[2]


def test_what_is_no_parameter_is_refused():
    with pytest.raises(RequestError, match="no weight and no bias"):
        error_surface(example("mazur"), "z[1][1]", "w[1][1,1]")
    with pytest.raises(RequestError, match="same parameter"):
        error_surface(example("mazur"), "w[1][1,1]", "w[1][1,1]")


def test_restarts_find_what_one_start_does_not():
    networks = train_many(example("xor"), count=4, spread=2.0, epochs=400, seed=1)
    losses = [network.history.losses[-1] for network in networks]
    assert losses == sorted(losses)
    assert len(set(losses)) == 4
