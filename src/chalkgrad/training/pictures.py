"""A picture: a figure of matplotlib, without pyplot, in the style of the house.

Colours are those of the HTML page by day; `inline_svg` turns them into its variables, so that a picture in a
page follows day and night.
"""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.files import write_bytes
from chalkgrad.training.extra import optional

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

INK, MUTED, LINE, RULE = "#1c211f", "#565e5a", "#dcd8cc", "#8a8f86"
POS, NEG, GRAD, CARD = "#1b5ea6", "#b04a00", "#8a2470", "#fffffe"
_TOKENS = {
    INK: "ink", MUTED: "muted", LINE: "line", RULE: "rule", POS: "pos", NEG: "neg", GRAD: "grad", CARD: "card",
}  # fmt: skip
_ENLARGED = 1.25
"""In a page: figures are drawn for 12 point, pages are set in 15 pixels."""
_STYLE: dict[str, Any] = {
    "svg.hashsalt": "chalkgrad", "svg.fonttype": "path", "font.family": "STIXGeneral",
    "mathtext.fontset": "stix", "font.size": 12, "text.color": INK, "axes.labelcolor": INK,
    "axes.edgecolor": RULE, "axes.linewidth": 0.8, "xtick.color": MUTED, "ytick.color": MUTED,
    "axes.grid": True, "grid.color": LINE, "grid.linewidth": 0.7, "axes.axisbelow": True,
    "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
    "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none",
    "lines.linewidth": 1.8, "figure.constrained_layout.use": True, "axes.unicode_minus": True,
}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """A drawing.

    Attributes:
        figure: matplotlib's figure, to be changed further.
        words: what is to be seen, for those who do not see it.
    """

    figure: Any
    words: str

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as PNG or SVG, by the ending; the same figure gives the same bytes.

        Raises:
            RequestError: another ending, or the file cannot be written.
        """
        path = Path(path)
        kind = path.suffix.lower().lstrip(".")
        if kind not in ("png", "svg"):
            raise RequestError(f'a picture is written as .png or .svg, got "{path.name}"')
        write_bytes(path, self._bytes(kind), force=True)

    def svg(self) -> str:
        """The picture as SVG."""
        return self._bytes("svg").decode("utf-8")

    def inline_svg(self, name: str = "plot") -> str:
        """The picture as an ``svg`` element for a page, in the colours of its day and night.

        The name sets its ids apart from those of other pictures.
        """
        text = self.svg()
        text = text[text.index("<svg") :]
        text = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{name}-", text)
        for colour, token in _TOKENS.items():
            text = text.replace(colour, f"var(--{token})")
        end = text.index(">")
        kept = [part for part in text[:end].split() if not part.startswith(("width=", "height="))]
        wide = round(72 * float(self.figure.get_size_inches()[0]) * _ENLARGED)
        size = f"width:100%;height:auto;min-width:{wide * 2 // 3}px;max-width:{wide}px"
        head = " ".join(kept) + f' role="img" aria-label="{escape(self.words)}" style="{size}"'
        body = text[end:]
        first, last = body.find("<metadata"), body.find("</metadata>")
        return head + (body if first < 0 else body[:first] + body[last + len("</metadata>") :])

    def _bytes(self, kind: str) -> bytes:
        out = io.BytesIO()
        nothing = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}
        with house_style() as matplotlib:
            del matplotlib
            face = "none" if kind == "svg" else "white"
            self.figure.savefig(out, format=kind, dpi=160, metadata=nothing[kind], facecolor=face)
        return out.getvalue()

    def _repr_png_(self) -> bytes:
        return self._bytes("png")


@contextmanager
def house_style() -> Iterator[Any]:
    """Matplotlib with the style of the house, whatever the user's own settings are."""
    matplotlib = optional("matplotlib", "plot", "a picture")
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield matplotlib


def new_figure(width: float, height: float) -> Any:
    """An empty figure, its sizes in inches."""
    return optional("matplotlib.figure", "plot", "a picture").Figure(figsize=(width, height))
