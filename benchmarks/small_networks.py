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
import ctypes
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
P = [0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55]
B, X, T = [0.35, 0.60], [0.05, 0.10], [0.01, 0.99]
STEPS = 10_000
NETS, MANY_STEPS, MANY_RATE = 10_000, 1_000, 2.0
XOR_X, XOR_T = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
GRID = 1000


# ---------------------------------------------------------------- one network, many steps
def step_chalkgrad(compiled):
    from chalkgrad.examples import example
    from chalkgrad.network import make_plan
    from chalkgrad.rounding import Policy
    from chalkgrad.straight import Stepper, first_state

    problem = example("mazur").with_(arithmetic=Policy(), iterations=1)
    plan = make_plan(problem)
    stepper, start = Stepper(problem, plan, Policy()), first_state(plan)
    if not compiled:

        def run(n):
            losses = []
            stepper.advance(start, 1, n + 1, losses)
            return lambda: losses[-1]

        return run
    import numpy as np

    from chalkgrad.training.scalar_llvm import Compiled

    code, state = Compiled(stepper.texts, problem.training.stop), np.array(list(start.values()))

    def run_code(n):
        losses = code.run(state.copy(), 1, n + 1, None)[0]
        return lambda: float(losses[-1])

    return run_code


def c_library(name, *flags):
    if not shutil.which("gcc"):
        raise ImportError("no gcc")
    made = Path(tempfile.mkdtemp()) / f"{name}.so"
    command = ["gcc", "-O3", "-march=native", *flags, "-shared", "-fPIC", HERE / "c" / f"{name}.c"]
    subprocess.run([*command, "-o", made, "-lmvec", "-lm"], check=True)
    return ctypes.CDLL(str(made))


def step_c(*flags):
    train = c_library("step", *flags).train
    numbers = partial(map, lambda row: (ctypes.c_double * len(row))(*row))
    train.restype, train.argtypes = (
        ctypes.c_double,
        [ctypes.c_void_p] * 4 + [ctypes.c_double, ctypes.c_long],
    )

    def run(n):
        loss = train(*numbers((P, B, X, T)), 0.5, n)
        return lambda: loss

    return run


def step_numpy():
    import numpy as np

    def run(n):
        x, t = np.array(X), np.array(T)
        W1, W2 = np.array(P[:4]).reshape(2, 2), np.array(P[4:]).reshape(2, 2)
        for k in range(n + 1):
            h = 1 / (1 + np.exp(-(W1 @ x + B[0])))
            o = 1 / (1 + np.exp(-(W2 @ h + B[1])))
            e = o - t
            if k < n:
                d2 = e * o * (1 - o)
                d1 = (W2.T @ d2) * h * (1 - h)
                W2 -= 0.5 * np.outer(d2, h)
                W1 -= 0.5 * np.outer(d1, x)
        return lambda: float(0.5 * e @ e)

    return run


def step_jax():
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    x, t = jnp.array(X), jnp.array(T)

    def loss(w):
        o = jax.nn.sigmoid(w[1] @ jax.nn.sigmoid(w[0] @ x + B[0]) + B[1])
        return 0.5 * jnp.sum((o - t) ** 2)

    @partial(jax.jit, static_argnums=1)
    def train(w, n):
        def step(_, w):
            return jax.tree.map(lambda a, g: a - 0.5 * g, w, jax.grad(loss)(w))

        return loss(jax.lax.fori_loop(0, n, step, w))

    w = [jnp.array(P[:4]).reshape(2, 2), jnp.array(P[4:]).reshape(2, 2)]

    def run(n):
        found = train(w, n).item()
        return lambda: found

    return run


def step_torch():
    import torch

    def run(n):
        W = [
            torch.tensor(part, dtype=torch.float64).reshape(2, 2).requires_grad_()
            for part in (P[:4], P[4:])
        ]
        x, t = torch.tensor(X, dtype=torch.float64), torch.tensor(T, dtype=torch.float64)
        optimizer = torch.optim.SGD(W, lr=0.5)

        def loss():
            o = torch.sigmoid(W[1] @ torch.sigmoid(W[0] @ x + B[0]) + B[1])
            return ((o - t) ** 2).sum() * 0.5

        for _ in range(n):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
        return lambda: loss().item()

    return run


# ---------------------------------------------------------------- many networks
def starts():
    import numpy as np

    return np.random.default_rng(1).uniform(-1, 1, (NETS, 33)).astype(np.float32)


