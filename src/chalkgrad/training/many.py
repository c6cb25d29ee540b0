"""Many start weights trained together: each lane of a vector is a network."""

from __future__ import annotations

import time
from dataclasses import fields, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.network import make_plan
from chalkgrad.problem import expect_problem
from chalkgrad.rounding import Policy
from chalkgrad.straight import Stepper
from chalkgrad.training.architecture import Architecture
from chalkgrad.training.course import make_course
from chalkgrad.training.extra import Array, np
from chalkgrad.training.loop import train
from chalkgrad.training.networks import Trained, ranked
from chalkgrad.training.settings import Settings
from chalkgrad.training.sharing import workers_of
from chalkgrad.training.tiers import places_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from chalkgrad.notation import Symbol
    from chalkgrad.problem import Problem
    from chalkgrad.training.data import Data
    from chalkgrad.training.model import Network

_MOST_LINES = 1_000
"""Lines of an iteration that are compiled for many networks at once: it takes a second."""
_WORTH_IT = 50_000
"""Iterations, of all networks, that Python takes about as long for as compiling takes."""
_SETTING_UP = 1_000
"""Setting up one network takes Python as long as so many of its iterations."""
_LEAST = 64
"""Networks of a portion that an executor takes."""
_MOST_LOSSES = 20_000_000


