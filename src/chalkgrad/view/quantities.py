"""The record of each quantity: words, symbols, formulas by style, what it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.boxes import Id, to_plain
from chalkgrad.formula import Mul, Sym, symbols
from chalkgrad.sentences import named, say
from chalkgrad.typesetting import typeset
from chalkgrad.view.matrices import Matrices, matrix_rule
from chalkgrad.view.names import (
    derivative_template,
    derived,
    in_batch,
    part_of,
    pieces,
    place,
    spelling,
    view_name,
    words,
)
from chalkgrad.view.templates import branches, number_template, shape_of, symbol_template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chalkgrad.formula import Formula
    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Definition, Plan
    from chalkgrad.problem import Problem
    from chalkgrad.spelling import Speller

DRAWN = ("x", "t", "w", "b", "z", "a", "loss", "delta")
"""Kinds whose symbols are written in the drawing."""
Record = dict[str, Any]


class Writer:
    """Writes records; holds the templates that they share and the symbols that they mention."""

    def __init__(
        self,
        problem: Problem,
        plans: Mapping[str, Plan],
        notations: Mapping[str, Speller],
        language: str,
    ) -> None:
        self.problem, self.plans, self.notations = problem, plans, notations
        self.language = language
        self.several = in_batch(problem)
        self.templates: dict[str, int] = {}
        self.says: dict[str, int] = {}
        self.mentioned: dict[Symbol, str] = {}
        self.matrices = Matrices(problem, self.name)

    # ---------------------------------------------------------------- small parts
    def name(self, symbol: Symbol) -> str:
        """The view's name of a symbol, which is noted as mentioned."""
        known = self.mentioned.get(symbol)
        if known is None:
            known = self.mentioned[symbol] = view_name(symbol, self.several)
        return known

    def names(self, found: Iterable[Symbol]) -> list[str]:
        """The names of symbols."""
        return [self.name(symbol) for symbol in found]

    def template(self, text: str) -> int:
        """The number of a template."""
        return self.templates.setdefault(text, len(self.templates))

    def spelled(self, symbol: Symbol) -> Record:
        """What every quantity has: words, place, symbols."""
        made: Record = {
            "kind": part_of(symbol.kind),
            "el": place(symbol, self.problem),
            "words": words(symbol, self.problem, self.language),
            "sym": self.spellings(symbol),
        }
        if symbol.sample and self.several:
            made["syms"] = self.spellings(symbol, marked=True)
        if symbol.kind in DRAWN:
            made["draw"] = _shared({k: pieces(symbol, s) for k, s in self.notations.items()})
        return made

    def spellings(self, symbol: Symbol, *, marked: bool = False) -> Record | list[Any]:
        """A symbol by notation; a derivative as a template with the symbols that it is made of."""
        parts = [] if self.own_names(symbol) else derived(symbol, self.problem)
        if not parts:
            made = {k: spelling(symbol, s, marked=marked) for k, s in self.notations.items()}
            return _shared(made)
        template = self.template(derivative_template(symbol.sample if marked else 0))
        return [template, self.names(parts)]

    def own_names(self, symbol: Symbol) -> bool:
        """Whether the problem file has a name of its own for a quantity."""
        own = self.notations.get("names")
        bare = (symbol.kind, symbol.index)
        return own is not None and any((s.kind, s.index) == bare for s in own.names)

    # ---------------------------------------------------------------- records
    def record(self, symbol: Symbol) -> Record:
        """Everything about one quantity that does not change with the numbers."""
        made = self.spelled(symbol)
        if symbol.kind.startswith("dz_"):
            made["uses"] = {}
            return made
        rules: Record = {}
        uses: Record = {}
        chips: Record = {}
        for style, plan in self.plans.items():
            if plan.constant(symbol) is not None or symbol.kind in ("w", "b"):
                continue
            definition = plan.definition(symbol)
            rules[style], uses[style] = self.rule(definition)
            if style == "matrix" and not (self.several and not symbol.sample):
                rules[style] = matrix_rule(self.matrices, symbol, self.template) or rules[style]
            factors = self.factors(definition)
            if factors:
                chips[style] = factors
        made["uses"] = _same(uses)
        if rules:
            made["rule"] = _same(rules)
            made["say"] = self.says.setdefault(self.said(symbol), len(self.says))
        else:
            made["given"] = 1
        if chips:
            made["chips"] = _same(chips)
        if symbol.kind == "new_b" and not self.problem.training.train_biases:
            made["note"] = say("note_frozen", self.language)
        return made

    def rule(self, definition: Definition) -> tuple[Record, list[str]]:
        """The templates of one definition, and the names in their places."""
        shape = shape_of(definition.formula)
        forks = list(branches(shape.formula))
        made: Record = {"f": self.template(symbol_template(shape.formula, self.language))}
        if len(forks) == 0:
            made["n"] = self.template(number_template(shape.formula, (), self.language))
        else:
            made["n"] = [
                self.template(
                    number_template(
                        shape.formula,
                        tuple(bool(k >> n & 1) for n in range(len(forks))),
                        self.language,
                    )
                )
                for k in range(2 ** len(forks))
            ]
        if definition.rule and _plain(definition.rule) != _plain(definition.formula):
            found = shape_of(definition.rule)
            made["r"] = self.template(symbol_template(found.formula, self.language))
            made["ruses"] = self.names(found.reads)
        return made, self.names(shape.reads)

    def factors(self, definition: Definition) -> list[list[str]]:
        """A product's factors: the quantity, and what the chain rule calls it where that is another name."""
        formula, rule = definition.formula, definition.rule
        if not isinstance(formula, Mul) or not all(isinstance(f, Sym) for f in formula.factors):
            return []
        found = list(symbols(formula))
        called = list(symbols(rule)) if isinstance(rule, Mul) else found
        if len(called) != len(found):
            called = found
        return [
            [self.name(s), self.name(c) if c != s else ""]
            for s, c in zip(found, called, strict=True)
        ]

    def said(self, symbol: Symbol) -> str:
        """The rule of a quantity in words."""
        problem, kind, index = self.problem, symbol.kind, symbol.index
        batch = self.several and not symbol.sample and kind in ("loss", "grad_w", "grad_b")
        if batch:
            return say(f"rule_{problem.training.over_samples}", self.language)
        layer = index[0] if index and kind != "error" else 0
        output = layer == len(problem.layers)
        name = problem.layers[layer - 1].activation.name if layer else ""
        key = f"rule_{kind}"
        if kind == "grad_a" and layer == 0 and index:
            key = "rule_grad_a"
        elif kind == "grad_a":
            key = "rule_grad_a_output" if output else "rule_grad_a"
        elif kind == "delta" and output and problem.pairing:
            key = "rule_delta_paired"
        elif kind == "grad_b" and len(index) == 1:
            key = "rule_grad_b_shared"
        elif kind.startswith("new_"):
            key = "rule_new"
        elif kind.startswith("step_"):
            key = "rule_step"
        elif part_of(kind) == "memory":
            key = f"rule_{kind[:-2]}"
        feeds = problem.sizes[layer + 1] if layer < len(problem.layers) else 0
        return say(
            key,
            self.language,
            activation=name,
            loss=named(problem.training.loss.name.replace("_", " "), self.language),
            n=feeds,
        )


def _plain(formula: Formula) -> str:
    return to_plain(typeset(formula, lambda s: Id(str(s))))


def _shared(by_notation: dict[str, Any]) -> dict[str, Any]:
    """Spellings without those that are as in the notation by indices."""
    index = by_notation["index"]
    return {k: v for k, v in by_notation.items() if k == "index" or v != index}


def _same(by_style: dict[str, Any]) -> dict[str, Any]:
    """Entries by style without those that are as in the first one."""
    if not by_style:
        return {}
    first = next(iter(by_style))
    return {k: v for k, v in by_style.items() if k == first or v != by_style[first]}
