"""An audit as one HTML file: the lines of each document, and beside them what was found."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from chalkgrad.auditing.baseline import fingerprints
from chalkgrad.auditing.grouping import groups
from chalkgrad.auditing.listing import KEYS, Listing, class_of
from chalkgrad.auditing.report import coverage_line
from chalkgrad.errors import visible
from chalkgrad.rendering.document import Document, Heading, Note, Part, Prose, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalkgrad.auditing.records import Audit

_SLOT = "\uf8fe"


def to_page(audit: Audit) -> str:
    """The report as one file that needs nothing from outside.

    >>> from chalkgrad.auditing.records import Audit
    >>> page = to_page(Audit({"a<b.md": ("1 < 2",)}, ()))
    >>> "1 &lt; 2" in page, "a<b" in page
    (True, False)
    """
    from chalkgrad.rendering.html import to_html

    return _filled(audit, to_html(_document(audit)), "")


def to_fragment(audit: Audit) -> str:
    """The same for a notebook's cell; its anchors are unlike those of other audits."""
    from chalkgrad.rendering import html

    mark = "\0".join(fingerprints(audit, audit.findings) + list(audit.documents))
    prefix = f"cg-{sha256(mark.encode('utf-8', 'replace')).hexdigest()[:8]}-"
    whole = _document(audit)
    told = replace(whole, parts=(Prose((coverage_line(audit) + ".",)), *whole.parts))
    return _filled(audit, html.to_fragment(told), prefix)


def _document(audit: Audit) -> Document:
    """What is said around the lines, and a slot for the lines of each document."""
    several = len(audit.documents) > 1
    title = f"Audit of {len(audit.documents)} documents" if several else "Audit"
    title = f"Audit of {next(iter(audit.documents))}" if len(audit.documents) == 1 else title
    parts: list[Part] = [
        Note((f"Convention: {key}: {words}" if words else f"Convention: {key}",))
        for key, words in audit.conventions.items()
    ]
    parts += [Note((visible(words),)) for words in audit.notes]
    parts.append(Prose((f"{_SLOT}keys",)))
    for number, name in enumerate(audit.documents):
        if several:
            parts.append(Heading(1, visible(name), f"document-{number + 1}"))
        parts.append(Prose((f"{_SLOT}{number}",)))
    if audit.names:
        parts.append(_names(audit.names))
    subtitle = coverage_line(audit).partition(" documents, ")
    return Document(visible(title), subtitle[2] or subtitle[0], tuple(parts))


def _filled(audit: Audit, page: str, prefix: str) -> str:
    """A page with its slots filled."""
    found = groups(audit.figures)
    slots = {"keys": _keys(audit)} | {
        str(k): Listing(audit, name, found, prefix).html() for k, name in enumerate(audit.documents)
    }
    pieces = page.replace("</style>", f"\n{_style()}</style>", 1).split(f"<p>{_SLOT}")
    out = [pieces[0]]
    for piece in pieces[1:]:
        slot, _, rest = piece.partition("</p>")
        out += [slots[slot], rest]
    return "".join(out)


@cache
def _style() -> str:
    return files("chalkgrad.auditing").joinpath("page.css").read_text(encoding="utf-8")


def _names(names: Mapping[str, str]) -> Table:
    rows = tuple(((visible(own),), (name,)) for own, name in names.items())
    return Table((("in the document",), ("taken for",)), rows, (False, False), "Names")


def _keys(audit: Audit) -> str:
    """What the underlines mean, as far as they occur."""
    there = {class_of(f) for f in audit.figures} | (
        {"passed"} if audit.ignored or audit.known else set()
    )
    said = [
        f'<span><mark class="{key}">0.5</mark> {escape(words)}</span>'
        for key, words in KEYS.items()
        if key in there
    ]
    return f'<div class="keys">{"".join(said)}</div>\n' if said else ""
