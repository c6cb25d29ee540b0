"""Pictures of runs and surfaces: the only place that draws with matplotlib, without pyplot.

Colours are those of the HTML page by day; `inline_svg` turns them into its variables, so that a picture in a
page follows day and night.
"""

from __future__ import annotations

import io
import itertools
import re
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.training.extra import Array, np, optional

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from chalkgrad.training.history import History
    from chalkgrad.training.replay import TrainingStep
    from chalkgrad.training.surface import Surface

INK, MUTED, LINE, RULE = "#1c211f", "#565e5a", "#dcd8cc", "#8a8f86"
POS, NEG, GRAD, CARD = "#1b5ea6", "#b04a00", "#8a2470", "#fffffe"
_TOKENS = {
    INK: "ink", MUTED: "muted", LINE: "line", RULE: "rule", POS: "pos", NEG: "neg", GRAD: "grad", CARD: "card",
}  # fmt: skip
_ENLARGED = 1.25
"""In a page: figures are drawn for 12 point, pages are set in 15 pixels."""
_NEARLY = 1e-9
"""Gradients that are smaller by so much than the largest are counted, not drawn."""
_DEPTHS = ("#5b93c7", "#8fb5d8", "#bdd2e4", "#dde4e6", "#f3f1ea")
"""From the lowest loss to the highest."""
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
        try:
            path.write_bytes(self._bytes(kind))
        except OSError as error:
            raise RequestError(f'cannot write "{path}": {error.strerror or error}') from error

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
        with _style() as matplotlib:
            del matplotlib
            face = "none" if kind == "svg" else "white"
            self.figure.savefig(out, format=kind, dpi=160, metadata=nothing[kind], facecolor=face)
        return out.getvalue()

    def _repr_png_(self) -> bytes:
        return self._bytes("png")


@contextmanager
def _style() -> Iterator[Any]:
    """Matplotlib with the style of the house, whatever the user's own settings are."""
    matplotlib = optional("matplotlib", "plot", "a picture")
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield matplotlib


def _figure(width: float, height: float) -> Any:
    return optional("matplotlib.figure", "plot", "a picture").Figure(figsize=(width, height))


# ---------------------------------------------------------------- a run
def curves(history: History) -> Picture:
    """The loss of every epoch, of the part held back too, and the score there."""
    epochs = history.epochs
    if not epochs:
        raise RequestError("there is no curve: the run made no epoch")
    held = [e.validation_loss for e in epochs if e.validation_loss is not None]
    scores = [e.validation_score for e in epochs if e.validation_score is not None]
    counted = len(epochs) == epochs[-1].epoch and epochs[-1].updates == len(epochs)
    xs = [e.epoch for e in epochs]
    with _style():
        figure = _figure(8.0 if scores else 5.2, 3.6)
        axes = figure.subplots(1, 2 if scores else 1, squeeze=False)[0]
        ax = axes[0]
        losses = np.array(history.losses)
        _line(ax, xs, losses, INK, "-", "training")
        if held:
            _line(ax, xs, np.array(held), POS, "--", "held back")
            ax.legend()
        every = np.array([*losses, *held])
        if (every > 0).all() and np.isfinite(every).all() and every.max() > 30 * every.min():
            ax.set_yscale("log")
        _titled(ax, "loss", "epoch" if not counted else "update")
        if scores:
            _line(axes[1], xs, np.array(scores), POS, "-", "held back")
            _titled(axes[1], "score of the part held back", "epoch")
        if history.best:
            for each in axes:
                each.axvline(history.best, color=GRAD, linewidth=1.2, linestyle=":")
            ax.annotate(
                f"kept: epoch {history.best}", (history.best, 1.0), xytext=(4, 0), va="top",
                xycoords=("data", "axes fraction"), textcoords="offset points", color=GRAD, fontsize=11,
            )  # fmt: skip
    words = f"Loss over {len(epochs)} epochs, from {losses[0]:.4g} to {losses[-1]:.4g}"
    if scores:
        words += f"; score of the part held back, at the end {scores[-1]:.4f}"
    return Picture(figure, words)


