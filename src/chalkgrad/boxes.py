"""Set mathematics: one small tree of boxes, and its writers (plain, TeX, MathML).

A formula is set once, with the brackets that its precedence asks for (`formula.typeset`); what stands
here only spells boxes out. Adding an output language is adding a writer.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Id:
    """A letter or a word that names something; one letter is slanted, more stand upright."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A written number: digits, point, ``-`` and ``e`` in ASCII."""

    text: str


@dataclass(frozen=True, slots=True)
class Op:
    """An operator or relation: ``+ - * = <= > , :`` and so on."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """Plain words within a formula."""

    text: str


@dataclass(frozen=True, slots=True)
class Named:
    """A symbol: what plain text calls it (in Unicode), and how it is set."""

    plain: str
    body: Box


@dataclass(frozen=True, slots=True)
class Row:
    """Boxes side by side."""

    items: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Fence:
    """A box in brackets."""

    body: Box
    left: str = "("
    right: str = ")"


@dataclass(frozen=True, slots=True)
class Frac:
    """A fraction."""

    top: Box
    bottom: Box


@dataclass(frozen=True, slots=True)
class Script:
    """A base with a subscript, a superscript, or both."""

    base: Box
    sub: Box | None = None
    sup: Box | None = None


@dataclass(frozen=True, slots=True)
class Root:
    """A square root."""

    body: Box


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows and columns in brackets; with ``{`` alone, a case distinction."""

    rows: tuple[tuple[Box, ...], ...]
    left: str = "["
    right: str = "]"


Box: TypeAlias = Id | Number | Op | Words | Named | Row | Fence | Frac | Script | Root | Grid


# ---------------------------------------------------------------- what each writer needs to know of a sign
@dataclass(frozen=True, slots=True)
class Sign:
    """One operator in every spelling; spaces stand around it in plain text if `spaced`."""

    text: str
    tex: str
    mathml: str
    spaced: bool = True


SIGNS = {
    "+": Sign("+", "+", "+"),
    "-": Sign("−", "-", "−"),
    "neg": Sign("−", "-", "−", spaced=False),
    "*": Sign("·", r"\cdot ", "⋅"),
    "=": Sign("=", "=", "="),
    "~": Sign("≈", r"\approx ", "≈"),
    "->": Sign("→", r"\to ", "→"),
    "hadamard": Sign("⊙", r"\odot ", "⊙"),
    "matmul": Sign(" ", r"\,", "\u2062", spaced=False),
    "<": Sign("<", "<", "<"),
    "<=": Sign("≤", r"\le ", "≤"),
    ">": Sign(">", ">", ">"),
    ">=": Sign("≥", r"\ge ", "≥"),
    ",": Sign(", ", ", ", ",", spaced=False),
    "d": Sign("∂", r"\partial ", "∂", spaced=False),
    "T": Sign("ᵀ", r"\top", "⊤", spaced=False),
}

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η", "theta": "θ",
    "lambda": "λ", "mu": "μ", "rho": "ρ", "sigma": "σ", "phi": "φ", "Phi": "Φ", "Delta": "Δ", "omega": "ω",
    "pi": "π", "tau": "τ", "kappa": "κ", "nu": "ν", "xi": "ξ", "zeta": "ζ", "psi": "ψ", "chi": "χ",
}  # fmt: skip


# ---------------------------------------------------------------- plain text
def atomic(box: Box) -> bool:
    """Whether the plain text of a box needs no brackets under a fraction or a power."""
    match box:
        case Row(items):
            return len(items) == 1 and atomic(items[0])
        case Frac():
            return False
        case Number(text):
            return not text.startswith("-")
        case _:
            return True