def many_end(flat):
    """The mean loss of networks: 16 weights of the hidden layer, 8 of the output, 8 biases and 1, in a row."""
    import numpy as np

    def end():
        p = np.asarray(flat, float)

        def s(z):
            return 1 / (1 + np.exp(-z))

        h = s(
            np.einsum("nji,si->nsj", p[:, :16].reshape(-1, 8, 2), np.array(XOR_X, float))
            + p[:, None, 24:32]
        )
        o = s(np.einsum("nsj,nj->ns", h, p[:, 16:24]) + p[:, 32:])
        return float((0.5 * (o - np.array(XOR_T, float).ravel()) ** 2).sum(1).mean())

    return end


def xor_problem():
    from chalkgrad import Policy, Problem
    from chalkgrad.records import Choice, Layer, Sample, Training

    samples = tuple(
        Sample(tuple(map(float, x)), tuple(map(float, t)))
        for x, t in zip(XOR_X, XOR_T, strict=True)
    )
    layers = (
        Layer(((0.1, 0.2),) * 8, (0.0,) * 8, Choice("sigmoid")),
        Layer(((0.1,) * 8,), (0.0,), Choice("sigmoid")),
    )
    training = Training(learning_rate=MANY_RATE, over_samples="sum")
    return Problem(layers, samples, training, Policy())


def many_chalkgrad(threads):
    from chalkgrad import train_many

    problem, flat = xor_problem(), starts()

    def run(n):
        networks = train_many(
            problem, starts=flat, epochs=n // NETS, dtype="float32", threads=threads
        )
        return many_end(networks.p)

    return run


def many_c():
    import numpy as np

    from chalkgrad.training.sharing import share

    library = c_library("many", "-ffast-math")
    pointers, numbers = [ctypes.c_void_p] * 3, [ctypes.c_float] + [ctypes.c_long] * 3
    library.many.argtypes, library.many.restype = pointers + numbers, None
    lanes = library.lanes()
    order = [*range(16), *range(24, 32), *range(16, 24), 32]
    x, t = np.array(XOR_X, np.float32), np.array(XOR_T, np.float32)
    flat = starts()[:, order]

    def run(n):
        raw = np.empty(flat.size + 16, np.float32)
        at = -raw.ctypes.data % 64 // 4
        states = raw[at : at + flat.size].reshape(-1, 33, lanes)
        states[:] = flat.reshape(-1, lanes, 33).swapaxes(1, 2)
        share(
            lambda b, e: library.many(
                states.ctypes.data, x.ctypes.data, t.ctypes.data, MANY_RATE, n // NETS, b, e
            ),
            len(states),
        )
        after = states.swapaxes(1, 2).reshape(-1, 33)
        return many_end(after[:, order])

    return run


def split(flat):
    return (
        flat[:, :16].reshape(-1, 8, 2),
        flat[:, 16:24].reshape(-1, 1, 8),
        flat[:, 24:32],
        flat[:, 32:],
    )


def joined(W1, W2, b1, b2):
    import numpy as np

    return np.concatenate([np.asarray(part).reshape(NETS, -1) for part in (W1, W2, b1, b2)], axis=1)