def train_many(
    problem: Problem,
    data: Data | None = None,
    *,
    count: int = 0,
    starts: Array | None = None,
    spread: float = 1.0,
    seed: int = 0,
    executor: Executor | None = None,
    **settings: Any,
) -> Sequence[Network]:
    """Train from many start weights; the networks come best first.

    The problem's own samples are trained on by all networks at once, where there are enough of them to compile
    code for it; else one network is trained after the other.

    Args:
        problem: network, loss, update rule; the first network starts from its own weights.
        data: samples; by default the problem's own.
        count: how many networks.
        starts: in place of it, weights and biases of each, one row a network: the weights of all layers row by
            row, then the biases.
        spread: start weights are drawn between -spread and spread.
        seed: of the weights; the draw of a network depends on its number alone, not on how many there are.
        executor: spreads the networks over what it has; by default threads of this process.
        **settings: as of `train`.

    Raises:
        RequestError: there are no networks, `starts` does not fit, or the networks do not fit in memory.

    >>> from chalkgrad.examples import example
    >>> networks = train_many(example("xor"), count=100, spread=2.0, epochs=500)
    >>> len(networks), networks[0].history.losses[-1] <= networks[99].history.losses[-1]
    (100, True)
    """
    expect_problem(problem)
    architecture = Architecture.of(problem)
    try:
        flat = _starts(problem, architecture, count, starts, spread, seed)
    except MemoryError:
        raise RequestError(f"{count:,} networks do not fit in memory") from None
    asked = Settings(**settings)
    problem = problem.with_(arithmetic=Policy(), iterations=1)
    reason = _cannot(problem, data, asked, len(flat))
    if reason:
        return _in_turn(problem, data, flat, settings, executor)
    began = time.perf_counter()
    # A record takes a hundredth of the iterations together, or more where there is no room for so many.
    steps = max(1, asked.epochs // 100, asked.epochs * len(flat) // _MOST_LOSSES)
    if executor is None:
        found = [work_part(problem, flat, asked, steps)]
    else:
        alone = replace(asked, threads=1)
        futures = [
            executor.submit(work_part, problem, flat[part], alone, steps)
            for part in _parts(len(flat), executor)
        ]
        found = [future.result() for future in futures]
    whole = Trained(
        *(
            np.concatenate([getattr(part, field.name) for part in found])
            for field in fields(Trained)
        )
    )
    seconds = time.perf_counter() - began
    return ranked(problem, asked, flat, whole, _written(problem)[1], steps, seconds)


def _starts(
    problem: Problem, architecture: Architecture, count: int, starts: Array | None, spread: float,
    seed: int,
) -> Array:  # fmt: skip
    """What each network starts from, one row each."""
    own = architecture.pack(problem)
    if starts is not None:
        given = np.array(starts, dtype=np.float64)
        if given.ndim != 2 or given.shape[1] != len(own) or not len(given):
            shape = " x ".join(map(str, given.shape))
            raise RequestError(
                f"starts must be one row of {len(own)} numbers for each network, got {shape}"
            )
        frozen = architecture.trained
        if (given[:, frozen:] != own[frozen:]).any():
            raise RequestError("starts must have the problem's own biases, which are not trained")
        return given
    if count < 1:
        raise RequestError(f"count must be 1 or more, got {count}")
    weights = architecture.weight_slice(architecture.depth).stop
    flat = np.tile(own, (count, 1))
    # from raw bits: they are promised never to change, as orders are
    bits = np.random.Generator(np.random.PCG64(seed)).bit_generator.random_raw(
        (count - 1) * weights
    )
    flat[1:, :weights] = (bits.reshape(count - 1, weights) / 2.0**63 - 1.0) * spread
    return flat


def _cannot(problem: Problem, data: Data | None, settings: Settings, count: int) -> str:
    """Why networks are trained one after the other, or "" if they are not."""
    if data is not None:
        return "data of their own"
    bounds = (settings.stop_loss, settings.stop_gradient, settings.stop_seconds)
    if settings.patience or any(bound is not None for bound in bounds):
        return "settings that look at each network between iterations"
    if not make_course(problem, None, settings, kept=False).own:
        return "settings that need batches"
    if count * (settings.epochs + _SETTING_UP) < _WORTH_IT:
        return "few and short: no code is compiled for them"
    if find_spec("llvmlite") is None:
        return "llvmlite is not installed"
    if sum(text.count("\n") for text in _written(problem)[0]) > _MOST_LINES:
        return "too many lines an iteration to be compiled"
    return ""


_WRITTEN: dict[str, tuple[tuple[str, ...], tuple[Symbol, ...]]] = {}
_MOST_WRITTEN = 16


def _written(problem: Problem) -> tuple[tuple[str, ...], tuple[Symbol, ...]]:
    """The lines of an iteration, and what it starts from; kept by all that they depend on."""
    biases = not problem.training.train_biases
    forms = [
        (len(layer.weights), len(layer.weights[0]), layer.activation, layer.shares_bias)
        + ((layer.bias,) if biases else (layer.bias is None,))
        for layer in problem.layers
    ]
    key = repr((forms, problem.training, problem.samples))
    if key not in _WRITTEN:
        plan = make_plan(problem)
        if len(_WRITTEN) >= _MOST_WRITTEN:
            del _WRITTEN[next(iter(_WRITTEN))]
        starts = tuple(start for start, _ in plan.state(1))
        _WRITTEN[key] = Stepper(problem, plan, Policy()).texts, starts
    return _WRITTEN[key]


def _parts(count: int, executor: Executor) -> list[slice]:
    """Networks in the portions in which an executor takes them."""
    size = max(_LEAST, -(-count // (4 * workers_of(executor))))
    return [slice(k, k + size) for k in range(0, count, size)]


def work_part(problem: Problem, flat: Array, settings: Settings, steps: int) -> Trained:
    """Train some networks in lanes; a record takes `steps` iterations together."""
    from chalkgrad.training.lanes_llvm import Many

    texts, symbols = _written(problem)
    places = places_of(problem)
    states = np.zeros((len(flat), len(symbols)), settings.dtype)
    for n, symbol in enumerate(symbols):
        if symbol.kind in ("w", "b"):
            states[:, n] = flat[:, places[symbol.kind, symbol.index]]
    code = Many(texts, problem.training.stop, np.dtype(settings.dtype))
    return code.run(states, settings.epochs, steps, settings.threads)


def _in_turn(
    problem: Problem, data: Data | None, flat: Array, settings: dict[str, Any],
    executor: Executor | None,
) -> list[Network]:  # fmt: skip
    """One network after the other, or as an executor has room."""
    layers = Architecture.of(problem).layers
    problems = [problem.with_(layers=layers(row)) for row in flat]
    if executor is None:
        networks = [train(p, data, **settings) for p in problems]
    else:
        futures = [executor.submit(train, p, data, **settings) for p in problems]
        networks = [future.result() for future in futures]

    def last(network: Network) -> float:
        losses = network.history.losses
        return losses[-1] if losses and network.history.stopped != "diverged" else float("inf")

    return sorted(networks, key=last)