def to_plain(box: Box) -> str:
    """A box on one line of Unicode text; `asciify` makes it plain ASCII.

    >>> half = Frac(Number("1"), Number("2"))
    >>> to_plain(Row((half, Op("*"), Fence(Row((Id("t"), Op("-"), Id("a")))))))
    '1/2 · (t − a)'
    """
    match box:
        case Id(text):
            return GREEK.get(text, text)
        case Number(text):
            mantissa, e, power = text.partition("e")
            body = mantissa.replace("-", "−").replace("inf", "∞")
            return body + (f"e{power.replace('-', '−')}" if e else "")
        case Op(text):
            row = SIGNS[text]
            return f" {row.text} " if row.spaced else row.text
        case Words(text) | Named(text, _):
            return text
        case Row(items):
            return "".join(map(to_plain, items))
        case Fence(body, left, right):
            return left + to_plain(body) + right
        case Frac(top, bottom):
            return f"{_wrap(top)}/{_wrap(bottom)}"
        case Script(base, sub, sup):
            low = f"_{to_plain(sub)}" if sub else ""
            high = f"^{_wrap(sup)}" if sup else ""
            return f"{_wrap(base)}{low}{high}"
        case Root(body):
            return f"√({to_plain(body)})"
        case Grid(rows, left, right):
            return left + "; ".join(" ".join(map(to_plain, row)) for row in rows) + right


def _wrap(box: Box) -> str:
    return to_plain(box) if atomic(box) else f"({to_plain(box)})"


ASCII = {
    "−": "-", "·": "*", "∂": "d", "≈": "~", "→": "->", "⊙": ".*", "≤": "<=", "≥": ">=", "ᵀ": "^T",
    "√": "sqrt", "∞": "inf", "⟨": "<", "⟩": ">", "…": "...", "–": "-", "—": "-", "†": "!", "✓": "ok", "×": "x",
} | {letter: name for name, letter in GREEK.items()}  # fmt: skip
_ASCII = str.maketrans(ASCII)


def asciify(text: str) -> str:
    """Unicode text of this library in ASCII; letters of other scripts become ``?``.

    >>> asciify("∂E/∂w5 = δ · 0.5")
    'dE/dw5 = delta * 0.5'
    """
    return text.translate(_ASCII).encode("ascii", "replace").decode()


# ---------------------------------------------------------------- TeX
TEX_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_",
    "%": r"\%", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}",
    ">": r"\textgreater{}", '"': r"\textquotedbl{}", "|": r"\textbar{}", "-": "{-}",
    "−": "$-$", "·": r"$\cdot$", "≈": r"$\approx$", "×": r"$\times$", "→": r"$\to$", "∂": r"$\partial$",
    "±": r"$\pm$", "≤": r"$\le$", "≥": r"$\ge$", "∞": r"$\infty$", "…": r"\ldots{}", "“": "``", "”": "''",
    "’": "'", "–": "--", "—": "---", "†": r"\dag{}", "✓": r"$\surd$",
} | {letter: rf"$\{name}$" for name, letter in GREEK.items()}  # fmt: skip


def tex_text(text: str) -> str:
    """Words for TeX outside of mathematics, with everything special made harmless.

    What the base fonts of TeX cannot set becomes its code point, so that no title stops a document.

    >>> tex_text("50% of $x_1$ & more")
    '50\\\\% of \\\\$x\\\\_1\\\\$ \\\\& more'
    """
    return "".join(TEX_ESCAPES.get(c, c if _in_base_fonts(c) else f"[U+{ord(c):04X}]") for c in text)


def _in_base_fonts(char: str) -> bool:
    return " " <= char <= "~" or "À" <= char <= "ÿ" and char not in "×÷" or char in "\n"


def to_tex(box: Box) -> str:
    r"""A box as TeX mathematics that needs amsmath alone.

    >>> to_tex(Script(Id("w"), Id("11"), Fence(Id("2"))))
    'w_{11}^{(2)}'
    """
    match box:
        case Id(text):
            return _tex_id(text)
        case Number(text):
            return _tex_number(text)
        case Op("neg"):
            return "-"
        case Op(text):
            return SIGNS[text].tex
        case Words(text):
            return rf"\text{{{tex_text(text)}}}"
        case Named(_, body):
            return to_tex(body)
        case Row(items):
            return "".join(map(to_tex, items))
        case Fence(body, left, right):
            inner = to_tex(body)
            if "\\frac" in inner or "\\begin" in inner:
                return rf"\left{left}{inner}\right{right}"
            return f"{left}{inner}{right}"
        case Frac(top, bottom):
            return rf"\frac{{{to_tex(top)}}}{{{to_tex(bottom)}}}"
        case Script(base, sub, sup):
            text = to_tex(_raisable(base))
            text += f"_{{{to_tex(sub)}}}" if sub else ""
            return text + (f"^{{{to_tex(sup)}}}" if sup else "")
        case Root(body):
            return rf"\sqrt{{{to_tex(body)}}}"
        case Grid(rows, left, right):
            cells = r" \\ ".join(" & ".join(map(to_tex, row)) for row in rows)
            if (left, right) == ("{", ""):
                return rf"\begin{{cases}} {cells} \end{{cases}}"
            return rf"\begin{{bmatrix}} {cells} \end{{bmatrix}}"