def many_jax():
    import jax
    import jax.numpy as jnp

    x, t = jnp.array(XOR_X, jnp.float32), jnp.array(XOR_T, jnp.float32)

    def loss(p):
        W1, W2, b1, b2 = p
        o = jax.nn.sigmoid(jax.nn.sigmoid(x @ W1.T + b1) @ W2.T + b2)
        return 0.5 * jnp.sum((o - t) ** 2)

    @partial(jax.jit, static_argnums=1)
    def train(p, steps):
        def step(_, p):
            return jax.tree.map(lambda a, g: a - MANY_RATE * g, p, jax.grad(loss)(p))

        return jax.vmap(lambda p: jax.lax.fori_loop(0, steps, step, p))(p)

    flat = starts()

    def run(n):
        p = jax.block_until_ready(train(tuple(map(jnp.array, split(flat))), n // NETS))
        return lambda: many_end(joined(*p))()

    return run


def many_torch():
    import torch

    x, t = torch.tensor(XOR_X, dtype=torch.float32), torch.tensor(XOR_T, dtype=torch.float32)
    flat = starts()

    def run(n):
        W1, W2, b1, b2 = (torch.tensor(part.copy()) for part in split(flat))
        every = x.expand(NETS, 4, 2)
        with torch.no_grad():
            for _ in range(n // NETS):
                h = torch.sigmoid(torch.baddbmm(b1[:, None], every, W1.mT))
                o = torch.sigmoid(torch.baddbmm(b2[:, None], h, W2.mT))
                d2 = (o - t) * o * (1 - o)
                d1 = (d2 @ W2) * h * (1 - h)
                W2.baddbmm_(d2.mT, h, alpha=-MANY_RATE)
                b2.sub_(d2.sum(1), alpha=MANY_RATE)
                W1.baddbmm_(d1.mT, every, alpha=-MANY_RATE)
                b1.sub_(d1.sum(1), alpha=MANY_RATE)
        return lambda: many_end(joined(W1.numpy(), W2.numpy(), b1.numpy(), b2.numpy()))()

    return run


# ---------------------------------------------------------------- surfaces
PLANES = (("w[2][1,1]", "w[2][1,2]"), ("w[1][1,1]", "w[2][1,1]"))
SPANS = ((-5.0, 5.0), (-4.0, 6.0))


def surface_end(*planes):
    import numpy as np

    return lambda: sum(float(np.asarray(plane).sum()) for plane in planes)


def surface_chalkgrad(kept):
    import numpy as np

    from chalkgrad import error_surface, example

    problem = example("mazur")
    outs = [np.empty((GRID, GRID)) if kept else None for _ in PLANES]

    def run(n):
        return surface_end(
            *(
                error_surface(problem, *names, spans=SPANS, points=GRID, out=out).loss
                for names, out in zip(PLANES, outs, strict=True)
            )
        )

    return run


def surface_c(kept):
    import numpy as np

    from chalkgrad.training.sharing import share

    plane = c_library("plane", "-ffast-math").plane
    plane.argtypes = [ctypes.c_void_p] * 7 + [ctypes.c_long] * 3 + [ctypes.c_int]
    plane.restype = None
    numbers = [np.array(row) for row in (P, B, X, T)]
    outs = [np.empty((GRID, GRID)) for _ in PLANES]

    def run(n):
        axes = [np.linspace(*span, GRID) for span in SPANS]
        found = outs if kept else [np.empty((GRID, GRID)) for _ in PLANES]
        for hidden, out in enumerate(found):
            places = [part.ctypes.data for part in (*numbers, *axes, out)]
            share(
                lambda b, e, places=places, hidden=hidden: plane(*places, GRID, b, e, hidden), GRID
            )
        return surface_end(*found)

    return run


def surface_formula(exp, w):
    def s(z):
        return 1 / (1 + exp(-z))

    h1, h2 = s(w[0] * X[0] + w[1] * X[1] + B[0]), s(w[2] * X[0] + w[3] * X[1] + B[0])
    o1, o2 = s(w[4] * h1 + w[5] * h2 + B[1]), s(w[6] * h1 + w[7] * h2 + B[1])
    return 0.5 * ((o1 - T[0]) ** 2 + (o2 - T[1]) ** 2)


def with_axes(w, plane, u, v):
    """The weights with two of them as axes, which broadcast."""
    w = list(w)
    first, second = ((4, 5), (0, 4))[plane]
    w[first], w[second] = u[:, None], v[None]
    return w


def surface_numpy():
    import numpy as np

    def run(n):
        u, v = (np.linspace(*span, GRID) for span in SPANS)
        w = [np.float64(value) for value in P]
        return surface_end(*(surface_formula(np.exp, with_axes(w, k, u, v)) for k in (0, 1)))

    return run


def surface_jax():
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    codes = [
        jax.jit(lambda u, v, k=k: surface_formula(jnp.exp, with_axes(P, k, u, v))) for k in (0, 1)
    ]

    def run(n):
        u, v = (jnp.linspace(*span, GRID) for span in SPANS)
        return surface_end(*(jax.block_until_ready(code(u, v)) for code in codes))

    return run


def surface_torch():
    import torch

    def run(n):
        u, v = (torch.linspace(*span, GRID, dtype=torch.float64) for span in SPANS)
        w = [torch.tensor(value, dtype=torch.float64) for value in P]
        return surface_end(*(surface_formula(torch.exp, with_axes(w, k, u, v)) for k in (0, 1)))

    return run


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
        "chalkgrad error_surface": ("llvmlite", partial(surface_chalkgrad, kept=False), 2 * GRID * GRID),
        "chalkgrad, kept array": ("llvmlite", partial(surface_chalkgrad, kept=True), 2 * GRID * GRID),
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
    "JAX, whole fori_loop": ("jax", f"import small_networks as s; print(s.step_jax()({STEPS})())"),
    "NumPy by hand": ("numpy", f"import small_networks as s; print(s.step_numpy()({STEPS})())"),
    "PyTorch SGD": ("torch", f"import small_networks as s; print(s.step_torch()({STEPS})())"),
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
    began = clock()
    result = run(STEPS if task == "step" else n)()
    once = (clock() - began) * (n / STEPS if task == "step" else 1)
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
