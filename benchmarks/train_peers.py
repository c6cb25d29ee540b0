"""Training against peers: the same network, start weights, shuffles and number of steps for all.

    python benchmarks/train_peers.py digits            64-32-10, batch 32, float32, 30 epochs
    python benchmarks/train_peers.py digits-momentum   the same with sigmoid, momentum, float64
    python benchmarks/train_peers.py digits-adam       relu, float32, Adam
    python benchmarks/train_peers.py wide              784-128-10, batch 128, float32, synthetic
    python benchmarks/train_peers.py wider             784-512-512-10

Every contestant has a process of its own; rounds are interleaved, so that noise hits all alike, and ratios are
taken within a round. ``--torch PYTHON`` names an interpreter that has PyTorch, if this one has not; "vs pytorch" is against the
faster of one thread and its own choice.
The result (cross-entropy over all rows at the end) must agree between contestants.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np


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
    "wider": Task((784, 512, 512, 10), 128, 1, "relu", "float32", "sgd", 0.1),
}
CONTESTANTS = ("chalkgrad llvm", "chalkgrad llvm, 1 thread", "chalkgrad numpy", "numpy by hand",
               "sklearn MLPClassifier", "pytorch eager, 1 thread", "pytorch eager")  # fmt: skip


def make_data(task: Task, path: str) -> None:
    rng = np.random.default_rng(0)
    if task.sizes[0] == 64:
        from sklearn.datasets import load_digits

        X, y = load_digits(return_X_y=True)
        X = X / 16
    else:
        y = rng.integers(0, 10, 12_800)
        X = np.maximum(
            0, rng.normal(size=(12_800, 784)) * 0.3 + rng.normal(size=(10, 784))[y] * 0.3
        )
    full = len(y) // task.batch * task.batch
    orders = np.stack([rng.permutation(len(y))[:full] for _ in range(task.epochs)])
    made = {"X": X.astype(task.dtype), "y": y.astype(np.int64), "orders": orders}
    for l, (a, b) in enumerate(zip(task.sizes, task.sizes[1:], strict=False)):
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


def chalkgrad_run(task: Task, d, engine: str, threads: int):
    from chalkgrad.records import Choice, Training
    from chalkgrad.training.architecture import Architecture
    from chalkgrad.training.data import one_hot
    from chalkgrad.training.engines import Batches, make_engine

    depth = len(task.sizes) - 1
    acts = tuple(Choice("softmax" if l == depth - 1 else task.act) for l in range(depth))
    rule = {"momentum": {"momentum": 0.9}}.get(task.optimizer, {})
    training = Training(
        Choice("cross_entropy"), learning_rate=task.rate, optimizer=Choice(task.optimizer, rule)
    )
    made = Architecture(task.sizes, acts, task.sizes[1:], training)
    code = make_engine(made, name=engine, dtype=task.dtype, batch=task.batch, threads=threads)
    flat = np.zeros(made.count, task.dtype)
    for l in range(depth):
        flat[made.weight_slice(l + 1)] = d[f"W{l}"].T.ravel()
    t = one_hot(d["y"], 10).astype(task.dtype)
    rates = np.full(d["orders"].shape[1] // task.batch, task.rate)

    def run():
        state = code.start(flat)
        for order in d["orders"]:
            code.run(state, Batches(d["X"], t, None, order, task.batch, rates))

        def end():
            W, b = made.views(code.plain(state.p))
            return entropy(task, d, [w.T for w in W], b)

        return end

    return run


def numpy_run(task: Task, d):
    f, B, L = np.dtype(task.dtype).type, task.batch, len(task.sizes) - 1
    X, y = d["X"], d["y"]

    def run():
        W = [d[f"W{l}"].copy() for l in range(L)]
        b = [np.zeros(n, task.dtype) for n in task.sizes[1:]]
        P = W + b
        V, S, k = [np.zeros_like(p) for p in P], [np.zeros_like(p) for p in P], 0
        for order in d["orders"]:
            for s in range(0, len(order), B):
                i = order[s : s + B]
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
                k += 1
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


def sklearn_run(task: Task, d):
    import warnings

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


def torch_run(task: Task, d, threads: int):
    import torch

    if threads:
        torch.set_num_threads(threads)
    X, y = torch.tensor(d["X"]), torch.tensor(d["y"])
    L, B = len(task.sizes) - 1, task.batch

    def run():
        parts = []
        for l in range(L):
            layer = torch.nn.Linear(task.sizes[l], task.sizes[l + 1]).to(getattr(torch, task.dtype))
            with torch.no_grad():
                layer.weight.copy_(torch.tensor(d[f"W{l}"].T))
                layer.bias.zero_()
            parts.append(layer)
            if l < L - 1:
                parts.append(torch.nn.ReLU() if task.act == "relu" else torch.nn.Sigmoid())
        net = torch.nn.Sequential(*parts)
        if task.optimizer == "adam":
            optimizer = torch.optim.Adam(net.parameters(), lr=task.rate)
        else:
            mu = 0.9 if task.optimizer == "momentum" else 0.0
            optimizer = torch.optim.SGD(net.parameters(), lr=task.rate, momentum=mu)
        loss = torch.nn.CrossEntropyLoss()
        for order in d["orders"]:
            order = torch.from_numpy(order)
            for s in range(0, len(order), B):
                i = order[s : s + B]
                optimizer.zero_grad()
                loss(net(X[i]), y[i]).backward()
                optimizer.step()
        linear = [p for p in parts if isinstance(p, torch.nn.Linear)]
        return lambda: entropy(
            task,
            d,
            [p.weight.detach().T.numpy() for p in linear],
            [p.bias.detach().numpy() for p in linear],
        )

    return run


def worker(name: str, task: Task, path: str) -> None:
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    d = dict(np.load(path))
    began = time.perf_counter()
    if name.startswith("chalkgrad"):
        run = chalkgrad_run(task, d, name.split()[1].strip(","), 1 if "1 thread" in name else 0)
    elif name.startswith("pytorch"):
        run = torch_run(task, d, 1 if "1 thread" in name else 0)
    else:
        run = (numpy_run if name.startswith("numpy") else sklearn_run)(task, d)
    made = time.perf_counter() - began
    result = run()()
    print(json.dumps({"setup": made, "result": result}), file=out, flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        run()
        print(json.dumps(time.perf_counter() - began), file=out, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--torch", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--skip", default="", help="names to leave out, with semicolons")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--data", help=argparse.SUPPRESS)
    args = parser.parse_args()
    task = TASKS[args.task]
    if args.worker:
        worker(args.worker, task, args.data)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "data.npz")
        make_data(task, path)
        steps = task.epochs * (len(np.load(path)["orders"][0]) // task.batch)
        workers, info = {}, {}
        for name in CONTESTANTS:
            if name in args.skip.split(";"):
                continue
            python = args.torch if name.startswith("pytorch") else sys.executable
            command = [python, __file__, args.task, "--worker", name, "--data", path]
            child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                stderr=None if os.environ.get("BENCH_DEBUG") else subprocess.DEVNULL,
            )
            line = child.stdout.readline()
            if line:
                workers[name], info[name] = child, json.loads(line)
            else:
                print(f"{name}: skipped, not installed")
        times = {name: [] for name in workers}
        for _ in range(args.rounds):
            for name, child in workers.items():
                time.sleep(0.1)  # threads that spin after their work go to sleep
                child.stdin.write("go\n")
                child.stdin.flush()
                times[name].append(json.loads(child.stdout.readline()) / steps)
        for child in workers.values():
            child.stdin.close()
            child.wait(20)
    print(
        f"{args.task}: {'-'.join(map(str, task.sizes))} {task.act} {task.dtype} {task.optimizer}, batch "
        f"{task.batch}, {steps} steps, {args.rounds} rounds, load {os.getloadavg()[0]:.1f}"
    )
    print(
        f"{'contestant':28s}{'us/step':>10s}{'fastest':>10s}{'vs pytorch':>12s}{'vs sklearn':>12s}{'setup s':>9s}  cross-entropy"
    )
    for name in sorted(times, key=lambda n: statistics.median(times[n])):
        own = times[name]

        def ratio(other: str, own=own) -> str:
            # the faster of those with that name: on a busy machine two threads can be far slower than one
            found = min(
                (t for n, t in times.items() if n.startswith(other)),
                key=statistics.median,
                default=None,
            )
            return (
                f"{statistics.median(a / b for a, b in zip(found, own, strict=True)):.1f}"
                if found
                else "-"
            )

        print(
            f"{name:28s}{statistics.median(own) * 1e6:10.2f}{min(own) * 1e6:10.2f}{ratio('pytorch'):>12s}"
            f"{ratio('sklearn'):>12s}{info[name]['setup']:9.2f}  {info[name]['result']:.7f}"
        )


if __name__ == "__main__":
    main()
