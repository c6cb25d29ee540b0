"""The loss as a surface: two planes through the parameters of `examples mazur`, by this project and by its peers.

Each function prepares and gives a run, to a function that says the sum of all losses.
"""

from __future__ import annotations

import ctypes

from small_c import c_library
from small_step import B, P, T, X

GRID = 1000
PLANES = (("w[2][1,1]", "w[2][1,2]"), ("w[1][1,1]", "w[2][1,1]"))
SPANS = ((-5.0, 5.0), (-4.0, 6.0))


def surface_end(*planes):
    import numpy as np

    return lambda: sum(float(np.asarray(plane).sum()) for plane in planes)


def surface_chalkgrad():
    from chalkgrad import error_surface, example

    problem = example("mazur")

    def run(n):
        return surface_end(
            *(error_surface(problem, *names, spans=SPANS, points=GRID).loss for names in PLANES)
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
