"""Names in one spelling: ``w_{5}^{new}`` is ``w5^new``, a derivative is ``d(E)/d(w5)``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.auditing.tokens import CMD, GAP, NAME, WORD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.auditing.tokens import Token

ACCENTS = {
    r"\hat": "hat", r"\widehat": "hat", r"\bar": "bar", r"\tilde": "tilde", r"\vec": "",
    r"\mathcal": "", r"\mathbb": "",
    r"\mathbf": "", r"\dot": "dot",
}  # fmt: skip
GREEK = frozenset((
    r"\alpha", r"\beta", r"\gamma", r"\delta", r"\Delta", r"\epsilon", r"\varepsilon", r"\zeta",
    r"\eta", r"\theta", r"\vartheta", r"\iota", r"\kappa", r"\lambda", r"\mu", r"\nu", r"\xi",
    r"\pi", r"\rho", r"\sigma", r"\tau", r"\phi", r"\varphi", r"\chi", r"\psi", r"\omega",
    r"\Theta", r"\Sigma", r"\Omega", r"\ell",
))  # fmt: skip
SPELLED = {
    "δ": "delta", "θ": "theta", "η": "eta", "σ": "sigma", "Δ": "Delta", "ŷ": "yhat", "α": "alpha", "ω": "omega",
    "varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "ell": "L", "γ": "gamma", "χ": "chi",
}  # fmt: skip


def is_name(token: Token) -> bool:
    """Whether a token is a name."""
    return token.kind in (NAME, WORD) or (token.kind == CMD and token.text in GREEK)


def is_d(token: Token) -> bool:
    """Whether a token is the d of a derivative."""
    return token.text in (r"\partial", "∂", "d", r"\delta", r"\mathrm{d}") or (
        token.kind == NAME and token.text[0] == "d" and len(token.text) > 1
    )


def after_d(group: Sequence[Token]) -> str:
    """What stands behind the d of a derivative, as a name."""
    first = group[0]
    if first.kind == NAME and first.text[0] == "d" and len(first.text) > 1:
        group = [first._replace(text=first.text[1:]), *group[1:]]
    else:
        group = group[1:]
    return spelled(group)


def spelled(tokens: Sequence[Token]) -> str:
    """Tokens as a name in one spelling: no braces, no underscores; what stands high after ``^``."""
    out: list[str] = []
    accent = ""
    for t in tokens:
        if t.kind == CMD and t.text in ACCENTS:
            accent = ACCENTS[t.text]
            continue
        if t.text in ("{", "}", "_", "-", " ") and t.kind != WORD:
            continue
        if t.kind == GAP:
            continue
        word = re.sub(r"\W+", "", t.text) if t.kind == WORD else t.text.lstrip("\\")
        if word == "prime":
            word = "'"
        out.append(SPELLED.get(word, word))
        if accent:
            out.append(accent)
            accent = ""
    return re.sub(r"\^(?=hat|final|out|new)", "", "".join(out))
