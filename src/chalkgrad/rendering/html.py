"""HTML: a document as one file that needs neither network nor scripts, or as a notebook's fragment.

The file carries its style sheet and its font; a policy in its head forbids to load anything else.
Everything that comes from outside is escaped here, or in the writers of boxes and drawings.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from chalkgrad.boxes import Box, Number, Op, Row, to_mathml, to_plain
from chalkgrad.rendering.document import (
    Curve,
    Diagram,
    Document,
    Equation,
    Equations,
    Heading,
    Inline,
    Note,
    Part,
    Prose,
    Table,
)
from chalkgrad.rendering.svg import curve_svg, diagram_svg, legal

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:"

WORDS = {
    "contents": "Contents",
    "skip": "Skip to the text",
    "theme": "Theme",
    "auto": "auto",
    "light": "light",
    "dark": "dark",
    "note": "Note.",
    "warning": "Warning.",
    "marked": "does not follow from the printed digits: it was worked with more of them",
    "drawing": "Drawing of the network",
    "curve": "Curve",
    "table": "Table",
}
"""What the page itself says."""

_PAGE_IDS = ("content", "cg-auto", "cg-light", "cg-dark")
_LONG = 32
"""From so many letters on, mathematics may be broken at its signs; less fits a phone."""


# ---------------------------------------------------------------- the two public shapes
def to_html(document: Document) -> str:
    """A document as one HTML file: the same document gives the same bytes.

    >>> page = to_html(Document("A < B", "", ()))
    >>> page.startswith('<!DOCTYPE html>'), '<title>A &lt; B</title>' in page
    (True, True)
    """
    ids = iter(_anchors(document))
    title = escape(document.title)
    subtitle = f'<p class="subtitle">{escape(document.subtitle)}</p>' if document.subtitle else ""
    out = [
        f'<!DOCTYPE html>\n<html lang="{escape(document.language)}">\n<head>\n',
        '<meta charset="utf-8">\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n',
        f'<meta name="generator" content="chalkgrad">\n<title>{title}</title>\n',
        f'<link rel="icon" href="data:,">\n<style>\n{_font()}{_style()}</style>\n</head>\n',
        f'<body class="cg cg-page">\n<a class="skip" href="#content">{WORDS["skip"]}</a>\n',
        f'<header class="top"><div><h1>{title}</h1>{subtitle}</div>{_switch()}</header>\n',
        '<div class="sides">\n',
        _contents([part for part in document.parts if isinstance(part, Heading)]),
        '<main id="content" class="doc">\n',
    ]
    out += [_part(part, ids) for part in document.parts]
    out.append("</main>\n</div>\n</body>\n</html>\n")
    return legal("".join(out))


def to_fragment(document: Document) -> str:
    """A document for a notebook's cell: no title, contents or font, and no ids to meet others.

    >>> to_fragment(Document("", "", (Prose(("a < b",)),))).splitlines()[-2]
    '<p>a &lt; b</p>'
    """
    style = _style().partition("/* ---- the page")[0]
    body = "".join(_part(part, None) for part in document.parts)
    lang = escape(document.language)
    return legal(
        f'<div class="cg" lang="{lang}"><style>\n{style}</style>'
        f'<div class="doc">\n{body}</div></div>'
    )


@cache
def _style() -> str:
    return files(__package__).joinpath("assets/page.css").read_text(encoding="utf-8")


@cache
def _font() -> str:
    font = files(__package__).joinpath("assets/stix-two-math-subset.woff2").read_bytes()
    data = b64encode(font).decode("ascii")
    return (
        '@font-face { font-family: "CG Math"; font-display: swap;'
        f' src: url("data:font/woff2;base64,{data}") format("woff2"); }}\n'
    )


# ---------------------------------------------------------------- around the text
def _anchors(document: Document) -> list[str]:
    """An id for each equation in order, made of its name and unlike all others of the page."""
    taken = {*_PAGE_IDS, *(p.anchor for p in document.parts if isinstance(p, Heading))}
    repeats: dict[str, int] = {}
    anchors = []
    for part in document.parts:
        for item in part.items if isinstance(part, Equations) else ():
            stem = re.sub(r"\W+", "-", item.name).strip("-") or "equation"
            name = stem
            while name in taken:
                repeats[stem] = repeats.get(stem, 1) + 1
                name = f"{stem}-{repeats[stem]}"
            taken.add(name)
            anchors.append(name)
    return anchors


def _switch() -> str:
    radios = "".join(
        f'<label><input type="radio" name="cg-theme" id="cg-{key}"'
        f"{' checked' if key == 'auto' else ''}><span>{WORDS[key]}</span></label>"
        for key in ("auto", "light", "dark")
    )
    return f'<fieldset class="seg"><legend>{WORDS["theme"]}</legend><div>{radios}</div></fieldset>'


def _contents(headings: list[Heading]) -> str:
    """The table of contents as nested lists; a level that is skipped adds no empty list."""
    if not headings:
        return ""
    out, open_levels = [], [0]
    for heading in headings:
        if heading.level > open_levels[-1]:
            out.append("<ol>")
            open_levels.append(heading.level)
        else:
            out.append("</li>")
            while len(open_levels) > 2 and heading.level <= open_levels[-2]:
                out.append("</ol></li>")
                open_levels.pop()
            open_levels[-1] = heading.level
        out.append(f'<li><a href="#{escape(heading.anchor)}">{escape(heading.text)}</a>')
    out.append("</li></ol>" * (len(open_levels) - 1))
    words = WORDS["contents"]
    return (
        f'<nav class="toc" aria-label="{words}"><details><summary>{words}</summary>'
        f"{''.join(out)}</details></nav>\n"
    )


# ---------------------------------------------------------------- parts
def _part(part: Part, ids: Iterator[str] | None) -> str:
    match part:
        case Heading(level, text, anchor):
            tag = f"h{min(max(level, 1), 3) + 1}"
            own = f' id="{escape(anchor)}"' if ids else ""
            return f"<{tag}{own}>{escape(text)}</{tag}>\n"
        case Prose(text):
            return f"<p>{_inline(text)}</p>\n"
        case Equations(items):
            body = "".join(_equation(item, next(ids) if ids else "") for item in items)
            return f'<div class="eqs">\n{body}</div>\n'
        case Table():
            return _table(part)
        case Note(text, kind):
            kind = "warning" if kind == "warning" else "note"
            return (
                f'<div class="note {kind}" role="note"><p><strong>{WORDS[kind]}</strong>'
                f" {_inline(text)}</p></div>\n"
            )
        case Diagram():
            return _figure(diagram_svg(part), WORDS["drawing"], _legend(part)) if part.nodes else ""
        case Curve():
            return _figure(curve_svg(part), WORDS["curve"], "")


def _inline(text: Inline) -> str:
    return "".join(
        escape(piece) if isinstance(piece, str) else f"<math>{to_mathml(piece)}</math>"
        for piece in text
    )


def _equation(item: Equation, anchor: str) -> str:
    """A chain of equalities on a grid: the left side, and beside it one line for each step."""
    own = f' id="{escape(anchor)}"' if anchor else ""
    short = " short" if len(item.steps) < 2 else ""
    out = [f'<div class="eq{short}"{own} data-name="{escape(item.name)}">']
    if item.words:
        out.append(f'<p class="words">{escape(item.words)}</p>')
    out.append(f'<div class="left"><math display="block">{to_mathml(item.left)}</math></div>')
    for number, step in enumerate(item.steps, 1):
        last = number == len(item.steps)
        mark = _DAGGER if last and item.marked else ""
        value = " value" if last else ""
        out.append(f'<div class="step{value}">{_line(step)}{mark}</div>')
    out.append("</div>\n")
    return "".join(out)


_DAGGER = (
    f'<sup class="mark" title="{WORDS["marked"]}"><span aria-hidden="true">†</span>'
    f'<span class="sr"> ({WORDS["marked"]})</span></sup>'
)


def _line(step: Box) -> str:
    """One step with its equals sign; a long one is several `math` elements, to wrap between them.

    Browsers do not break lines of MathML by themselves.
    """
    items = _flat(step)
    cuts: list[int] = []
    if len(to_plain(step)) >= _LONG:
        signs = [i for i, box in enumerate(items) if box in (Op("+"), Op("-")) and i]
        cuts = signs or [i for i, box in enumerate(items) if box == Op("*") and i]
    equals = '<mo form="infix">=</mo>'
    if not cuts:
        return f'<math display="block">{equals}<mrow>{to_mathml(step)}</mrow></math>'
    pieces = []
    for start, end in zip([0, *cuts], [*cuts, len(items)], strict=True):
        sign, rest = (items[start], items[start + 1 : end]) if start else (None, items[:end])
        # A sign that begins an element would be set as a prefix, without its spaces.
        lead = to_mathml(sign).replace("<mo>", '<mo form="infix">') if sign else equals
        pieces.append(f'<math displaystyle="true">{lead}{to_mathml(Row(tuple(rest)))}</math>')
    return f'<span class="wrap">{"<wbr>".join(pieces)}</span>'


def _flat(box: Box) -> list[Box]:
    if isinstance(box, Row):
        return [inner for item in box.items for inner in _flat(item)]
    return [box]


def _table(table: Table) -> str:
    numeric = [*table.numeric, *[False] * (len(table.header) - len(table.numeric))]
    label = escape(table.caption or WORDS["table"])
    out = [f'<div class="scroll" tabindex="0" role="group" aria-label="{label}">\n<table>\n']
    if table.caption:
        out.append(f"<caption>{escape(table.caption)}</caption>\n")
    out.append("<thead><tr>")
    for cell, number in zip(table.header, numeric, strict=False):
        # A header without words is no header for those who listen.
        tag = 'th scope="col"' if any(cell) else "td"
        out.append(f"<{tag}{_NUM if number else ''}>{_inline(cell)}</{tag[:2]}>")
    out.append("</tr></thead>\n<tbody>\n")
    for row in table.rows:
        out.append("<tr>")
        for column, cell in enumerate(row):
            number = column < len(numeric) and numeric[column]
            tag = "td" if column or number else 'th scope="row"'
            body = "".join(map(_numeral, cell)) if number else _inline(cell)
            out.append(f"<{tag}{_NUM if number else ''}>{body}</{tag[:2]}>")
        out.append("</tr>\n")
    out.append("</tbody>\n</table>\n</div>\n")
    return "".join(out)


_NUM = ' class="num"'


def _numeral(piece: str | Box) -> str:
    """A cell's number with a real minus and power of ten, if it is one; else as it is."""
    if isinstance(piece, str) and re.fullmatch(r"-?[0-9.]+(e[+-]?[0-9]+)?", piece):
        return _inline((Number(piece),)) if "e" in piece else piece.replace("-", "−")
    return _inline((piece,))


def _figure(svg: str, label: str, caption: str) -> str:
    caption = f"<figcaption>{caption}</figcaption>" if caption else ""
    return (
        '<figure class="drawing">\n'
        f'<div class="scroll" tabindex="0" role="group" aria-label="{label}">'
        f"{svg}</div>\n{caption}</figure>\n"
    )


def _legend(diagram: Diagram) -> str:
    """What the colours and widths mean, as far as they occur."""
    out = []
    if any(edge.value > 0 for edge in diagram.edges):
        out.append('<span class="key pos"></span>positive')
    if any(edge.value < 0 for edge in diagram.edges):
        out.append('<span class="key neg"></span>negative')
    if any(bias.node < 0 for bias in diagram.biases):
        out.append('<span class="key bias"></span>bias')
    if out:
        out.append("the wider the edge, the larger the weight")
    return "".join(f"<span>{words}</span> " for words in out).strip()
