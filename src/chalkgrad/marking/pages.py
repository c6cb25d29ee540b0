"""One page of feedback for each sheet, as HTML, Markdown or text."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from chalkgrad.marking.gradebook import student_of
from chalkgrad.marking.report import sheet_document, title_of
from chalkgrad.rendering.document import Document, Prose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalkgrad.marking.records import Sheet


@lru_cache(maxsize=4)
def _around(title: str) -> tuple[str, str]:
    """A page before and after its text; without the font of mathematics, which feedback has no use for."""
    from chalkgrad.rendering.html import to_html

    page = to_html(Document(title_of(title), "\uf8ff", (Prose(("\uf8fe",)),)))
    page = re.sub(r"@font-face \{[^}]*\}\n?", "", page, count=1)
    before, _, after = page.partition("<p>\uf8fe</p>")
    return before, after


def feedback_html(sheet: Sheet, title: str = "", names: Mapping[str, str] | None = None) -> str:
    """One page of feedback."""
    from chalkgrad.rendering.html import to_fragment

    before, after = _around(title)
    body = to_fragment(sheet_document(sheet, title, names)).partition('<div class="doc">')[2]
    body = body.rstrip().removesuffix("</div>").removesuffix("</div>")
    return before.replace("\uf8ff", escape(sheet.name)) + body + after


def feedback_markdown(sheet: Sheet, title: str = "", names: Mapping[str, str] | None = None) -> str:
    """The same as Markdown."""
    from chalkgrad.rendering.markdown import to_markdown

    return to_markdown(sheet_document(sheet, title, names))


def feedback_text(sheet: Sheet, title: str = "", names: Mapping[str, str] | None = None) -> str:
    """The same as text."""
    from chalkgrad.rendering.terminal import to_text

    return to_text(sheet_document(sheet, title, names), width=100)


PAGES = {
    "html": (".html", feedback_html), "markdown": (".md", feedback_markdown), "text": (".txt", feedback_text),
}  # fmt: skip


def safe_name(name: str, taken: set[str]) -> str:
    """A file name for a sheet, unlike those taken."""
    stem = re.sub(r"[^\w.-]+", "_", student_of(name)).strip("._")[:80] or "sheet"
    made, k = stem, 2
    while made.casefold() in taken:
        made, k = f"{stem}-{k}", k + 1
    taken.add(made.casefold())
    return made
