"""What the loop adds to the formulas of a problem: weights of samples, and a bound on the gradient.

Each is a rewrite of the plan, as a slip is, so that the working of a step shows it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from chalkgrad.formula import ONE, Div, Formula, Mul, Num, Sym, add, substitute
from chalkgrad.notation import KINDS, PARTED, Symbol
from chalkgrad.plan import Definition
from chalkgrad.rounding import Digits, plain, write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalkgrad.problem import Problem
    from chalkgrad.training.replay import TrainingStep

Rewrite: TypeAlias = "Callable[[Symbol, Definition], Definition]"
"""Another definition of a symbol in place of its own."""


def weighted(problem: Problem, k: int, weights: Sequence[float]) -> Rewrite:
    """Quantities of the batch as weighted sums over the samples, or as their weighted mean."""
    total = sum(weights)
    mean = problem.training.over_samples == "mean" and total > 0
    alone = mean and len(weights) == 1  # a weighted mean of one is that one

    def rewrite(symbol: Symbol, definition: Definition) -> Definition:
        if symbol.kind not in PARTED or symbol.sample:
            return definition
        own = [Sym(symbol._replace(sample=s)) for s in problem.batch(k)]
        if alone:
            return Definition(own[0])
        parts: list[Formula] = [
            part if w == 1 else Mul((_short(w), part)) for part, w in zip(own, weights, strict=True)
        ]
        whole = add(*parts)
        return Definition(Mul((Div(ONE, _short(total)), whole)) if mean else whole)

    return rewrite


def _short(number: float) -> Num:
    """A number that no line works out, written with as many digits as a value."""
    text = write(number, Digits("significant", 6))
    return Num(number, plain(number) if float(text) == number else text)


def clipping(step: TrainingStep) -> float:
    """By what all gradients of a step are multiplied so that their norm keeps to its bound; 1 if it does."""
    bound = step.course.settings.clip
    if bound is None:
        return 1.0
    trained = step.flat_gradient()[1][: step.course.architecture.trained]
    norm = math.sqrt(float(trained @ trained))
    return bound / norm if norm > bound else 1.0


def scaled(factor: float) -> Rewrite:
    """Updates that read the gradients of the batch times a factor."""

    def scale(symbol: Symbol) -> Formula:
        node = Sym(symbol)
        clipped = symbol.kind in ("grad_w", "grad_b") and not symbol.sample
        return Mul((_short(factor), node)) if clipped else node

    def rewrite(symbol: Symbol, definition: Definition) -> Definition:
        if symbol.kind in PARTED or KINDS[symbol.kind].of_sample:
            return definition
        return Definition(substitute(definition.formula, scale), kept=definition.kept)

    return rewrite
