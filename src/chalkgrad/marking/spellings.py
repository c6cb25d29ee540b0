"""Names and figures as handouts print them, without the signs of Markdown and LaTeX around them."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from chalkgrad.boxes import GREEK
from chalkgrad.notation import split_prefix

if TYPE_CHECKING:
    from collections.abc import Mapping

_AROUND = re.compile(r"(\*\*|__|\*|`|\$\$?)(.+)\1|\\\((.+)\\\)")
_LATEX = (
    (r"\times", "x"), (r"\cdot", "x"), (r"\partial", "∂"), (r"\delta", "δ"), (r"\,", ""),
    ("{,}", ","), ("{", ""), ("}", ""),
)  # fmt: skip
_LETTERS = {letter: word for word, letter in GREEK.items()}
_NEW = re.compile(r"(?:_\(?new\)?|\^\(?new\)?| new|⁺)$", re.IGNORECASE)
_SLOPE = re.compile(r"[∂d](?:[ELCJ]|loss)/[∂d](.+)", re.IGNORECASE)
_OWN_SLOPE = re.compile(r"[∂d]a((?:\[[\d,]+\])+)/[∂d]z\1", re.IGNORECASE)
_OF_SLOPE = {"w": "grad_w", "b": "grad_b", "a": "grad_a", "z": "delta"}
_SAMPLE = re.compile(r"⟨(\d+)⟩")


def unmarked(cell: str) -> str:
    """A cell without emphasis, code marks and dollars.

    >>> unmarked("$0.55$"), unmarked("**0.0997**"), unmarked(r"$5.9 \\times 10^{-1}$")
    ('0.55', '0.0997', '5.9 x 10^-1')
    """
    text = cell.strip()
    while m := _AROUND.fullmatch(text):
        text = (m[2] or m[3]).strip()
        if m[1] in ("$", "$$") or m[3]:
            for sign, plain in _LATEX:
                text = text.replace(sign, plain)
    return text


def plain_name(name: str, own: Mapping[str, str] = MappingProxyType({})) -> str:
    """The name of the vocabulary for one that a handout prints; others as they are.

    Args:
        name: what stands on the sheet.
        own: the names of the problem file, which may stand within it.

    >>> plain_name("∂E/∂w[2][1,1]"), plain_name("w[1][1,1]_new"), plain_name("δ[2][1]"), plain_name("E")
    ('grad_w[2][1,1]', 'new_w[1][1,1]', 'delta[2][1]', 'loss')
    >>> plain_name("it2.∂a[1][2]/∂z[1][2]"), plain_name("E⟨2⟩")
    ('it2.da_dz[1][2]', 's2.loss')
    >>> plain_name("∂E/∂w5", {"w5": "w[2][1,1]"}), plain_name("w5_new", {"w5": "w[2][1,1]"})
    ('grad_w[2][1,1]', 'new_w[2][1,1]')
    """
    text = re.sub(r"\s*([/⟨⟩\[\],])\s*|(?<=∂)\s+", r"\1", unmarked(name))
    sample = _SAMPLE.findall(text)
    prefix, bare = split_prefix(_SAMPLE.sub("", text))
    if sample and len(set(sample)) == 1 and ".s" not in f".{prefix}":
        prefix += f"s{sample[0]}."
    targets = {given.casefold(): target for given, target in own.items()}
    if m := _SLOPE.fullmatch(bare):
        by = targets.get(m[1].casefold(), m[1])
        return f"{prefix}{_OF_SLOPE[by[0].lower()]}{by[1:]}" if by[0].lower() in _OF_SLOPE else name
    if m := _OWN_SLOPE.fullmatch(bare):
        return f"{prefix}da_dz{m[1]}"
    if bare in ("E", "e", "L", "l", "J", "C"):
        return prefix + "loss"
    if bare[:1] == "Δ" and bare[1:2] in ("w", "b"):
        return f"{prefix}step_{bare[1:]}"
    if _NEW.search(bare):
        old = _NEW.sub("", bare)
        return f"{prefix}new_{targets.get(old.casefold(), old)}"
    if bare[:1] in _LETTERS:
        return f"{prefix}{_LETTERS[bare[0]]}{bare[1:]}"
    return name
