"""Pages of Typst as PDF, PNG and SVG; the one place that knows the compiler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from chalkgrad.errors import MissingExtra, RequestError
from chalkgrad.rendering.typst import Sheet, to_typst_page

if TYPE_CHECKING:
    from chalkgrad.rendering.document import Document

Kind = Literal["pdf", "png", "svg"]

PIXELS_PER_INCH = 144.0
MOST_BYTES = 20_000_000
"""Of Typst text; some 100,000 equations. What is longer takes minutes and gigabytes."""


def printed(document: Document, kind: Kind, paper: str = "a4") -> bytes:
    """A document as PDF pages, or as a picture of one page that is as long as it needs.

    A PDF is tagged and has words for every formula and drawing (PDF/UA-1). The same document gives the
    same bytes.

    Raises:
        MissingExtra: the extra ``pdf`` is not installed.
        RequestError: the document is too long for the compiler.
    """
    try:
        import typst
    except ImportError as error:
        raise MissingExtra("pdf", f"{kind.upper()} output") from error
    text = to_typst_page(document, Sheet(paper, endless=kind != "pdf")).encode()
    if len(text) > MOST_BYTES:
        raise RequestError(
            f"{len(text):,} bytes of Typst are too many to print (the limit is {MOST_BYTES:,});"
            " choose with --only or --work"
        )
    if kind == "pdf":
        return typst.compile(text, format="pdf", pdf_standards=["ua-1"], timestamp=0)
    if kind == "png":
        return typst.compile(text, format="png", ppi=PIXELS_PER_INCH)
    return typst.compile(text, format="svg")
