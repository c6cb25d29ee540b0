"""The tasks of `train_peers.py` and who takes part: each contestant is a function that prepares and gives a run.

A run trains from the given start weights through the given orders and gives a function that says how good the
network is then (cross-entropy over all rows), or None where only products of matrices are made.
"""

from __future__ import annotations

import ctypes
import threading
import warnings
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from small_c import c_library


@dataclass(frozen=True)
class Task:
    sizes: tuple[int, ...]
    batch: int
    epochs: int
    act: str
    dtype: str
    optimizer: str
    rate: float


TASKS = {
    "digits": Task((64, 32, 10), 32, 30, "relu", "float32", "sgd", 0.1),
    "digits-momentum": Task((64, 32, 10), 32, 30, "sigmoid", "float64", "momentum", 0.03),
    "digits-adam": Task((64, 32, 10), 32, 30, "relu", "float32", "adam", 0.003),
    "wide": Task((784, 128, 10), 128, 1, "relu", "float32", "sgd", 0.1),
    "wide-adam": Task((784, 128, 10), 128, 1, "relu", "float32", "adam", 0.001),
    "wider": Task((784, 512, 512, 10), 128, 1, "relu", "float32", "sgd", 0.1),
    "wider-adam": Task((784, 512, 512, 10), 128, 1, "relu", "float32", "adam", 0.001),
}


def make_data(task: Task, path: str) -> None:
    rng = np.random.default_rng(0)
    if task.sizes[0] == 64:
        from sklearn.datasets import load_digits

        X, y = load_digits(return_X_y=True)
        X = X / 16
    else:
        rows = 12_800
        y, centres = rng.integers(0, 10, rows), rng.random((10, 784))
        X = centres[y] * 0.35 + rng.random((rows, 784)) * 0.65
    full = len(y) // task.batch * task.batch  # the last rows of each order are left out, by all
    orders = np.stack([rng.permutation(len(y))[:full] for _ in range(task.epochs)])
    made = {"X": X.astype(task.dtype), "y": y.astype(np.int64), "orders": orders}
    for l, (a, b) in enumerate(pairwise(task.sizes)):
        made[f"W{l}"] = (rng.uniform(-1, 1, (a, b)) * (6 / (a + b)) ** 0.5).astype(task.dtype)
    np.savez(path, **made)


def entropy(task: Task, d, Ws, bs) -> float:
    a = d["X"].astype(float)
    for l, (W, b) in enumerate(zip(Ws, bs, strict=True)):
        a = a @ np.asarray(W, float) + np.asarray(b, float)
        if l < len(Ws) - 1:
            a = np.maximum(a, 0) if task.act == "relu" else 1 / (1 + np.exp(-a))
    a -= a.max(1, keepdims=True)
    return float((np.log(np.exp(a).sum(1)) - a[np.arange(len(a)), d["y"]]).mean())


def start_of(task: Task, d):
    W = [d[f"W{l}"].copy() for l in range(len(task.sizes) - 1)]
    return W, [np.zeros(n, task.dtype) for n in task.sizes[1:]]


# ---------------------------------------------------------------- this project
def _training(task: Task):
    from chalkgrad.records import Choice, Training

    rule = {"momentum": {"momentum": 0.9}}.get(task.optimizer, {})
    depth = len(task.sizes) - 1
    acts = tuple(Choice("softmax" if l == depth - 1 else task.act) for l in range(depth))
    return acts, Training(
        Choice("cross_entropy"), learning_rate=task.rate, optimizer=Choice(task.optimizer, rule)
    )


