r"""A document as LaTeX that needs amsmath alone; drawings are TikZ where it is installed.

Every drawing is laid out once as strokes, discs and labels, and then written twice, as TikZ and as
LaTeX's own `picture`; the file itself chooses, so that it compiles with or without TikZ.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import TypeAlias

from chalkgrad.boxes import (
    Box,
    Fence,
    Frac,
    Grid,
    Id,
    Named,
    Number,
    Op,
    Root,
    Row,
    Script,
    Words,
    tex_text,
    to_plain,
    to_tex,
)
from chalkgrad.rendering.document import (
    Curve,
    Diagram,
    Document,
    Edge,
    Equation,
    Equations,
    Heading,
    Inline,
    Note,
    Part,
    Prose,
    Table,
)
from chalkgrad.rendering.textdiagram import NUMBER, thin

_PAGE, _FRAGMENT = 455.0, 345.0
"""Text widths in points: of our own page, and of the narrowest usual one, article at 10pt."""

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
_ROWS_PER_PAGE = 35.0
_MATRIX_LIMIT = 10  # amsmath's own, unless MaxMatrixCols is raised
_TOGETHER = 8  # lines of an equation; more may be divided by a page
_EM = 11.0


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
    measure = _FRAGMENT if fragment else _PAGE
    drawn = any(isinstance(part, (Diagram, Curve)) for part in document.parts)
    body = [_title(document), *(_part(part, measure) for part in document.parts)]
    # a document without a page makes no PDF; the empty box makes one
    text = "\n\n".join(filter(None, body)) or r"\mbox{}"
    if fragment:
        needs = r"amsmath; \usepackage[T1]{fontenc}" + ("; tikz for the drawing" if drawn else "")
        head = f"% Needs in the preamble: {needs}.\n" + r"\begingroup\allowdisplaybreaks\sloppy"
        return f"{head}\n{text}\n\\endgroup\n"
    head = _PREAMBLE + (_TIKZ if drawn else "") + _LAYOUT
    begin = r"\allowdisplaybreaks" + "\n" + r"\begin{document}" + "\n" + r"\sloppy"
    return f"{head}{begin}\n{text}\n\\end{{document}}\n"


def _title(document: Document) -> str:
    lines = ((r"\LARGE\bfseries", document.title), (r"\large", document.subtitle))
    return "\n".join(
        rf"{{\centering{size} {words}\par}}" for size, text in lines if (words := _words(text))
    )


def _part(part: Part, measure: float) -> str:
    match part:
        case Heading(level, text):
            return rf"\{_SECTIONS[min(max(level, 1), 3) - 1]}*{{{_words(text)}}}"
        case Prose(text):
            return _inline(text)
        case Note(text, kind):
            word = "Warning" if kind == "warning" else "Note"
            return rf"\begin{{quote}}\small\textbf{{{word}.}} {_inline(text)}\end{{quote}}"
        case Equations(items):
            return _equations(items, measure)
        case Table():
            return _table(part, measure)
        case Diagram():
            return _figure(_network(part, min(measure, _FRAGMENT + 55)))
        case Curve():
            return _figure(_plot(part, min(measure, _FRAGMENT) - 15))


# ---------------------------------------------------------------- words and mathematics
def _words(text: str) -> str:
    """Words of any content; spaces are folded, for a blank line would end an argument of TeX."""
    return " ".join(map(_word, text.split()))


def _word(word: str) -> str:
    """One word, with places to break it if no line could hold it."""
    if len(word) <= 24:
        return tex_text(word)
    # a line that ends here is filled up, for it has no space to stretch
    seam = r"\hfil\penalty0\hfilneg{}"
    return seam.join(tex_text(word[k : k + 8]) for k in range(0, len(word), 8))


def _number(text: str) -> str:
    """A number with the minus of mathematics; anything else as words."""
    return f"${to_tex(Number(text))}$" if NUMBER.fullmatch(text) else _words(text)


def _math(box: Box) -> str:
    return re.sub(r"\s*[\n\r]\s*", " ", to_tex(box))


def _inline(text: Inline) -> str:
    pieces = []
    for piece in text:
        if isinstance(piece, str):
            ends = (" " if piece[:1].isspace() else "", " " if piece[-1:].isspace() else "")
            words = _words(piece)
            pieces.append(f"{ends[0]}{words}{ends[1]}" if words else ends[0])
        else:
            lines = _lines(piece, 0.5 * _FRAGMENT)
            pieces.append(r"\allowbreak{}".join(f"${line}$" for line in lines))
    return "".join(pieces).strip()


def _em(box: Box) -> float:
    """About how wide a box is set, in ems; a little too wide rather than too narrow."""
    match box:
        case Id("exp" | "max" | "log" | "tanh"):
            return 2.2
        case Number(text):
            return 0.52 * len(text) + (1.6 if "e" in text else 0.3 if "-" in text else 0.0)
        case Id(text):
            return _text_em(to_plain(box)) + (0.1 if len(text) == 1 else 0.0)
        case Words(text):
            return _text_em(text)
        case Op(text):
            return {"*": 0.75, ",": 0.45, "matmul": 0.2, "neg": 0.8, "d": 0.6, "T": 0.8}.get(
                text, 1.25
            )
        case Named(_, body):
            return _em(body)
        case Row(items):
            return sum(map(_em, items))
        case Fence(body):
            return 0.8 + _em(body) + (0.4 if r"\frac" in to_tex(body) else 0.0)
        case Frac(top, bottom):
            return 0.3 + max(_em(top), _em(bottom))
        case Script(base, sub, sup):
            return _em(base) + 0.08 + 0.75 * max(_em(sub) if sub else 0.0, _em(sup) if sup else 0.0)
        case Root(body):
            return 0.9 + _em(body)
        case Grid(rows):
            columns = zip_longest(*rows, fillvalue=Row(()))
            return 1.0 + sum(0.9 + max(map(_em, column)) for column in columns)


def _text_em(text: str) -> float:
    """About how wide words are; capitals count more, and what is printed as its code point most."""
    return sum(
        5.2 if tex_text(c)[:3] == "[U+" else 1.1 if c in "WMmw@%" else 0.8 if c.isupper() else 0.52
        for c in text
    )


def _wide(box: Box) -> float:
    return _em(box) * _EM


# ---------------------------------------------------------------- breaking lines
@dataclass(frozen=True, slots=True)
class _Atom:
    """What never breaks; a line may break before a `sign`, and in need `after` what allows it."""

    tex: str
    width: float
    sign: bool = False
    after: bool = False


_SIGNS = tuple(map(Op, ("+", "-", "=", "~", "<", "<=", ">", ">=", "->")))
_DOTS = tuple(map(Op, ("*", "hadamard", "matmul", ",")))
_INDENT = 2 * _EM


def _lines(box: Box, room: float) -> list[str]:
    """Mathematics on one line, or on several that are no wider than the room."""
    if _wide(box) <= room:
        return [_math(box)]
    lines, line, width = [], "", 0.0
    for piece in _pieces(list(_atoms(box, room)), room):
        piece_width = sum(atom.width for atom in piece)
        if line and width + piece_width > room:
            lines.append(line)
            line, width = "", _INDENT
        # {} keeps the spaces of an operator at the start or the end of a line
        line += "{}" if not line and piece[0].sign else ""
        line += "".join(atom.tex for atom in piece) + ("{}" if piece[-1].after else "")
        width += piece_width
    return [*lines, line]


def _pieces(atoms: list[_Atom], room: float) -> list[list[_Atom]]:
    """Atoms in groups that stay on a line: terms with their sign, or factors of too wide terms."""
    terms: list[list[_Atom]] = [[]]
    for atom in atoms:
        if atom.sign and terms[-1]:
            terms.append([])
        terms[-1].append(atom)
    pieces: list[list[_Atom]] = []
    for term in filter(None, terms):
        if sum(atom.width for atom in term) <= room - _INDENT:
            pieces.append(term)
            continue
        pieces.append([])
        for atom in term:
            pieces[-1].append(atom)
            if atom.after:
                pieces.append([])
    return [piece for piece in pieces if piece]


def _atoms(box: Box, room: float) -> Iterator[_Atom]:
    """A box cut as far as its width asks for: rows always, brackets and fractions if they must."""
    if isinstance(box, Row):
        for item in box.items:
            yield from _atoms(item, room)
    elif box in _SIGNS or box in _DOTS:
        yield _Atom(_math(box), _wide(box), sign=box in _SIGNS, after=box in _DOTS)
    elif _wide(box) <= room - _INDENT:
        yield _Atom(_math(box), _wide(box))
    else:
        yield from _cut(box, room)


def _cut(box: Box, room: float) -> Iterator[_Atom]:
    match box:
        case Named(_, body):
            yield from _atoms(body, room)
        case Fence(body, left, right):
            yield _Atom(rf"\bigl{left}", 0.6 * _EM)
            yield from _atoms(body, room)
            yield _Atom(rf"\bigr{right}", 0.6 * _EM, after=True)
        case Frac(top, bottom):
            yield from _atoms(Fence(top), room)
            yield _Atom("/", 0.6 * _EM)
            yield from _atoms(
                bottom if isinstance(bottom, (Id, Number, Named)) else Fence(bottom), room
            )
        case Root(body):
            yield from _atoms(Script(Fence(body), sup=Frac(Number("1"), Number("2"))), room)
        case Script(base, sub, sup):
            yield from _atoms(base, room)
            yield _Atom(_math(Script(Row(()), sub, sup)), _wide(box) - _wide(base), after=True)
        case Words(text) | Id(text):
            for word in re.findall(r"\s*\S{1,12}", text):
                yield _Atom(_math(Words(word)), _wide(Words(word)), after=True)
        case Grid(rows, left, right):
            yield from _grid(rows, left, right, room)
        case _:
            yield _Atom(_math(box), _wide(box), after=True)


def _grid(rows: tuple[tuple[Box, ...], ...], left: str, right: str, room: float) -> Iterator[_Atom]:
    """A wide matrix, its columns in blocks side by side and its cells on several lines."""
    columns = max(map(len, rows), default=0)
    full = [(*row, *[Row(())] * (columns - len(row))) for row in rows]
    most = room - 3 * _EM
    # a case distinction keeps its conditions beside its values
    widest = most / columns if left == "{" and columns else most
    widths = [min(widest, max(_wide(row[c]) for row in full) + _EM) for c in range(columns)]
    blocks: list[list[int]] = [[]]
    for c in range(columns):
        if blocks[-1] and sum(widths[k] for k in blocks[-1]) + widths[c] > most:
            blocks.append([])
        blocks[-1].append(c)
    for block in blocks:
        lines = [[_lines(row[c], widths[c] - _EM) for c in block] for row in full]
        body = " \\\\[6pt]\n".join(map(_grid_row, lines))
        columns_spec = "l" if any(len(cell) > 1 for row in lines for cell in row) else "r"
        spec = columns_spec * max(1, len(block))
        opening = _delimiter(left if block is blocks[0] else "")
        closing = _delimiter(right if block is blocks[-1] else "")
        array = rf"\begin{{array}}{{@{{}}{spec}@{{}}}} {body} \end{{array}}"
        tex = rf"\left{opening}{array}\right{closing}"
        yield _Atom(tex, sum(widths[c] for c in block) + _EM, after=True)


def _grid_row(cells: list[list[str]]) -> str:
    rows = zip_longest(*cells, fillvalue="")
    indented = ([r"\quad " * bool(k and line) + line for line in row] for k, row in enumerate(rows))
    return " \\\\[2pt]\n".join(map(" & ".join, indented))


def _delimiter(bracket: str) -> str:
    return {"": ".", "{": r"\{", "}": r"\}"}.get(bracket, bracket)


# ---------------------------------------------------------------- equations
def _equations(items: tuple[Equation, ...], measure: float) -> str:
    """One `align*`; words before an equation stand between its lines."""
    beside = [w for item in items if (w := _wide(item.left)) <= 0.4 * measure]
    room = measure - max(beside, default=0.0) - 3.5 * _EM
    opening = _words(items[0].words) if items else ""
    text = ""
    for k, item in enumerate(items):
        words = _words(item.words) if k else ""
        lines = _chain(item, measure, room)
        # the length after \\ also keeps a bracket or star that follows from being read as its own
        gap = "\\\\[7pt]\n" if not words else f"\\\\\n\\intertext{{{words}}}\n"
        # the star keeps a short equation on one page
        star = "*" if len(lines) <= _TOGETHER else ""
        text += (gap if text else "") + f"\\\\{star}[2pt]\n".join(lines)
    columns = _most_columns(text)
    limit = rf"\setcounter{{MaxMatrixCols}}{{{columns}}}" + "\n" if columns > _MATRIX_LIMIT else ""
    # a display that begins a paragraph has an empty line above it, which is taken back
    lift = "" if opening else "\\vskip-\\baselineskip\\vskip-\\parskip\n"
    body = f"{limit}{lift}\\begin{{align*}}\n{text}\n\\end{{align*}}" if text else ""
    return "\n".join(filter(None, (opening, body)))


def _chain(item: Equation, measure: float, room: float) -> list[str]:
    """The lines of one equation: its left side, and from the second on what is equal to it."""
    if _wide(item.left) <= 0.4 * measure:
        lines, start = [], _math(item.left) + " "
    else:
        # a left side with no width of its own begins where the equals signs stand
        lefts = _lines(item.left, measure - 2 * _EM)
        lines, start = [rf"&\rlap{{$\displaystyle {left}$}}" for left in lefts], r""
    for step in item.steps:
        first, *rest = _lines(step, room)
        lines.append(f"{start}&= {first}")
        lines += [rf"&\quad {line}" for line in rest]
        start = ""
    if not lines:
        lines = [f"{start}&"]
    if item.marked:
        lines[-1] += r"\,{}^{\dagger}"
    return lines


def _most_columns(tex: str) -> int:
    grids = re.findall(r"\\begin\{bmatrix\}(.*?)\\end\{bmatrix\}", tex, re.DOTALL)
    rows = [row for grid in grids for row in re.split(r"\\\\", grid)]
    return max((len(re.findall(r"(?<!\\)&", row)) + 1 for row in rows), default=0)


# ---------------------------------------------------------------- tables
def _table(table: Table, measure: float) -> str:
    """One `tabular` for some thirty-five rows, and side by side only the columns that fit."""
    natural = [
        max(
            [_inline_width(row[c]) for row in (table.header, *table.rows) if c < len(row)],
            default=0.0,
        )
        for c in range(len(table.header))
    ]
    # columns of words wrap; numbers do not
    widest = [
        w if numeric else min(w, 0.45 * measure)
        for w, numeric in zip(natural, table.numeric, strict=False)
    ]
    wraps = {c: w for c, w in enumerate(widest) if w < natural[c]}
    caption = _words(table.caption)
    parts: list[str] = []
    for columns in _column_blocks(widest, measure):
        spec = "".join(
            "r"
            if table.numeric[c]
            else "l"
            if widest[c] == natural[c]
            else f"p{{{widest[c]:.0f}pt}}"
            for c in columns
        )
        for rows in _row_blocks(table, wraps):
            head = f"{caption} (continued)" if caption and parts else caption
            parts.append(_tabular(table, columns, rows, spec, head))
    return "\n\n".join(parts)


def _inline_width(text: Inline) -> float:
    return sum(
        1.15 * _EM * _text_em(piece) if isinstance(piece, str) else _wide(piece) for piece in text
    )


def _column_blocks(widths: list[float], measure: float) -> list[list[int]]:
    """Columns that fit side by side; the first is repeated in every block, to name the rows."""
    blocks, used = [[0]] if widths else [], sum(widths[:1]) + _EM
    for c in range(1, len(widths)):
        if used + widths[c] + _EM > measure and len(blocks[-1]) > 1:
            blocks.append([0])
            used = widths[0] + _EM
        blocks[-1].append(c)
        used += widths[c] + _EM
    return blocks


def _row_blocks(table: Table, wraps: dict[int, float]) -> list[tuple[tuple[Inline, ...], ...]]:
    """Rows in blocks of about one height that fit on a page; `wraps` has widths of columns."""

    def height(row: tuple[Inline, ...]) -> float:
        lines = [
            math.ceil(1.15 * _inline_width(row[c]) / w) for c, w in wraps.items() if c < len(row)
        ]
        return max([1, *lines]) + 0.8 * any(r"\frac" in _inline(cell) for cell in row)

    heights = list(map(height, table.rows))
    most = sum(heights) / max(1, math.ceil(sum(heights) / _ROWS_PER_PAGE))
    blocks: list[list[tuple[Inline, ...]]] = [[]]
    used = 0.0
    for row, high in zip(table.rows, heights, strict=True):
        if blocks[-1] and used + high > most + 0.5:
            blocks.append([])
            used = 0.0
        blocks[-1].append(row)
        used += high
    return [tuple(block) for block in blocks]


def _tabular(
    table: Table, columns: list[int], rows: tuple[tuple[Inline, ...], ...], spec: str, caption: str
) -> str:
    def line(row: tuple[Inline, ...], bold: bool = False) -> str:
        cells = [_inline(row[c]) if c < len(row) else "" for c in columns]
        return " & ".join(rf"\textbf{{{cell}}}" if bold and cell else cell for cell in cells)

    lines = (
        r"\begin{center}\renewcommand{\arraystretch}{1.15}",
        rf"{{\itshape {caption}\par\nobreak}}" if caption else "",
        rf"\begin{{tabular}}{{{spec}}}\hline",
        rf"{line(table.header, bold=True)}\tabularnewline\hline",
        # the length after a row keeps a cell that begins with a bracket from being read as one
        *(rf"{line(row)}\tabularnewline[0pt]" for row in rows),
        r"\hline\end{tabular}",
        r"\end{center}",
    )
    return "\n".join(filter(None, lines))


# ---------------------------------------------------------------- drawings, laid out once
Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Stroke:
    """A line through points, `thick` points wide; only TikZ knows its tone."""

    points: tuple[Point, ...]
    thick: float = 0.4
    dotted: bool = False
    tone: str = "black"


@dataclass(frozen=True, slots=True)
class _Disc:
    centre: Point
    radius: float


@dataclass(frozen=True, slots=True)
class _Label:
    """Text centred at a point (c on white, n on nothing), or with its l, r, t or b edge there."""

    at: Point
    tex: str
    side: str = "c"


_Shape: TypeAlias = _Stroke | _Disc | _Label


@dataclass(frozen=True, slots=True)
class _Drawing:
    width: float
    height: float
    shapes: tuple[_Shape, ...]


def _figure(drawing: _Drawing) -> str:
    """A drawing in both spellings; a file with TikZ takes the first, any other the second."""
    box = f"(0,0) rectangle ({drawing.width:.1f},{drawing.height:.1f})"
    lines = (
        r"\begin{center}",
        r"\ifdefined\tikzpicture",
        rf"\begin{{tikzpicture}}[x=1pt,y=1pt]\path {box};",
        *map(_tikz, drawing.shapes),
        r"\end{tikzpicture}",
        r"\else\setlength{\unitlength}{1pt}",
        rf"\begin{{picture}}({drawing.width:.1f},{drawing.height:.1f})",
        *(line for shape in drawing.shapes for line in _picture(shape)),
        r"\end{picture}",
        r"\fi",
        r"\end{center}",
    )
    return "\n".join(lines)


def _at(point: Point) -> str:
    return f"({point[0]:.1f},{point[1]:.1f})"


def _tikz(shape: _Shape) -> str:
    match shape:
        case _Stroke(points, thick, dotted, tone):
            style = f"{tone},line width={thick:.2f}pt" + (",densely dashed" if dotted else "")
            return rf"\draw[{style}] " + " -- ".join(map(_at, points)) + ";"
        case _Disc(centre, radius):
            return rf"\filldraw[fill=white,draw=black] {_at(centre)} circle[radius={radius:.1f}pt];"
        case _Label(at, tex, side):
            anchor = {
                "c": "center",
                "n": "center",
                "l": "west",
                "r": "east",
                "t": "north",
                "b": "south",
            }[side]
            style = f"anchor={anchor},inner sep=1pt" + (",fill=white" if side == "c" else "")
            return rf"\node[{style}] at {_at(at)} {{\scriptsize {tex}}};"


def _picture(shape: _Shape) -> Iterator[str]:
    match shape:
        case _Stroke(points, thick, dotted):
            yield rf"\linethickness{{{thick:.2f}pt}}"
            for (x, y), (u, v) in pairwise(points):
                if math.hypot(u - x, v - y) < 0.2:
                    continue  # TeX would divide by the length
                # a Bezier with its handle in the middle: \line knows few slopes
                count = f"[{max(2, int(math.hypot(u - x, v - y) / 3))}]" if dotted else ""
                middle = _at(((x + u) / 2, (y + v) / 2))
                yield rf"\qbezier{count}{_at((x, y))}{middle}{_at((u, v))}"
        case _Disc(centre, radius):
            yield rf"\thinlines\put{_at(centre)}{{\circle{{{2 * radius:.1f}}}}}"
        case _Label(at, tex, side):
            place = "" if side in "cn" else f"[{side}]"
            yield rf"\put{_at(at)}{{\makebox(0,0){place}{{\scriptsize {tex}}}}}"


# ---------------------------------------------------------------- the network
_SMALL = 8.0 / _EM  # \scriptsize beside the text
_NAMED_EDGES = 9  # between two layers; more would hide each other


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the nodes stand: in columns, `gap` apart; edges are `named` if there are few."""

    places: tuple[Point, ...]
    gap: float
    radius: float
    width: float
    height: float
    named: bool


