"""Which tier runs the iterations of a small problem: its lines in Python, or the same lines compiled.

Nothing here asks for an optional part, so that a short run starts at once.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.problem import Problem

MOST_WEIGHTS = 4_000
"""Weights times samples up to which the plan is written out line by line."""
IN_PYTHON = 30_000
"""Updates after which Python has taken about as long as compiling does, whatever the network. Counted from the
first update of all, not of a run: a run that was interrupted changes over at the same one."""
COMPILED_LINES = 250
"""Lines of an iteration up to which they are compiled: beyond, compiling takes a second and more."""


def fits(problem: Problem) -> bool:
    """Whether a problem is small enough to be written out."""
    return problem.weight_count * len(problem.batch(1)) <= MOST_WEIGHTS


def cannot_compile(texts: Sequence[str]) -> str:
    """Why the lines are not compiled, or "" if they are."""
    if find_spec("llvmlite") is None:
        return "llvmlite is not installed"
    lines = sum(text.count("\n") for text in texts)
    if lines > COMPILED_LINES:
        return f"{lines} lines an iteration, and {COMPILED_LINES} compile quickly"
    return ""


def why_exact(texts: Sequence[str], total: int) -> str:
    """What a run of a problem's own samples says of its engine.

    Args:
        texts: the lines of an iteration.
        total: how many updates there will be, or 0 if that is not known.

    >>> why_exact(["def loop(): pass"], 500)
    "the problem's own samples, line by line in Python: compiling pays from update 30,001 on"
    """
    pays = f"{IN_PYTHON + 1:,} on"
    if 0 < total <= IN_PYTHON:
        how = f"in Python: compiling pays from update {pays}"
    elif reason := cannot_compile(texts):
        how = f"in Python: {reason}"
    else:
        how = f"in Python, compiled from update {pays}"
    return f"the problem's own samples, line by line {how}"


def places_of(problem: Problem) -> dict[tuple[str, tuple[int, ...]], int]:
    """Where each parameter, by kind and index, stands in the flat vector of `Architecture`."""
    sizes = problem.sizes
    names: list[tuple[str, tuple[int, ...]]] = [
        ("w", (l, j, i))
        for l in range(1, len(sizes))
        for j in range(1, sizes[l] + 1)
        for i in range(1, sizes[l - 1] + 1)
    ]
    for l, layer in enumerate(problem.layers, 1):
        if layer.bias is not None:
            own = [("b", (l, j)) for j in range(1, sizes[l] + 1)]
            names += [("b", (l,))] if layer.shares_bias else own
    return {name: k for k, name in enumerate(names)}
