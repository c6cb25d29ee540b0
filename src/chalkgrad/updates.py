"""Update rules: one frozen row each, as formulas of what is remembered and of the change.

With p the parameter, g its gradient, eta the learning rate: every rule is ``new p = p - decrease`` and,
where it has a memory, a formula for each remembered quantity in terms of its own last value. Every
memory starts at 0. ``weight_decay`` (lambda) adds lambda p to the gradient of every trained parameter, as
PyTorch and Keras do; adamw takes eta lambda p off the parameter itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.formula import ONE, TWO, Add, Div, Formula, Mul, Pow, sub
from chalkgrad.light import dataclass, field
from chalkgrad.primitives import SQRT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rule may read: formulas of the parameter, its gradient, the rate, the constants and the memory."""

    p: Formula
    g: Formula
    eta: Formula
    k: Formula
    const: Callable[[str], Formula]
    now: Callable[[str], Formula]
    before: Callable[[str], Formula]


@dataclass(frozen=True, slots=True)
class Update:
    """One update rule.

    Attributes:
        name: as in the problem file.
        decrease: the formula that is taken off the parameter.
        memory: for each remembered quantity, in order, its formula; a key of `notation.MEMORIES`.
        params: names and defaults of the constants.
        decoupled: whether weight decay acts on the parameter and not through the gradient.
        source: where it comes from, and where others write it differently.
    """

    name: str
    decrease: Callable[[Terms], Formula]
    memory: Mapping[str, Callable[[Terms], Formula]] = field(default_factory=dict)
    params: Mapping[str, float] = field(default_factory=dict)
    decoupled: bool = False
    source: str = ""


def _average(name: str, rate: str, of: Callable[[Terms], Formula]) -> Callable[[Terms], Formula]:
    """An exponential moving average: rate * before + (1 - rate) * of."""

    def formula(s: Terms) -> Formula:
        keep = s.const(rate)
        return Add((Mul((keep, s.before(name))), Mul((sub(ONE, keep), of(s)))))

    return formula


def _unbiased(name: str, rate: str) -> Callable[[Terms], Formula]:
    return lambda s: Div(s.now(name), sub(ONE, Pow(s.const(rate), s.k)))


def _scaled(top: Callable[[Terms], Formula], square: str) -> Callable[[Terms], Formula]:
    """Eta times a fraction over the root of a mean square."""
    return lambda s: Mul((s.eta, Div(top(s), Add((SQRT(s.now(square)), s.const("epsilon"))))))


_ADAM_MEMORY = {
    "first_moment": _average("first_moment", "beta1", lambda s: s.g),
    "second_moment": _average("second_moment", "beta2", lambda s: Pow(s.g, TWO)),
    "first_unbiased": _unbiased("first_moment", "beta1"),
    "second_unbiased": _unbiased("second_moment", "beta2"),
}
_ADAM_PARAMS = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
_ADAM = _scaled(lambda s: s.now("first_unbiased"), "second_unbiased")
_VELOCITY = {
    "velocity": lambda s: Add((Mul((s.const("momentum"), s.before("velocity"))), s.g)),
}

_ROWS = (
    Update("sgd", lambda s: Mul((s.eta, s.g)), source="Robbins, Monro: 1951"),
    Update(
        "momentum",
        lambda s: Mul((s.eta, s.now("velocity"))),
        memory=_VELOCITY,
        params={"momentum": 0.9},
        source="Polyak: 1964; in the form v = mu v + g, as PyTorch; others put eta inside v",
    ),
    Update(
        "nesterov",
        lambda s: Mul((s.eta, Add((s.g, Mul((s.const("momentum"), s.now("velocity"))))))),
        memory=_VELOCITY,
        params={"momentum": 0.9},
        source="Sutskever et al.: ICML 2013, in the form of PyTorch",
    ),
    Update(
        "adagrad",
        _scaled(lambda s: s.g, "square_sum"),
        memory={"square_sum": lambda s: Add((s.before("square_sum"), Pow(s.g, TWO)))},
        params={"epsilon": 1e-8},
        source="Duchi, Hazan, Singer: JMLR 12 (2011); epsilon outside the root",
    ),
    Update(
        "rmsprop",
        _scaled(lambda s: s.g, "mean_square"),
        memory={"mean_square": _average("mean_square", "rho", lambda s: Pow(s.g, TWO))},
        params={"rho": 0.9, "epsilon": 1e-8},
        source="Tieleman, Hinton: Coursera lecture 6.5 (2012); epsilon outside the root",
    ),
    Update(
        "adam",
        _ADAM,
        memory=_ADAM_MEMORY,
        params=_ADAM_PARAMS,
        source="Kingma, Ba: ICLR 2015, algorithm 1",
    ),
    Update(
        "adamw",
        lambda s: Add((Mul((s.eta, s.const("weight_decay"), s.p)), _ADAM(s))),
        memory=_ADAM_MEMORY,
        params=_ADAM_PARAMS,
        decoupled=True,
        source="Loshchilov, Hutter: ICLR 2019",
    ),
)
UPDATES: dict[str, Update] = {row.name: row for row in _ROWS}
WEIGHT_DECAY = "weight_decay"
"""A parameter of every rule; 0.01 by default for adamw, else 0."""


def update_params(row: Update) -> dict[str, float]:
    """Names and defaults of all that a problem file may set for a rule."""
    return {**row.params, WEIGHT_DECAY: 0.01 if row.decoupled else 0.0}