def _network(diagram: Diagram, width: float) -> _Drawing:
    """Layers as columns of discs; dotted lines are negative weights, thick ones are large."""
    layout = _placed(diagram, width)
    largest = max((abs(e.value) for e in diagram.edges if math.isfinite(e.value)), default=0.0)
    shapes: list[_Shape] = []
    taken: list[Point] = []
    for edge in diagram.edges:
        start, end = layout.places[edge.start], layout.places[edge.end]
        rim = layout.radius / (math.dist(start, end) or 1.0)
        known = math.isfinite(edge.value) and largest > 0
        thick = 0.4 + (1.1 * abs(edge.value) / largest if known else 0.0)
        spans = [(rim, 1 - rim)]
        if edge.text:
            tex, half = _edge_text(edge, layout.gap if layout.named else 0.0)
            share = _free_share(diagram, layout, edge, half, taken)
            at = _along(start, end, share)
            taken.append(at)
            shapes.append(_Label(at, tex))
            # the line stops at its label, sideways or above, whichever it meets first
            run, rise = abs(end[0] - start[0]) or 1e-9, abs(end[1] - start[1]) or 1e-9
            hole = min((half + 2) / run, 6.0 / rise)
            spans = [(rim, share - hole), (share + hole, 1 - rim)]
        tone = "red!60!black" if edge.value < 0 else "blue!60!black"
        shapes[:0] = [
            _Stroke((_along(start, end, a), _along(start, end, b)), thick, edge.value < 0, tone)
            for a, b in spans
            if b > a
        ]
    for k in range(len(diagram.nodes)):
        shapes += _node(diagram, layout, k)
    for tag in diagram.biases:
        if tag.node == -1:
            column = [
                p for p, n in zip(layout.places, diagram.nodes, strict=True) if n.layer == tag.layer
            ]
            low = min(column, key=lambda place: place[1])
            shapes.append(
                _Label((low[0], low[1] - layout.radius - 2), _equals(tag.name, tag.text), "t")
            )
    return _Drawing(layout.width, layout.height, tuple(shapes))


