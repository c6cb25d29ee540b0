"""A working as the JSON object of ``chalkgrad.solve/1``: the same facts as the text, for machines."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from chalkgrad.boxes import Box, Id, Named, asciify, to_plain
from chalkgrad.notation import Symbol
from chalkgrad.spelling import contract_name
from chalkgrad.tex import to_tex
from chalkgrad.typesetting import numeral, typeset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.formula import Formula
    from chalkgrad.working import Step, Working


def to_json(working: Working, *, agreement: bool = False) -> str:
    """The object as text; infinite and undefined values are null, their ``shown`` says which."""
    made = to_object(working)
    if agreement:
        made["agreement"] = _agreement(working)
    text = json.dumps(made, ensure_ascii=False, allow_nan=False)
    if not text.isprintable():  # what acts on a terminal is escaped, so that it can be printed
        text = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
    return text + "\n"


def _agreement(working: Working) -> dict[str, object]:
    from chalkgrad.agreement import agreement

    result = agreement(working.problem, working.style)
    rows = [
        {
            "name": row.symbol.bare,
            "gradient": _finite(row.gradient),
            "difference": _finite(row.difference),
            "relative": _finite(row.relative),
        }
        for row in result.rows
    ]
    return {
        "worst": _finite(result.worst),
        "kinks": [s.bare for s in result.kinks],
        "gradients": rows,
    }


def to_object(working: Working) -> dict[str, object]:
    """The object: names without prefix, iteration and sample apart (null for what is of the batch)."""
    problem, policy = working.problem, working.policy
    speller = problem.speller(working.notation)
    samples = len(problem.samples)

    def text(formula: Formula, about: Symbol) -> str:
        def spell(symbol: Symbol) -> Box:
            name = contract_name(symbol, about, samples)
            return Named(name, Id(name))

        return asciify(to_plain(typeset(formula, spell, language=working.language)))

    def quantity(step: Step, iteration: int) -> dict[str, object]:
        symbol = step.symbol

        def spell(other: Symbol) -> Box:
            return speller(other, symbol)

        formula = step.definition.formula
        numbers = step.with_numbers(formula)
        chain = [
            spell(symbol),
            typeset(formula, spell, language=working.language),
            typeset(numbers, spell, language=working.language),
            numeral(step.text, working.language),
        ]
        return {
            "name": symbol.bare,
            "iteration": symbol.iteration or iteration,
            "sample": symbol.sample or None,
            "tex": " = ".join(map(to_tex, chain)),
            "formula": text(formula, symbol),
            "substituted": text(numbers, symbol),
            "value": _finite(step.value),
            "shown": step.text,
            "follows": not step.marked,
        }

    def written(symbol: Symbol, value: float) -> dict[str, object]:
        return {
            "name": symbol.bare,
            "sample": symbol.sample or None,
            "value": _finite(float(value)),
            "shown": working.text_of(symbol, value),
        }

    numbered = list(enumerate(working.losses, 1))
    return {
        "schema": "chalkgrad.solve/1",
        "title": problem.title,
        "policy": {
            "mode": policy.mode,
            "digits": policy.digits.kind,
            "count": policy.digits.count,
            "rounding": policy.digits.rounding,
            "by_name": {name: str(digits) for name, digits in policy.by_name},
        },
        "style": working.style,
        "sizes": list(problem.sizes),
        "given": [written(symbol, value) for symbol, value in _given(working)],
        "quantities": [
            quantity(step, i.number)
            for i in working.iterations
            for step in i.steps()
            if working.chosen(step, i.number)
        ],
        "losses": [_finite(loss) for loss in working.losses],
        "losses_shown": [working.text_of(Symbol("loss", (), k), v) for k, v in numbered],
        "updates": working.updates,
        "stopped": working.stopped or None,
        "final": [written(s, v) for s, v in working.final.items() if s.kind in ("w", "b")],
    }


def _given(working: Working) -> Iterator[tuple[Symbol, float]]:
    """What the problem gives: inputs and targets, weights and biases; of one training step what its lines read."""
    problem = working.problem
    if working.most_terms:
        shown = [s for i in working.iterations for s in i.steps() if working.chosen(s, i.number)]
        values = {symbol: v for step in shown for symbol, v in step.values.items()}
        yield from ((s, v) for s, v in values.items() if s.kind in ("x", "t", "w", "b"))
        return
    for s, sample in enumerate(problem.samples, 1):
        for kind, values_ in (("x", sample.input), ("t", sample.target)):
            yield from ((Symbol(kind, (i,), 0, s), v) for i, v in enumerate(values_, 1))
    for number, layer in enumerate(problem.layers, 1):
        for j, row in enumerate(layer.weights, 1):
            yield from ((Symbol("w", (number, j, i)), v) for i, v in enumerate(row, 1))
        if isinstance(layer.bias, tuple):
            yield from ((Symbol("b", (number, j)), v) for j, v in enumerate(layer.bias, 1))
        elif layer.bias is not None:
            yield Symbol("b", (number,) if layer.shares_bias else (number, 1)), layer.bias


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
