"""Every engine equals the exact one: every row of every table, and random networks."""

from __future__ import annotations

import random

import pytest

np = pytest.importorskip("numpy")

import oracle
from chalkgrad import Choice, solve
from chalkgrad.activations import ACTIVATIONS
from chalkgrad.losses import LOSSES
from chalkgrad.training.architecture import Architecture
from chalkgrad.training.engines import Batches
from chalkgrad.training.numpy_engine import NumpyEngine
from chalkgrad.updates import UPDATES, update_params
from problems import as_problem

# Both round in float64, in another order of sums and with another exp: a few hundred roundings at most.
CLOSE = 1e-12


def arrays(problem):
    x = np.array([s.input for s in problem.samples])
    outputs = problem.sizes[-1]
    t = np.array([s.target or (0.0,) * outputs for s in problem.samples]).reshape(len(x), outputs)
    return x, t


def exact(problem, kinds):
    """Flat vectors of the exact engine, in the order of the architecture."""
    working = solve(problem, work=[problem.training.iterations])
    found = []
    for kind in kinds:
        flat = []
        for p in "wb":
            for l, layer in enumerate(problem.layers, 1):
                if p == "w":
                    names = [
                        f"{kind}_w[{l}][{j},{i}]"
                        for j in range(1, problem.sizes[l] + 1)
                        for i in range(1, problem.sizes[l - 1] + 1)
                    ]
                elif layer.bias is None:
                    names = []
                elif layer.shares_bias:
                    names = [f"{kind}_b[{l}]"]
                else:
                    names = [f"{kind}_b[{l}][{j}]" for j in range(1, problem.sizes[l] + 1)]
                prefix = (
                    f"it{problem.training.iterations}." if problem.training.iterations > 1 else ""
                )
                flat += [working[prefix + name] for name in names]
        found.append(np.array(flat))
    return working, found


def agree(got, want):
    if not np.abs(want).max(initial=0) < 1e6:
        return  # on the way to infinity every rounding is multiplied again and again
    scale = max(1.0, float(np.abs(want).max(initial=0)))
    assert np.array_equal(np.isfinite(got), np.isfinite(want))
    fine = np.isfinite(want)
    assert np.abs(got[fine] - want[fine]).max(initial=0) <= CLOSE * scale


def numpy_engine(problem, batch):
    return NumpyEngine(Architecture.of(problem), np.dtype("float64"))


def llvm_engine(problem, batch, threads=1):
    dense = pytest.importorskip("chalkgrad.training.dense_llvm", exc_type=ImportError)
    made = Architecture.of(problem)
    return dense.DenseEngine(made, np.dtype("float64"), batch, threads=threads)


ENGINES = {"numpy": numpy_engine, "llvm": llvm_engine}
both = pytest.mark.parametrize("kind", ENGINES)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.getbasetemp() / "code"))


def compare(problem, kind, *, gradients=True):
    made = Architecture.of(problem)
    x, t = arrays(problem)
    n = problem.training.iterations
    online = problem.training.mode == "online"
    engine = ENGINES[kind](problem, 1 if online else len(x))
    state = engine.start(made.pack(problem))
    rates = np.full(n, problem.training.learning_rate)
    if problem.training.mode == "online":
        order, size = np.resize(np.arange(len(x)), n), 1
    else:
        order, size = np.tile(np.arange(len(x)), n), len(x)
    losses = engine.run(state, Batches(x, t, None, order, size, rates))
    working, (after,) = exact(problem, ["new"])
    agree(losses, np.array(working.losses[:n]))
    agree(engine.plain(state.p), after)
    rest, out = engine.evaluate(state.p, x, t)
    last = problem.with_(layers=made.layers(engine.plain(state.p)), iterations=1, mode="batch")
    agree(
        out[0],
        np.array(
            [
                solve(last)[
                    f"s1.a[{len(last.layers)}][{j}]"
                    if len(x) > 1
                    else f"a[{len(last.layers)}][{j}]"
                ]
                for j in range(1, problem.sizes[-1] + 1)
            ]
        ),
    )
    one = problem.with_(iterations=1)
    working, (grads,) = exact(one, ["grad"])
    rows = slice(0, 1) if problem.training.mode == "online" else slice(None)
    if gradients and problem.training.update_order == "simultaneous":
        loss, flat = engine.gradients(engine.packed(made.pack(problem)), x[rows], t[rows])
        agree(np.array([loss]), np.array(working.losses[:1]))
        agree(flat, grads)


