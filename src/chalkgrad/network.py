"""The writer of definitions for a multilayer perceptron: the only module that knows backpropagation.

Styles differ in which quantities the gradients are made of: ``chain`` multiplies the named factors
dE/da, da/dz and dz/dw; ``delta`` works out delta = dE/dz first, in one line from activations and targets;
``matrix`` makes delta of its two factors, as the Hadamard product does. They agree in value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.activations import ACTIVATIONS, number, parameters
from chalkgrad.errors import RequestError
from chalkgrad.formula import ONE, ZERO, Add, Div, Formula, Mul, Neg, Num, Sym, add, mean, mul, sub
from chalkgrad.losses import LOSSES, NO_LOSS, PAIRINGS
from chalkgrad.notation import KINDS, MEMORIES, Symbol
from chalkgrad.order import Order
from chalkgrad.plan import Definition, Plan
from chalkgrad.updates import WEIGHT_DECAY, Terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.problem import Problem

STYLES = ("chain", "delta", "matrix")


def make_plan(problem: Problem, style: str = "chain") -> Plan:
    """The plan of a problem in a style: ``chain``, ``delta`` or ``matrix``."""
    writer = _Writer(problem, style)
    return Plan(writer.define, writer.constant, writer.groups, writer.state, writer.loss_symbol)


class _Writer(Order):
    """Writes definitions; a method named after a kind makes the formula of that kind."""

    def define(self, symbol: Symbol) -> Definition:
        kind = symbol.kind
        if KINDS[kind].of_sample and not symbol.sample:
            raise RequestError(f'"{symbol.bare}" belongs to a sample: s1.{symbol.bare} and so on')
        stem, _, which = kind.rpartition("_")
        if kind not in ("w", "b", "z", "a") and not self.learns:
            raise RequestError(f'"{symbol}" needs a loss: the problem has loss = "{NO_LOSS}"')
        if kind in ("w", "b"):
            before = Symbol(f"new_{kind}", symbol.index, symbol.iteration - 1)
            return Definition(Sym(before))
        if stem in ("new", "step") or stem in MEMORIES:
            if not self.problem.updates:
                raise RequestError(f'"{symbol}" needs a learning_rate, the problem has none')
            if (
                stem in MEMORIES
                and stem not in self.rule.memory
                and not (stem == "decayed" and self.decays)
            ):
                raise RequestError(f'"{symbol}" is nothing that {self.rule.name} remembers')
            frozen = which == "b" and not self.training.train_biases
            return Definition(self._of_update(symbol, stem, which), kept=frozen and stem == "new")
        if kind in ("grad_w", "grad_b") and not symbol.sample:
            batch = self.problem.batch(symbol.iteration)
            if len(batch) > 1:
                parts = [Sym(symbol._replace(sample=s)) for s in batch]
                return Definition(self._over_samples(parts))
            symbol = symbol._replace(sample=batch[0])
        make = getattr(self, f"_{kind}", None)
        if make is None:  # a constant of another update rule
            raise RequestError(f'"{symbol.bare}" is not part of this problem')
        made = make(symbol, *symbol.index)
        return made if isinstance(made, Definition) else Definition(made)

    def _over_samples(self, parts: list[Sym]) -> Formula:
        return add(*parts) if self.training.over_samples == "sum" else mean(*parts)

    def _over_outputs(self, formula: Formula) -> Formula:
        """A loss term's derivative with the factor 1/n of a mean over the outputs."""
        n = self.sizes[-1]
        if self.training.over_outputs == "sum" or n == 1 or formula == ZERO:
            return formula
        return mul(Div(ONE, Num(float(n))), formula)

    # ---- forward
    def _z(self, symbol: Symbol, layer: int, j: int) -> Formula:
        terms: list[Formula] = [
            mul(
                Sym(Symbol("w", (layer, j, i), symbol.iteration)), self.neuron(symbol, layer - 1, i)
            )
            for i in self.units(layer - 1)
        ]
        record = self.problem.layers[layer - 1]
        if record.bias is not None:
            bias = Sym(
                Symbol("b", (layer,) if record.shares_bias else (layer, j), symbol.iteration)
            )
            terms.append(bias if self.training.bias_input == 1 else Neg(bias))
        return add(*terms)

    def _activation(self, symbol: Symbol, layer: int) -> tuple[Callable[..., Formula], ...]:
        choice = self.problem.layers[layer - 1].activation
        row = ACTIVATIONS[choice.name]
        params = parameters(choice.filled(row.params))
        zs = (
            tuple(self.at(symbol, "z", layer, k) for k in self.units(layer))
            if row.whole_layer
            else ()
        )
        return (
            lambda z: row.value(z, *zs, *params),
            lambda z, a: row.slope(z, a, *params),
        )

    def _a(self, symbol: Symbol, layer: int, j: int) -> Formula:
        if layer == 0:
            return self.neuron(symbol, 0, j)
        return self._activation(symbol, layer)[0](self.at(symbol, "z", layer, j))

    # ---- loss
    def _terms(self, symbol: Symbol, j: int) -> tuple[Formula, ...]:
        row = LOSSES[self.training.loss.name]
        a = self.at(symbol, "a", self.depth, j)
        params = parameters(self.training.loss.filled(row.params))
        return (a, *((Sym(Symbol("t", (j,), 0, symbol.sample)),) if row.takes else ()), *params)

    def _loss(self, symbol: Symbol) -> Definition:
        batch = self.problem.batch(symbol.iteration)
        if not symbol.sample:
            if len(batch) > 1:
                parts = [Sym(symbol._replace(sample=s)) for s in batch]
                return Definition(self._over_samples(parts))
            symbol = symbol._replace(sample=batch[0])
        row = LOSSES[self.training.loss.name]
        outputs = self.units(self.depth)
        reduce = mean if self.training.over_outputs == "mean" else _sum
        formula = reduce(*(row.value(*self._terms(symbol, j)) for j in outputs))
        pair = PAIRINGS.get((self.problem.layers[-1].activation.name, row.name))
        if not pair:
            return Definition(formula)
        zs = tuple(self.at(symbol, "z", self.depth, k) for k in outputs)
        params = self._pair_params()
        stable = [
            pair.stable(zs[j - 1], Sym(Symbol("t", (j,), 0, symbol.sample)), zs, *params)
            for j in outputs
        ]
        return Definition(formula, stable=reduce(*stable))

    def _pair_params(self) -> tuple[Num, ...]:
        choice = self.problem.layers[-1].activation
        return parameters(choice.filled(ACTIVATIONS[choice.name].params))

    def _error(self, symbol: Symbol, j: int) -> Formula:
        t = Sym(Symbol("t", (j,), 0, symbol.sample))
        return sub(t, self.at(symbol, "a", self.depth, j))

    # ---- backward
    def _loss_slope(self, symbol: Symbol, j: int) -> Formula:
        row = LOSSES[self.training.loss.name]
        return self._over_outputs(row.slope(*self._terms(symbol, j)))

    def _weight_back(self, symbol: Symbol, layer: int, k: int, i: int) -> Sym:
        """The weight through which a delta goes back: the updated one where updates are made in place.

        To the inputs nothing goes back in training, so their gradient keeps the weights it belongs to.
        """
        early = layer > 1 and self.training.update_order == "in_place" and self.problem.updates
        return self.of_batch(symbol, "new_w" if early else "w", (layer, k, i))

    def _grad_a(self, symbol: Symbol, layer: int, i: int) -> Definition:
        if layer == self.depth:
            return Definition(self._loss_slope(symbol, i))
        terms, rule = [], []
        for k in self.units(layer + 1):
            way = self._weight_back(symbol, layer + 1, k, i)
            terms.append(mul(*self._signal(symbol, layer + 1, k), way))
            factor = self.at(symbol, "dz_da", layer + 1, k, i)
            rule.append(mul(*self._signal(symbol, layer + 1, k, named=True), factor))
        return Definition(add(*terms), rule=add(*rule) if self.chain else None)

    def _signal(
        self, symbol: Symbol, layer: int, j: int, *, named: bool = False
    ) -> tuple[Sym, ...]:
        """dE/dz as this style has it: delta, or the two factors; for the rule always the factors."""
        whole = ACTIVATIONS[self.problem.layers[layer - 1].activation.name].whole_layer
        if not self.chain or whole or (self.paired(layer) and not named):
            return (self.at(symbol, "delta", layer, j),)
        return (self.at(symbol, "grad_a", layer, j), self.at(symbol, "da_dz", layer, j))

    def _da_dz(self, symbol: Symbol, layer: int, j: int) -> Formula:
        z, a = self.at(symbol, "z", layer, j), self.at(symbol, "a", layer, j)
        return self._activation(symbol, layer)[1](z, a)

    def _delta(self, symbol: Symbol, layer: int, j: int) -> Definition:
        grad_a, da_dz = self.at(symbol, "grad_a", layer, j), self.at(symbol, "da_dz", layer, j)
        whole = ACTIVATIONS[self.problem.layers[layer - 1].activation.name].whole_layer
        rule = None if whole else Mul((grad_a, da_dz))
        if self.paired(layer):
            pair = PAIRINGS[self.problem.layers[-1].activation.name, self.training.loss.name]
            a, t = self._terms(symbol, j)[:2]
            return Definition(self._over_outputs(pair.delta(a, t, *self._pair_params())), rule=rule)
        if self.two_factors:
            return Definition(Mul((grad_a, da_dz)))
        slope = self._da_dz(symbol, layer, j)
        back = self._grad_a(symbol, layer, j).formula
        return Definition(mul(slope, back), rule=rule)

    def _grad_w(self, symbol: Symbol, layer: int, j: int, i: int) -> Definition:
        source = self.neuron(symbol, layer - 1, i)
        formula = mul(*self._signal(symbol, layer, j), source)
        rule = None
        if self.chain:
            factor = self.at(symbol, "dz_dw", layer, j, i)
            rule = mul(*self._signal(symbol, layer, j, named=True), factor)
        return Definition(formula, rule=rule)

    def _grad_b(self, symbol: Symbol, layer: int, *at: int) -> Definition:
        neurons = at or self.units(layer)
        terms: list[Formula] = [mul(*self._signal(symbol, layer, j)) for j in neurons]
        if self.training.bias_input == -1:
            terms = [Neg(term) for term in terms]
        rule = None
        if self.chain:
            rule = add(
                *(
                    mul(
                        *self._signal(symbol, layer, j, named=True),
                        self.at(symbol, "dz_db", layer, j),
                    )
                    for j in neurons
                )
            )
        return Definition(add(*terms), rule=rule)

    def _dz_dw(self, symbol: Symbol, layer: int, j: int, i: int) -> Formula:
        return self.neuron(symbol, layer - 1, i)

    def _dz_db(self, symbol: Symbol, layer: int, j: int) -> Formula:
        return number(float(self.training.bias_input))

    def _dz_da(self, symbol: Symbol, layer: int, k: int, i: int) -> Formula:
        return self._weight_back(symbol, layer, k, i)

    # ---- updates
    def _of_update(self, symbol: Symbol, stem: str, which: str) -> Formula:
        index, iteration = symbol.index, symbol.iteration
        here = Sym(Symbol(which, index, iteration))
        if which == "b" and not self.training.train_biases:
            return here if stem == "new" else ZERO
        gradient = Sym(Symbol(f"grad_{which}", index, iteration))

        def remembered(kind: str, when: int) -> Sym:
            return Sym(Symbol(f"{kind}_{which}", index, when))

        def const(name: str) -> Sym:
            return Sym(Symbol(name, (), 0))

        if stem == "decayed":
            return Add((gradient, Mul((const(WEIGHT_DECAY), here))))
        terms = Terms(
            p=here,
            g=remembered("decayed", iteration) if self.decays else gradient,
            eta=Sym(Symbol("lr", (), 0)),
            k=Sym(Symbol("update", (), iteration)),
            const=const,
            now=lambda kind: remembered(kind, iteration),
            before=lambda kind: remembered(kind, iteration - 1),
        )
        if stem in self.rule.memory:
            return self.rule.memory[stem](terms)
        decrease = self.rule.decrease(terms)
        return sub(here, decrease) if stem == "new" else Neg(decrease)


def _sum(*terms: Formula) -> Formula:
    """A sum of sums as one list of terms."""
    out: list[Formula] = []
    for term in terms:
        out += term.terms if isinstance(term, Add) else [term]
    return add(*out)
