"""Straight-line code equals the worked plan to the last bit, and stops where a plain loop stops."""

from __future__ import annotations

import math
import random

import pytest

import oracle
from chalkgrad import Choice, Digits, Layer, Policy, Problem, Sample, Training, example, solve
from chalkgrad.network import make_plan
from chalkgrad.records import Stop
from chalkgrad.run import run
from chalkgrad.straight import Stepper, first_state
from chalkgrad.updates import UPDATES
from problems import as_problem

N = 30


def same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)


def worked_one_by_one(problem, policy):
    """Losses and last parameters from the interpreter of the plan, one iteration after the other."""
    plan = make_plan(problem)
    state = {start: float(plan.constant(start) or 0.0) for start, _ in plan.state(1)}
    losses = []
    for k in range(1, N + 1):
        ends = [end for _, end in plan.state(k)]
        loss = plan.loss(k)
        trace = run(plan, [loss, *ends], policy, start=state)
        losses.append(trace.used[loss])
        starts = [start for start, _ in plan.state(k + 1)]
        state = dict(zip(starts, (trace.used[end] for end in ends), strict=True))
    last = plan.loss(N + 1)
    losses.append(run(plan, [last], policy, start=state).used[last])
    return losses, state


@pytest.mark.parametrize("mode", ["exact", "carried"])
@pytest.mark.parametrize("optimizer", UPDATES)
def test_thirty_iterations_are_the_same_float64_as_the_worked_plan(optimizer, mode):
    rng = random.Random(optimizer + mode)
    settings = set()
    for number in range(4):
        net = oracle.draw(rng, layers=rng.randint(1, 3))
        online = number < 2
        problem = as_problem(
            net,
            learning_rate=rng.choice([0.5, 0.05]),
            optimizer=Choice(optimizer, rng.choice([{}, {"weight_decay": 0.05}])),
            iterations=N,
            mode="online" if online else "batch",
            train_biases=rng.random() < 0.8,
            update_order=rng.choice(["simultaneous", "in_place"]),
        )
        digits = Digits(
            rng.choice(["decimals", "significant"]),
            rng.randint(3, 9),
            rng.choice(["half_up", "half_even", "truncate"]),
        )
        policy = Policy(mode, digits)
        settings.add(online)
        losses, state = worked_one_by_one(problem, policy)
        fast = solve(problem, policy=policy, work=[1] if number % 2 else [])
        assert len(fast.losses) == N + 1
        assert all(map(same, fast.losses, losses)), (problem, policy)
        assert list(fast.final) == list(state)
        assert all(map(same, fast.final.values(), state.values())), (problem, policy)
        assert fast.updates == N
    assert settings == {True, False}


def test_every_iteration_worked_in_full_is_the_same_as_none():
    for name in (
        "mazur",
        "xor",
        "adam",
        "softmax",
        "tanh-batch",
        "threshold",
        "vanishing",
        "regression",
    ):
        problem = example(name).with_(iterations=20)
        one, other = solve(problem, work=range(1, 21)), solve(problem, work=[20])
        assert one.losses == other.losses, name
        assert dict(one.final) == dict(other.final), name
        assert [s.value for s in one.iterations[-1].steps()] == [
            s.value for s in other.iterations[-1].steps()
        ]


def test_digits_of_one_iteration_stay_in_that_iteration():
    problem = example("mazur").with_(iterations=30)
    rough = Policy("exact", Digits(), (("it5.new_w*", Digits("decimals", 2, carried=True)),))
    one, other = (
        solve(problem, policy=rough, work=range(1, 31)),
        solve(problem, policy=rough, work=[30]),
    )
    assert one.losses == other.losses
    plain = solve(problem, policy=Policy(), work=[30])
    assert one.losses[:5] == plain.losses[:5]
    assert one.losses[5] != plain.losses[5]


# ---------------------------------------------------------------- stopping
def neuron(**training):
    """One sigmoid neuron, squared error, one sample: small enough for a loop in the test."""
    layer = Layer(((0.8, -0.4),), (0.2,), Choice("sigmoid"))
    return Problem(
        (layer,),
        (Sample((1.0, 0.5), (0.1,)),),
        Training(learning_rate=2.0, iterations=400, **training),
    )


def looped():
    """Loss and largest gradient before each update, as long as wanted."""
    w1, w2, b = 0.8, -0.4, 0.2
    while True:
        a = 1 / (1 + math.exp(-(w1 * 1.0 + w2 * 0.5 + b)))
        d = (a - 0.1) * a * (1 - a)
        yield (a - 0.1) ** 2 / 2, max(abs(d), abs(d * 0.5))
        w1, w2, b = w1 - 2 * d, w2 - 2 * d * 0.5, b - 2 * d