def _placed(diagram: Diagram, width: float) -> _Layout:
    tallest = max(diagram.rows(layer) for layer in range(diagram.columns))
    step = min(68.0, 480.0 / tallest)
    ends = max(
        (_SMALL * _wide(name) + 4.5 * len(text) for _, name, text in diagram.targets), default=-40.0
    )
    margin = 24.0
    free = width - 2 * margin - ends - 40
    gap = min(150.0, max(free / max(1, diagram.columns - 1), 20.0))
    radius = min(16.0, 0.3 * step, 0.3 * gap)
    height = (tallest - 1) * step + 2 * radius + 30
    middle = height - radius - 14 - (tallest - 1) * step / 2
    places = tuple(
        (margin + node.layer * gap, middle + ((diagram.rows(node.layer) - 1) / 2 - node.row) * step)
        for node in diagram.nodes
    )
    sizes = [diagram.rows(layer) for layer in range(diagram.columns)]
    named = all(a * b <= _NAMED_EDGES for a, b in pairwise(sizes))
    whole = 2 * margin + gap * (diagram.columns - 1) + ends + 40
    return _Layout(places, gap, radius, whole, height, named)


def _node(diagram: Diagram, layout: _Layout, k: int) -> Iterator[_Shape]:
    """A disc with name and number, above and below it if they do not fit; bias and target."""
    node, (x, y), radius = diagram.nodes[k], layout.places[k], layout.radius
    room = 2 * radius - 3
    if not node.gap:
        yield _Disc((x, y), radius)
    name_fits = _SMALL * _wide(node.name) <= room or node.gap
    number_fits = 4.3 * len(node.text) <= room and not node.gap
    lift = 4.5 if node.text and name_fits and number_fits else 0.0
    if name_fits:
        yield _Label((x, y + lift), f"${_math(node.name)}$", "n")
    else:
        yield _Label((x, y + radius + 2), _clipped(node.name, layout.gap), "b")
    below = []
    if node.text and number_fits:
        yield _Label((x, y - lift), _number(node.text), "n")
    elif node.text:
        below.append(_number(node.text[:24]))
    below += [_equals(tag.name, tag.text) for tag in diagram.biases if tag.node == k]
    for line, text in enumerate(below):
        yield _Label((x, y - radius - 2 - 9 * line), text, "t")
    for end, name, text in diagram.targets:
        if end == k:
            yield _Label((x + radius + 4, y), rf"$\to$ {_equals(name, text)}", "l")


