"""Update rules as formulas over a vector of parameters: shared by the engines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalkgrad.formula import Add, Formula, Mul, symbols
from chalkgrad.training.arrays import named
from chalkgrad.updates import UPDATES, WEIGHT_DECAY, Terms

if TYPE_CHECKING:
    from chalkgrad.training.architecture import Architecture

NUMBERS = ("lr", "update")
"""What an update reads beside vectors and constants: the rate and the number of the update."""


@dataclass(frozen=True)
class UpdateCode:
    """The formulas of one rule, in terms of the vectors p, g and what is remembered.

    Attributes:
        gradient: the gradient with weight decay in it, where it acts there.
        memory: name and formula of each remembered quantity, in order; ``before_`` names its last value.
        decrease: what is taken off the parameter.
        kept: the remembered quantities that the next update reads.
        constants: the constants, which the formulas name like numbers.
    """

    gradient: Formula
    memory: tuple[tuple[str, Formula], ...]
    decrease: Formula
    kept: tuple[str, ...]
    constants: dict[str, float]


def update_code(architecture: Architecture) -> UpdateCode:
    """The formulas of an architecture's update rule."""
    rule = UPDATES[architecture.training.optimizer.name]
    constants = architecture.constants
    p, g = named("p"), named("g")
    gradient: Formula = Add((g, Mul((named(WEIGHT_DECAY), p)))) if architecture.decays else g
    terms = Terms(
        p=p,
        g=named("decayed") if architecture.decays else g,
        eta=named("lr"),
        k=named("update"),
        const=named,
        now=named,
        before=lambda name: named(f"before_{name}"),
    )
    memory = tuple((name, make(terms)) for name, make in rule.memory.items())
    decrease = rule.decrease(terms)
    read = {s.kind for formula in (*(f for _, f in memory), decrease) for s in symbols(formula)}
    kept = tuple(name for name in rule.memory if f"before_{name}" in read)
    return UpdateCode(gradient, memory, decrease, kept, constants)
