"""What marking finds, as frozen records: answers, sheets, reports."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

from chalkgrad.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

RIGHT, FOLLOWED, WRONG, UNREAD, MISSING = VERDICTS = (
    "right", "follow_through", "wrong", "unread", "missing",
)  # fmt: skip
NOUGHT = Fraction(0)


@dataclass(frozen=True, slots=True)
class Named:
    """A slip that explains a wrong answer.

    Attributes:
        slip: its id.
        explanation: one sentence for the student.
        where: the quantity whose formula or digits slipped; it may be one that is not written.
        reading: explanations with the same number give the very same value and cannot be told apart;
            0 is the likeliest reading.
    """

    slip: str
    explanation: str
    where: str
    reading: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer and what was found.

    Attributes:
        name: the quantity, in the names of the contract; as written where it is unknown.
        text: what was written.
        verdict: one of `VERDICTS`.
        expected: the true value, or None.
        followed: what the plan gives with the earlier answers of the sheet, where that differs; else None.
        slips: what explains a wrong answer, the likeliest first; empty where nothing does.
        cause: the name of the answer that this one follows from, or whose slip it repeats, or None.
        remarks: sentences beside the verdict: a reason, fewer digits than asked for, and the like.
        short: whether the digits fall short of those asked for.
        trivial: whether the answer follows, but only because an earlier slip left nothing to work out.
        marks, out_of: what the scheme gives.
    """

    name: str
    text: str
    verdict: str
    expected: float | None = None
    followed: float | None = None
    slips: tuple[Named, ...] = ()
    cause: str | None = None
    remarks: tuple[str, ...] = ()
    short: bool = False
    trivial: bool = False
    marks: Fraction = NOUGHT
    out_of: Fraction = NOUGHT

    @property
    def again(self) -> bool:
        """Whether a wrong answer repeats the slip of another one, its cause."""
        return self.verdict == WRONG and self.cause is not None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One marked sheet.

    Attributes:
        name: where it came from, such as ``ann.csv``.
        answers: in the order of the sheet; those that were asked for and are missing at the end.
        convention: the sentence about another convention that the whole sheet keeps to, or "".
        notes: remarks about the sheet, such as a quantity that was answered twice.
        fault: why the sheet could not be read, or "".
        id, mail: of the student, where the table of a class says them.
    """

    name: str
    answers: tuple[Answer, ...] = ()
    convention: str = ""
    notes: tuple[str, ...] = ()
    fault: str = ""
    id: str = ""
    mail: str = ""

    @property
    def marks(self) -> Fraction:
        """All marks of the sheet."""
        return _total(a.marks for a in self.answers)

    @property
    def out_of(self) -> Fraction:
        """The marks of a sheet without fault."""
        return _total(a.out_of for a in self.answers)

    @property
    def handed_in(self) -> int:
        """How many answers stand on the sheet that are worth marks; what is given is worth none."""
        return sum(1 for a in self.answers if a.verdict != MISSING and a.out_of)

    @property
    def wrong(self) -> tuple[Answer, ...]:
        """The answers where something went wrong, not those that follow from them."""
        return tuple([a for a in self.answers if a.verdict == WRONG])

    @property
    def clean(self) -> bool:
        """Whether the sheet was read and every answer is right."""
        return not self.fault and all(a.verdict == RIGHT for a in self.answers)

    def __getitem__(self, name: str) -> Answer:
        for answer in self.answers:
            if answer.name == name:
                return answer
        raise KeyError(name)


def _total(marks: Iterable[Fraction]) -> Fraction:
    """A sum of many equal fractions: each kind of summand is added once."""
    return sum((value * count for value, count in Counter(marks).items()), NOUGHT)


@dataclass(frozen=True, slots=True)
class Report:
    """The marked sheets of one problem."""

    title: str
    sheets: tuple[Sheet, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing wrong was found on any sheet."""
        return all(sheet.clean for sheet in self.sheets)

    def __iter__(self) -> Iterator[Sheet]:
        return iter(self.sheets)

    def __getitem__(self, name: str) -> Sheet:
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        raise KeyError(name)

    def counts(self) -> Mapping[str, int]:
        """How many answers got each verdict."""
        counts = dict.fromkeys(VERDICTS, 0)
        for sheet in self.sheets:
            for answer in sheet.answers:
                counts[answer.verdict] += 1
        return counts
