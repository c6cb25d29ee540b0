"""Update rules as formulas over a vector of parameters: shared by the engines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalkgrad.formula import ONE, Add, Div, Formula, Mul, children, rebuilt, symbols
from chalkgrad.training.arrays import Lines, named
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


def by_reciprocals(code: UpdateCode) -> UpdateCode:
    """The same rule; what is divided by a number that all parameters share is multiplied by its reciprocal.

    A vector takes ten times as long to divide as to multiply, and the table of a run holds the reciprocals.
    """

    def shared(node: Formula) -> bool:
        read = {s.kind for s in symbols(node)}
        return read <= code.constants.keys() | set(NUMBERS) and not read.isdisjoint(NUMBERS)

    def go(node: Formula) -> Formula:
        node = rebuilt(node, go)
        if isinstance(node, Div) and shared(node.bottom) and not shared(node.top):
            return Mul((node.top, Div(ONE, node.bottom)))
        return node

    memory = tuple((name, go(formula)) for name, formula in code.memory)
    return replace(code, gradient=go(code.gradient), memory=memory, decrease=go(code.decrease))


def numbers_of(code: UpdateCode) -> tuple[Formula, ...]:
    """The largest parts of a rule that are the same for all parameters and change from step to step."""
    found: dict[Formula, None] = {}

    def look(node: Formula) -> None:
        read = {s.kind for s in symbols(node)}
        if read.isdisjoint(NUMBERS):
            return
        if read <= code.constants.keys() | set(NUMBERS):
            found[node] = None
        else:
            for part in children(node):
                look(part)

    for node in (code.gradient, *(formula for _, formula in code.memory), code.decrease):
        look(node)
    return tuple(found)


def table_source(code: UpdateCode) -> str:
    """Python text that gives those numbers for rates ``lr`` and numbers of updates ``k``."""
    names = {"lr": "lr", "update": "k"} | {k: repr(v) for k, v in code.constants.items()}
    lines = Lines(names, code.constants)
    parts = [lines.write(node) for node in numbers_of(code)]
    body = "".join(f"    {line}\n" for line in lines.text)
    return f"def table(lr, k):\n{body}    return [{', '.join(parts)}]\n"
