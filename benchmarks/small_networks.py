"""Small networks against peers: one for many steps, many at once, and the loss as a surface.

    python benchmarks/small_networks.py step       the 2-2-2 network of `examples mazur`, 10,000 iterations
    python benchmarks/small_networks.py process    the same as a whole process: start, import, train, exit
    python benchmarks/small_networks.py many       10,000 networks 2-8-1 on XOR, 1,000 iterations, float32
    python benchmarks/small_networks.py surface    two planes of 1000 x 1000 points, float64
    python benchmarks/small_networks.py all

Every contestant has a process of its own; rounds are interleaved, so that noise hits all alike, and ratios are
taken within a round. ``--peers PYTHON`` or CHALKGRAD_PEERS names interpreters that have PyTorch or JAX, if
this one has not (with the separator of paths between them). C is compiled by gcc -O3 -march=native
-ffast-math, from `benchmarks/c`; who is not there is left out with one line. The result must agree.
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
from functools import partial
from pathlib import Path

from small_many import MANY_STEPS, NETS, many_c, many_chalkgrad, many_jax, many_torch
from small_step import STEPS, step_c, step_chalkgrad, step_jax, step_numpy, step_torch
from small_surface import (
    GRID,
    surface_c,
    surface_chalkgrad,
    surface_jax,
    surface_numpy,
    surface_torch,
)

HERE = Path(__file__).resolve().parent


# ---------------------------------------------------------------- contestants
TASKS = {  # unit, then for each contestant: what it needs, how it is made, how many units a round works
    "step": ("step", {
        "chalkgrad, compiled": ("llvmlite", partial(step_chalkgrad, compiled=True), STEPS),
        "chalkgrad, Python": ("chalkgrad", partial(step_chalkgrad, compiled=False), STEPS),
        "C -ffast-math": ("ctypes", partial(step_c, "-ffast-math"), STEPS),
        "C": ("ctypes", step_c, STEPS),
        "JAX, whole fori_loop": ("jax", step_jax, STEPS),
        "NumPy by hand": ("numpy", step_numpy, STEPS // 4),
        "PyTorch SGD": ("torch", step_torch, STEPS // 10),
    }),
    "many": ("network-step", {
        "chalkgrad train_many": ("llvmlite", partial(many_chalkgrad, threads=0), NETS * MANY_STEPS),
        "chalkgrad train_many, 1 thread": ("llvmlite", partial(many_chalkgrad, threads=1), NETS * MANY_STEPS),
        "C, vectors and threads": ("numpy", many_c, NETS * MANY_STEPS),
        "JAX vmap": ("jax", many_jax, NETS * MANY_STEPS),
        "PyTorch bmm": ("torch", many_torch, NETS * MANY_STEPS // 20),
    }),
    "surface": ("point", {
        "chalkgrad error_surface": ("llvmlite", surface_chalkgrad, 2 * GRID * GRID),
        "C, vectors and threads": ("numpy", partial(surface_c, kept=False), 2 * GRID * GRID),
        "C, kept array": ("numpy", partial(surface_c, kept=True), 2 * GRID * GRID),
        "JAX broadcasting": ("jax", surface_jax, 2 * GRID * GRID),
        "NumPy broadcasting": ("numpy", surface_numpy, 2 * GRID * GRID),
        "PyTorch broadcasting": ("torch", surface_torch, 2 * GRID * GRID),
    }),
}  # fmt: skip
PROCESSES = {
    "chalkgrad train": ("chalkgrad", "from chalkgrad.__main__ import main; main()"),
    "chalkgrad.solve": (
        "chalkgrad",
        "import chalkgrad as c; print(c.solve(c.example('mazur'), iterations=10_000, work=[1]).losses[-1])",
    ),
    "Python alone": ("sys", "pass"),
    "JAX, whole fori_loop": ("jax", f"import small_step as s; print(s.step_jax()({STEPS})())"),
    "NumPy by hand": ("numpy", f"import small_step as s; print(s.step_numpy()({STEPS})())"),
    "PyTorch SGD": ("torch", f"import small_step as s; print(s.step_torch()({STEPS})())"),
}
REFERENCES = ("C", "JAX", "NumPy", "PyTorch")


# ---------------------------------------------------------------- running them
def environment():
    env = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # as installed: what is imported was compiled before
    env["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "chalkgrad-benchmarks")
    return env | {"JAX_PLATFORMS": "cpu", "PYTHONPATH": str(HERE)}


def interpreter(module, pythons):
    """The first interpreter that has a module."""
    for python in pythons:
        code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
        if subprocess.run([python, "-c", code], env=environment(), check=False).returncode == 0:
            return python
    return None


def worker(task, name, clock):
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # stray prints stay off the pipe
    _, make, n = TASKS[task][1][name]
    run = make()
    result = run(
        STEPS if task == "step" else n
    )()  # compiles, where that is needed, and is not timed
    began = clock()
    run(n)
    once = clock() - began
    again = max(1, min(1000, int(0.03 / once)))  # a timed round takes 30 ms or more
    print(json.dumps(result), file=out, flush=True)
    for _ in sys.stdin:
        began = clock()
        for _ in range(again):
            run(n)
        print(json.dumps((clock() - began) / again / n), file=out, flush=True)


def race(task, pythons, rounds, skip, *, cpu):
    unit, contestants = TASKS[task]
    children, results, times = {}, {}, {}
    for name, (module, _, _) in contestants.items():
        python = interpreter(module, pythons)
        if name in skip or python is None:
            print(f"{name}: left out, {'asked for' if python else module + ' is not installed'}")
            continue
        child = subprocess.Popen(
            [python, __file__, task, "--worker", name, *(["--cpu"] if cpu else [])], env=environment(), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=None if os.environ.get("BENCH_DEBUG") else subprocess.DEVNULL,
        )  # fmt: skip
        line = child.stdout.readline()
        if line:
            children[name], results[name], times[name] = child, json.loads(line), []
        else:
            print(f"{name}: left out, it did not start (BENCH_DEBUG=1 shows why)")
    for _ in range(rounds):
        for name, child in children.items():
            time.sleep(0.1)  # threads that spin after their work go to sleep
            child.stdin.write("go\n")
            child.stdin.flush()
            times[name].append(json.loads(child.stdout.readline()))
    for child in children.values():
        child.stdin.close()
        child.wait(20)
    table(f"{task}: ns {'of CPU time ' if cpu else ''}per {unit}", 1e9, times, results)


def processes(pythons, rounds, skip):
    found = {name: interpreter(module, pythons) for name, (module, _) in PROCESSES.items()}
    times = {name: [] for name, python in found.items() if python and name not in skip}
    for name, python in found.items():
        if name not in times:
            print(f"{name}: left out, {'asked for' if python else 'not installed'}")
    results = {}
    for n in range(rounds + 1):
        for name, own in times.items():
            words = (
                ["train", "mazur", "--iterations", str(STEPS), "--quiet"]
                if name == "chalkgrad train"
                else []
            )
            began = time.perf_counter()
            made = subprocess.run(
                [found[name], "-c", PROCESSES[name][1], *words], env=environment(), capture_output=True,
                text=True, check=True,
            )  # fmt: skip
            if n:  # the first round warms the disk
                own.append(time.perf_counter() - began)
            results[name] = made.stdout.strip()[:40]
    table("process: ms from start to exit", 1e3, times, results)


def table(title, scale, times, results):
    rounds = len(next(iter(times.values()), []))
    print(
        f"\n{title}; {rounds} interleaved rounds, load {os.getloadavg()[0]:.1f}; ratios: how many times as long they take"
    )
    references = [
        n for r in REFERENCES for n in times if n == r or n.startswith((r + " ", r + ","))
    ]
    print(
        f"{'':32s}{'median':>10s}{'fastest':>10s}"
        + "".join(f"{n.split(',')[0][:16]:>18s}" for n in references)
        + "  result"
    )
    for name in sorted(times, key=lambda n: statistics.median(times[n])):
        own = times[name]
        ratios = (
            statistics.median(a / b for a, b in zip(times[other], own, strict=True))
            for other in references
        )
        print(
            f"{name:32s}{statistics.median(own) * scale:10.4g}{min(own) * scale:10.4g}"
            + "".join(f"{ratio:18.3g}" for ratio in ratios)
            + f"  {results[name]}"
        )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("task", choices=[*TASKS, "process", "all"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peers", default=os.environ.get("CHALKGRAD_PEERS", ""), metavar="PYTHON")
    parser.add_argument("--skip", default="", help="names to leave out, with semicolons")
    parser.add_argument(
        "--cpu", action="store_true", help="CPU time of all threads: on a busy machine"
    )
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        worker(args.task, args.worker, time.process_time if args.cpu else time.perf_counter)
        return
    pythons = [sys.executable, *filter(None, args.peers.split(os.pathsep))]
    skip = args.skip.split(";")
    for task in [*TASKS, "process"] if args.task == "all" else [args.task]:
        if task == "process":
            processes(pythons, args.rounds, skip)
        else:
            race(task, pythons, args.rounds, skip, cpu=args.cpu)


if __name__ == "__main__":
    main()