@pytest.mark.parametrize(
    ("kind", "seed"), [("numpy", s) for s in range(100)] + [("llvm", s) for s in range(20)]
)
def test_random_networks_agree(kind, seed):
    rng = random.Random(seed)
    net = oracle.draw(rng)
    rule = rng.choice(list(UPDATES))
    params = {"weight_decay": 0.05} if rng.random() < 0.5 else {}
    if "epsilon" in update_params(UPDATES[rule]):
        params["epsilon"] = (
            1e-2  # a gradient of 0 in one engine is 1e-17 in the other, over epsilon
        )
    compare(
        as_problem(
            net, learning_rate=rng.choice([0.1, 0.5]), optimizer=Choice(rule, params),
            iterations=rng.randint(1, 5), mode=rng.choice(["batch", "batch", "online"]),
            update_order=rng.choice(["simultaneous", "simultaneous", "in_place"]),
            train_biases=rng.random() < 0.7,
        ),
        kind,
    )  # fmt: skip


def net_with(activation, loss="half_squared_error", outputs="identity", params=None):
    rng = random.Random(f"{activation}{loss}{outputs}")
    number = lambda: rng.uniform(-1.5, 1.5)
    target = {
        "cross_entropy": lambda: [0.2, 0.5, 0.3],
        "binary_cross_entropy": lambda: [rng.choice([0.0, 1.0, 0.4]) for _ in range(3)],
        "output": lambda: [],
    }.get(loss, lambda: [number() for _ in range(3)])
    return {
        "W": [[[number() for _ in range(3)] for _ in range(5)], [[number() for _ in range(5)] for _ in range(3)]],
        "B": [[number() for _ in range(5)], [number() for _ in range(3)]],
        "act": [(activation, params or {}), (outputs, {})],
        "samples": [([number() for _ in range(3)], target()) for _ in range(6)],
        "loss": (loss, {}), "over_outputs": "mean", "over_samples": "mean", "bias_input": 1,
    }  # fmt: skip


@both
@pytest.mark.parametrize("name", [name for name, row in ACTIVATIONS.items() if not row.whole_layer])
def test_every_activation_agrees(kind, name):
    compare(as_problem(net_with(name), learning_rate=0.3, iterations=3), kind)


@both
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_agrees(kind, name):
    last = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid"}.get(name, "identity")
    compare(as_problem(net_with("tanh", name, last), learning_rate=0.3, iterations=3), kind)


@both
@pytest.mark.parametrize("name", UPDATES)
def test_every_update_agrees(kind, name):
    params = {key: 0.7 for key in update_params(UPDATES[name]) if key in ("momentum", "rho")}
    problem = as_problem(
        net_with("gelu"), learning_rate=0.1, iterations=6, optimizer=Choice(name, params)
    )
    compare(problem, kind, gradients=False)
    compare(problem.with_(optimizer=Choice(name, {"weight_decay": 0.1})), kind, gradients=False)