def _raisable(base: Box) -> Box:
    """What a script may be set on: brackets around what has a superscript of its own, or is a fraction."""
    inner = base.body if isinstance(base, Named) else base
    return Fence(base) if isinstance(inner, Script | Frac) else base


def _tex_id(text: str) -> str:
    if text in GREEK:
        return f"\\{text} "
    if text.isdigit() or (len(text) == 1 and text.isascii() and text.isalpha()):
        return text
    if text in ("ln", "max", "exp", "log", "tanh"):
        return f"\\{text}"
    return rf"\mathrm{{{tex_text(text)}}}" if text.isascii() else rf"\text{{{tex_text(text)}}}"


def _tex_number(text: str) -> str:
    if text in ("inf", "-inf"):
        return text.replace("inf", r"\infty ")
    if text == "nan":
        return r"\text{undefined}"
    mantissa, e, power = text.partition("e")
    return rf"{mantissa} \times 10^{{{power}}}" if e else text


# ---------------------------------------------------------------- MathML
def to_mathml(box: Box) -> str:
    """A box as MathML Core, without the outer ``math``.

    >>> to_mathml(Frac(Number("1"), Id("n")))
    '<mfrac><mn>1</mn><mi>n</mi></mfrac>'
    """
    match box:
        case Id(text):
            return _mathml_id(text)
        case Number(text):
            return _mathml_number(text)
        case Op(text):
            form = ' form="prefix"' if text in ("neg", "d") else ""
            form = ' lspace="0" rspace="0"' if text == "d" else form
            return f"<mo{form}>{escape(SIGNS[text].mathml)}</mo>"
        case Words(text):
            return f"<mtext>{escape(text)}</mtext>"
        case Named(_, body):
            return to_mathml(body)
        case Row(items):
            return "<mrow>" + "".join(map(to_mathml, items)) + "</mrow>"
        case Fence(body, left, right):
            return f"<mrow><mo>{left}</mo>{to_mathml(body)}<mo>{right}</mo></mrow>"
        case Frac(top, bottom):
            return f"<mfrac>{to_mathml(top)}{to_mathml(bottom)}</mfrac>"
        case Script(base, sub, sup):
            parts = [to_mathml(part) for part in (_raisable(base), sub, sup) if part]
            tag = "msubsup" if sub and sup else "msub" if sub else "msup"
            return f"<{tag}>{''.join(parts)}</{tag}>"
        case Root(body):
            return f"<msqrt>{to_mathml(body)}</msqrt>"
        case Grid(rows, left, right):
            cells = "".join(
                "<mtr>" + "".join(f"<mtd>{to_mathml(cell)}</mtd>" for cell in row) + "</mtr>"
                for row in rows
            )
            close = f"<mo>{right}</mo>" if right else ""
            return f"<mrow><mo>{left}</mo><mtable>{cells}</mtable>{close}</mrow>"


def _mathml_id(text: str) -> str:
    if text.isdigit():
        return f"<mn>{text}</mn>"
    return f"<mi>{escape(GREEK.get(text, text))}</mi>"


def _mathml_number(text: str) -> str:
    if text == "nan":
        return "<mtext>undefined</mtext>"
    mantissa, e, power = text.partition("e")
    minus = mantissa.startswith("-")
    body = f"<mn>{mantissa.lstrip('-').replace('inf', '∞')}</mn>"
    if e:
        power = power.replace("-", "−")
        body += f"<mo>×</mo><msup><mn>10</mn><mn>{power}</mn></msup>"
    if minus:
        body = '<mo form="prefix">−</mo>' + body
    return f"<mrow>{body}</mrow>" if minus or e else body
