"""Reports as data and as pages: the object of the contract, and feedback through the neutral document."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from chalkgrad.marking.records import (
    FOLLOWED,
    MISSING,
    NOUGHT,
    RIGHT,
    UNREAD,
    WRONG,
    Answer,
    Report,
    Sheet,
)  # fmt: skip
from chalkgrad.rendering.document import Document, Heading, Note, Part, Prose, Table
from chalkgrad.rounding import Digits, write
from chalkgrad.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from fractions import Fraction

WORDS = {
    RIGHT: "right", FOLLOWED: "follows", WRONG: "wrong", UNREAD: "not read", MISSING: "missing",
}  # fmt: skip
TICKS = {
    RIGHT: "✓",
    FOLLOWED: "✓ follows",
    WRONG: "✗ wrong",
    UNREAD: "? not read",
    MISSING: "– missing",
}
"""A sign and a word: colour says nothing here."""
_SHOWN = Digits("significant", 6)


# ---------------------------------------------------------------- numbers
def decimal(value: Fraction) -> str:
    """Marks as an exact decimal, or as a fraction where they are none.

    >>> from fractions import Fraction
    >>> decimal(Fraction(5, 2)), decimal(Fraction(1, 3)), decimal(Fraction(7))
    ('2.5', '1/3', '7')
    """
    rest = value.denominator
    for p in (2, 5):
        while rest % p == 0:
            rest //= p
    if rest != 1:
        return str(value)
    text = format(Decimal(value.numerator) / Decimal(value.denominator), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _finite(value: float | None) -> float | None:
    """A value as JSON has it: what is infinite or undefined is null, and its text says which."""
    return value if value is not None and math.isfinite(value) else None


def _number(value: float | None) -> str | None:
    return None if value is None else write(value, _SHOWN)


# ---------------------------------------------------------------- data
def to_object(report: Report) -> dict[str, object]:
    """The object of ``check --json``."""
    return {
        "schema": "chalkgrad.check/1",
        "title": report.title,
        "sheets": [_sheet_object(sheet) for sheet in report.sheets],
    }


def _sheet_object(sheet: Sheet) -> dict[str, object]:
    return {
        "sheet": sheet.name,
        "marks": float(sheet.marks),
        "out_of": float(sheet.out_of) if sheet.out_of.denominator > 1 else int(sheet.out_of),
        "marks_shown": decimal(sheet.marks),
        "fault": sheet.fault or None,
        "convention": sheet.convention or None,
        "notes": list(sheet.notes),
        "answers": [_answer_object(answer) for answer in sheet.answers],
    }


def _answer_object(answer: Answer) -> dict[str, object]:
    return {
        "name": answer.name,
        "answer": answer.text,
        "verdict": answer.verdict,
        "marks": float(answer.marks),
        "out_of": float(answer.out_of),
        "expected": _finite(answer.expected),
        "expected_shown": _number(answer.expected),
        "followed_through": _finite(answer.followed),
        "followed_through_shown": _number(answer.followed),
        "slips": [
            {"slip": s.slip, "explanation": s.explanation, "where": s.where, "reading": s.reading}
            for s in answer.slips
        ],
        "cause": answer.cause,
        "remarks": list(answer.remarks),
    }


# ---------------------------------------------------------------- feedback
def evidence(answer: Answer) -> Iterator[str]:
    """What is said of an answer that is not simply right, sentence by sentence."""
    if answer.verdict == WRONG:
        readings = {s.reading for s in answer.slips}
        first = [s for s in answer.slips if s.reading == 0]
        if not answer.slips:
            yield "No single slip explains this figure."
        elif len(readings) == 1:
            yield first[0].explanation
            if len(first) > 1:
                yield "The same figure comes out if: " + " ".join(s.explanation for s in first[1:4])
        else:
            yield f"There are {len(readings)} readings that fit equally well, the likelier first."
            told: set[int] = set()
            for s in answer.slips[:4]:
                yield ("Or: " if s.reading in told else f"({s.reading + 1}) ") + s.explanation
                told.add(s.reading)
    if answer.cause and answer.verdict == FOLLOWED:
        yield f"It follows from your {answer.cause}."
    elif answer.cause:
        once = ", which costs once" if answer.marks else ""
        yield f"The same slip as in {answer.cause}{once}."
    if not answer.out_of and answer.verdict in (RIGHT, FOLLOWED, WRONG):
        yield "It is worth no marks."
    yield from map(_sentence, answer.remarks)


def _sentence(remark: str) -> str:
    """A remark with a full stop, and a capital unless it begins with a name."""
    first = remark if "[" in remark.partition(" ")[0] else remark[:1].upper() + remark[1:]
    return first + ("" if remark.endswith((".", "?")) else ".")


_LOST = {
    WRONG: ("wrong answer", ""), MISSING: ("missing answer", ""), UNREAD: ("unread answer", ""),
    RIGHT: ("answer", " with fewer digits than asked for"), FOLLOWED: ("followed answer", ""),
    "trivial": ("answer", " for which a slip left nothing to work out"),
}  # fmt: skip


def _account(sheet: Sheet) -> str:
    """Where the marks went, if the verdicts alone do not say; each lost mark is under one head."""
    lost: dict[str, list[Fraction]] = {}
    for a in sheet.answers:
        if a.marks < a.out_of:
            lost.setdefault("trivial" if a.trivial else a.verdict, []).append(a.out_of - a.marks)
    again = sum(1 for a in sheet.answers if a.again and a.marks)
    if not again and {WRONG, MISSING}.issuperset(lost):
        return ""
    said = "; ".join(
        f"{decimal(sum(marks, NOUGHT))} by {counted(len(marks), _LOST[what][0])}{_LOST[what][1]}"
        for what, marks in lost.items()
    )
    text = f"Marks lost: {said}." if lost else ""
    if again:
        repeats = counted(again, "wrong answer repeats", "wrong answers repeat")
        text += f" {repeats} a slip that costs once."
    return text.strip()


def title_of(report_title: str) -> str:
    """The heading of feedback."""
    return f"Feedback: {report_title}" if report_title else "Feedback"


def own_names(names: Mapping[str, str]) -> Callable[[str], str]:
    """Words with the names of the vocabulary replaced by those of a problem file.

    >>> own_names({"net_h1": "z[1][1]"})("In it2.z[1][1] the bias is left out; z[1][10] is right.")
    'In it2.net_h1 the bias is left out; z[1][10] is right.'
    """
    if not names:
        return lambda text: text
    table = {target: given for given, target in names.items()}
    any_ = "|".join(map(re.escape, sorted(table, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w\]]){'(?:' + any_ + ')'}(?![\[\w])")
    return lambda text: pattern.sub(lambda m: table[m[0]], text)


def sheet_document(
    sheet: Sheet, title: str = "", names: Mapping[str, str] | None = None
) -> Document:
    """One page of feedback: what happened first, then the table of all answers.

    Args:
        sheet: what was found.
        title: of the problem.
        names: the names of the problem file, which win over those of the vocabulary.
    """
    own = own_names(names or {})
    if sheet.fault:
        parts: tuple[Part, ...] = (
            Note((f"This sheet could not be read: {sheet.fault}.",), "warning"),
        )
        return Document(title_of(title), sheet.name, parts)
    counts = {v: sum(a.verdict == v for a in sheet.answers) for v in WORDS}
    words = {**WORDS, FOLLOWED: "follow"}
    said = ", ".join(counted(n, WORDS[v], words[v]) for v, n in counts.items() if n)
    out: list[Part] = [
        Prose((f"{decimal(sheet.marks)} of {decimal(sheet.out_of)} marks: {said}.",)),
    ]
    account = _account(sheet)
    if account:
        out.append(Prose((account,)))
    if sheet.convention:
        out.append(Note((own(f"Your sheet keeps to another convention: {sheet.convention}"),)))
    wrong = [a for a in sheet.answers if a.verdict == WRONG]
    if wrong:
        out.append(Heading(2, "Where it went wrong", "wrong"))
        for a in wrong:
            right = (
                ""
                if a.followed is None or a.followed == a.expected
                else (f" (from your earlier figures {_number(a.followed)})")
            )
            text = f"{a.name}: you have {a.text}, right is {_number(a.expected)}{right}."
            out.append(Prose((own(" ".join([text, *evidence(a)])),)))
    follows = [a for a in sheet.answers if a.verdict == FOLLOWED]
    if follows:
        several = len(follows) > 1
        text = (
            f"{len(follows)} further {'answers differ' if several else 'answer differs'} from the key "
            f"only because {'they go' if several else 'it goes'} on rightly from an earlier slip."
        )
        out.append(Prose((text,)))
    out.append(Heading(2, "All answers", "answers"))
    rows = tuple(
        (
            (own(a.name),), (a.text or "–",), (_number(a.expected) or "–",), (TICKS[a.verdict],),
            (decimal(a.marks),), (own(" ".join(evidence(a))) if a.verdict != WRONG else "see above",),
        )
        for a in sheet.answers
    )  # fmt: skip
    header = (("quantity",), ("answer",), ("right",), ("verdict",), ("marks",), ("remark",))
    out.append(Table(header, rows, (False, True, True, False, True, False)))
    out += [Note((own(_sentence(note)),)) for note in sheet.notes]
    return Document(title_of(title), sheet.name, tuple(out))
