"""Training against peers and limits: the same network, start weights, orders and number of steps for all.

    python benchmarks/train_peers.py digits            64-32-10, batch 32, float32, 30 epochs
    python benchmarks/train_peers.py digits-momentum   the same with sigmoid, momentum, float64
    python benchmarks/train_peers.py wide wider        784-128-10 and 784-512-512-10, batch 128, float32, synthetic
    python benchmarks/train_peers.py digits-adam wide-adam wider-adam
    python benchmarks/train_peers.py busy              784-128-10 beside a process that never rests
    python benchmarks/train_peers.py all

Every contestant has a process of its own; rounds are interleaved, so that noise hits all alike, and ratios are
taken within a round, then their median. ``--peers PYTHON`` or CHALKGRAD_PEERS names interpreters (with the
separator of paths between them) that have PyTorch or JAX, if this one has not; who is not there is one line.
Overrides of OpenBLAS in the environment are removed. The result must agree between those with the same orders.
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
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import train_tasks as tasks

CONTESTANTS = {
    "chalkgrad": ("llvmlite", lambda t, d: tasks.chalkgrad_engine(t, d, "llvm", 0)),
    "chalkgrad, 1 thread": ("llvmlite", lambda t, d: tasks.chalkgrad_engine(t, d, "llvm", 1)),
    "chalkgrad.train()": ("llvmlite", tasks.chalkgrad_train),
    "chalkgrad, NumPy only": ("chalkgrad", lambda t, d: tasks.chalkgrad_engine(t, d, "numpy", 0)),
    "NumPy by hand": ("numpy", tasks.numpy_by_hand),
    "scikit-learn MLPClassifier": ("sklearn", tasks.sklearn_mlp),
    "PyTorch": ("torch", lambda t, d: tasks.torch_slices(t, d, 0)),
    "PyTorch, 1 thread": ("torch", lambda t, d: tasks.torch_slices(t, d, 1)),
    "JAX, scan over all steps": ("jax", tasks.jax_scan),
    "bare OpenBLAS products": ("threadpoolctl", lambda t, d: tasks.bare_products(t, d, 2)),
    "bare OpenBLAS products, 1 thread": (
        "threadpoolctl",
        lambda t, d: tasks.bare_products(t, d, 1),
    ),
    "C loops": ("numpy", tasks.c_loops),
    "multiply-adds at the peak": ("numpy", lambda t, d: tasks.peak(t, d, 2)),
}
AGAINST = ("PyTorch", "JAX, scan over all steps", "scikit-learn MLPClassifier", "bare OpenBLAS products",
           "bare OpenBLAS products, 1 thread", "C loops", "multiply-adds at the peak")  # fmt: skip
SHORT = ("PyTorch", "JAX", "sklearn", "BLAS", "BLAS 1", "C", "peak")
SETTLE = 0.1
"""Seconds before each run in which the threads of the one before go to sleep."""


def worker(name: str, task: tasks.Task, path: str) -> None:
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    d = dict(np.load(path))
    began = time.perf_counter()
    run = CONTESTANTS[name][1](task, d)
    made = time.perf_counter() - began
    result = run()  # compiles, where that is needed, and is not timed
    print(json.dumps({"setup": made, "result": result()}), file=out, flush=True)
    began = time.perf_counter()
    run()
    once = time.perf_counter() - began
    again = max(1, min(100, int(0.03 / once)))  # what is timed lasts 30 ms at least
    for _ in sys.stdin:
        began = time.perf_counter()
        for _ in range(again):
            run()
        print(json.dumps((time.perf_counter() - began) / again), file=out, flush=True)


def interpreters(given: str) -> dict[str, str]:
    """For every module that somebody needs, an interpreter that has it."""
    found: dict[str, str] = {}
    modules = sorted({module for module, _ in CONTESTANTS.values()})
    look = f"import importlib.util as u; print(*[m for m in {modules} if u.find_spec(m)])"
    for python in [sys.executable, *filter(None, given.split(os.pathsep))]:
        there = subprocess.run([python, "-c", look], capture_output=True, text=True, check=False)
        for module in there.stdout.split():
            found.setdefault(module, python)
    return found


@dataclass
class Match:
    """A task, those who take part, and their times in each round."""

    title: str
    workers: dict[str, subprocess.Popen] = field(default_factory=dict)
    info: dict[str, dict] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)

    def enter(self, name: str, command: list[str]) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
        quiet = None if os.environ.get("BENCH_DEBUG") else subprocess.DEVNULL
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            stderr=quiet,
            env=clean,
        )
        line = child.stdout.readline()
        if line:
            self.workers[name], self.info[name], self.times[name] = child, json.loads(line), []
        else:
            print(f"{name}: left out, it cannot run here")

    def play(self, rounds: int, steps: int) -> None:
        for _ in range(rounds):
            for name, child in self.workers.items():
                time.sleep(SETTLE)
                child.stdin.write("go\n")
                child.stdin.flush()
                self.times[name].append(json.loads(child.stdout.readline()) / steps)
        for child in self.workers.values():
            child.stdin.close()
            child.wait(20)

    def ratio(self, name: str, other: str) -> str:
        if other not in self.times:
            return "-"
        pairs = zip(self.times[other], self.times[name], strict=True)
        return f"{statistics.median(a / b for a, b in pairs):.2f}"

    def table(self) -> None:
        print(f"\n{self.title}, load {os.getloadavg()[0]:.1f}; times faster than:")
        heads = "".join(f"{short:>9s}" for short in SHORT)
        print(f"{'':34s}{'us/step':>9s}{'fastest':>9s}{heads}{'setup s':>9s}  cross-entropy")
        for name in sorted(self.times, key=lambda n: statistics.median(self.times[n])):
            own, info = self.times[name], self.info[name]
            ratios = "".join(f"{self.ratio(name, other):>9s}" for other in AGAINST)
            result = "-" if info["result"] is None else f"{info['result']:.7f}"
            middle = statistics.median(own) * 1e6
            print(
                f"{name:34s}{middle:9.2f}{min(own) * 1e6:9.2f}{ratios}{info['setup']:9.2f}  {result}"
            )


def chosen(task: str, busy: bool) -> list[str]:
    if busy:
        return [name for name in CONTESTANTS if name.startswith(("chalkgrad, 1", "PyTorch"))] + [
            "chalkgrad"
        ]
    left_out = {"C loops"} if task not in ("digits", "digits-momentum") else set()
    if task.startswith("digits"):
        left_out |= {name for name in CONTESTANTS if name.startswith(("bare", "multiply"))}
    return [name for name in CONTESTANTS if name not in left_out]


def play(name: str, args: argparse.Namespace, pythons: dict[str, str]) -> None:
    busy = name == "busy"
    key = "wide" if busy else name
    task = tasks.TASKS[key]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "data.npz")
        tasks.make_data(task, path)
        steps = np.load(path)["orders"].size // task.batch
        sizes = "-".join(map(str, task.sizes))
        beside = ", beside a busy process" if busy else ""
        match = Match(
            f"{name}: {sizes} {task.act} {task.dtype} {task.optimizer}, batch {task.batch}, "
            f"{steps} steps, {args.rounds} rounds{beside}"
        )
        for one in chosen(key, busy):
            module = CONTESTANTS[one][0]
            if one in args.skip.split(";"):
                continue
            if module not in pythons:
                print(f"{one}: left out, {module} is not installed")
                continue
            match.enter(one, [pythons[module], __file__, key, "--worker", one, "--data", path])
        neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if busy else None
        try:
            match.play(args.rounds, steps)
        finally:
            if neighbour:
                neighbour.kill()
    match.table()
    if busy:
        alone = match.ratio("chalkgrad", "chalkgrad, 1 thread")
        print(f"beside a busy process its own choice is {alone} x as fast as one thread")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("tasks", nargs="+", choices=[*tasks.TASKS, "busy", "all"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peers", default=os.environ.get("CHALKGRAD_PEERS", ""), metavar="PYTHON")
    parser.add_argument("--skip", default="", help="names to leave out, with semicolons")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--data", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        worker(args.worker, tasks.TASKS[args.tasks[0]], args.data)
        return
    pythons = interpreters(args.peers)
    for name in [*tasks.TASKS, "busy"] if "all" in args.tasks else args.tasks:
        play(name, args, pythons)


if __name__ == "__main__":
    main()