def _line(ax: Any, xs: Sequence[float], ys: Array, colour: str, style: str, label: str) -> None:
    ax.plot(xs, ys, style, color=colour, label=label)
    ax.plot(xs[-1:], ys[-1:], "o", color=colour, markersize=4)


def _titled(ax: Any, title: str, across: str) -> None:
    ax.set_title(title, loc="left", fontsize=13)
    ax.set_xlabel(across)
    ax.margins(x=0.02)
    ax.xaxis.get_major_locator().set_params(integer=True)


def confusion(counts: Array, classes: Sequence[str]) -> Picture:
    """How often each class was taken for each: a row for what it is, a column for what was said."""
    size = len(classes)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    cell = 0.42 if size <= 12 else 0.3
    side = max(3.2, 1.3 + cell * size)
    with _style():
        figure = _figure(side, side)
        ax = figure.subplots()
        ax.grid(visible=False)
        for i, j in itertools.product(range(size), range(size)):
            colour = POS if i == j else NEG
            ax.add_patch(_square(j, i, colour, float(shares[i, j])))
            if counts[i, j] and size <= 30:
                dark = shares[i, j] > 0.55
                ax.text(
                    j, i, f"{int(counts[i, j])}", ha="center", va="center", fontsize=11 if size <= 12 else 8,
                    color=CARD if dark else INK,
                )  # fmt: skip
        ax.set_xlim(-0.5, size - 0.5)
        ax.set_ylim(size - 0.5, -0.5)
        ax.set_aspect("equal")
        long = max(map(len, classes)) > 3
        ax.set_xticks(range(size), classes, rotation=90 if long and size > 3 else 0)
        ax.set_yticks(range(size), classes)
        ax.tick_params(length=0, labelsize=11 if size <= 30 else 7)
        ax.spines[["left", "bottom"]].set_visible(False)
        ax.set_xlabel("said")
        ax.set_ylabel("is")
    right = int(np.trace(counts))
    return Picture(figure, f"Confusion matrix: {right} of {int(counts.sum())} right")


def _square(x: float, y: float, colour: str, share: float) -> Any:
    patches = optional("matplotlib.patches", "plot", "a picture")
    alpha = share if share == 0 else 0.12 + 0.88 * share
    return patches.Rectangle(
        (x - 0.46, y - 0.46), 0.92, 0.92, facecolor=colour, alpha=alpha, linewidth=0
    )


def gradient_histograms(step: TrainingStep) -> Picture:
    """How large the gradients of each layer are in one step, as a histogram of their magnitudes."""
    _, W, b = step.gradients()
    parts = [np.abs(np.concatenate([w.ravel(), v])) for w, v in zip(W, b, strict=True)]
    largest = max(float(part.max()) for part in parts)
    if not 0 < largest < np.inf:
        raise RequestError(
            f"the gradients of step {step.number} are 0 or not finite: nothing to draw"
        )
    above = [part[part > largest * _NEARLY] for part in parts]
    low, high = np.log10([min(float(seen.min()) for seen in above if seen.size), largest])
    bins = 10.0 ** np.linspace(low - 1e-9, high + 1e-9, 41)
    with _style():
        figure = _figure(6.4, 0.6 + 1.15 * len(parts))
        axes = figure.subplots(len(parts), 1, sharex=True, squeeze=False)[:, 0]
        for layer, (ax, part, seen) in enumerate(zip(axes, parts, above, strict=True), 1):
            counts, _ = np.histogram(seen, bins)
            ax.stairs(counts, bins, fill=True, color=GRAD, alpha=0.55)
            ax.set_xscale("log")
            zero = 1 - len(seen) / len(part)
            note = f"layer {layer}" + (f", {zero:.0%} are 0 or nearly" if zero >= 0.005 else "")
            ax.set_title(note, loc="left", fontsize=12, pad=3)
            ax.yaxis.get_major_locator().set_params(nbins=3, integer=True)
            if seen.size:
                ax.axvline(float(np.median(seen)), color=INK, linewidth=1.2)
        axes[-1].set_xlabel(
            f"size of the gradients in step {step.number}; the line is their median"
        )
    medians = ", ".join(f"{np.median(seen):.2g}" if seen.size else "0" for seen in above)
    return Picture(figure, f"Histogram of the gradients of each layer; medians {medians}")


