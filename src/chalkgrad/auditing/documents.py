"""Reading a document: where its mathematics stands and where its prose, with every place kept.

A document becomes a text of the same length in which what is not read is blank (code, comments, control
characters, the JSON around the cells of a notebook), so that every offset is one of the document itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.auditing.commas import settled
from chalkgrad.auditing.equations import equations
from chalkgrad.auditing.notebooks import markdown_of
from chalkgrad.auditing.sources import MATH, PROSE, Passage, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CHARACTERS = 8_000_000
"""Longer documents are read up to here."""
MOST_MATH = 200_000
"""A longer piece of mathematics is left out: nobody typeset it."""
_MOST_INLINE = 4_000
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_ENVIRONMENTS = (
    "equation|align|aligned|alignat|gather|gathered|multline|eqnarray|displaymath"
    "|math|flalign|split|dmath"
)
_LEFT_ALONE = "verbatim|Verbatim|lstlisting|minted|tikzpicture|picture|comment|filecontents|alltt"
_MARKS = re.compile(
    rf"(?P<alone>\\begin\{{(?P<name>{_LEFT_ALONE})\*?\}})"
    rf"|(?P<environment>\\begin\{{(?P<kind>{_ENVIRONMENTS})(?P<star>\*?)\}})"
    r"|(?P<escaped>\\[\\$])|(?P<open>\\[(\[])|(?P<dollars>\$\$?)"
)
_CODE = re.compile(
    r"^[ \t>]{0,12}(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)$|(?P<comment><!--)|(?P<ticks>`+)",
    re.MULTILINE,
)
_FOOTNOTE = re.compile(
    r"(?:\{[ ]*\}[ ]*|(?<=\d)[ ]*|(?<=matrix\})[ ]*)\^[ ]*"
    r"(?:\{[ ]*\\d?dag(?:ger)?[ ]*\}|\\d?dag(?:ger)?(?![A-Za-z]))"
)
"""A sign behind a number or a matrix that leads to a note: no power."""
_DAGGER = re.compile(r"(?<=[\d\])])[ ]*[†‡]")
_PERCENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")
_ESCAPED = re.compile(r"(?<!\\)\\(?=[*_])")


def read_document(name: str, text: str) -> Source:
    """The passages of a document; how it is read is told by the ending of its name.

    >>> [(p.kind, p.start, p.end) for p in read_document("n.md", "so $a=1$ `b=2`").passages]
    [('prose', 0, 3), ('math', 4, 7), ('prose', 8, 14)]
    """
    notes = []
    original = text
    if len(text) > MOST_CHARACTERS:
        notes.append(
            f"{name}: only the first {MOST_CHARACTERS:,} of {len(text):,} characters were read"
        )
        text = text[:MOST_CHARACTERS]
    text = text.replace("\r", " ")
    if _CONTROL.search(text):
        text, count = _CONTROL.subn(" ", text)
        notes.append(f"{name}: {count} control characters were taken for blanks")
    text = _FOOTNOTE.sub(lambda m: "{}".rjust(len(m[0])), text)
    text = _DAGGER.sub(lambda m: " " * len(m[0]), text)
    ending = name.rsplit(".", 1)[-1].lower()
    if ending == "ipynb":
        text, problem = markdown_of(text)
        if problem:
            notes.append(f"{name}: {problem}")
    if ending in ("tex", "ltx", "sty"):
        text = _PERCENT.sub(lambda m: m[1] + " " * (len(m[0]) - len(m[1])), text)
        begin = text.find(r"\begin{document}")
        passages = list(_mathematics(text, max(0, begin), len(text)))
    else:
        text, fenced = _without_code(_ESCAPED.sub(" ", text))
        passages = []
        at = 0
        for start, end in fenced:
            passages += _mathematics(text, at, start)
            passages.append(Passage(MATH, start, end, display=True))
            at = end
        passages += _mathematics(text, at, len(text))
    long = sum(p.end - p.start > MOST_MATH for p in passages if p.kind != PROSE)
    if long:
        notes.append(f"{name}: {long} pieces of mathematics are too long and were left out")
        passages = [p for p in passages if p.kind == PROSE or p.end - p.start <= MOST_MATH]
    made: list[Passage] = []
    for p in passages:
        made += equations(text, p) if p.kind == PROSE else [p]
    text = settled(text, made)
    return Source(name, text, original, tuple(p for p in made if p.end > p.start), tuple(notes))


def _blank(piece: str) -> str:
    return re.sub(r"[^\n]", " ", piece)


def _without_code(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without code and comments, and where its fences of mathematics are."""
    out: list[str] = []
    fenced: list[tuple[int, int]] = []
    at = 0
    closes: dict[str, int] = {}

    def find(mark: str, start: int) -> int:
        """The next mark; one that is nowhere is not looked for again."""
        known = closes.get(mark, start)
        if known < 0:
            return -1
        if known < start or mark not in closes:
            known = closes[mark] = text.find(mark, start)
        return known

    while True:
        m = _CODE.search(text, at)
        if not m:
            out.append(text[at:])
            return "".join(out), fenced
        begin, stop = m.start(), m.end()
        if m["fence"]:
            end = find("\n" + m["fence"], stop)
            end = len(text) if end < 0 else end
            after = text.find("\n", end + 1)
            after = len(text) if after < 0 else after
            if m["info"].strip() in ("math", "{math}", "latex", "tex"):
                out += [
                    text[at:begin],
                    _blank(text[begin:stop]),
                    text[stop:end],
                    _blank(text[end:after]),
                ]
                fenced.append((stop, end))
            else:
                out += [text[at:begin], _blank(text[begin:after])]
            at = after
        elif m["comment"]:
            end = find("-->", stop)
            at_ = at
            at = len(text) if end < 0 else end + 3
            out += [text[at_:begin], _blank(text[begin:at])]
        elif begin and text[begin - 1] == "$" and len(m["ticks"]) == 1:
            # GitHub's inline mathematics: dollar and backtick
            end = text.find("`$", stop, stop + _MOST_INLINE)
            if end < 0:
                out.append(text[at:stop])
                at = stop
            else:
                out += [text[at : begin - 1], " $", text[stop:end], "$ "]
                at = end + 2
        else:
            end = text.find(m["ticks"], stop, stop + _MOST_INLINE)
            if end < 0:
                out.append(text[at:stop])
                at = stop
            else:
                end += len(m["ticks"])
                out += [text[at:begin], _blank(text[begin:end])]
                at = end


