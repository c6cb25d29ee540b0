"""The worksheet of a problem to print, with room to work, and the key to mark it by."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from chalkgrad.boxes import Number
from chalkgrad.compose import compose
from chalkgrad.marking.asking import asked_names
from chalkgrad.marking.scheme import Scheme
from chalkgrad.rendering.document import (
    Document,
    Equation,
    Equations,
    Heading,
    Inline,
    Part,
    Prose,
    Table,
)
from chalkgrad.rounding import plain
from chalkgrad.sentences import say
from chalkgrad.solving import solve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from chalkgrad.problem import Problem

ROOM = 0.95
"""Centimetres that a row of the worksheet leaves for handwriting."""


def worksheet(problem: Problem, ask: Sequence[str] = (), language: str = "en") -> Document:
    """The network, what is given, and a row with room to work for each quantity that is asked.

    >>> from chalkgrad.examples import example
    >>> sheet = worksheet(example("mazur"), ["a", "loss"])
    >>> len(sheet.parts[-1].rows)
    5
    """
    asked = _asked(problem, ask, language)
    rows = tuple((_named(e, problem, language), ("",), ("",)) for e in asked)
    header = _header(("quantity", "working", "answer"), language)
    who = Prose((say("worksheet_name", language) + " " + "_" * 34,))
    table = Table(header, rows, (False, False, False), room=ROOM)
    kind = say("worksheet", language)
    heading = Heading(1, say("worksheet_asked", language), "asked")
    parts = (who, *_posed(problem, language), heading, table)
    return Document(problem.title or kind, kind, parts, language)


def marking_key(
    problem: Problem,
    ask: Sequence[str] = (),
    scheme: Scheme | None = None,
    language: str = "en",
) -> Document:
    """Each quantity that is asked with its numbers, its value and what it is worth.

    >>> from chalkgrad.examples import example
    >>> marking_key(example("mazur"), ["loss"]).parts[-1].rows[0][2]
    (Number(text='0.298371109'),)
    """
    scheme = scheme or Scheme()
    rows: list[tuple[Inline, ...]] = []
    total: Fraction | int = 0
    for equation in _asked(problem, ask, language):
        worth = scheme.worth(equation.name.removeprefix("it1.").removeprefix("s1."))
        total += worth
        numbers: Inline = (equation.steps[-2],) if equation.steps[1:] else ("",)
        named = _named(equation, problem, language)
        rows.append((named, numbers, (equation.steps[-1],), (_marks(worth),)))
    rows.append((("",), ("",), (say("worksheet_total", language),), (_marks(total),)))
    header = _header(("quantity", "numbers", "answer", "marks"), language)
    table = Table(header, tuple(rows), (False, False, True, True))
    kind = say("worksheet_key", language)
    return Document(problem.title or kind, kind, (table,), language)


def _named(equation: Equation, problem: Problem, language: str) -> Inline:
    """The quantity, and of which sample it is where there are several."""
    found = re.search(r"\bs(\d+)\.", equation.name)
    if not found or len(problem.samples) == 1:
        return (equation.left,)
    return (equation.left, f" ({say('sample', language, s=found[1])})")


FORMATS = ("text", "markdown", "html", "typst", "pdf")
"""Formats of a key; of a worksheet, the last two."""


def written(document: Document, format_: str, paper: str = "a4") -> str | bytes:
    """A worksheet or a key in a format of `FORMATS`."""
    if format_ == "pdf":
        from chalkgrad.printing import printed

        return printed(document, "pdf", paper)
    if format_ == "typst":
        from chalkgrad.rendering.typst import Sheet, to_typst_page

        return to_typst_page(document, Sheet(paper))
    if format_ == "html":
        from chalkgrad.rendering.html import to_html

        return to_html(document)
    if format_ == "markdown":
        from chalkgrad.rendering.markdown import to_markdown

        return to_markdown(document)
    from chalkgrad.rendering.terminal import to_text

    return to_text(document)


def _marks(worth: Fraction | int) -> Number:
    return Number(plain(float(worth)))


def _header(keys: Sequence[str], language: str) -> tuple[Inline, ...]:
    return tuple((say(f"worksheet_{key}", language),) for key in keys)


def _posed(problem: Problem, language: str) -> Iterator[Part]:
    """The parts of a working that pose the problem: all that stands before its first pass."""
    for part in compose(solve(problem, iterations=1, language=language)).parts:
        if isinstance(part, Heading) and part.text == say("forward", language):
            return
        yield part


def _asked(problem: Problem, ask: Sequence[str], language: str) -> Iterator[Equation]:
    if not ask:  # by hand one iteration is enough
        problem = problem.with_(training=replace(problem.training, iterations=1))
    names = _reached(problem, asked_names(problem, ask))
    for part in compose(solve(problem, only=tuple(names), language=language)).parts:
        if isinstance(part, Equations):
            yield from part.items


def _reached(problem: Problem, names: list[str]) -> list[str]:
    """The names without those of iterations that training does not come to, as it is stopped before."""
    if not problem.training.stop or not problem.updates:
        return names
    last = solve(problem, work=[1], only=["loss"]).updates
    # where nothing would be left, the solver says what there is not
    return [name for name in names if problem.symbol(name).iteration <= max(last, 1)] or names