def first(meets) -> int:
    before = math.inf
    for k, (loss, gradient) in enumerate(looped()):
        if meets(loss, gradient, before):
            return k
        before = loss
    return -1


@pytest.mark.parametrize("work", [None, [], [1], [1, 3]])
@pytest.mark.parametrize(
    ("stop", "meets"),
    [
        ({"loss": 1e-2}, lambda loss, g, before: loss <= 1e-2),
        ({"loss": 1e-4}, lambda loss, g, before: loss <= 1e-4),
        ({"gradient": 1e-2}, lambda loss, g, before: g <= 1e-2),
        ({"change": 1e-4}, lambda loss, g, before: abs(loss - before) <= 1e-4),
        ({"loss": 1e-3, "gradient": 2e-2}, lambda loss, g, before: loss <= 1e-3 or g <= 2e-2),
    ],
)
def test_training_stops_at_the_update_where_a_loop_stops(stop, meets, work):
    w = solve(neuron(stop=Stop(**stop)), work=work)
    expected = first(meets)
    assert 3 < expected < 400
    assert w.updates == expected
    assert len(w.losses) == expected + 1
    assert w.stopped in stop
    losses = [loss for (loss, _), _ in zip(looped(), range(expected + 1), strict=False)]
    assert list(w.losses) == pytest.approx(losses, rel=1e-11)


def test_a_bound_that_is_met_at_once_makes_no_update():
    w = solve(neuron(stop=Stop(loss=1.0)))
    assert (w.updates, len(w.losses), w.stopped) == (0, 1, "loss")
    assert list(w.final.values()) == [0.8, -0.4, 0.2]


def test_a_bound_that_is_never_met_ends_after_all_iterations():
    w = solve(neuron(stop=Stop(loss=0.0)))
    assert (w.updates, len(w.losses), w.stopped) == (400, 401, "")


@pytest.mark.parametrize("mode", ["batch", "online"])
def test_stopping_is_the_same_whichever_iterations_are_worked_in_full(mode):
    samples = tuple(Sample((x,), (t,)) for x, t in ((1.0, 0.2), (0.5, 0.4), (-1.0, 0.9)))
    layer = Layer(((0.8,),), (0.2,), Choice("sigmoid"))
    for stop in (Stop(loss=0.02), Stop(gradient=0.03), Stop(change=1e-4)):
        training = Training(learning_rate=1.0, iterations=300, mode=mode, stop=stop)
        problem = Problem((layer,), samples, training)
        results = {
            (w.updates, w.stopped, w.losses)
            for w in (solve(problem, work=k) for k in ([], [1], [2, 3], None))
        }
        assert len(results) == 1, (mode, stop)


@pytest.mark.parametrize("work", [[], [1], None])
def test_the_gradient_of_a_frozen_bias_does_not_keep_training_going(work):
    """d of the loop is the gradient of the frozen bias: at x = (0.1, 0.05) the others are a tenth of it."""
    layer = Layer(((0.8, -0.4),), (0.2,), Choice("sigmoid"))
    training = Training(
        learning_rate=2.0, iterations=400, stop=Stop(gradient=0.012), train_biases=False
    )
    w = solve(Problem((layer,), (Sample((0.1, 0.05), (0.1,)),), training), work=work)
    w1, w2, expected = 0.8, -0.4, 0
    while True:
        a = 1 / (1 + math.exp(-(w1 * 0.1 + w2 * 0.05 + 0.2)))
        d = (a - 0.1) * a * (1 - a)
        if abs(d * 0.1) <= 0.012:
            break
        w1, w2, expected = w1 - 2 * d * 0.1, w2 - 2 * d * 0.05, expected + 1
    assert (w.updates, w.stopped) == (expected, "gradient")


def test_a_stepper_continues_where_it_was():
    problem = example("xor").with_(stop=Stop())
    plan, policy = make_plan(problem), Policy()
    stepper = Stepper(problem, plan, policy)
    all_losses, losses = [], []
    one, k, _ = stepper.advance(first_state(plan), 1, 50, all_losses)
    state, at = first_state(plan), 1
    for until in (1, 2, 20, 49, 50):
        state, at, _ = stepper.advance(state, at, until, losses)
    assert (k, at) == (51, 51)
    assert (one, all_losses) == (state, losses)


def test_a_training_that_diverges_goes_on_with_infinities():
    layer = Layer(((1.0,),), None, Choice("identity"))
    training = Training(learning_rate=100.0, iterations=400)
    w = solve(Problem((layer,), (Sample((3.0,), (1.0,)),), training), work=[1])
    assert len(w.losses) == 401
    assert not math.isfinite(w.losses[-1])
