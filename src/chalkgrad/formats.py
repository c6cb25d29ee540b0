"""The formats that a working can take: one row each, by name and by the ending of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.compose import compose
from chalkgrad.errors import expect, one_of
from chalkgrad.light import dataclass, field
from chalkgrad.working import Working

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.printing import Kind


@dataclass(frozen=True, slots=True)
class Options:
    """What a renderer may be asked for; each reads what concerns it.

    Attributes:
        width, ascii_only, colour: of the terminal.
        fragment: LaTeX without a preamble.
        agreement: add the comparison with central differences.
        paper: of the printed sheet, ``a4`` or ``letter``.
    """

    width: int = 80
    ascii_only: bool = False
    colour: bool = False
    fragment: bool = False
    agreement: bool = False
    paper: str = "a4"


@dataclass(frozen=True, slots=True)
class Format:
    """One output format.

    Attributes:
        name: as in ``--format``.
        render: text of a working, or bytes where it is no text; imports its renderer when it is called.
        suffixes: endings of files that mean it.
        media: its media type.
    """

    name: str
    render: Callable[[Working, Options], str | bytes]
    suffixes: tuple[str, ...]
    media: str = field(default="text/plain")


def _text(working: Working, options: Options) -> str:
    from chalkgrad.rendering.terminal import to_text

    return to_text(
        compose(working, agreement=options.agreement),
        width=options.width,
        ascii_only=options.ascii_only,
        colour=options.colour,
    )


def _markdown(working: Working, options: Options) -> str:
    from chalkgrad.rendering.markdown import to_markdown

    return to_markdown(compose(working, agreement=options.agreement))


def _latex(working: Working, options: Options) -> str:
    from chalkgrad.rendering.latex import to_latex

    return to_latex(compose(working, agreement=options.agreement), fragment=options.fragment)


def _html(working: Working, options: Options) -> str:
    from chalkgrad.rendering.html import to_html
    from chalkgrad.view.page import front_of  # a view is made of workings; it is asked for here

    return to_html(compose(working, agreement=options.agreement), front=front_of(working))


def _notebook(working: Working, options: Options) -> str:
    from chalkgrad.rendering.notebook import to_notebook

    return to_notebook(compose(working, agreement=options.agreement))


def _json(working: Working, options: Options) -> str:
    from chalkgrad.working_json import to_json

    return to_json(working, agreement=options.agreement)


def _typst(working: Working, options: Options) -> str:
    from chalkgrad.rendering.typst import Sheet, to_typst_page

    return to_typst_page(compose(working, agreement=options.agreement), Sheet(options.paper))


def _printed(kind: Kind) -> Callable[[Working, Options], bytes]:
    def render(working: Working, options: Options) -> bytes:
        from chalkgrad.printing import printed

        return printed(compose(working, agreement=options.agreement), kind, options.paper)

    return render


FORMATS: dict[str, Format] = {
    row.name: row
    for row in (
        Format("text", _text, (".txt",)),
        Format("markdown", _markdown, (".md", ".markdown"), "text/markdown"),
        Format("latex", _latex, (".tex",), "text/latex"),
        Format("html", _html, (".html", ".htm"), "text/html"),
        Format("json", _json, (".json",), "application/json"),
        Format("notebook", _notebook, (".ipynb",), "application/x-ipynb+json"),
        Format("typst", _typst, (".typ",), "text/vnd.typst"),
        Format("pdf", _printed("pdf"), (".pdf",), "application/pdf"),
        Format("png", _printed("png"), (".png",), "image/png"),
        Format("svg", _printed("svg"), (".svg",), "image/svg+xml"),
    )
}


def by_suffix(file: str) -> Format | None:
    """The format that the ending of a file means, or None.

    >>> by_suffix("mazur.tex").name
    'latex'
    """
    for row in FORMATS.values():
        if file.lower().endswith(row.suffixes):
            return row
    return None


def render(
    working: Working, format_name: str = "text", options: Options | None = None
) -> str | bytes:
    """A working in a format by name.

    Raises:
        RequestError: no such format, or it is no working.
    """
    one_of("format", format_name, FORMATS)
    expect(working, Working, "working", "a Working, as chalkgrad.solve(problem) gives")
    return FORMATS[format_name].render(working, options or Options())


def mimebundle(working: Working) -> dict[str, str]:
    """What a notebook shows: HTML with MathML, Markdown, LaTeX and text."""
    from chalkgrad.rendering.html import to_fragment

    return {
        "text/html": to_fragment(compose(working)),
        "text/markdown": _markdown(working, Options()),
        "text/latex": _latex(working, Options(fragment=True)),
        "text/plain": _text(working, Options()),
    }
