"""The blank sheet of a problem: names to fill in, or a worksheet on which all is given that is needed."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError, nearest
from chalkgrad.marking.asking import asked_names
from chalkgrad.marking.gradebook import plain_cell
from chalkgrad.marking.scheme import scheme_of
from chalkgrad.problem import expect_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.problem import Problem

FORMATS = ("csv", "markdown", "html", "latex", "typst", "pdf")


def blank_sheet(
    problem: Problem,
    ask: Sequence[str] = (),
    format: str = "csv",  # noqa: A002
    *,
    style: str = "chain",
    language: str = "en",
    paper: str = "a4",
) -> str | bytes:
    """The sheet to fill in: bare names as CSV, else a worksheet with the network and what is given.

    Those in CSV and Markdown are read back by `check`, in every language.

    Args:
        problem: what is asked.
        ask: names, kinds or patterns; by default what ``[marks]`` asks, else every line that `solve` shows.
        format: ``csv``, ``markdown``, ``html``, ``latex``, ``typst`` or ``pdf``.
        style: ``chain`` or ``delta``: whose lines are asked by default.
        language: of the worksheet, ``en`` or ``de``.
        paper: of a PDF, ``a4`` or ``letter``.

    >>> from chalkgrad.examples import example
    >>> blank_sheet(example("mazur"), ["loss"]).splitlines()
    ['quantity,answer', 'loss,']
    """
    expect_problem(problem)
    if format not in FORMATS:
        hint = nearest(format, FORMATS) or "the formats are " + " ".join(FORMATS)
        raise RequestError(f'no format "{format}" for a sheet; {hint}')
    ask = ask or scheme_of(problem, None).ask
    if format in ("csv", "markdown"):
        own = {target: given for given, target in problem.names.items()}
        names = [own.get(name, name) for name in asked_names(problem, ask, style)]
        return _csv(names) if format == "csv" else _markdown(problem, names, language)
    from chalkgrad.marking.worksheet import worksheet, written  # for paper alone

    return written(worksheet(problem, ask, language, style), format, paper)


def _csv(names: Sequence[str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("quantity", "answer"))
    writer.writerows((plain_cell(name), "") for name in names)
    return out.getvalue()


def _markdown(problem: Problem, names: Sequence[str], language: str) -> str:
    """The worksheet with a table of plain names, which whoever fills it in can see and find again."""
    from chalkgrad.marking.worksheet import opening
    from chalkgrad.rendering.markdown import to_markdown

    wide = max(map(len, [*names, "quantity"]))
    lines = [f"| {'quantity'.ljust(wide)} | answer |", f"|{'-' * (wide + 2)}|-------:|"]
    lines += [f"| {name.replace('|', chr(92) + '|').ljust(wide)} |        |" for name in names]
    return to_markdown(opening(problem, language)) + "\n" + "\n".join(lines) + "\n"
