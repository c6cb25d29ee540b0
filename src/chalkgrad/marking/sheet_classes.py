"""A class in one table: a row for each student, and the columns that say who it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.marking.raw_sheets import Raw

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAIL = re.compile(r"mail", re.IGNORECASE)
_ID = re.compile(r"\bid\b|login|user ?name|matri|number|nummer|kennung|\bnr\b", re.IGNORECASE)
_NAME = re.compile(r"student|name", re.IGNORECASE)
_FIRST = re.compile(r"^(first|given) ?name|^vorname", re.IGNORECASE)
_LAST = re.compile(r"^(last|sur|family) ?name|^nachname", re.IGNORECASE)
_ABOUT = re.compile(
    r"section|group|gruppe|course|kurs|class|tutor|institution|department|semester|\bsis\b|date|time|row",
    re.IGNORECASE,
)


def students(
    name: str,
    header: Sequence[str],
    known: Sequence[int],
    rows: Sequence[Sequence[str]],
    notes: tuple[str, ...],
) -> Iterator[Raw]:
    """The sheets of a class; `known` are the columns of quantities, the others say who it is."""
    others = [k for k, cell in enumerate(header) if k not in known and cell]
    mail = _first(header, others, _MAIL)
    number = _first(header, [k for k in others if k != mail], _ID)
    label = _label(header, others, mail, number)
    understood = {mail, number, *label}
    unknown = tuple(
        header[k]
        for k in others
        if k not in understood and not any(p.search(header[k]) for p in (_MAIL, _ID, _NAME, _ABOUT))
    )
    taken: dict[str, int] = {}
    for count, row in enumerate(rows, 1):
        student = " ".join(filter(None, (_cell(row, k) for k in label))) or f"row {count}"
        taken[student] = taken.get(student, 0) + 1
        if taken[student] > 1:
            student = f"{student} ({taken[student]})"
        answers = tuple((header[k], _cell(row, k)) for k in known)
        yield Raw(
            student, answers, notes, "", _cell(row, number), _cell(row, mail), unknown,
        )  # fmt: skip
    if not rows:
        yield Raw(name, fault="it has a header and no rows")


def _first(header: Sequence[str], among: Sequence[int], head: re.Pattern[str]) -> int | None:
    return next((k for k in among if head.search(header[k])), None)


def _label(
    header: Sequence[str], others: Sequence[int], mail: int | None, number: int | None
) -> tuple[int, ...]:
    """The columns that name a student: first and last name, a name, an id, an address, else the first one."""
    first, last = _first(header, others, _FIRST), _first(header, others, _LAST)
    if first is not None and last is not None:
        return first, last
    named = _first(header, [k for k in others if k not in (mail, number)], _NAME)
    found = next((k for k in (named, number, mail) if k is not None), None)
    if found is not None:
        return (found,)
    return (others[0],) if others and others[0] == 0 else ()


def _cell(row: Sequence[str], k: int | None) -> str:
    return row[k].strip() if k is not None and len(row) > k else ""
