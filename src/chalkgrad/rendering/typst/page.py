"""The page: paper, fonts, title, and each part in its turn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalkgrad.rendering.document import Heading, Prose
from chalkgrad.rendering.typst.parts import lower
from chalkgrad.typst_math import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.rendering.document import Document, Part

PAPERS = {"a4": "a4", "letter": "us-letter"}
"""Names of paper, and what Typst calls them."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper that a document is set on.

    Attributes:
        paper: a key of `PAPERS`.
        endless: one page as long as it needs, for a picture.
    """

    paper: str = "a4"
    endless: bool = False


_SETUP = """\
#set text(font: ("STIX Two Text", "Libertinus Serif", "New Computer Modern"), size: 10.5pt)
#show math.equation: set text(font: ("STIX Two Math", "New Computer Modern Math"))
#set par(justify: false, leading: 0.62em, spacing: 0.9em)
#set table(stroke: none, inset: (x: 6pt, y: 4pt))
#show heading: set block(above: 1.5em, below: 0.8em, sticky: true)
#show heading.where(level: 1): set text(size: 16pt)
#show heading.where(level: 2): set text(size: 13pt)
#show heading.where(level: 3): set text(size: 11pt, style: "italic")
#let chain(lhs, together: true, ..steps) = block(breakable: not together, above: 1em, below: 1em, context {
  // a line keeps clear of a fraction above it by what is left of the leading
  set par(leading: 0.2em, spacing: 0.75em)
  let beside = measure(lhs).width + 4pt
  for (k, step) in steps.pos().enumerate() {
    for (n, line) in if type(step) == array { step } else { (step,) }.enumerate() {
      let indent = if n == 0 { beside } else { beside + 1.6em }
      par(hanging-indent: beside + 1.6em, box(width: indent, if k + n == 0 { lhs }) + line)
    }
  }
})
#let eq(alt, body) = math.equation(math.display(body), alt: alt)
#let remark(kind, body) = block(
  width: 100%, inset: (left: 10pt, y: 3pt), stroke: (left: 2pt + luma(150)), text(size: 9.5pt)[*#kind.* #body],
)
"""


def to_typst_page(document: Document, sheet: Sheet | None = None) -> str:
    """A document as one Typst file that needs no package.

    >>> from chalkgrad.rendering.document import Document, Prose
    >>> page = to_typst_page(Document("T", "", (Prose(("a # b",)),)))
    >>> page.splitlines()[-1]
    '#par[#"a # b"]'
    """
    sheet = sheet or Sheet()
    title = document.title or document.says("untitled")
    height = "height: auto, " if sheet.endless else ""
    numbers = "" if sheet.endless else 'numbering: "1 / 1", '
    lines = [
        f"#set document(title: {quoted(title)}, date: none)",
        f"#set page(paper: {quoted(PAPERS[sheet.paper])}, {height}{numbers}margin: 2.1cm)",
        f"#set text(lang: {quoted(document.language)})",
        _SETUP,
        f"#align(center, heading(level: 1, {quoted(title)}))",
    ]
    if document.subtitle:
        lines.append(f"#align(center, text(size: 10.5pt, {quoted(document.subtitle)}))")
    level = 1
    leading = _leading(document.parts)
    for n, part in enumerate(document.parts):
        if isinstance(part, Heading):  # readers step down one level at a time
            level = min(part.level + 1, level + 1, 4)
            part = replace(part, level=level)
        text = lower(part, document.says)
        lines.append(f"#block(sticky: true)[{text}]" if n in leading else text)
    return "\n".join(lines)


def _leading(parts: Sequence[Part]) -> set[int]:
    """Which parts are sentences between a heading and what it is about: no page ends after them."""
    out: set[int] = set()
    run: list[int] | None = None
    for n, part in enumerate(parts):
        if isinstance(part, Heading):
            run = []
        elif isinstance(part, Prose) and run is not None:
            run.append(n)
        else:
            out.update(run or ())
            run = None
    return out
