"""A plan: the ordered, lazy set of definitions that say what every quantity is. It knows no network.

`network` writes the definitions of a multilayer perceptron; everything after this module reads only
what stands here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.formula import symbols
from chalkgrad.light import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.formula import Formula
    from chalkgrad.notation import Symbol


@dataclass(frozen=True, slots=True)
class Definition:
    """What one quantity is.

    Attributes:
        formula: its formula, which is shown, checked and rewritten by slips.
        stable: another formula of the same value that is computed at full precision where nothing is
            given, because `formula` meets a logarithm of 0; or None.
        rule: the rule behind the formula, in named factors of the chain rule, or None.
        kept: whether it is the same number under another name, a parameter that is kept fixed: nothing
            is worked out then, and nothing rounded.
    """

    formula: Formula
    stable: Formula | None = None
    rule: Formula | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Quantities that are worked together, in order.

    Attributes:
        phase: "forward", "loss", "backward", "gradient" or "update"; "known" for what is given.
        layer: the layer, or 0.
        sample: the sample, or 0 for the batch.
        symbols: what is worked.
        aside: quantities that are known here too, though this style does not work with them.
    """

    phase: str
    layer: int
    sample: int
    symbols: tuple[Symbol, ...]
    aside: tuple[Symbol, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The definitions of a problem's quantities; a formula is built when it is asked for.

    Attributes:
        write: makes the definition of a symbol that is not given.
        constant: the number of a symbol that is given, written as it was given, or None.
        groups: what is worked in an iteration, in order: every symbol after those that it reads.
        state: for an iteration, pairs (what it starts from, what the next one starts from).
        loss: the symbol of an iteration's loss, or None where there is none.
    """

    write: Callable[[Symbol], Definition]
    constant: Callable[[Symbol], float | None]
    groups: Callable[[int], tuple[Group, ...]]
    state: Callable[[int], tuple[tuple[Symbol, Symbol], ...]]
    loss: Callable[[int], Symbol | None]
    _known: dict[Symbol, Definition] = field(default_factory=dict, repr=False)

    def definition(self, symbol: Symbol) -> Definition:
        """The definition of a symbol that is not given."""
        known = self._known.get(symbol)
        if known is None:
            known = self._known[symbol] = self.write(symbol)
        return known

    def reads(self, symbol: Symbol) -> tuple[Symbol, ...]:
        """What the formula of a symbol reads, each once, in reading order; nothing if it is given."""
        if self.constant(symbol) is not None:
            return ()
        return tuple(dict.fromkeys(symbols(self.definition(symbol).formula)))

    def with_rewritten(self, rewrite: Callable[[Symbol, Definition], Definition]) -> Plan:
        """The same plan with definitions changed: what a slip or another habit makes of it."""
        return Plan(
            lambda symbol: rewrite(symbol, self.write(symbol)),
            self.constant,
            self.groups,
            self.state,
            self.loss,
        )
