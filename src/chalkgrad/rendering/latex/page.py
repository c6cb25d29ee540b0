"""The page or fragment: preamble, title, and each part in its turn."""

from __future__ import annotations

from chalkgrad.rendering.document import (
    Curve,
    Diagram,
    Document,
    Equations,
    Heading,
    Note,
    Part,
    Prose,
    Says,
    Table,
)
from chalkgrad.rendering.latex.curve import plot
from chalkgrad.rendering.latex.drawing import figure
from chalkgrad.rendering.latex.equations import equations
from chalkgrad.rendering.latex.network import network
from chalkgrad.rendering.latex.tables import table
from chalkgrad.rendering.latex.words import FRAGMENT, inline, words

_PAGE = 455.0
"""The width of the text on our own page, in points."""

_PREAMBLE = r"""\documentclass[11pt,a4paper,fleqn]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{amsmath}
"""
_TIKZ = r"\IfFileExists{tikz.sty}{\usepackage{tikz}}{}" + "\n"
_LAYOUT = r"""\setlength{\textwidth}{455pt}
\setlength{\oddsidemargin}{0pt}
\setlength{\evensidemargin}{0pt}
\setlength{\textheight}{680pt}
\setlength{\topmargin}{-40pt}
\setlength{\mathindent}{16pt}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt plus 2pt}
"""
_SECTIONS = ("section", "subsection", "subsubsection")


def to_latex(document: Document, fragment: bool = False) -> str:
    r"""The document as a file for pdflatex, or as a body for one's own preamble.

    Lines of equations break at signs where they would be wider than the page (345 points in a
    fragment), long tables go on below a new header, and words mean nothing to TeX.

    >>> print(to_latex(Document("50% off", "", ()), fragment=True))
    % Needs in the preamble: amsmath; \usepackage[T1]{fontenc}.
    \begingroup\allowdisplaybreaks\sloppy
    {\centering\LARGE\bfseries 50\% off\par}
    \endgroup
    <BLANKLINE>
    """
    measure = FRAGMENT if fragment else _PAGE
    drawn = any(isinstance(part, (Diagram, Curve)) for part in document.parts)
    body = [_title(document), *(_part(part, measure, document.says) for part in document.parts)]
    # a document without a page makes no PDF; the empty box makes one
    text = "\n\n".join(filter(None, body)) or r"\mbox{}"
    if fragment:
        packages = ["amsmath", r"\usepackage[T1]{fontenc}"]
        packages += [document.says("latex_drawing")] if drawn else []
        needs = document.says("latex_needs", packages="; ".join(packages))
        return f"% {needs}\n\\begingroup\\allowdisplaybreaks\\sloppy\n{text}\n\\endgroup\n"
    head = _PREAMBLE + (_TIKZ if drawn else "") + _LAYOUT + _language(document.language)
    begin = r"\allowdisplaybreaks" + "\n" + r"\begin{document}" + "\n" + r"\sloppy"
    return f"{head}{begin}\n{text}\n\\end{{document}}\n"


def _language(code: str) -> str:
    """What another language than TeX's own asks for.

    No word is divided by the rules of English, and the PDF says which language it is in. It does without
    babel, whose files for a language are a package of their own.
    """
    if code == "en":
        return ""
    said = rf"\ifdefined\pdfcatalog\pdfcatalog{{/Lang ({code})}}\fi"
    return f"\\hyphenpenalty=10000\n{said}\n"


def _title(document: Document) -> str:
    lines = ((r"\LARGE\bfseries", document.title), (r"\large", document.subtitle))
    return "\n".join(
        rf"{{\centering{size} {spelled}\par}}" for size, text in lines if (spelled := words(text))
    )


def _part(part: Part, measure: float, says: Says) -> str:
    match part:
        case Heading(level, text):
            return rf"\{_SECTIONS[min(max(level, 1), 3) - 1]}*{{{words(text)}}}"
        case Prose(text):
            return inline(text)
        case Note(text, kind):
            word = words(says("warning" if kind == "warning" else "note"))
            return rf"\begin{{quote}}\small\textbf{{{word}.}} {inline(text)}\end{{quote}}"
        case Equations(items):
            return equations(items, measure)
        case Table():
            return table(part, measure, says)
        case Diagram():
            return figure(network(part, min(measure, FRAGMENT + 55)))
        case Curve():
            return figure(plot(part, min(measure, FRAGMENT) - 15, says))
