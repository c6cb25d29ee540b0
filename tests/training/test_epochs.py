"""Epochs between which nothing is asked are one call of the engine: the numbers stay the same."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")

from chalkgrad.training.data import Data, one_hot
from chalkgrad.training.loop import train
from chalkgrad.training.model import network_problem


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.getbasetemp() / "code"))


def same_numbers(problem, data, **options):
    """Run once where epochs go together, once where each is told of: the same bytes and record."""
    alone = train(problem, data, **options)
    told = train(problem, data, listen=lambda event: None, **options)
    assert alone.p.tobytes() == told.p.tobytes()
    assert alone.history.losses == told.history.losses
    assert [e.updates for e in alone.history.epochs] == [e.updates for e in told.history.epochs]
    assert (alone.history.stopped, alone.history.note) == (told.history.stopped, told.history.note)
    return alone.history


@pytest.mark.parametrize("engine", ["numpy", "llvm"])
def test_epochs_that_go_together_give_the_numbers_of_epochs_one_by_one(engine):
    rng = np.random.default_rng(1)
    data = Data(rng.normal(size=(50, 4)), one_hot(rng.integers(0, 3, 50), 3), ("a", "b", "c"))
    problem = network_problem(data, (8,), learning_rate=0.2)
    history = same_numbers(problem, data, epochs=300, batch_size=8, seed=3, engine=engine)
    assert [e.updates for e in history.epochs] == [7 * k for k in range(1, 301)]


@pytest.mark.parametrize("engine", ["numpy", "llvm"])
@pytest.mark.parametrize("rate", [2.5, 1e4])  # past every bound in some epochs; no number at once
def test_a_run_that_leaves_all_bounds_ends_in_the_same_epoch_however_epochs_go(engine, rate):
    rng = np.random.default_rng(0)
    data = Data(rng.normal(size=(40, 3)), rng.normal(size=(40, 1)))
    problem = network_problem(data, (), learning_rate=rate)
    history = same_numbers(problem, data, epochs=400, batch_size=16, engine=engine)
    assert history.stopped == "diverged"
    assert len(history.epochs) < 100
