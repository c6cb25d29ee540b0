"""Many networks at once: 10,000 of 2-8-1 on XOR, by this project and by its peers.

Each function prepares and gives a run: of so many steps of a network, to a function that says the mean loss.
"""

from __future__ import annotations

import ctypes
from functools import partial

from small_c import c_library

NETS, MANY_STEPS, MANY_RATE = 10_000, 1_000, 2.0
XOR_X, XOR_T = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]


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