def wide_problem(activation="tanh", rows=45):
    """Layers that are no whole vectors, batches that are no whole tiles, sums that are cut."""
    rng = random.Random(5)
    sizes = (300, 37, 130, 9)
    number = lambda: rng.gauss(0, 1)
    net = {
        "W": [[[number() / n**0.5 for _ in range(n)] for _ in range(m)] for n, m in zip(sizes, sizes[1:])],
        "B": [[number() for _ in range(m)] for m in sizes[1:]],
        "act": [(activation, {}), ("relu", {}), ("softmax", {})],
        "samples": [([number() for _ in range(sizes[0])], [float(k == n % 9) for k in range(9)]) for n in range(rows)],
        "loss": ("cross_entropy", {}), "over_outputs": "sum", "over_samples": "mean", "bias_input": 1,
    }  # fmt: skip
    return as_problem(net, learning_rate=0.1, optimizer=Choice("momentum"))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_compiled_engine_equals_numpy_on_wide_layers_and_partial_batches(dtype):
    dense = pytest.importorskip("chalkgrad.training.dense_llvm", exc_type=ImportError)
    problem = wide_problem()
    made = Architecture.of(problem)
    x, t = (a.astype(dtype) for a in arrays(problem))
    order = np.random.default_rng(0).permutation(np.tile(np.arange(45), 3))
    results = []
    for engine in (
        NumpyEngine(made, np.dtype(dtype)),
        dense.DenseEngine(made, np.dtype(dtype), 16, threads=1),
        dense.DenseEngine(made, np.dtype(dtype), 16, threads=2),
    ):
        state = engine.start(made.pack(problem))
        losses = engine.run(state, Batches(x, t, None, order, 16, np.full(9, 0.1)))
        results.append((losses, engine.plain(state.p)))
    close = 1e-12 if dtype == "float64" else 2e-5
    for losses, p in results[1:]:
        assert np.abs(losses - results[0][0]).max() <= close * 10
        assert np.abs(p - results[0][1]).max() <= close * 10
    assert results[1][1].tobytes() == results[2][1].tobytes()  # threads change no digit


@both
def test_weights_of_samples_count_as_repeated_samples(kind):
    problem = as_problem(net_with("tanh"), learning_rate=0.3)
    made = Architecture.of(problem)
    x, t = arrays(problem)
    counts = np.array([1, 2, 0, 3, 1, 1])
    repeated = np.repeat(np.arange(6), counts)
    found = []
    for rows, weights, size in (
        (np.arange(6), counts.astype(float), 6),
        (repeated, None, len(repeated)),
    ):
        if kind == "numpy":
            engine = numpy_engine(problem, size)
        else:
            dense = pytest.importorskip("chalkgrad.training.dense_llvm", exc_type=ImportError)
            engine = dense.DenseEngine(
                made, np.dtype("float64"), size, threads=1, weighted=weights is not None
            )
        state = engine.start(made.pack(problem))
        engine.run(state, Batches(x, t, weights, rows, size, np.array([0.3])))
        found.append(engine.plain(state.p))
    assert np.abs(found[0] - found[1]).max() <= CLOSE


@both
def test_numbers_without_bounds_are_not_hidden(kind):
    problem = as_problem(net_with("relu"), learning_rate=0.3)
    x, t = arrays(problem)
    engine = ENGINES[kind](problem, 6)
    x[2, 1] = np.nan
    state = engine.start(Architecture.of(problem).pack(problem))
    assert np.isnan(engine.run(state, Batches(x, t, None, np.arange(6), 6, np.array([0.3])))).all()


def test_code_on_disk_is_made_anew_when_it_is_damaged(tmp_path, monkeypatch):
    dense = pytest.importorskip("chalkgrad.training.dense_llvm", exc_type=ImportError)
    from chalkgrad.training import machine_code

    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path / "code"))
    problem = as_problem(net_with("relu"), learning_rate=0.3)
    for damage in (None, b"", b"something else", "cut"):
        machine_code._LOADED.clear()  # a process remembers, too
        engine = dense.DenseEngine(Architecture.of(problem), np.dtype("float64"), 6, threads=1)
        x, t = arrays(problem)
        p = engine.packed(Architecture.of(problem).pack(problem))
        assert np.isfinite(engine.evaluate(p, x, t)[0]).all()
        (file,) = (tmp_path / "code").glob("*.o")
        assert file.parent.stat().st_mode & 0o022 == 0
        if damage is not None:
            file.write_bytes(file.read_bytes()[:-7] if damage == "cut" else damage)
