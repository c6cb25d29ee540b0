"""Update rules in general letters that leave the learning rate out: ``W_new = W_old - dL/dW``.

A rule is only called wrong in a document whose own updates multiply the gradient by the rate of the problem,
and that nowhere says why the rule has none: a rate of 1, a rule with the rate for the same letter, a step that
holds it, or words that speak of scaling it.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from chalkgrad.auditing.derivatives import Derivative, derivative
from chalkgrad.auditing.entities import same
from chalkgrad.auditing.grids import Grid
from chalkgrad.auditing.records import OK
from chalkgrad.auditing.slipped import slipped
from chalkgrad.formula import Add, Neg, Num, Pow, Sym, symbols

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.auditing.bench import Bench
    from chalkgrad.auditing.entities import Entity
    from chalkgrad.auditing.grids import Value
    from chalkgrad.auditing.records import Finding
    from chalkgrad.auditing.sides import Chain, Side

_CORE = re.compile(
    r"(?:[Ww]|[Bb]|[Tt]heta|[Oo]mega|[Ww]eights?|[Bb]ias(?:es)?)(?:[ijk]{1,2})?(?:\^?[(\[]?[lL][)\]]?)?"
)
_NEW = re.compile(
    r"(?:(?:new|updated):?(?P<after>.+)|(?P<before>.+?),?\^?\(?(?:new|updated|next|[tkn]\+1|\+|')\)?)",
    re.IGNORECASE,
)
_OLD = re.compile(
    r"(?:(?:old|current):?(?P<after>.+)|(?P<before>.+?)(?:,?\^?\(?(?:old|current|[tkn])\)?)?)",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"""scal|proportion|direction|multipl|(?<!\\)times\b|absorb|includ|contain|introduc
    |ignor|omit|without|leav\w*\ out|left\ out|drop|simpl|naive|basic|first\ (?:idea|attempt|try)
    |too\ (?:large|big)|wrong|mistake|not\b|newton|hessian|(?:full|unit)\ step
    |(?:rate|step\ size|eta|alpha|lr)\W{0,6}(?:of|to|is|as|be|=)?\W{0,4}(?:1(?![.\d])|one\b)""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words that can say why a rule has no rate."""
_AROUND = 400
_LONGEST = 40


class _Rule(NamedTuple):
    """An update rule in general letters: the letter, and whether it is the old value less a gradient alone."""

    letter: str
    bare: bool


def rules_without_rate(bench: Bench) -> Iterator[Finding]:
    """The rules of a document that leave the rate out."""
    rules = [(c, rule) for c in bench.chains if (rule := _rule(bench, c)) is not None]
    rate = bench.world.get("lr", (), 0, 0)
    if rate is None or rate.true == 1 or not any(rule.bare for _, rule in rules):
        return
    if not _plain_descent(bench, rate) or not _used(bench, rate) or _step_holds_rate(bench):
        return
    whole = {rule.letter.casefold() for _, rule in rules if not rule.bare}
    until = _rate_of_one(bench) - _AROUND
    text = bench.source.text
    for chain, rule in rules:
        first, second = chain.sides[0], chain.sides[1]
        before = text[max(0, first.start - _AROUND) : first.start]
        told = _TOLD.search(before + text[second.end : second.end + _AROUND])
        if rule.bare and rule.letter.casefold() not in whole and first.start < until and not told:
            yield slipped(
                bench, second,
                f"the learning rate is missing: the updates here multiply the gradient by {rate.true:g}",
            )  # fmt: skip


# ---------------------------------------------------------------- what a rule is
def _rule(bench: Bench, chain: Chain) -> _Rule | None:
    if len(chain.sides) < 2:
        return None
    first, second = chain.sides[0], chain.sides[1]
    if second.relation not in ("=", "←") or first.passage != second.passage:
        return None
    left, value = _written(first.value), second.value
    if not 0 < len(left) < _LONGEST or not isinstance(value, Add) or len(value.terms) != 2:
        return None
    old = _written(value.terms[0])
    letter = _letter(left, old)
    if not letter or not isinstance(value.terms[1], Neg):
        return None
    step = value.terms[1].body
    made = (
        derivative(re.sub(r"\^\((\w+)\)", r"^\1", step.name.kind))
        if isinstance(step, Sym)
        else None
    )
    bare = made is not None and _of_loss(bench, made) and made.bottom in (old, letter)
    return _Rule(letter, bare and not any(_holds_rate(bench, s) for s in chain.sides))


def _letter(left: str, old: str) -> str:
    """The letter of which the left side is the new value, and the right one has the old; "" if it is none."""
    new, was = _NEW.fullmatch(left), _OLD.fullmatch(old)
    letters = {was["after"] or was["before"], old} if was else set()
    letter = old if left == old else (new["after"] or new["before"]) if new else ""
    return letter if letter in letters and _CORE.fullmatch(letter) else ""


def _written(value: Value | None) -> str:
    """A name, or one with its step above it; "" for anything else."""
    match value:
        case Sym(symbol):
            return symbol.kind
        case Pow(Sym(symbol), Sym(step)):
            return f"{symbol.kind}^{step.kind}"
        case Pow(Sym(symbol), Add((Sym(step), Num(value=1)))):
            return f"{symbol.kind}^{step.kind}+1"
        case _:
            return ""


def _of_loss(bench: Bench, made: Derivative) -> bool:
    return any(
        e.symbol is not None and e.symbol.kind == "loss" for e in bench.namer.meanings(made.top)
    )


# ---------------------------------------------------------------- what else the document says
def _plain_descent(bench: Bench, rate: Entity) -> bool:
    """Whether the problem's new weights are the old ones less the rate times the gradient."""
    new = next((e for s, e in bench.world.entities.items() if s.kind == "new_w"), None)
    if new is None or new.symbol is None:
        return False
    was = bench.world.get("w", new.symbol.index, new.symbol.iteration)
    grad = bench.world.get("grad_w", new.symbol.index, new.symbol.iteration)
    if was is None or grad is None:
        return False
    return same(new.other, was.other - rate.other * grad.other)


