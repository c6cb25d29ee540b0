"""The gradebook of a class, and the summary: commonest slips, hardest quantities, shared figures."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from chalkgrad.marking.records import FOLLOWED, RIGHT, WRONG
from chalkgrad.marking.report import decimal
from chalkgrad.rendering.document import Document, Heading, Note, Part, Prose, Table
from chalkgrad.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalkgrad.marking.records import Sheet

_MOST_SHARED = 20
_MOST_NOTES = 30
_NOT_ASKED = "What is not there costs marks only where it is asked for (--ask, or ask in [marks])."
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def plain_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers.

    >>> plain_cell("=1+1"), plain_cell("-0.25"), plain_cell("Ann")
    ("'=1+1", '-0.25', 'Ann')
    """
    text = "".join(c if c >= " " or c == "\t" else " " for c in text)
    if _FORMULA.match(text.lstrip()[:1] or text[:1]) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


GRADEBOOK = (
    "sheet", "id", "email", "marks", "out_of", "percent", "handed_in", "asked", "right", "follow_through",
    "wrong", "unread", "missing", "fault", "feedback",
)  # fmt: skip


def gradebook_row(sheet: Sheet, asked: int | None = None) -> list[str]:
    """One line of the gradebook; `asked` is how many answers are asked for, where that is known."""
    counts = Counter(a.verdict for a in sheet.answers)
    percent = f"{float(100 * sheet.marks / sheet.out_of):.2f}" if sheet.out_of else ""
    first = "; ".join(a.slips[0].explanation for a in sheet.wrong[:3] if a.slips)
    marks = (
        ""
        if sheet.fault
        else decimal(sheet.marks)
        if decimal(sheet.marks).find("/") < 0
        else f"{float(sheet.marks):.4f}"
    )
    return [
        plain_cell(sheet.name if sheet.fault else student_of(sheet.name)),
        plain_cell(sheet.id), plain_cell(sheet.mail), marks, decimal(sheet.out_of), percent,
        str(sheet.handed_in), "" if asked is None else str(asked),
        *(str(counts[v]) for v in (RIGHT, FOLLOWED, WRONG, "unread", "missing")),
        plain_cell(sheet.fault), plain_cell(first),
    ]  # fmt: skip


def student_of(name: str) -> str:
    """Who a sheet is by: its file's name without the ending."""
    return re.sub(r"\.(csv|tsv|txt|xlsx|json|toml|md|markdown)$", "", name, flags=re.IGNORECASE)


