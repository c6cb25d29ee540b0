"""Boxes and words as TeX mathematics that needs amsmath alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, TypeAlias

from chalkgrad.boxes import (
    GREEK,
    SIGNS,
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
    raisable,
    scientific,
    tall,
)

Setting: TypeAlias = Callable[[str, str], str]
"""How words stand in mathematics: TeX from a command (`text` or `mathrm`) and the words."""

_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_",
    "%": r"\%", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}",
    ">": r"\textgreater{}", '"': r"\textquotedbl{}", "|": r"\textbar{}", "-": "{-}",
    "−": "$-$", "·": r"$\cdot$", "≈": r"$\approx$", "×": r"$\times$", "→": r"$\to$", "∂": r"$\partial$",
    "±": r"$\pm$", "≤": r"$\le$", "≥": r"$\ge$", "∞": r"$\infty$", "…": r"\ldots{}", "“": "``", "”": "''",
    "’": "'", "–": "--", "—": "---", "†": r"\dag{}", "✓": r"$\surd$", "⊙": r"$\odot$", "√": r"$\surd$",
    "∇": r"$\nabla$", "≠": r"$\ne$", "⟨": r"$\langle$", "⟩": r"$\rangle$", "ᵀ": r"$^{\top}$", "²": "$^2$",
} | {letter: rf"$\{name}$" for name, letter in GREEK.items()}  # fmt: skip

_FUNCTIONS = ("ln", "max", "exp", "log", "tanh")

_DELIMITERS = {
    "": ".", "(": "(", ")": ")", "[": "[", "]": "]", "{": r"\{", "}": r"\}", "⟨": r"\langle ",
    "⟩": r"\rangle ", "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ",
}  # fmt: skip
_BARS = {"|": "vert ", "‖": "Vert "}
_BRACKETS = {*_DELIMITERS, *_BARS} - {""}
_MATRICES = {("[", "]"): "bmatrix", ("(", ")"): "pmatrix", ("|", "|"): "vmatrix"}
_MATRIX_LIMIT = 10  # columns; amsmath's own, unless MaxMatrixCols is raised


# ---------------------------------------------------------------- words
def tex_text(text: str) -> str:
    """Words for TeX outside of mathematics, with everything special made harmless.

    Runs of whitespace become one space, for a blank line would end an argument. What the base
    fonts of TeX cannot set becomes its code point, so that no title stops a document.

    >>> tex_text("50% of $x_1$ & more")
    '50\\\\% of \\\\$x\\\\_1\\\\$ \\\\& more'
    """
    folded = re.sub(r"\s+", " ", text)
    return "".join(_ESCAPES.get(c, c if _in_base_fonts(c) else f"[U+{ord(c):04X}]") for c in folded)


def _in_base_fonts(char: str) -> bool:
    return " " <= char <= "~" or ("À" <= char <= "ÿ" and char not in "×÷")


def _set(command: str, words: str) -> str:
    return rf"\{command}{{{tex_text(words)}}}"


# ---------------------------------------------------------------- mathematics
def to_tex(box: Box, text: Setting = _set) -> str:
    r"""A box as TeX mathematics.

    Args:
        box: what to set.
        text: how words are set; as they must be for TeX itself, unless told.

    >>> to_tex(Script(Id("w"), Id("11"), Fence(Id("2"))))
    'w_{11}^{(2)}'
    >>> to_tex(Words("a < b"), lambda command, words: f"\\{command}<{words}>")
    '\\text<a < b>'
    """

    def go(box: Box) -> str:
        match box:
            case Id(name):
                return _id(name, text)
            case Number(digits):
                return _number(digits)
            case Op("neg"):
                return "-"
            case Op(sign):
                return SIGNS[sign].tex
            case Words(words):
                return text("text", words)
            case Named(_, body):
                return go(body)
            case Row(items):
                return "".join(map(go, items))
            case Fence(Row(()), left, "") if left in _BRACKETS:
                return rf"\bigl{delimiter(left, 'l')}"  # its partner stands elsewhere
            case Fence(Row(()), "", right) if right in _BRACKETS:
                return rf"\bigr{delimiter(right, 'r')}"
            case Fence(body, left, right):
                return _fenced(go(body), left, right, text, grow=tall(body))
            case Frac(top, bottom):
                return rf"\frac{{{go(top)}}}{{{go(bottom)}}}"
            case Script(base, None, Words("^")):
                return rf"\hat{{{go(base)}}}"
            case Script(base, sub, sup):
                low = f"_{{{go(sub)}}}" if sub else ""
                return go(raisable(base)) + low + (f"^{{{go(sup)}}}" if sup else "")
            case Root(body):
                return rf"\sqrt{{{go(body)}}}"
            case Grid(rows, left, right):
                return _grid([list(map(go, row)) for row in rows], left, right)

    return go(box)


def delimiter(bracket: str, side: Literal["l", "r"]) -> str:
    r"""A bracket as what may follow ``\left``, ``\right`` and their like; a point for none.

    >>> delimiter("{", "l"), delimiter("|", "r"), delimiter("", "r")
    ('\\{', '\\rvert ', '.')
    """
    if bracket in _BARS:
        return rf"\{side}{_BARS[bracket]}"
    return _DELIMITERS.get(bracket, ".")


def _fenced(inner: str, left: str, right: str, text: Setting, *, grow: bool) -> str:
    known = {left, right} <= {*_DELIMITERS, *_BARS}
    opening, closing = delimiter(left, "l"), delimiter(right, "r")
    if grow and known:
        return rf"\left{opening}{inner}\right{closing}"
    if not known:  # signs that TeX has no bracket for are words
        opening, closing = text("text", left), text("text", right)
    return f"{opening if left else ''}{inner}{closing if right else ''}"


def _grid(rows: list[list[str]], left: str, right: str) -> str:
    columns = max(map(len, rows), default=1)
    # braces keep a cell that begins with a bracket or a star from being read as a part of \\
    lines = (" & ".join(row) for row in rows)
    cells = r" \\ ".join(f"{{}}{line}" if line[:1] in ("[", "*") else line for line in lines)
    if (left, right) == ("{", "") and columns <= 2:
        return rf"\begin{{cases}} {cells} \end{{cases}}"
    name = _MATRICES.get((left, right))
    if name and columns <= _MATRIX_LIMIT:
        return rf"\begin{{{name}}} {cells} \end{{{name}}}"
    if columns == 1 and not left and not right:  # one cell on several lines
        return rf"\begin{{array}}{{@{{}}l@{{}}}} {cells} \end{{array}}"
    array = rf"\!\begin{{array}}{{{'c' * columns}}} {cells} \end{{array}}\!"
    return rf"\left{delimiter(left, 'l')}{array}\right{delimiter(right, 'r')}"


def _id(name: str, text: Setting) -> str:
    if name in GREEK:
        return f"\\{name} "
    if name.isascii() and (name.isdigit() or (len(name) == 1 and name.isalpha())):
        return name
    if name in _FUNCTIONS:
        return f"\\{name}"
    return text("mathrm" if name.isascii() else "text", name)


def _number(digits: str) -> str:
    if digits in ("inf", "-inf"):
        return digits.replace("inf", r"\infty ")
    mantissa, power = scientific(digits)
    return rf"{mantissa} \times 10^{{{power}}}" if power else digits
