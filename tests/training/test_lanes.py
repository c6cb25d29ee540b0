"""Many networks and many points at once: each lane is what one alone would be."""

from __future__ import annotations

import random
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

import oracle
from chalkgrad import Choice, RequestError, example, train
from chalkgrad.activations import ACTIVATIONS
from chalkgrad.losses import LOSSES
from chalkgrad.network import make_plan
from chalkgrad.records import Stop
from chalkgrad.rounding import Policy
from chalkgrad.straight import REASONS, Stepper
from chalkgrad.training import many, surface
from chalkgrad.training.lanes_llvm import Many
from chalkgrad.training.many import train_many
from chalkgrad.training.sharing import share
from chalkgrad.training.surface import error_surface
from chalkgrad.updates import UPDATES, update_params
from problems import as_problem
from small_nets import agree, net_with


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.getbasetemp() / "code"))


def compare(problem, count, dtype="float64", close=1e-12):
    """Networks in lanes against the same networks one by one in Python."""
    problem = problem.with_(arithmetic=Policy(), iterations=1)
    plan = make_plan(problem)
    stepper = Stepper(problem, plan, Policy())
    symbols = [start for start, _ in plan.state(1)]
    code = Many(stepper.texts, problem.training.stop, np.dtype(dtype))
    rng = random.Random(3)
    networks = code.lanes + 3  # more than one block, and no whole one
    states = np.zeros((networks, len(symbols)))
    for n, symbol in enumerate(symbols):
        if symbol.kind in ("w", "b"):
            states[:, n] = [rng.uniform(-1, 1) for _ in range(networks)]
    got = code.run(states, count, 2)
    reasons = []
    for k in range(networks) if problem.training.stop else (0, 1, networks - 1):
        want: list[float] = []
        start = dict(zip(symbols, states[k].tolist(), strict=True))
        end, following, reason = stepper.advance(start, 1, count, want)
        means = [sum(want[i : i + 2]) / len(want[i : i + 2]) for i in range(0, len(want), 2)]
        agree(got.losses[k, : len(means)], np.array(means), close)
        agree(got.states[k], np.array(list(end.values())), close)
        assert not got.ran[k, len(means) :].any() and got.ran[k, : len(means)].all()
        assert (got.updates[k], REASONS[got.reasons[k]]) == (following - 1, reason)
        reasons.append(reason)
    return reasons


@pytest.mark.parametrize("seed", range(20))
def test_random_networks_agree(seed):
    rng = random.Random(seed)
    rule = rng.choice(list(UPDATES))
    params = {"weight_decay": 0.05} if rng.random() < 0.5 else {}
    if "epsilon" in update_params(UPDATES[rule]):
        params["epsilon"] = 1e-2  # a gradient of 0 is 1e-17 in another order of sums, over epsilon
    problem = as_problem(
        oracle.draw(rng, layers=rng.randint(1, 3)), learning_rate=rng.choice([0.1, 0.5]),
        optimizer=Choice(rule, params), mode=rng.choice(["batch", "batch", "online"]),
        update_order=rng.choice(["simultaneous", "in_place"]), train_biases=rng.random() < 0.7,
    )  # fmt: skip
    compare(problem, rng.randint(1, 7))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_agrees(name):
    loss = "cross_entropy" if name == "softmax" else "half_squared_error"
    hidden, last = ("tanh", "softmax") if name == "softmax" else (name, "identity")
    compare(as_problem(net_with(hidden, loss, last), learning_rate=0.3), 3)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_agrees(name):
    last = "sigmoid" if "cross_entropy" in name else "identity"
    compare(as_problem(net_with("sigmoid", name, last), learning_rate=0.3), 3)


@pytest.mark.parametrize("name", UPDATES)
def test_every_update_agrees_in_both_widths(name):
    problem = as_problem(
        net_with("sigmoid"), learning_rate=0.1, optimizer=Choice(name, {"weight_decay": 0.1})
    )
    compare(problem, 20)
    compare(problem, 20, "float32", 1e-4)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_neuron_that_is_sure_of_itself_is_no_fault(dtype):
    net = net_with("sigmoid")
    net["samples"] = [([900.0, -900.0], [0.2, 0.3]), ([-900.0, 900.0], [0.1, 0.4])]
    compare(as_problem(net, learning_rate=0.1), 3, dtype, 1e-12 if dtype == "float64" else 1e-5)


@pytest.mark.parametrize("bound", ["loss", "change", "gradient"])
def test_each_network_ends_at_its_own_bound(bound):
    stop = Stop(**{bound: {"loss": 0.05, "change": 1e-3, "gradient": 0.03}[bound]})
    reasons = compare(as_problem(net_with("tanh"), learning_rate=0.1, stop=stop), 60)
    assert {bound, ""} == set(reasons)
    compare(as_problem(net_with("tanh"), learning_rate=0.1, stop=Stop(loss=1e3)), 7)  # all at once


# ---------------------------------------------------------------- train_many
def lots(**settings):
    return train_many(example("xor"), count=70, spread=2.0, epochs=300, seed=1, **settings)


def test_each_of_many_networks_is_the_one_trained_alone():
    networks = lots()
    assert "lanes" in networks[0].history.engine
    last = [network.history.losses[-1] for network in networks]
    assert last == sorted(last) and len(set(last)) == 70
    for k in (0, 35, 69):
        alone = train(
            example("xor").with_(layers=networks[k].architecture.layers(networks.starts[k])),
            epochs=300,
        )
        assert networks[k].p == pytest.approx(alone.p, rel=1e-11)
        assert networks[k].history.losses == pytest.approx(alone.history.losses, rel=1e-11)
        assert networks[k].updates == alone.updates
        for name, values in alone.memory.items():
            assert networks[k].memory[name] == pytest.approx(values, rel=1e-11, abs=1e-13)