def _used(bench: Bench, rate: Entity) -> bool:
    """Whether the document works an update out with the rate."""
    for chain in bench.chains:
        heads = {e.symbol.kind for n in chain.names for e in bench.namer.meanings(n) if e.symbol}
        if heads.isdisjoint(("new_w", "new_b")):
            continue
        for fig in (f for s in chain.sides if s.literal is None for f in s.figures):
            meant, mark = bench.meant.get(fig.start), bench.marks.get(fig)
            if meant == rate and mark is not None and mark.verdict == OK:
                return True
    return False


def _rate_of_one(bench: Bench) -> float:
    """Where the document first gives a rate of 1; infinity if it does so nowhere."""
    return next(
        (
            chain.sides[0].start
            for chain in bench.chains
            if any(_is_rate(bench, s.name) for s in chain.labels)
            and any(f.value == 1 for s in chain.sides if (f := s.literal) is not None)
        ),
        math.inf,
    )


def _step_holds_rate(bench: Bench) -> bool:
    """Whether the rate stands in what a derivative is set equal to: a step that is called a gradient."""
    return any(
        derivative(chain.sides[0].name) is not None
        and any(_holds_rate(bench, s) for s in chain.sides[1:])
        for chain in bench.chains
    )


def _is_rate(bench: Bench, name: str) -> bool:
    return any(e.label == "lr" for e in bench.namer.meanings(name)) if name else False


def _holds_rate(bench: Bench, side: Side) -> bool:
    """Whether the rate stands in a side by its name."""
    if side.value is None or isinstance(side.value, Grid):
        return False
    return any(_is_rate(bench, s.kind) for s in symbols(side.value))