def _equals(name: Box, text: str) -> str:
    return f"${_math(name)} = {{}}${_number(text)}" if text else f"${_math(name)}$"


def _clipped(name: Box, room: float) -> str:
    """A name, or as many letters of it as there is room for."""
    if _SMALL * _wide(name) <= room:
        return f"${_math(name)}$"
    text = to_plain(name)
    while text and _SMALL * _EM * _text_em(text) > room - 10:
        text = text[:-1]
    return _words(text) + r"\ldots{}"


def _edge_text(edge: Edge, gap: float) -> tuple[str, float]:
    """A number, with its name where there is room, and half of its width."""
    width = 4.5 * len(edge.text)
    named = width + _SMALL * _wide(edge.name) + 4
    if named > 0.45 * gap:
        return _number(edge.text), width / 2
    return rf"${_math(edge.name)}$\,\ {_number(edge.text)}", named / 2


def _free_share(
    diagram: Diagram, layout: _Layout, edge: Edge, half: float, taken: list[Point]
) -> float:
    """How far along its edge a label meets the fewest labels and edges."""
    start, end = layout.places[edge.start], layout.places[edge.end]
    others = [
        (layout.places[e.start], layout.places[e.end]) for e in diagram.edges if e is not edge
    ]

    def cost(share: float) -> float:
        x, y = _along(start, end, share)
        near = sum(abs(x - u) < 2 * half + 3 and abs(y - v) < 10 for u, v in taken)
        outside = min(x - start[0], end[0] - x) < layout.radius + half + 3
        crossed = sum(
            abs(_height_at(a, b, x + side) - y) < 6
            for a, b in others
            for side in (-half, 0.0, half)
            if a[0] < x + side < b[0]
        )
        return 10.0 * near + 30.0 * outside + crossed + abs(share - 0.34)

    return min((0.26, 0.3, 0.34, 0.38, 0.42, 0.6, 0.66, 0.72), key=cost)