def test_how_work_is_shared_out_changes_no_digit(monkeypatch):
    whole = lots()
    alone = lots(threads=1)
    monkeypatch.setattr(many, "_LEAST", 16)
    with ThreadPoolExecutor(2) as executor:
        parts = lots(executor=executor)
    with ProcessPoolExecutor(1) as executor:
        sent = lots(executor=executor)
    for other in (alone, parts, sent):
        assert other.p.tobytes() == whole.p.tobytes()
        assert other.losses.tobytes() == whole.losses.tobytes()


def test_the_draw_of_a_network_does_not_depend_on_how_many_there_are():
    few = train_many(example("xor"), count=3, epochs=5, seed=4)
    starts = {tuple(network.p) for network in few}
    lot = train_many(example("xor"), count=60, epochs=5, seed=4)
    assert len(starts) == 3
    assert sum(any(np.allclose(row, s, rtol=1e-12) for s in starts) for row in lot.p) == 3


def test_networks_that_diverge_come_last_and_keep_their_last_good_weights():
    problem = as_problem(net_with("identity", sizes=(2, 6, 2)), learning_rate=0.1)
    networks = train_many(problem, count=60, spread=3.0, epochs=200, seed=0)
    assert 0 < networks.diverged.sum() < 60
    assert list(networks.diverged) == sorted(networks.diverged)
    assert (networks[0].history.stopped, networks[-1].history.stopped) == ("", "diverged")
    assert np.isfinite(networks[-1].p).all()


def test_start_weights_of_ones_own_are_taken():
    problem = example("xor")
    starts = np.random.default_rng(0).uniform(-1, 1, (80, 9))
    networks = train_many(problem, starts=starts, epochs=1)
    assert {tuple(row) for row in networks.starts} == {tuple(row) for row in starts}
    with pytest.raises(RequestError, match="one row of 9 numbers for each network, got 80 x 8"):
        train_many(problem, starts=starts[:, :8], epochs=1)
    with pytest.raises(RequestError, match="which are not trained"):
        train_many(problem.with_(train_biases=False), starts=starts, epochs=1)
    with pytest.raises(RequestError, match="networks do not fit in memory"):
        train_many(problem, count=10**15)
    with pytest.raises(RequestError, match="count must be 1 or more, got 0"):
        train_many(problem, epochs=1)


def test_what_fails_in_a_thread_is_raised_in_the_callers():
    def work(begin, end):
        if begin <= 5 < end:
            raise ValueError("five")

    with pytest.raises(ValueError, match="five"):
        share(work, 16, 2)


# ---------------------------------------------------------------- surfaces
@pytest.mark.parametrize("seed", range(12))
def test_every_point_of_a_surface_is_the_loss_of_the_textbook(seed, monkeypatch):
    monkeypatch.setattr(surface, "WORTH_IT", 1)
    net = oracle.draw(random.Random(seed), layers=2)
    problem = as_problem(net, learning_rate=0.1, train_biases=seed % 2 == 0)
    names = ["w[1][1,1]", "b[1]" if isinstance(net["B"][0], float) else "w[2][1,1]"]
    made = error_surface(problem, *names, points=11)  # no whole vectors
    for i, u in enumerate(made.first):
        for j, v in enumerate(made.second):
            net["W"][0][0][0] = float(u)
            if names[1] == "b[1]":
                net["B"][0] = float(v)
            else:
                net["W"][1][0][0] = float(v)
            try:
                want = oracle.loss(net)
            except (ValueError, OverflowError, ZeroDivisionError):
                continue  # the textbook's logarithm of 0
            # the textbook's 1 - a cancels in cross-entropies
            close = 1e-6 if "cross_entropy" in net["loss"][0] else 1e-12
            assert made.loss[i, j] == pytest.approx(want, rel=close, abs=close)


@pytest.mark.parametrize("points", [2, 8, 13])
def test_a_compiled_surface_is_that_of_arrays(points, monkeypatch):
    want = error_surface(example("xor"), "b[1][1]", "w[2][1,1]", points=points)
    monkeypatch.setattr(surface, "WORTH_IT", 1)
    got = error_surface(example("xor"), "b[1][1]", "w[2][1,1]", points=points)
    assert got.loss == pytest.approx(want.loss, rel=1e-12)
    with ThreadPoolExecutor(2) as executor:
        parts = error_surface(
            example("xor"), "b[1][1]", "w[2][1,1]", points=points, executor=executor
        )
    assert parts.loss.tobytes() == got.loss.tobytes()


def test_the_memory_of_a_surface_is_used_again_when_nothing_sees_it_any_more():
    def made(points=400):
        return error_surface(example("mazur"), "w[1][1,1]", "w[2][1,1]", points=points).loss

    first = made()
    place, want = first.ctypes.data, first.tobytes()
    row = first[7]
    del first
    second = made()
    assert second.ctypes.data != place, "a row of the first is still there"
    assert row.tobytes() == second[7].tobytes()
    del row
    third = made()
    assert third.ctypes.data == place
    assert third.tobytes() == second.tobytes() == want
    assert made(401).shape == (401, 401)


def test_a_surface_that_does_not_fit_in_memory_is_refused():
    with pytest.raises(RequestError, match="10,000,000 x 10,000,000 points do not fit in memory"):
        error_surface(example("mazur"), "w[1][1,1]", "w[2][1,1]", points=10**7)
