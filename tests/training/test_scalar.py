"""The compiled lines are those of Python: the same losses, numbers and ends, to 1e-12."""

from __future__ import annotations

import random
from decimal import Decimal, localcontext

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import oracle
from chalkgrad import Choice, example, solve, train
from chalkgrad.activations import ACTIVATIONS
from chalkgrad.losses import LOSSES
from chalkgrad.network import make_plan
from chalkgrad.records import Stop
from chalkgrad.rounding import Policy
from chalkgrad.straight import Stepper, first_state
from chalkgrad.training import tiers
from chalkgrad.training.scalar_llvm import Compiled
from chalkgrad.updates import UPDATES, update_params
from problems import as_problem
from small_nets import agree, net_with


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.getbasetemp() / "code"))


def both(problem, count):
    """Losses, numbers after them, number that comes next and why: of Python, and compiled."""
    problem = problem.with_(arithmetic=Policy(), iterations=1)
    plan = make_plan(problem)
    stepper, start = Stepper(problem, plan, Policy()), first_state(plan)
    want: list[float] = []
    after, k, why = stepper.advance(start, 1, count, want)
    state = np.array(list(start.values()))
    got = Compiled(stepper.texts, problem.training.stop).run(state, 1, count, None)
    return (np.array(want), np.array(list(after.values())), k, why), (got[0], state, *got[1:])


def compare(problem, count):
    want, got = both(problem, count)
    agree(got[0], want[0])
    agree(got[1], want[1])
    assert got[2:] == want[2:]


def with_25_digits(steps):
    """Loss after so many updates of the published network, its formulas written out."""
    with localcontext() as context:
        context.prec = 25
        D = Decimal
        w = [D(v) for v in "0.15 0.20 0.25 0.30 0.40 0.45 0.50 0.55".split()]
        b1, b2, x1, x2, t1, t2 = (D(v) for v in "0.35 0.60 0.05 0.10 0.01 0.99".split())
        s = lambda z: 1 / (1 + (-z).exp())
        for _ in range(steps + 1):
            h1, h2 = s(w[0] * x1 + w[1] * x2 + b1), s(w[2] * x1 + w[3] * x2 + b1)
            o1, o2 = s(w[4] * h1 + w[5] * h2 + b2), s(w[6] * h1 + w[7] * h2 + b2)
            loss = ((o1 - t1) ** 2 + (o2 - t2) ** 2) / 2
            d1, d2 = (o1 - t1) * o1 * (1 - o1), (o2 - t2) * o2 * (1 - o2)
            e1 = (d1 * w[4] + d2 * w[6]) * h1 * (1 - h1)
            e2 = (d1 * w[5] + d2 * w[7]) * h2 * (1 - h2)
            grads = [e1 * x1, e1 * x2, e2 * x1, e2 * x2, d1 * h1, d1 * h2, d2 * h1, d2 * h2]
            w = [p - g / 2 for p, g in zip(w, grads)]
        return float(loss)


def test_ten_thousand_steps_of_the_published_network():
    losses = both(example("mazur"), 10_001)[1][0]
    assert losses[-1] == pytest.approx(with_25_digits(10_000), rel=1e-12)


@pytest.mark.parametrize("seed", range(30))
def test_random_networks_agree(seed):
    rng = random.Random(seed)
    rule = rng.choice(list(UPDATES))
    params = {"weight_decay": 0.05} if rng.random() < 0.5 else {}
    if "epsilon" in update_params(UPDATES[rule]):
        params["epsilon"] = 1e-2  # a gradient of 0 is 1e-17 in another order of sums, over epsilon
    problem = as_problem(
        oracle.draw(rng), learning_rate=rng.choice([0.1, 0.5]), optimizer=Choice(rule, params),
        mode=rng.choice(["batch", "batch", "online"]), train_biases=rng.random() < 0.7,
        update_order=rng.choice(["simultaneous", "simultaneous", "in_place"]),
    )  # fmt: skip
    compare(problem, rng.randint(1, 9))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_agrees(name):
    loss = "cross_entropy" if name == "softmax" else "half_squared_error"
    hidden = "tanh" if name == "softmax" else name
    last = "softmax" if name == "softmax" else "identity"
    compare(as_problem(net_with(hidden, loss, last), learning_rate=0.3), 4)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_agrees(name):
    last = {"cross_entropy": "sigmoid", "binary_cross_entropy": "sigmoid"}.get(name, "identity")
    compare(as_problem(net_with("sigmoid", name, last), learning_rate=0.3), 4)


@pytest.mark.parametrize("name", UPDATES)
def test_every_update_agrees(name):
    for params in ({}, {"weight_decay": 0.1}):
        compare(as_problem(net_with("gelu"), learning_rate=0.1, optimizer=Choice(name, params)), 40)


@pytest.mark.parametrize("bound", ["loss", "change", "gradient"])
def test_a_bound_is_met_at_the_same_iteration(bound):
    stop = Stop(**{bound: {"loss": 0.02, "change": 1e-5, "gradient": 5e-3}[bound]})
    problem = as_problem(net_with("tanh"), learning_rate=0.1, stop=stop)
    (_, _, k, why), got = both(problem, 5_000)
    assert (why, k < 5_000) == (bound, True)
    assert got[2:] == (k, why)


def test_a_run_changes_over_to_compiled_lines_and_says_so(monkeypatch):
    problem = example("xor")
    want = train(problem, epochs=300)
    monkeypatch.setattr(tiers, "IN_PYTHON", 100)
    whole = train(problem, epochs=300)
    assert "in Python, compiled from update 101 on" in whole.history.engine
    assert "in Python: compiling pays from update 30,001 on" in want.history.engine
    assert whole.p == pytest.approx(want.p, rel=1e-12)
    assert whole.history.losses == pytest.approx(want.history.losses, rel=1e-12)


def test_where_a_run_is_cut_changes_no_digit(tmp_path, monkeypatch):
    monkeypatch.setattr(tiers, "IN_PYTHON", 100)
    problem = example("xor")
    whole = train(problem, epochs=301)
    train(problem, epochs=77, folder=tmp_path)
    train(problem, epochs=150, folder=tmp_path, resume=True)
    parted = train(problem, epochs=301, folder=tmp_path, resume=True)
    assert parted.p.tobytes() == whole.p.tobytes()


def test_numbers_without_bounds_are_not_hidden():
    problem = as_problem(net_with("relu"), learning_rate=1e8)
    (losses, *_), (got, *_) = both(problem, 60)
    assert not np.isfinite(losses).all()
    assert np.array_equal(np.isfinite(got), np.isfinite(losses))


def test_an_exponential_that_overflows_on_the_way_is_infinite_as_in_the_working():
    # sigmoid(-z) asks for e^z, and a step of this rate carries z beyond 710
    problem = as_problem(net_with("sigmoid"), learning_rate=2e4, iterations=30)
    plan = make_plan(problem)
    stepper, losses = Stepper(problem, plan, Policy()), [0.25]
    stepper.advance(first_state(plan), 1, 30, losses)
    full = solve(problem, work=list(range(1, 31)))  # each iteration by the formulas themselves
    assert repr(losses) == repr([0.25, *full.losses[:30]])
    assert not stepper._quick


def test_what_is_too_long_to_compile_stays_in_python_and_says_so(monkeypatch):
    net = net_with("tanh")
    net["samples"] *= 10
    monkeypatch.setattr(tiers, "IN_PYTHON", 1)
    network = train(as_problem(net, learning_rate=0.1), epochs=2)
    assert "lines an iteration, and 250 compile quickly" in network.history.engine
