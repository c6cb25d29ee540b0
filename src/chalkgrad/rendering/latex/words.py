"""Words and numbers within a line."""

from __future__ import annotations

from chalkgrad.boxes import Number
from chalkgrad.rendering.document import NUMBER, Inline, merged
from chalkgrad.rendering.latex.lines import lines
from chalkgrad.tex import tex_text, to_tex

FRAGMENT = 345.0
"""The narrowest usual width of text, of an article at 10pt, in points."""


def words(text: str) -> str:
    """Words of any content; spaces are folded, for a blank line would end an argument of TeX."""
    return " ".join(map(_word, text.split()))


def _word(word: str) -> str:
    """One word, with places to break it if no line could hold it."""
    if len(word) <= 24:
        return tex_text(word)
    # a line that ends here is filled up, for it has no space to stretch
    seam = r"\hfil\penalty0\hfilneg{}"
    return seam.join(tex_text(word[k : k + 8]) for k in range(0, len(word), 8))


def number(text: str) -> str:
    """A number with the minus of mathematics; anything else as words."""
    return f"${to_tex(Number(text))}$" if NUMBER.fullmatch(text) else words(text)


def inline(text: Inline) -> str:
    """Words and mathematics on a line of text, which may break between them."""
    pieces = []
    for piece in merged(text):
        if isinstance(piece, str):
            ends = (" " if piece[:1].isspace() else "", " " if piece[-1:].isspace() else "")
            spelled = words(piece)
            pieces.append(f"{ends[0]}{spelled}{ends[1]}" if spelled else ends[0])
        else:
            broken = lines(piece, 0.5 * FRAGMENT)
            pieces.append(r"\allowbreak{}".join(f"${line}$" for line in broken))
    return "".join(pieces).strip()