def _along(start: Point, end: Point, share: float) -> Point:
    return (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))


def _height_at(start: Point, end: Point, x: float) -> float:
    return start[1] + (end[1] - start[1]) * (x - start[0]) / (end[0] - start[0])


# ---------------------------------------------------------------- the curve
def _plot(curve: Curve, width: float) -> _Drawing:
    """At most 200 points over two axes, with ticks at round numbers."""
    points = thin(curve.xs, curve.ys, 200, curve.logarithmic)
    left, bottom, height = 52.0, 34.0, 190.0
    if not points:
        return _Drawing(width, 20.0, (_Label((width / 2, 10.0), "No finite values to draw.", "n"),))
    heights = [math.log10(y) if curve.logarithmic else y for _, y in points]
    across = _scale([float(x) for x, _ in points], whole=True)
    up = _scale(heights, whole=curve.logarithmic)
    wide, tall = width - left - 12, height - bottom - 12

    def place(x: float, y: float) -> Point:
        return (
            left + wide * (x - across[0]) / (across[-1] - across[0]),
            bottom + tall * (y - up[0]) / (up[-1] - up[0]),
        )

    shapes: list[_Shape] = [
        _Stroke((place(across[0], up[-1]), place(across[0], up[0]), place(across[-1], up[0])))
    ]
    for x in across:
        u, v = place(x, up[0])
        shapes += [_Stroke(((u, v), (u, v - 3))), _Label((u, v - 5), f"{x:.10g}", "t")]
    for y in up:
        u, v = place(across[0], y)
        text = f"$10^{{{y:.3g}}}$" if curve.logarithmic else f"${y:.6g}$"
        shapes += [_Stroke(((u, v), (u - 3, v))), _Label((u - 5, v), text, "r")]
    path = tuple(place(x, y) for (x, _), y in zip(points, heights, strict=True))
    shapes.append(_Stroke(path, 0.9, tone="blue!60!black") if path[1:] else _Disc(path[0], 2.0))
    shapes.append(_Label((left + wide / 2, 14.0), _words(curve.x_label[:48]), "t"))
    shapes.append(_Label((left - 3, height), _words(curve.y_label[:48]), "l"))
    return _Drawing(width, height + 6, tuple(shapes))


def _scale(values: Iterable[float], whole: bool = False) -> list[float]:
    """Round numbers at even distances, the first below all values and the last above.

    >>> _scale([0.3, 3.9])
    [0.0, 1.0, 2.0, 3.0, 4.0]
    """
    values = list(values)
    low, high = min(values), max(values)
    if high / 2 - low / 2 <= 1e-12 * max(abs(low), abs(high)):
        pad = 1.0 if whole else abs(high) / 4 or 0.5
        low, high = low - pad, high + pad
    span = high / 5 - low / 5
    power = 10.0 ** math.floor(math.log10(span))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= span * 0.999)
    step = max(step, 1.0) if whole else step
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    return [k * step for k in range(first, last + 1)]
