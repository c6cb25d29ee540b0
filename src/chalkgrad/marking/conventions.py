"""Other conventions that a whole sheet may keep to: variants of the whole plan, likely ones first.

A sheet that fits another convention is told so once; it has not made the same slip twenty times.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.formula import ZERO, Cases, Fn, Mul, Num, Sym, mul, symbols
from chalkgrad.light import dataclass, replace
from chalkgrad.marking.trees import changed, swap, turned, without
from chalkgrad.notation import PARTED, Symbol
from chalkgrad.plan import Definition
from chalkgrad.primitives import LN, XLOGY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.formula import Formula
    from chalkgrad.marking.routes import Habit
    from chalkgrad.problem import Problem

RATE = Symbol("lr", (), 0)
_FEW_SAMPLES = 8
"""Of more samples none is looked for that was left out throughout: each is a plan of its own."""


@dataclass(frozen=True, slots=True)
class Convention:
    """One variant.

    Attributes:
        id: its name in reports.
        sentence: what is said of a sheet that keeps to it.
        problem: the problem under it.
        habit: a change of single definitions, or None.
        slip: the slip that this is; "" where it is a convention, which a scheme may accept.
    """

    id: str
    sentence: str
    problem: Problem
    habit: Habit | None = None
    slip: str = ""


def conventions(problem: Problem) -> Iterator[Convention]:
    """The variants that make a difference for a problem."""
    training, updates = problem.training, problem.updates
    if updates and len(problem.layers) > 1:
        if training.update_order == "simultaneous":
            yield Convention(
                "in_place",
                "The hidden gradients are made with output weights that were updated already; "
                "this problem updates all weights at once, after the backward pass.",
                problem.with_(update_order="in_place"),
            )
        else:
            yield Convention(
                "simultaneous",
                "The hidden gradients are made with the old output weights; "
                "this problem updates in place.",
                problem.with_(update_order="simultaneous"),
            )
    yield from _of_loss(problem)
    yield Convention(
        "delta_sign", "Delta is taken as -dE/dz, with the opposite sign.", problem, _negative_delta
    )
    yield from _of_biases(problem)
    if len(problem.batch(1)) > 1:
        other = "sum" if training.over_samples == "mean" else "mean"
        yield Convention(
            f"over_samples_{other}",
            f"The gradients are the {other} over the samples; this problem takes the {training.over_samples}.",
            problem.with_(over_samples=other),
        )
    yield from _of_samples(problem)
    yield from _of_weights(problem)
    if any(layer.activation.name in ("relu", "leaky_relu", "elu") for layer in problem.layers):
        yield Convention(
            "live_kink", "The slope at a net input of exactly 0 is taken as that of the live side.",
            problem, _live_kink,
        )  # fmt: skip
    if updates and training.optimizer.name == "momentum":
        yield Convention(
            "rate_in_velocity", "The learning rate is put inside the velocity: v = mu v + eta g.",
            problem, _rate_inside,
        )  # fmt: skip


def _of_loss(problem: Problem) -> Iterator[Convention]:
    loss, outputs = problem.training.loss, problem.sizes[-1]
    factor = {"half_squared_error": "squared_error", "squared_error": "half_squared_error"}
    if loss.name in factor:
        other = factor[loss.name]
        words = "without the factor 1/2" if other == "squared_error" else "with a factor 1/2"
        yield Convention(
            f"loss_{other}",
            f"The loss is taken {words}.",
            problem.with_(loss=replace(loss, name=other)),
        )
    if outputs > 1 and loss.name != "none":
        over = "mean" if problem.training.over_outputs == "sum" else "sum"
        yield Convention(
            f"over_outputs_{over}",
            f"The loss is the {over} over the outputs; this problem takes the {problem.training.over_outputs}.",
            problem.with_(over_outputs=over),
        )
    if loss.name in ("binary_cross_entropy", "cross_entropy"):
        for base, name in ((10.0, "log10"), (2.0, "log2")):
            yield Convention(
                name, f"The loss is made with the base-{base:.0f} logarithm; the natural one belongs here.",
                problem, _logarithm(1 / math.log(base)),
            )  # fmt: skip


def _of_biases(problem: Problem) -> Iterator[Convention]:
    if all(layer.bias is None for layer in problem.layers):
        return
    if problem.updates and problem.training.train_biases:
        yield Convention(
            "frozen_biases", "The biases are not updated; this problem updates them.",
            problem.with_(train_biases=False),
        )  # fmt: skip
    elif problem.updates:
        yield Convention(
            "trained_biases", "The biases are updated; this problem keeps them fixed.",
            problem.with_(train_biases=True),
        )  # fmt: skip
    sign = -problem.training.bias_input
    words = "z = w.x - b" if sign == -1 else "z = w.x + b"
    yield Convention("bias_input", f"The bias enters as {words}.", problem.with_(bias_input=sign))


def _of_weights(problem: Problem) -> Iterator[Convention]:
    square = [
        k
        for k, layer in enumerate(problem.layers)
        if len(layer.weights) == len(layer.weights[0]) > 1
        and tuple(zip(*layer.weights, strict=True)) != layer.weights
    ]
    for chosen in [[k] for k in square] + ([square] if len(square) > 1 else []):
        layers = tuple(
            replace(layer, weights=tuple(zip(*layer.weights, strict=True)))
            if k in chosen
            else layer
            for k, layer in enumerate(problem.layers)
        )
        which = (
            "weight matrices are"
            if len(chosen) > 1
            else f"weight matrix of layer {chosen[0] + 1} is"
        )
        ids = "_".join(str(k + 1) for k in chosen)
        yield Convention(
            f"columns_{ids}", f"The {which} read by columns.", replace(problem, layers=layers)
        )


def _of_samples(problem: Problem) -> Iterator[Convention]:
    """A sample that was left out throughout, from the sum alone or from its number too."""
    if not 1 < len(problem.samples) <= _FEW_SAMPLES:
        return
    for s in range(1, len(problem.samples) + 1):
        for fewer in (True, False) if problem.training.over_samples == "mean" else (False,):
            words = "" if fewer else ", though it is counted among them"
            yield Convention(
                f"without_sample_{s}" + ("" if fewer else "_counted"),
                f"Sample {s} is left out of what is made of all samples{words}.",
                problem, _without_sample(s, fewer=fewer), "sample_omitted",
            )  # fmt: skip


# ---------------------------------------------------------------- habits
def _without_sample(sample: int, *, fewer: bool) -> Habit:
    def habit(symbol: Symbol, definition: Definition) -> Definition:
        parts = [s for s in symbols(definition.formula) if s.sample and s.kind == symbol.kind]
        left = [s for s in parts if s.sample == sample]
        if symbol.sample or symbol.kind not in PARTED or not left or len(parts) < 2:
            return definition
        rest = swap(definition.formula, dict.fromkeys(left, ZERO))
        return Definition(mul(Num(len(parts) / (len(parts) - 1)), rest) if fewer else rest)

    return habit


def _negative_delta(symbol: Symbol, definition: Definition) -> Definition:
    reads_delta = any(s.kind == "delta" for s in symbols(definition.formula))
    if symbol.kind == "delta" or reads_delta:
        rule = turned(definition.rule) if definition.rule else None
        return Definition(turned(definition.formula), rule=rule)
    return definition


def _logarithm(factor: float) -> Habit:
    def change(node: Formula) -> Formula:
        match node:
            case Fn(function, _) if function in (XLOGY, LN):
                return Mul((Num(factor), node))
            case _:
                return node

    def habit(symbol: Symbol, definition: Definition) -> Definition:
        if symbol.kind != "loss":
            return definition
        return Definition(changed(definition.formula, change))

    return habit


def _live_kink(symbol: Symbol, definition: Definition) -> Definition:
    formula = definition.formula
    if symbol.kind == "da_dz" and isinstance(formula, Cases) and formula.relation == ">":
        formula = replace(formula, relation=">=")
    return Definition(formula, definition.stable, definition.rule)


def _rate_inside(symbol: Symbol, definition: Definition) -> Definition:
    if symbol.kind in ("velocity_w", "velocity_b"):
        gradients = [
            s
            for s in symbols(definition.formula)
            if not s.kind.startswith(("velocity", "momentum"))
        ]
        return Definition(
            swap(definition.formula, {g: Mul((Sym(RATE), Sym(g))) for g in gradients})
        )
    if symbol.kind in ("new_w", "new_b", "step_w", "step_b"):
        return Definition(without(definition.formula, RATE))
    return definition
