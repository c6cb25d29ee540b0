"""A document as Markdown for GitHub; `Dialect` says where other readers of Markdown differ.

Between dollar signs GitHub eats underscores, asterisks and double backslashes as Markdown. Its
fence ```` ```math ```` and its inline form with dollar and backtick leave mathematics alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    Says,
    Table,
    merged,
)
from chalkgrad.rendering.points import thin
from chalkgrad.rendering.textdiagram import draw
from chalkgrad.tex import to_tex

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.boxes import Box

_CURVE_POINTS = 12


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one reader of Markdown wants what Markdown leaves open.

    Attributes:
        display: mathematics on lines of its own, from TeX.
        inline: mathematics within a line, from TeX.
        note: a note, from its kind, the word for it and its text on one line.
    """

    display: Callable[[str], str]
    inline: Callable[[str], str]
    note: Callable[[str, str, str], str]


GITHUB = Dialect(
    display=lambda tex: f"```math\n{tex}\n```",
    inline=lambda tex: f"$`{tex}`$",
    note=lambda kind, _, text: f"> [!{'WARNING' if kind == 'warning' else 'NOTE'}]\n> {text}",
)


def to_markdown(document: Document) -> str:
    """The document for GitHub; words show as themselves, whatever they hold.

    >>> print(to_markdown(Document("<b> & *x*", "", (Prose(("One line.",)),))))
    # &lt;b&gt; &amp; \\*x\\*
    <BLANKLINE>
    One line.
    <BLANKLINE>
    """
    blocks = [*opening(document), *(block(part, GITHUB, document.says) for part in document.parts)]
    return "\n\n".join(filter(None, blocks)) + "\n"


def opening(document: Document) -> list[str]:
    """The title and the line below it, as blocks."""
    title, subtitle = words(document.title), words(document.subtitle)
    return [f"# {title}" if title else "", f"*{subtitle}*" if subtitle else ""]


def block(part: Part, dialect: Dialect, says: Says) -> str:
    """One part as a block, without blank lines around it."""
    match part:
        case Heading(level, text):
            title = words(text)
            return f"{'#' * (min(max(level, 1), 3) + 1)} {title}" if title else ""
        case Prose(text):
            return _start(inline(text, dialect))
        case Note(text, kind):
            kind = "warning" if kind == "warning" else "note"
            return dialect.note(kind, words(says(kind)), _start(inline(text, dialect)))
        case Equations(items):
            return _equations(items, dialect)
        case Table(header, rows, numeric, caption):
            title = words(caption)
            above = f"**{title}**" if title else ""
            return "\n\n".join(filter(None, (above, _table(header, rows, numeric, dialect))))
        case Diagram():
            return _fenced("\n".join(draw(part, says=says)))
        case Curve():
            return _curve(part, dialect)


# ---------------------------------------------------------------- words
# entities where a reader of mathematics looks before Markdown does: a backslash, a dollar sign
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\\": "&#92;", "$": "&#36;", "`": "&#96;"}
_ESCAPES = str.maketrans(_ENTITIES | {char: f"\\{char}" for char in "*_[]#|~"})
_STARTS = re.compile(r"(\d{1,9})[.)](?=\s|$)|[-+=]")


def words(text: str) -> str:
    """Words that mean nothing to Markdown or HTML, on one line.

    >>> words("a_b [x](javascript:y) <script>")
    'a\\\\_b \\\\[x\\\\](javascript:y) &lt;script&gt;'
    """
    safe = " ".join(text.split()).translate(_ESCAPES)
    # an address whose colon or point is escaped is not made a link
    return re.sub(r":(?=//)|(?i:(?<=www)\.)", r"\\\g<0>", safe)


def _start(line: str) -> str:
    """A line that does not begin a list, a rule or an underline of a heading."""
    found = _STARTS.match(line)
    if not found:
        return line
    if found[1]:
        return f"{found[1]}\\{line[len(found[1]) :]}"
    return "\\" + line


