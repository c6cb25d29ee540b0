"""One network, many steps: the 2-2-2 network of `examples mazur`, by this project and by its peers.

Each function prepares and gives a run: of so many steps, to a function that says the loss after them.
"""

from __future__ import annotations

from functools import partial

P = [0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55]
B, X, T = [0.35, 0.60], [0.05, 0.10], [0.01, 0.99]
STEPS = 10_000


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


def step_c(*flags):
    import ctypes

    from small_c import c_library

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
