"""The worksheet of a problem, with room to work, and the key to mark it by."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from chalkgrad.boxes import Number
from chalkgrad.compose_given import about_line
from chalkgrad.compose_posed import posed
from chalkgrad.compose_voice import Voice, harmless
from chalkgrad.marking.asking import parted
from chalkgrad.marking.scheme import Scheme
from chalkgrad.marking.trees import Setting
from chalkgrad.rendering.document import Document, Heading, Inline, Part, Prose, Table
from chalkgrad.rounding import plain
from chalkgrad.solving import solve
from chalkgrad.typesetting import typeset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from fractions import Fraction

    from chalkgrad.boxes import Box
    from chalkgrad.notation import Symbol
    from chalkgrad.problem import Problem
    from chalkgrad.working import Step

ROOM = 0.8
"""Centimetres that a row of the worksheet leaves for handwriting."""


def worksheet(
    problem: Problem, ask: Sequence[str] = (), language: str = "en", style: str = "chain"
) -> Document:
    """The network, what is given, and a row with room to work for each quantity that is asked.

    >>> from chalkgrad.examples import example
    >>> sheet = worksheet(example("mazur"), ["a", "loss"])
    >>> len(sheet.parts[-1].rows)
    5
    """
    voice = _voice(problem, ask, language, style)
    header = _header(("quantity", "working", "answer"), voice)

    def table(rows: tuple[Step, ...]) -> Table:
        cells = tuple((_named(step, voice), ("",), ("",)) for step in rows)
        return Table(header, cells, (False, False, False), room=ROOM)

    above = opening(problem, language)
    return replace(above, parts=(*above.parts, *_tables(voice, table)))


def opening(problem: Problem, language: str = "en") -> Document:
    """A worksheet as far as what is asked: a line for the name, and all that a solution is given."""
    voice = _voice(problem, ["it1.z"], language, "chain")
    who = Prose((voice.say("worksheet_name") + " " + "_" * 34,))
    asked = Heading(1, voice.say("worksheet_asked"), "asked")
    parts = (who, *posed(voice.working), asked)
    return _document(voice, "worksheet", parts)


def marking_key(
    problem: Problem,
    ask: Sequence[str] = (),
    scheme: Scheme | None = None,
    language: str = "en",
    style: str = "chain",
) -> Document:
    """Each quantity that is asked with its numbers as the working has them, its value and its marks.

    >>> from chalkgrad.examples import example
    >>> marking_key(example("mazur"), ["loss"]).parts[-1].rows[0][2]
    (Number(text='0.298371109'),)
    """
    scheme = scheme or Scheme()
    voice = _voice(problem, ask, language, style)
    header = _header(("quantity", "numbers", "answer", "marks"), voice)
    setting = Setting(problem)
    total: Fraction | int = 0

    def table(rows: tuple[Step, ...]) -> Table:
        nonlocal total
        cells: list[tuple[Inline, ...]] = []
        for step in rows:
            worth = scheme.worth(setting.name(step.symbol))
            total += worth
            value = (voice.number(step.text),)
            cells.append((_named(step, voice), (_numbers(step, voice),), value, _marks(worth)))
        return Table(header, tuple(cells), (False, False, True, True))

    *parts, last = _tables(voice, table)
    sum_row: tuple[Inline, ...] = (("",), ("",), (voice.say("worksheet_total"),), _marks(total))
    if isinstance(last, Table):
        last = replace(last, rows=(*last.rows, sum_row))
    return _document(voice, "worksheet_key", (*parts, last))


def _voice(problem: Problem, ask: Sequence[str], language: str, style: str) -> Voice:
    return Voice(solve(problem, only=parted(ask), style=style, language=language))


def _document(voice: Voice, kind: str, parts: tuple[Part, ...]) -> Document:
    below = f"{voice.say(kind)} · {about_line(voice)}"
    return Document(harmless(voice.problem.title) or voice.say(kind), below, parts, voice.language)


def _tables(voice: Voice, table: Callable[[tuple[Step, ...]], Table]) -> Iterator[Part]:
    """The lines that the working shows, in a table; of several iterations each has its own."""
    working = voice.working
    lines = (
        (iteration.number, step)
        for iteration in working.iterations
        for _, worked, aside in iteration.groups
        for step in ((*worked, *aside) if working.only else worked)
        if working.chosen(step, iteration.number)
    )
    for k, group in groupby(lines, lambda line: line[0]):
        if len(working.iterations) > 1:
            yield Heading(2, voice.say("iteration", k=k), f"asked-{k}")
        yield table(tuple(step for _, step in group))


def _named(step: Step, voice: Voice) -> Inline:
    """The quantity, and of which sample it is where there are several."""
    spelled = voice.speller(step.symbol, step.symbol)
    if not step.symbol.sample or len(voice.problem.samples) == 1:
        return (spelled,)
    return (spelled, f" ({voice.say('sample', s=step.symbol.sample)})")


def _numbers(step: Step, voice: Voice) -> Box:
    """The line of the working in which the numbers stand for the symbols."""

    def spell(symbol: Symbol) -> Box:
        return voice.speller(symbol, step.symbol)

    formula = step.with_numbers(step.definition.formula)
    return typeset(formula, spell, language=voice.language)


FORMATS = ("text", "markdown", "html", "latex", "typst", "pdf")
"""Formats of a key."""


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
    if format_ == "latex":
        from chalkgrad.rendering.latex import to_latex

        return to_latex(document)
    if format_ == "markdown":
        from chalkgrad.rendering.markdown import to_markdown

        return to_markdown(document)
    from chalkgrad.rendering.terminal import to_text

    return to_text(document)


def _marks(worth: Fraction | int) -> Inline:
    return (Number(plain(float(worth))),)


def _header(keys: Sequence[str], voice: Voice) -> tuple[Inline, ...]:
    return tuple((voice.say(f"worksheet_{key}"),) for key in keys)
