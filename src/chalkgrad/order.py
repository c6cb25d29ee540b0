"""Which quantities a network has, and in which order they are worked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.formula import Sym
from chalkgrad.losses import NO_LOSS
from chalkgrad.notation import MEMORIES, Symbol
from chalkgrad.plan import Group
from chalkgrad.updates import UPDATES, WEIGHT_DECAY, update_params

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalkgrad.problem import Problem


class Order:
    """What a problem gives, the quantities that its network has, and the groups in which they are worked."""

    def __init__(self, problem: Problem, style: str) -> None:
        self.problem = problem
        self.training = problem.training
        self.chain = style == "chain"
        self.two_factors = style != "delta"
        self.sizes = problem.sizes
        self.depth = len(problem.layers)
        self.rule = UPDATES[self.training.optimizer.name]
        self.constants = self.training.optimizer.filled(update_params(self.rule))
        self.learns = self.training.loss.name != NO_LOSS
        self.decays = bool(self.constants[WEIGHT_DECAY]) and not self.rule.decoupled

    def constant(self, symbol: Symbol) -> float | None:
        """The number that the problem gives for a quantity, or None where it is worked out."""
        kind, index, iteration, sample = symbol
        samples = self.problem.samples
        if kind in ("x", "t"):
            if not sample:
                return None
            row = samples[sample - 1]
            return (row.input if kind == "x" else row.target)[index[0] - 1]
        if kind in ("w", "b") and (
            iteration <= 1 or (kind == "b" and not self.training.train_biases)
        ):
            layer = self.problem.layers[index[0] - 1]
            if kind == "w":
                return layer.weights[index[1] - 1][index[2] - 1]
            bias = layer.bias
            return bias[index[1] - 1] if isinstance(bias, tuple) else bias
        if kind == "lr":
            return self.training.learning_rate
        if kind == "update":
            return float(iteration)
        if kind in self.constants:
            return self.constants[kind]
        if iteration == 0 and kind[:-2] in MEMORIES:
            return 0.0
        return None

    # ---------------------------------------------------------------- names
    def units(self, layer: int) -> range:
        """The neurons of a layer, or the inputs, from 1."""
        return range(1, self.sizes[layer] + 1)

    def weights(self, layer: int) -> list[tuple[int, int, int]]:
        """The indices of the weights into a layer: layer, to, from."""
        return [(layer, j, i) for j in self.units(layer) for i in self.units(layer - 1)]

    def biases(self, layer: int) -> list[tuple[int, ...]]:
        """The indices of the biases of a layer; of a shared one, the layer alone."""
        record = self.problem.layers[layer - 1]
        if record.bias is None:
            return []
        return [(layer,)] if record.shares_bias else [(layer, j) for j in self.units(layer)]

    def neuron(self, symbol: Symbol, layer: int, i: int) -> Sym:
        """The activation of neuron i of a layer, or input i, in the iteration and sample of a symbol."""
        if layer == 0:
            return Sym(Symbol("x", (i,), 0, symbol.sample))
        return Sym(Symbol("a", (layer, i), symbol.iteration, symbol.sample))

    def at(self, symbol: Symbol, kind: str, *index: int) -> Sym:
        """A quantity of the same iteration and sample."""
        return Sym(Symbol(kind, index, symbol.iteration, symbol.sample))

    def of_batch(self, symbol: Symbol, kind: str, index: tuple[int, ...]) -> Sym:
        """A quantity of the same iteration that belongs to the whole batch."""
        return Sym(Symbol(kind, index, symbol.iteration, 0))

    def paired(self, layer: int) -> bool:
        """Whether activation and loss of a layer simplify to one delta."""
        return layer == self.depth and self.problem.pairing

    def loss_symbol(self, iteration: int) -> Symbol | None:
        """The loss of an iteration, or None where nothing is learned."""
        return Symbol("loss", (), iteration) if self.learns else None

    # ---------------------------------------------------------------- order of working
    def groups(self, iteration: int) -> tuple[Group, ...]:
        """Forward sample by sample, the loss, backward layer by layer, the updates."""
        batch = self.problem.batch(iteration)
        several = len(batch) > 1
        out = [g for s in batch for g in self._forward(iteration, s)]
        if not self.learns:
            return tuple(out)
        if several:
            parts = tuple(Symbol("loss", (), iteration, s) for s in batch)
            out.append(Group("loss", 0, 0, (*parts, Symbol("loss", (), iteration))))
        else:
            error = tuple(
                Symbol("error", (j,), iteration, batch[0])
                for j in self.units(self.depth)
                if self.problem.samples[batch[0] - 1].target
            )
            out.append(Group("loss", 0, 0, (Symbol("loss", (), iteration),), error))
        in_place = self.training.update_order == "in_place" and self.problem.updates
        for layer in range(self.depth, 0, -1):
            out += [self._backward(iteration, s, layer, several=several) for s in batch]
            parameters_ = self.parameters(layer)
            if several:
                grads = tuple(Symbol(f"grad_{p}", i, iteration) for p, i in parameters_)
                out.append(Group("gradient", layer, 0, grads))
            if in_place:
                out.append(self._update(iteration, layer))
        if self.problem.updates and not in_place:
            out += [self._update(iteration, layer) for layer in range(1, self.depth + 1)]
        return tuple(out)

    def parameters(self, layer: int) -> list[tuple[str, tuple[int, ...]]]:
        """The weights and biases of a layer, each as its kind and its index."""
        return [("w", i) for i in self.weights(layer)] + [("b", i) for i in self.biases(layer)]

    def _forward(self, iteration: int, s: int) -> Iterable[Group]:
        for layer in range(1, self.depth + 1):
            symbols = [
                Symbol(kind, (layer, j), iteration, s)
                for kind in ("z", "a")
                for j in self.units(layer)
            ]
            aside: tuple[Symbol, ...] = ()
            if layer == self.depth and len(self.problem.batch(iteration)) > 1 and self.learns:
                target = self.problem.samples[s - 1].target
                aside = tuple(Symbol("error", (j + 1,), iteration, s) for j in range(len(target)))
            yield Group("forward", layer, s, tuple(symbols), aside)

    def _backward(self, iteration: int, s: int, layer: int, *, several: bool) -> Group:
        def of(kind: str, at: int = layer) -> list[Symbol]:
            return [Symbol(kind, (at, j), iteration, s) for j in self.units(at)]

        factors, delta = of("grad_a") + of("da_dz"), of("delta")
        whole = ACTIVATIONS[self.problem.layers[layer - 1].activation.name].whole_layer
        if self.paired(layer):
            worked, aside = (delta, factors) if whole or not self.chain else (factors + delta, [])
        elif self.chain:
            worked, aside = factors, delta
        else:
            worked, aside = (factors + delta, []) if self.two_factors else (delta, factors)
        sample = s if several else 0
        worked += [Symbol(f"grad_{p}", i, iteration, sample) for p, i in self.parameters(layer)]
        if layer == 1:
            aside = aside + of("grad_a", 0)
        return Group("backward", layer, s, tuple(worked), tuple(aside))

    def _update(self, iteration: int, layer: int) -> Group:
        worked, aside = [], []
        memory = ["decayed"] * self.decays + list(self.rule.memory)
        for p, index in self.parameters(layer):
            if p == "b" and not self.training.train_biases:
                aside += [Symbol(f"{kind}_b", index, iteration) for kind in ("step", "new")]
                continue
            worked += [Symbol(f"{kind}_{p}", index, iteration) for kind in memory]
            worked.append(Symbol(f"new_{p}", index, iteration))
            aside.append(Symbol(f"step_{p}", index, iteration))
        return Group("update", layer, 0, tuple(worked), tuple(aside))

    def state(self, iteration: int) -> tuple[tuple[Symbol, Symbol], ...]:
        """What an iteration hands on: each quantity as it starts, with what it ends as."""
        if not self.problem.updates:
            return ()
        pairs = []
        for layer in range(1, self.depth + 1):
            for p, index in self.parameters(layer):
                if p == "b" and not self.training.train_biases:
                    continue
                pairs.append((Symbol(p, index, iteration), Symbol(f"new_{p}", index, iteration)))
                for kind in self.rule.memory:
                    name = f"{kind}_{p}"
                    pairs.append(
                        (Symbol(name, index, iteration - 1), Symbol(name, index, iteration))
                    )
        return tuple(pairs)