def inline(text: Inline, dialect: Dialect) -> str:
    """Words and mathematics on one line."""
    pieces = []
    for piece in merged(text):
        if isinstance(piece, str):
            ends = (" " if piece[:1].isspace() else "", " " if piece[-1:].isspace() else "")
            safe = words(piece)
            pieces.append(f"{ends[0]}{safe}{ends[1]}" if safe else ends[0])
        else:
            # a bar would end a cell of a table, even in mathematics
            tex = mathjax(piece).replace(r"\|", r"\Vert ").replace("|", r"\vert ")
            pieces.append(dialect.inline(tex.strip()))
    return "".join(pieces).strip()


# ---------------------------------------------------------------- mathematics
_MATH_SIGNS = {
    "\\": r"\backslash ", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_",
    "%": r"\%", "^": r"\wedge ", "~": r"\sim ", "<": r"\lt ", ">": r"\gt ", "|": r"\vert ",
    "`": "‘",
}  # fmt: skip


def mathjax(box: Box) -> str:
    r"""A box as TeX for a browser, where ``\text`` knows no escapes: special signs stand outside.

    >>> from chalkgrad.boxes import Words
    >>> mathjax(Words("50% of a_b"))
    '\\text{50}\\%\\text{ of a}\\_\\text{b}'
    """
    return to_tex(box, _set)


def _set(command: str, text: str) -> str:
    # of the characters that have no shape, none may stay: they end or hide what follows
    seen = "".join(c if c.isprintable() else " " for c in re.sub(r"\s+", " ", text))
    pieces = re.split(r"([\\{}$&#_%^~<>|`])", seen)
    return "".join(
        _MATH_SIGNS[piece] if k % 2 else rf"\{command}{{{piece}}}"
        for k, piece in enumerate(pieces)
        if piece
    )


def _equations(items: tuple[Equation, ...], dialect: Dialect) -> str:
    """A block for each run of equations without words between them."""
    blocks: list[str] = []
    lines: list[str] = []
    for item in items:
        if item.words:
            blocks += [_aligned(lines, dialect), _start(words(item.words))]
            lines = []
        chain = [f"&= {mathjax(step)}" for step in item.steps] or ["&"]
        chain[0] = f"{mathjax(item.left)} {chain[0]}"
        chain[-1] += r"\,{}^{\dagger}" if item.marked else ""
        lines += chain
    return "\n\n".join(filter(None, [*blocks, _aligned(lines, dialect)]))


def _aligned(lines: list[str], dialect: Dialect) -> str:
    # the length keeps a bracket that begins a line from being read as one
    body = " \\\\[2pt]\n".join(lines)
    return dialect.display(f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}") if lines else ""


# ---------------------------------------------------------------- tables and drawings
def _table(
    header: tuple[Inline, ...],
    rows: tuple[tuple[Inline, ...], ...],
    numeric: tuple[bool, ...],
    dialect: Dialect,
) -> str:
    def line(cells: list[str]) -> str:
        return f"| {' | '.join(cells)} |"

    rule = ["---:" if number else ":---" for number in numeric]
    lines = [[inline(cell, dialect) for cell in row] for row in (header, *rows)]
    return "\n".join(map(line, [lines[0], rule, *lines[1:]])) if header else ""


def _fenced(text: str) -> str:
    """Text as it is, in a fence longer than any in it."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _curve(curve: Curve, dialect: Dialect) -> str:
    """The curve in words, and at most twelve of its points as a table."""
    points = thin(curve.xs, curve.ys, _CURVE_POINTS, curve.logarithmic)
    rows = tuple(((str(x),), (f"{y:.4g}",)) for x, y in points)
    table = _table(((curve.x_label,), (curve.y_label,)), rows, (True, True), dialect)
    return "\n\n".join(filter(None, (_start(words(curve.alt)), table if rows else "")))
