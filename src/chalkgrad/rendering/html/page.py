"""The file or fragment: head, style sheet, contents, and each part in its turn."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from chalkgrad.light import dataclass
from chalkgrad.rendering.document import Document, Equations, Heading, Says
from chalkgrad.rendering.html.parts import lower
from chalkgrad.rendering.svg import legal

if TYPE_CHECKING:
    from collections.abc import Mapping

POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:"
"""What a page without a script may load: nothing but what it holds."""

_PAGE_IDS = ("content", "view", "view-data", "cg-auto", "cg-light", "cg-dark")
_DEEPEST = 2
"""Levels of headings in the contents; what is below repeats itself too often."""


@dataclass(frozen=True, slots=True)
class Front:
    """Something live that stands between the title and the text.

    Attributes:
        style: its style sheet.
        module: its script, an ES module that finds the element ``view`` and the text ``view-data``.
        data: what the module reads, as JSON.
    """

    style: str
    module: str
    data: str


# ---------------------------------------------------------------- the two public shapes
def to_html(
    document: Document,
    pictures: Mapping[str, str] | None = None,
    *,
    front: Front | None = None,
) -> str:
    """A document as one HTML file: the same document gives the same bytes.

    Args:
        document: what it says.
        pictures: elements that stand below a heading, by the heading's anchor.
        front: what stands live above the text, if anything does.

    >>> page = to_html(Document("A < B", "", ()))
    >>> page.startswith('<!DOCTYPE html>'), '<title>A &lt; B</title>' in page
    (True, True)
    """
    ids, says = iter(_anchors(document)), document.says
    title = escape(document.title)
    subtitle = f'<p class="subtitle">{escape(document.subtitle)}</p>' if document.subtitle else ""
    sheets = [_font() + _style(), *([front.style] if front else [])]
    out = [
        f'<!DOCTYPE html>\n<html lang="{escape(document.language)}">\n<head>\n',
        '<meta charset="utf-8">\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(sheets, front)}">\n',
        f'<meta name="generator" content="chalkgrad">\n<title>{title}</title>\n',
        '<link rel="icon" href="data:,">\n',
        *(f"<style>{sheet}</style>\n" for sheet in sheets),
        '</head>\n<body class="cg-page">\n<div class="cg">\n',
        f'<a class="skip" href="#content">{escape(says("page_skip"))}</a>\n',
        f'<header class="top"><div><h1>{title}</h1>{subtitle}</div>{_switch(says)}</header>\n',
        "</div>\n",
        f'<section id="view" aria-label="{escape(says("page_view"))}"></section>\n'
        if front
        else "",
        '<div class="cg">\n<div class="sides">\n',
        _contents([part for part in document.parts if isinstance(part, Heading)], says),
        '<main id="content" class="doc">\n',
    ]
    for part in document.parts:
        out.append(lower(part, ids, says))
        if pictures and isinstance(part, Heading):
            out.append(pictures.get(part.anchor, ""))
    out.append("</main>\n</div>\n</div>\n")
    page = legal("".join(out))
    if front:
        # no tag can begin within the data, whatever its words are
        data = front.data.replace("<", "\\u003c")
        page += f'<script type="application/json" id="view-data">{data}</script>\n'
        page += f'<script type="module">{front.module}</script>\n'
    return page + "</body>\n</html>\n"


def _policy(sheets: list[str], front: Front | None) -> str:
    """What the page may load and run: with a script, that one script and these style sheets alone."""
    if not front:
        return POLICY
    styles = " ".join(f"'{_hash(sheet)}'" for sheet in sheets)
    return (
        f"default-src 'none'; script-src '{_hash(front.module)}'; style-src-elem {styles}; "
        "style-src-attr 'unsafe-inline'; font-src data:; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode("ascii")


def to_fragment(document: Document) -> str:
    """A document for a notebook's cell: no title, contents or font, and no ids to meet others.

    >>> from chalkgrad.rendering.document import Prose
    >>> to_fragment(Document("", "", (Prose(("a < b",)),))).splitlines()[-2]
    '<p>a &lt; b</p>'
    """
    style = _style().partition("/* ---- the page")[0]
    body = "".join(lower(part, None, document.says) for part in document.parts)
    lang = escape(document.language)
    return legal(
        f'<div class="cg" lang="{lang}"><style>\n{style}</style>'
        f'<div class="doc">\n{body}</div></div>'
    )


@cache
def _style() -> str:
    assets = files("chalkgrad.rendering").joinpath("assets")
    sheets = ("tokens.css", "page.css")
    return "".join(assets.joinpath(name).read_text(encoding="utf-8") for name in sheets)


@cache
def _font() -> str:
    font = files("chalkgrad.rendering").joinpath("assets/stix-two-math-subset.woff2").read_bytes()
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


def _switch(says: Says) -> str:
    radios = "".join(
        f'<label><input type="radio" name="cg-theme" id="cg-{key}"'
        f"{' checked' if key == 'auto' else ''}><span>{escape(says(f'page_{key}'))}</span></label>"
        for key in ("auto", "light", "dark")
    )
    theme = escape(says("page_theme"))
    return f'<fieldset class="seg"><legend>{theme}</legend><div>{radios}</div></fieldset>'


def _contents(headings: list[Heading], says: Says) -> str:
    """The table of contents as nested lists; a level that is skipped adds no empty list."""
    headings = [heading for heading in headings if heading.level <= _DEEPEST]
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
    words = escape(says("page_contents"))
    return (
        f'<nav class="toc" aria-label="{words}"><details><summary>{words}</summary>'
        f"{''.join(out)}</details></nav>\n"
    )