# ---------------------------------------------------------------- a surface
def surface(made: Surface) -> Picture:
    """The loss over two parameters: from above with lines of equal loss, and as a landscape."""
    colors = optional("matplotlib.colors", "plot", "a picture")
    shade = colors.LinearSegmentedColormap.from_list("depth", list(_DEPTHS))
    loss = np.ma.masked_invalid(made.loss.T)
    low, high = float(loss.min()), float(loss.max())
    levels = np.linspace(low, high if high > low else low + 1, 15)
    u, v, e = made.minimum
    path = made.path
    across, up = (name for name in made.names)
    with _style():
        figure = _figure(10.0, 4.3)
        flat = figure.add_subplot(1, 2, 1)
        flat.contourf(made.first, made.second, loss, levels, cmap=shade)
        lines = flat.contour(
            made.first, made.second, loss, levels[1::2], colors=INK, linewidths=0.5
        )
        flat.clabel(lines, fontsize=9, fmt="%.3g")
        flat.plot(path[:, 0], path[:, 1], "-", color=NEG, linewidth=2)
        flat.plot(*made.start, "o", color=NEG, markersize=7, label="start")
        if len(path) > 1:
            end = path[-1]
            seen = _height(made, *end) == _height(made, *end)  # not a number beyond the edges
            label = f"after {len(path) - 1} updates" + ("" if seen else ", outside")
            flat.plot(*end, "s", color=NEG, markersize=6, label=label)
        flat.plot(
            u, v, "+", color=GRAD, markersize=12, markeredgewidth=2, clip_on=False,
            label=f"lowest, {e:.4g}",
        )  # fmt: skip
        flat.set_xlim(made.first[0], made.first[-1])
        flat.set_ylim(made.second[0], made.second[-1])
        flat.grid(visible=False)
        flat.set_xlabel(across)
        flat.set_ylabel(up)
        flat.legend(loc="upper center", bbox_to_anchor=(0.5, 1.12), ncols=3, fontsize=11)
        solid = figure.add_subplot(1, 2, 2, projection="3d", computed_zorder=False)
        _landscape(solid, made, shade)
        solid.set_xlabel(across)
        solid.set_ylabel(up)
        solid.set_zlabel("loss")
    words = (
        f"The loss over {across} and {up}: lowest {e:.4g} at {u:.4g} and {v:.4g}; "
        f"the path of descent begins at {made.start[0]:.4g} and {made.start[1]:.4g}"
    )
    return Picture(figure, words)


def _landscape(ax: Any, made: Surface, shade: Any) -> None:
    most = 50  # more facets only make the file large
    rows, columns = (-(-len(axis) // most) for axis in (made.first, made.second))
    x, y = np.meshgrid(made.first, made.second, indexing="ij")
    ax.plot_surface(
        x,
        y,
        made.loss,
        cmap=shade,
        rstride=rows,
        cstride=columns,
        linewidth=0.2,
        edgecolor=RULE,
        alpha=0.9,
    )
    heights = [_height(made, *point) for point in made.path]
    ax.plot(made.path[:, 0], made.path[:, 1], heights, color=NEG, linewidth=2.2, zorder=5)
    ax.plot(*made.start, heights[0], "o", color=NEG, markersize=6, zorder=6)
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_pane_color((1, 1, 1, 0))
        axis.get_major_locator().set_params(nbins=5)
    ax.view_init(elev=32, azim=-58)


def _height(made: Surface, u: float, v: float) -> float:
    """The loss of the surface at a point between those of the grid; not a number beyond its edges."""
    place = []
    for axis, at in ((made.first, u), (made.second, v)):
        if not axis[0] <= at <= axis[-1]:
            return float("nan")
        k = min(int(np.searchsorted(axis, at, side="right")) - 1, len(axis) - 2)
        place.append((k, (at - axis[k]) / (axis[k + 1] - axis[k])))
    (i, p), (j, q) = place
    corner = made.loss[i : i + 2, j : j + 2]
    return float(np.array([1 - p, p]) @ corner @ np.array([1 - q, q]))