def _mathematics(text: str, start: int, end: int) -> Iterator[Passage]:
    """Mathematics and the prose between, for one stretch."""
    at = since = start
    nowhere: set[str] = set()

    def find(mark: str, begin: int) -> int:
        if mark in nowhere:
            return -1
        found = text.find(mark, begin, end)
        if found < 0:
            nowhere.add(mark)
        return found

    while m := _MARKS.search(text, at, end):
        at = m.end()
        if m["escaped"]:
            continue
        display = True
        if m["alone"]:
            close = find(rf"\end{{{m['name']}", at)
            yield Passage(PROSE, since, m.start())
            since = at = end if close < 0 else close + 6 + len(m["name"])
            continue
        if m["environment"]:
            mark = rf"\end{{{m['kind']}{m['star']}}}"
            first = m.start()
            close = find(mark, at)
            last = close + len(mark)
            after = last
        elif m["open"]:
            display = m["open"] == r"\["
            mark = r"\]" if display else r"\)"
            first, close = at, find(mark, at)
            last, after = close, close + 2
        elif m["dollars"] == "$$":
            first, close = at, find("$$", at)
            last, after = close, close + 2
        else:
            first, close = at, _inline_end(text, at, end)
            last, after, display = close, close + 1, False
        if close < 0:
            continue
        yield Passage(PROSE, since, m.start())
        yield Passage(MATH, first, last, display)
        since = at = after
    yield Passage(PROSE, since, end)


def _inline_end(text: str, at: int, end: int) -> int:
    """The dollar that closes inline mathematics, or -1: a sum of money is none."""
    limit = min(end, at + _MOST_INLINE)
    if at < limit and text[at] in " \t" and not text[at : at + 2].strip():
        return -1
    paragraph = text.find("\n\n", at, limit)
    limit = limit if paragraph < 0 else paragraph
    close = text.find("$", at, limit)
    while close >= 0 and text[close - 1] == "\\":
        close = text.find("$", close + 1, limit)
    if close < 0 or close == at:
        return -1
    if text[close - 1] in " \t" or (close + 1 < end and text[close + 1].isdigit()):
        return -1
    return close
