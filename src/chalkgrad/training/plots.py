"""Pictures of runs: curves, confusions, gradients."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.sentences import counted
from chalkgrad.training.extra import Array, np, optional
from chalkgrad.training.history import score_text
from chalkgrad.training.pictures import CARD, GRAD, INK, NEG, POS, Picture, house_style, new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.training.history import History
    from chalkgrad.training.replay import TrainingStep

_NEARLY = 1e-9
"""Gradients that are smaller by so much than the largest are counted, not drawn."""


def curves(history: History) -> Picture:
    """The loss of every epoch, of the part held back too, and the score there."""
    epochs = history.epochs
    if not epochs:
        raise RequestError("there is no curve: the run made no epoch")
    held = [e.validation_loss for e in epochs if e.validation_loss is not None]
    scores = [e.validation_score for e in epochs if e.validation_score is not None]
    single = len(epochs) == epochs[-1].epoch and epochs[-1].updates == len(epochs)
    xs = [e.epoch for e in epochs]
    with house_style():
        figure = new_figure(8.0 if scores else 5.2, 3.6)
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
        _titled(ax, "loss", "update" if single else "epoch")
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
    stretch = counted(len(epochs), "update" if single else "epoch")
    words = f"Loss over {stretch}, from {losses[0]:.4g} to {losses[-1]:.4g}"
    if scores:
        words += f"; score of the part held back, at the end {score_text(scores[-1])}"
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
    with house_style():
        figure = new_figure(side, side)
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
    with house_style():
        figure = new_figure(6.4, 0.6 + 1.15 * len(parts))
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
