"""Set mathematics: one small tree of boxes, and its writer for plain text.

A formula is set once, with the brackets that its precedence asks for; a writer only spells boxes
out. The other writers are `tex` and `mathml`; adding an output language is adding a writer.
"""

from __future__ import annotations

from typing import TypeAlias

from chalkgrad.light import dataclass


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
    """A base with a subscript, a superscript, or both; with the words ``^`` above it, a hat."""

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
    "/": Sign("/", "/", "/", spaced=False),
    "quad": Sign("  ", r"\quad ", "\u2003", spaced=False),
    "d": Sign("∂", r"\partial ", "∂", spaced=False),
    "T": Sign("ᵀ", r"\top", "⊤", spaced=False),
}

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η", "theta": "θ",
    "lambda": "λ", "mu": "μ", "rho": "ρ", "sigma": "σ", "phi": "φ", "Phi": "Φ", "Delta": "Δ", "omega": "ω",
    "pi": "π", "tau": "τ", "kappa": "κ", "nu": "ν", "xi": "ξ", "zeta": "ζ", "psi": "ψ", "chi": "χ",
}  # fmt: skip


def scientific(text: str) -> tuple[str, str]:
    """A written number as its digits and its power of ten, "" where it has none.

    >>> scientific("-1.5e-07"), scientific("2e+12"), scientific("0.5"), scientific("slope")
    (('-1.5', '-7'), ('2', '12'), ('0.5', ''), ('slope', ''))
    """
    mantissa, _, power = text.partition("e")
    try:
        return mantissa, str(int(power))
    except ValueError:  # no power, or a name in place of a number
        return text, ""


def tall(box: Box) -> bool:
    """Whether brackets around a box must grow with it: it holds a fraction or a grid.

    >>> tall(Row((Id("x"), Frac(Number("1"), Number("2")))))
    True
    """
    match box:
        case Frac() | Grid():
            return True
        case Row(items):
            return any(map(tall, items))
        case Named(_, body) | Fence(body) | Root(body):
            return tall(body)
        case Script(base, sub, sup):
            return any(tall(part) for part in (base, sub, sup) if part)
        case _:
            return False


def raisable(base: Box) -> Box:
    """What a script may be set on: brackets around a fraction, or around what has scripts."""
    inner = base.body if isinstance(base, Named) else base
    return Fence(base) if isinstance(inner, Script | Frac) else base


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
            mantissa, power = scientific(text)
            body = mantissa.replace("-", "−").replace("inf", "∞")
            return body + (f"e{power.replace('-', '−')}" if power else "")
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
            # e^z[2][1] could be read as (e^z)[2][1]
            indexed = isinstance(sup, Named) and "[" in sup.plain
            high = f"^({to_plain(sup)})" if sup and indexed else f"^{_wrap(sup)}" if sup else ""
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
    "─": "-", "\u00a0": " ", "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss",
} | {letter: name for name, letter in GREEK.items()}  # fmt: skip
_ASCII = str.maketrans(ASCII)


def asciify(text: str) -> str:
    """Unicode text of this library in ASCII; letters of other scripts become ``?``.

    >>> asciify("∂E/∂w5 = δ · 0.5")
    'dE/dw5 = delta * 0.5'
    """
    return text.translate(_ASCII).encode("ascii", "replace").decode()