def gradebook(sheets: Iterable[Sheet], asked: int | None = None) -> str:
    """The gradebook as CSV, with a line for each sheet, as Moodle and Canvas import them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(GRADEBOOK)
    writer.writerows(gradebook_row(sheet, asked) for sheet in sheets)
    return out.getvalue()


# ---------------------------------------------------------------- summary
class Tally:
    """What a summary needs of every sheet, gathered sheet by sheet so that none must be kept."""

    def __init__(self) -> None:
        self.sheets = 0
        self.faults: list[tuple[str, str]] = []
        self.percents: list[float] = []
        self.handed: Counter[int] = Counter()
        self.notes: Counter[str] = Counter()
        self.slips: Counter[str] = Counter()
        self.examples: dict[str, str] = {}
        self.wrong: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.conventions: Counter[str] = Counter()
        self.unexplained = 0
        self.findings = False
        self._figures: dict[tuple[str, str], list[str]] = defaultdict(list)

    def add(self, sheet: Sheet) -> None:
        """Take a sheet into account."""
        self.sheets += 1
        if sheet.fault:
            self.faults.append((sheet.name, sheet.fault))
            self.findings = True
            return
        self.handed[sheet.handed_in] += 1
        self.notes.update(sheet.notes)
        if sheet.out_of:
            self.percents.append(float(100 * sheet.marks / sheet.out_of))
        if sheet.convention:
            self.conventions[sheet.convention] += 1
        seen = set()
        for a in sheet.answers:
            self.answered[a.name] += 1
            if a.verdict == RIGHT:
                continue
            self.findings = True
            if a.verdict != WRONG:
                continue
            self.wrong[a.name] += 1
            self._figures[a.name, a.text.strip()].append(sheet.name)
            if not a.slips:
                self.unexplained += 1
            elif a.slips[0].slip not in seen:
                seen.add(a.slips[0].slip)
                self.slips[a.slips[0].slip] += 1
                self.examples.setdefault(a.slips[0].slip, a.slips[0].explanation)

    def merge(self, other: Tally) -> None:
        """Take another tally into account."""
        self.sheets += other.sheets
        self.faults += other.faults
        self.percents += other.percents
        for mine, theirs in (
            (self.slips, other.slips), (self.wrong, other.wrong), (self.answered, other.answered),
            (self.conventions, other.conventions), (self.notes, other.notes),
        ):  # fmt: skip
            mine.update(theirs)
        self.handed.update(other.handed)
        self.examples = {**other.examples, **self.examples}
        self.unexplained += other.unexplained
        self.findings |= other.findings
        for key, sheets in other._figures.items():
            self._figures[key] += sheets

    def shared(self) -> list[tuple[tuple[str, ...], list[str]]]:
        """Groups of sheets with the same two wrong figures or more: (sheets, figures)."""
        pairs: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for (name, text), sheets in self._figures.items():
            if 1 < len(sheets) <= _MOST_SHARED:
                pairs[tuple(sorted(sheets))].append(f"{name} = {text}")
        found = [(who, figures) for who, figures in pairs.items() if len(figures) > 1]
        return sorted(found, key=lambda x: -len(x[1]))


def summary_document(tally: Tally, title: str = "") -> Document:
    """The summary of a class: marks, commonest slips, hardest quantities, shared figures, broken sheets."""
    read = tally.sheets - len(tally.faults)
    rows: tuple[tuple[tuple[str, ...], ...], ...]
    out: list[Part] = [Prose((f"{counted(tally.sheets, 'sheet')}, {read} of them marked.",))]
    if tally.percents:
        p = sorted(tally.percents)
        mean, middle = sum(p) / len(p), p[len(p) // 2]
        said = f"{mean:.1f} % on average, {middle:.1f} % in the middle, from {p[0]:.1f} to {p[-1]:.1f} %"
        out.append(Prose((f"Marks: {said}.",)))
    if len(tally.handed) > 1:
        least, most = min(tally.handed), max(tally.handed)
        out.append(
            Prose((f"Answers handed in: from {least} to {most}. " + _NOT_ASKED,)),
        )
    if tally.notes:
        out.append(Heading(2, "Remarks of the reading", "notes"))
        rows = tuple(((str(n),), (text,)) for text, n in tally.notes.most_common(_MOST_NOTES))
        out.append(Table((("sheets",), ("remark",)), rows, (True, False)))
    if tally.faults:
        out.append(Heading(2, "Sheets that could not be read", "broken"))
        rows = tuple(((name,), (fault,)) for name, fault in tally.faults[:200])
        out.append(Table((("sheet",), ("reason",)), rows, (False, False)))
    if tally.conventions:
        out.append(Heading(2, "Other conventions", "conventions"))
        rows = tuple(((str(n),), (text,)) for text, n in tally.conventions.most_common())
        out.append(Table((("sheets",), ("convention",)), rows, (True, False)))
    if tally.slips:
        out.append(Heading(2, "Commonest slips", "slips"))
        rows = tuple(
            ((str(n),), (slip,), (tally.examples[slip],)) for slip, n in tally.slips.most_common(15)
        )
        out.append(Table((("sheets",), ("slip",), ("for example",)), rows, (True, False, False)))
        if tally.unexplained:
            out.append(
                Prose(
                    (
                        counted(tally.unexplained, "wrong figure is", "wrong figures are")
                        + " explained by no single slip.",
                    )
                )
            )
    if tally.wrong:
        out.append(Heading(2, "Hardest quantities", "hardest"))
        ranked = sorted(tally.wrong.items(), key=lambda x: (-x[1] / tally.answered[x[0]], x[0]))[
            :15
        ]
        rows = tuple(
            ((name,), (str(n),), (f"{100 * n / tally.answered[name]:.0f} %",)) for name, n in ranked
        )
        out.append(
            Table((("quantity",), ("wrong on",), ("of its answers",)), rows, (False, True, True))
        )
    shared = tally.shared()
    if shared:
        out.append(Heading(2, "Sheets with the same wrong figures", "shared"))
        fact = (
            "Equal figures are a fact. They can come from working together, from a common source, "
            "or from the same slip made twice."
        )
        out.append(Note((fact,)))
        rows = tuple(
            ((", ".join(who),), (str(len(figures)),), ("; ".join(figures[:4]),))
            for who, figures in shared[:30]
        )
        out.append(Table((("sheets",), ("figures",), ("such as",)), rows, (False, True, False)))
    return Document(f"Summary: {title}" if title else "Summary", "", tuple(out))