def chalkgrad_engine(task: Task, d, engine: str, threads: int):
    from chalkgrad.training.architecture import Architecture
    from chalkgrad.training.data import one_hot
    from chalkgrad.training.engines import Batches, make_engine

    acts, training = _training(task)
    made = Architecture(task.sizes, acts, task.sizes[1:], training)
    code = make_engine(made, name=engine, dtype=task.dtype, batch=task.batch, threads=threads)
    flat = np.concatenate([w.T.ravel() for w in start_of(task, d)[0]] + start_of(task, d)[1])
    t = one_hot(d["y"], 10).astype(task.dtype)
    order = d["orders"].ravel()
    rates = np.full(len(order) // task.batch, task.rate)

    def run():
        state = code.start(flat)
        lap = d["orders"].shape[1]
        code.run(state, Batches(d["X"], t, None, order, task.batch, rates, lap=lap))

        def end():
            W, b = made.views(code.plain(state.p))
            return entropy(task, d, [w.T for w in W], b)

        return end

    return run


def chalkgrad_train(task: Task, d):
    """The public function, with all that it does besides: checks, its own orders, the record of every epoch."""
    import chalkgrad
    from chalkgrad.problem import Problem
    from chalkgrad.records import Layer, Sample
    from chalkgrad.training.data import Data, one_hot

    acts, training = _training(task)
    layers = tuple(
        Layer(tuple(map(tuple, w.T.tolist())), tuple(b.tolist()), act)
        for w, b, act in zip(*start_of(task, d), acts, strict=True)
    )
    empty = Sample((0.0,) * task.sizes[0], (1.0,) + (0.0,) * 9)
    problem = Problem(layers=layers, training=training, samples=(empty,))
    rows = d["orders"].shape[1]
    data = Data(d["X"][:rows], one_hot(d["y"][:rows], 10), tuple("0123456789"), scaling="none")

    def run():
        network = chalkgrad.train(
            problem,
            data,
            epochs=task.epochs,
            batch_size=task.batch,
            dtype=task.dtype,
            engine="llvm",
        )
        W, b = network.architecture.views(network.p)
        return lambda: entropy(task, d, [w.T for w in W], b)

    return run


# ---------------------------------------------------------------- peers
def numpy_by_hand(task: Task, d):
    f, B, L = np.dtype(task.dtype).type, task.batch, len(task.sizes) - 1
    X, y = d["X"], d["y"]

    def run():
        W, b = start_of(task, d)
        P = W + b
        V, S = [np.zeros_like(p) for p in P], [np.zeros_like(p) for p in P]
        for k, i in enumerate(d["orders"].reshape(-1, B), 1):
            a = [X[i]]
            for l in range(L):
                z = a[-1] @ W[l] + b[l]
                if l < L - 1:
                    z = np.maximum(z, 0) if task.act == "relu" else 1 / (1 + np.exp(-z))
                a.append(z)
            z -= z.max(1, keepdims=True)
            np.exp(z, out=z)
            z /= z.sum(1, keepdims=True)
            z[np.arange(B), y[i]] -= 1
            z /= f(B)
            gW, gb = [None] * L, [None] * L
            for l in range(L - 1, -1, -1):
                gW[l], gb[l] = a[l].T @ z, z.sum(0)
                if l:
                    z = (z @ W[l].T) * ((a[l] > 0) if task.act == "relu" else a[l] * (1 - a[l]))
            for j, (p, g) in enumerate(zip(P, gW + gb, strict=True)):
                if task.optimizer == "momentum":
                    V[j] *= f(0.9)
                    V[j] += g
                    g = V[j]
                elif task.optimizer == "adam":
                    V[j] += f(0.1) * (g - V[j])
                    S[j] += f(0.001) * (g * g - S[j])
                    g = V[j] / f(1 - 0.9**k) / (np.sqrt(S[j] / f(1 - 0.999**k)) + f(1e-8))
                p -= f(task.rate) * g
        return lambda: entropy(task, d, W, b)

    return run


def sklearn_mlp(task: Task, d):
    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore")

    def run():
        model = MLPClassifier(
            task.sizes[1:-1], activation="relu" if task.act == "relu" else "logistic",
            solver="adam" if task.optimizer == "adam" else "sgd", alpha=0, batch_size=task.batch,
            learning_rate_init=task.rate, momentum=0.9 if task.optimizer == "momentum" else 0.0,
            nesterovs_momentum=False, max_iter=task.epochs, tol=0, n_iter_no_change=10**6, random_state=0,
        ).fit(d["X"], d["y"])  # fmt: skip
        return lambda: entropy(task, d, model.coefs_, model.intercepts_)

    return run


def torch_slices(task: Task, d, threads: int):
    import torch

    if threads:
        torch.set_num_threads(threads)
    X, y = torch.tensor(d["X"]), torch.tensor(d["y"])

    def run():
        parts = []
        for W in start_of(task, d)[0]:
            layer = torch.nn.Linear(*W.shape).to(getattr(torch, task.dtype))
            with torch.no_grad():
                layer.weight.copy_(torch.tensor(W.T))
                layer.bias.zero_()
            parts += [layer, torch.nn.ReLU() if task.act == "relu" else torch.nn.Sigmoid()]
        net = torch.nn.Sequential(*parts[:-1])
        if task.optimizer == "adam":
            optimizer = torch.optim.Adam(net.parameters(), lr=task.rate)
        else:
            mu = 0.9 if task.optimizer == "momentum" else 0.0
            optimizer = torch.optim.SGD(net.parameters(), lr=task.rate, momentum=mu)
        loss = torch.nn.CrossEntropyLoss()
        for i in torch.from_numpy(d["orders"].reshape(-1, task.batch)):
            optimizer.zero_grad()
            loss(net(X[i]), y[i]).backward()
            optimizer.step()
        linear = [p for p in parts if isinstance(p, torch.nn.Linear)]
        W = [p.weight.detach().T.numpy() for p in linear]
        return lambda: entropy(task, d, W, [p.bias.detach().numpy() for p in linear])

    return run


def jax_scan(task: Task, d):
    import jax

    jax.config.update("jax_enable_x64", task.dtype == "float64")
    import jax.numpy as jnp

    X, y = jnp.array(d["X"]), jnp.array(d["y"])
    orders = jnp.array(d["orders"].reshape(-1, task.batch))
    act = jax.nn.relu if task.act == "relu" else jax.nn.sigmoid

    def loss(p, a, t):
        for W, b in p[:-1]:
            a = act(a @ W + b)
        z = a @ p[-1][0] + p[-1][1]
        return -jnp.take_along_axis(jax.nn.log_softmax(z), t[:, None], 1).mean()

    def learn(p, v, s, k, g):
        if task.optimizer == "adam":
            v = jax.tree.map(lambda v, g: v + 0.1 * (g - v), v, g)
            s = jax.tree.map(lambda s, g: s + 0.001 * (g * g - s), s, g)
            m, r = 1 - 0.9**k, 1 - 0.999**k
            g = jax.tree.map(lambda v, s: v / m / (jnp.sqrt(s / r) + 1e-8), v, s)
        elif task.optimizer == "momentum":
            v = g = jax.tree.map(lambda v, g: 0.9 * v + g, v, g)
        return jax.tree.map(lambda p, g: p - task.rate * g, p, g), v, s

    @jax.jit
    def train(p):
        def step(carry, i):
            p, v, s, k = carry
            p, v, s = learn(p, v, s, k, jax.grad(loss)(p, X[i], y[i]))
            return (p, v, s, k + 1), None

        none = jax.tree.map(jnp.zeros_like, p)
        return jax.lax.scan(step, (p, none, none, jnp.ones((), p[0][0].dtype)), orders)[0][0]

    first = [(jnp.array(W), jnp.array(b)) for W, b in zip(*start_of(task, d), strict=True)]

    def run():
        p = jax.block_until_ready(train(first))
        return lambda: entropy(task, d, [W for W, _ in p], [b for _, b in p])

    return run


# ---------------------------------------------------------------- limits
def bare_products(task: Task, d, threads: int):
    """Nothing but the step's products of matrices, by NumPy's OpenBLAS: no rows gathered, no update."""
    from threadpoolctl import threadpool_limits

    kept = threadpool_limits(threads)
    rng = np.random.default_rng(0)
    A = [rng.random((task.batch, n)).astype(task.dtype) for n in task.sizes]
    W = [rng.random(pair).astype(task.dtype) for pair in pairwise(task.sizes)]
    out, G = [np.empty_like(a) for a in A], [np.empty_like(w) for w in W]

    def run(kept=kept):
        for _ in range(d["orders"].size // task.batch):
            for l in range(len(W)):
                np.matmul(A[l], W[l], out=out[l + 1])
            for l in range(len(W) - 1, -1, -1):
                np.matmul(A[l].T, A[l + 1], out=G[l])
                if l:
                    np.matmul(A[l + 1], W[l].T, out=out[l])
        return lambda: None

    return run


def peak(task: Task, d, threads: int):
    """As many multiply-adds as the step's products have, by each thread its part, on registers alone."""
    real = "float" if task.dtype == "float32" else "double"
    code = c_library("peak", f"-DREAL={real}", "-ffast-math").peak
    code.argtypes, code.restype = [ctypes.c_long], ctypes.c_double
    forward = [a * b for a, b in pairwise(task.sizes)]
    of_step = task.batch * (
        2 * sum(forward) + sum(forward[1:])
    )  # the first layer's inputs have no deltas
    count = of_step * (d["orders"].size // task.batch) // threads

    def run():
        others = [threading.Thread(target=code, args=(count,)) for _ in range(threads - 1)]
        for other in others:
            other.start()
        code(count)
        for other in others:
            other.join()
        return lambda: None

    return run


def c_loops(task: Task, d):
    real = "float" if task.dtype == "float32" else "double"
    mu = 0.9 if task.optimizer == "momentum" else 0
    flags = [f"-DREAL={real}", f"-DRELU={int(task.act == 'relu')}", f"-DMU={mu}"]
    train = c_library("digits", *flags, "-ffast-math", "-mprefer-vector-width=512").train
    number = ctypes.c_float if task.dtype == "float32" else ctypes.c_double
    train.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_long] + [ctypes.c_void_p] * 4 + [number]
    order = np.ascontiguousarray(d["orders"].ravel())

    def run():
        W, b = start_of(task, d)
        places = [v.ctypes.data for pair in zip(W, b, strict=True) for v in pair]
        first = [d["X"].ctypes.data, d["y"].ctypes.data, order.ctypes.data]
        train(*first, len(order) // task.batch, *places, task.rate)
        return lambda: entropy(task, d, W, b)

    return run
