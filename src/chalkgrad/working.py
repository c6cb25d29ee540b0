"""A working: every line with its formula, its numbers and its value, as `solving` made them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError, VerificationError, expect
from chalkgrad.formula import Formula, Num, substitute
from chalkgrad.light import dataclass, field
from chalkgrad.rounding import as_given, write
from chalkgrad.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Definition, Group, Plan
    from chalkgrad.problem import Problem
    from chalkgrad.rounding import Digits, Policy
    from chalkgrad.selecting import Selection


LONGEST_GIVEN = 9
"""Characters of a number without written digits that are shown in full."""
LONGEST_WRITTEN = 15
"""The same of a number in a file: nobody writes more by hand, a program that trained or drew it does."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of working.

    Attributes:
        symbol: what it is about.
        definition: its formula and rule.
        value: what is used downstream, at full precision (under ``carried``, as it is stored).
        text: the value as it is written.
        operands: how each symbol that the formula reads is written.
        values: the same as numbers.
        marked: whether the operands as written give another last digit.
    """

    symbol: Symbol
    definition: Definition
    value: float
    text: str
    operands: Mapping[Symbol, str]
    values: Mapping[Symbol, float]
    marked: bool

    def with_numbers(self, formula: Formula) -> Formula:
        """A formula over this step's operands with their written numbers in place of the symbols."""
        return substitute(
            formula,
            lambda s: Num(self.values[s], self.operands[s]),
        )


@dataclass(frozen=True, slots=True)
class Iteration:
    """One iteration in full: its groups of steps, in order, and those aside."""

    number: int
    groups: tuple[tuple[Group, tuple[Step, ...], tuple[Step, ...]], ...]

    def steps(self) -> Iterator[Step]:
        """All steps, those aside after those of their group."""
        for _, worked, aside in self.groups:
            yield from worked
            yield from aside


@dataclass(frozen=True)
class Working:
    """A worked problem.

    Attributes:
        problem: what was worked.
        plan: its definitions.
        policy: exact or carried, and the digits.
        style, notation: how the gradients are made up, and how symbols are spelled.
        iterations: those worked in full.
        losses: one before each update, and one after the last; empty without a loss.
        updates: how many updates were made.
        stopped: which bound ended training early, or "".
        final: the parameters and memories after the last update; empty where nothing is updated.
        only: selections that shorten what is shown, or empty.
        language: of its sentences.
        most_terms: terms of a sum from which on its middle is left out where it is shown; 0 for never.
    """

    problem: Problem
    plan: Plan
    policy: Policy
    style: str
    notation: str
    iterations: tuple[Iteration, ...]
    losses: tuple[float, ...]
    updates: int
    stopped: str
    final: Mapping[Symbol, float] = field(repr=False)
    only: tuple[Selection, ...] = ()
    most_terms: int = 0
    language: str = "en"

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.problem.sizes))
        lines, updates = (
            counted(sum(1 for _ in self.steps()), "line"),
            counted(self.updates, "update"),
        )
        return f"<Working of {sizes}: {lines}, {updates}, {self.policy.mode}, {self.style}>"

    def steps(self) -> Iterator[Step]:
        """All steps of all iterations worked in full."""
        for iteration in self.iterations:
            yield from iteration.steps()

    def chosen(self, step: Step, iteration: int) -> bool:
        """Whether a step of an iteration is shown under `only`."""
        return not self.only or any(
            selection.fits(step.symbol, iteration) for selection in self.only
        )

    def step(self, name: str) -> Step:
        """The line about one quantity, by any of its names.

        Raises:
            RequestError: no such quantity, or its iteration was not worked in full.
        """
        expect(name, str, "step", 'a name, as "z[1][1]"')
        symbol = self.problem.symbol(name)
        for step in self.steps():
            if step.symbol == symbol:
                return step
        raise RequestError(f'"{name}" is not among the iterations worked in full; ask with work=')

    def __getitem__(self, name: str) -> float:
        return self.step(name).value

    def verify(self) -> None:
        """Prove that the working keeps its rules.

        Raises:
            VerificationError: with every finding; that is a bug of chalkgrad.
        """
        from chalkgrad.proof import findings_of  # the rules read workings

        findings = list(findings_of(self))
        if findings:
            raise VerificationError(findings)

    def text_of(self, symbol: Symbol, value: float) -> str:
        """How a value of a quantity is written."""
        given = self.plan.constant(symbol)
        digits = self.policy.digits_for(symbol.kind, str(symbol))
        if given is not None:
            return given_text(given, digits, self.policy)
        return write(value, digits)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        from chalkgrad.formats import mimebundle

        return mimebundle(self)


def given_text(number: float, digits: Digits, policy: Policy) -> str:
    """A given number as it was written; a drawn or trained one of many digits as any other value.

    Under ``carried`` nothing is cut: what is shown is what is used.
    """
    text = as_given(number)
    most = LONGEST_WRITTEN if hasattr(number, "text") else LONGEST_GIVEN
    return write(float(number), digits) if len(text) > most and policy.mode == "exact" else text
