"""What an audit says: a finding for each figure of a document, and the audit of all documents."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from chalkgrad.light import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

OK = "ok"
CARRIED = "carried"
WRONG = "wrong"
UNREAD = "unread"

ARITHMETIC = "arithmetic"
VALUE = "value"
FORMULA = "formula"
DAMAGE = "damage"


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure of a document, or one printed formula, with what was found.

    Attributes:
        document: as the document was named.
        line, column, end: where it stands; both from 1, columns in characters, end is the first behind it.
        printed: verbatim.
        name: the quantity that it was taken for, canonical (``it2.a[1][1]``), or none.
        verdict: ``ok``, ``carried``, ``wrong`` or ``unread``.
        kind: what is wrong: ``arithmetic`` (its own line contradicts it), ``value`` (the plan does),
            ``formula`` (a printed formula is not the definition) or ``damage`` (digits, not arithmetic).
        expected: what should stand there, in as many digits as are printed; none where nobody can say.
        explanation: one or two sentences: what it should be, why.
        cause: the line of the origin that it follows from, or none.
        slips: names and sentences of the slips that explain it, the likelier first.
    """

    document: str
    line: int
    column: int
    end: int
    printed: str
    name: str | None
    verdict: str
    kind: str = ""
    expected: str | None = None
    explanation: str = ""
    cause: int | None = None
    slips: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Audit:
    """The audit of one document or several.

    Attributes:
        documents: the lines of each document, by its name.
        figures: a finding for every figure, in the order of the documents.
        conventions: what was found of each document's conventions (``update_order``: ``in_place``), in
            a sentence.
        names: which name of a document was taken for which quantity.
        notes: what was left out, and why.
        ignored: wrong figures that a comment of their document passes over.
        known: wrong figures that a baseline holds.
    """

    documents: Mapping[str, tuple[str, ...]]
    figures: tuple[Finding, ...]
    conventions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()
    ignored: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every figure that is not ``ok``."""
        return tuple(f for f in self.figures if f.verdict != OK)

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """Every figure that is wrong."""
        return tuple(f for f in self.figures if f.verdict == WRONG)

    @property
    def clean(self) -> bool:
        """Whether no figure is wrong, apart from those that are passed over."""
        return not self.wrong

    def coverage(self) -> Mapping[str, int]:
        """How many figures there are, how many of them were checked, and how many not read."""
        every = (*self.figures, *self.ignored, *self.known)
        unread = sum(f.verdict == UNREAD for f in every)
        return {"figures": len(every), "checked": len(every) - unread, "unread": unread}

    def __str__(self) -> str:
        from chalkgrad.auditing.report import to_text

        return to_text(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """What a notebook shows."""
        from chalkgrad.auditing.page import to_fragment

        return {"text/html": to_fragment(self), "text/plain": str(self)}
