"""What every drawing is made of: colours, text, paths, and the element around it all."""

from __future__ import annotations

import math
import re
from html import escape
from typing import TYPE_CHECKING

from chalkgrad.light import dataclass

if TYPE_CHECKING:
    from chalkgrad.rendering.svg.runs import Run

# What neither XML nor HTML may hold: control characters, halves of surrogate pairs, non-characters.
_ILLEGAL = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]"
)


def legal(text: str) -> str:
    r"""A text without the characters that no page may hold; a replacement sign stands for each.

    >>> legal("a\x00b")
    'a�b'
    """
    return _ILLEGAL.sub("\ufffd", text)


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours and the font of a drawing, as values of SVG attributes."""

    ink: str
    muted: str
    card: str
    well: str
    line: str
    rule: str
    pos: str
    neg: str
    num: str


PAGE = Palette(*(f"var(--{name})" for name in Palette.__slots__))
DAY = Palette(
    ink="#1c211f",
    muted="#565e5a",
    card="#ffffff",
    well="#f3f1ea",
    line="#dcd8cc",
    rule="#8a8f86",
    pos="#1b5ea6",
    neg="#b04a00",
    num="'STIX Two Math', 'STIX Two Text', Cambria, Georgia, serif",
)


def coordinate(value: float) -> str:
    """A number of pixels, to a tenth."""
    return f"{value:.1f}".removesuffix(".0")


def text(line: tuple[Run, ...], x: float, y: float, px: float, fill: str, anchor: str = "") -> str:
    """One `text` element, centred unless an anchor is given; scripts are `tspan`s."""
    spans, rise = [], 0.0
    for run in line:
        attributes = []
        if run.rise != rise:
            attributes.append(f' dy="{(rise - run.rise) * px:.1f}"')
        if run.shift:
            attributes.append(f' dx="{run.shift * px:.1f}"')
        if run.size != 1.0:
            attributes.append(f' font-size="{run.size * px:.1f}"')
        if run.slanted:
            attributes.append(' font-style="italic"')
        rise = run.rise
        body = escape(run.text)
        spans.append(f"<tspan{''.join(attributes)}>{body}</tspan>" if attributes else body)
    place = f'x="{coordinate(x)}" y="{coordinate(y)}" font-size="{px:g}" fill="{fill}"'
    place += f' text-anchor="{anchor}"' if anchor else ""
    return f"<text {place}>{''.join(spans)}</text>"


def path(a: tuple[float, float], b: tuple[float, float]) -> str:
    """A straight line."""
    return f"M{coordinate(a[0])} {coordinate(a[1])}L{coordinate(b[0])} {coordinate(b[1])}"


def svg(alt: str, wide: float, high: float, body: list[str], c: Palette, most: float = 1.0) -> str:
    """The outer element, shown at 0.79 (no text below 11 px) to `most` times its size.

    In a page the words go to `aria-label`, as a title would cover the tooltips of the edges.
    """
    w, h = math.ceil(wide), math.ceil(high)
    sizes = f' style="--least: {math.floor(w * 0.79)}px; --most: {math.ceil(w * most)}px"'
    head = (
        f'<svg class="net"{sizes if c is PAGE else ""} role="img" aria-label="{escape(alt)}"'
        f' width="{w}" height="{h}"'
        f' viewBox="0 0 {w} {h}" font-family="{escape(c.num)}" text-anchor="middle">'
    )
    return f"{head}{''.join(body)}</svg>"
