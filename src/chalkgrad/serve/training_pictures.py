"""What the page shows of a training where it stands, ready to be drawn.

The curve is points between 0 and 1, the surface shades, the samples dots.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from chalkgrad.rounding import Digits, write
from chalkgrad.serve.training_course import loss_now, outputs_of
from chalkgrad.training.extra import Array, np
from chalkgrad.training.history import score_text
from chalkgrad.training.judging import Tally

if TYPE_CHECKING:
    from chalkgrad.serve.training_course import Course
    from chalkgrad.training import Data

_SIDE = 48
_DOTS = 300
_SHOWN = Digits("significant", 4)


def picture(course: Course) -> dict[str, Any]:
    """What the page shows of a training where it stands."""
    loss = loss_now(course)
    out: dict[str, Any] = {
        "updates": course.steps,
        "passes": course.steps // course.per_pass,
        "sizes": "-".join(map(str, course.problem.sizes)),
        "loss": write(loss, _SHOWN),
        "note": course.note,
        "curve": _curve([*course.losses, (course.steps, loss)]),
    }
    if not course.own:
        tally = Tally(classes=bool(course.data.classes))
        with np.errstate(all="ignore"):  # of a run that diverged
            tally.add(outputs_of(course, course.data.x), course.data.t)
        share = f"{100 * tally.score:.1f} %" if course.data.classes else score_text(tally.score)
        out["score" if course.data.classes else "explained"] = share
    if course.problem.sizes[0] == 2:
        out["surface"] = _surface(course)
    return out


def _curve(losses: list[tuple[int, float]]) -> dict[str, Any]:
    """The losses as a line between 0 and 1, and where its scale stands."""
    known = [(u, e) for u, e in losses if math.isfinite(e)]
    if not known:
        return {"line": "", "top": "", "bottom": "", "right": "0"}
    most, last = max(e for _, e in known), max(known[-1][0], 1)
    low = min(0.0, *(e for _, e in known))
    span = (most - low) or 1.0
    line = " ".join(f"{u / last:.4f},{1 - (e - low) / span:.4f}" for u, e in known)
    return {
        "line": line,
        "top": write(most, Digits("significant", 3)),
        "bottom": write(low, Digits("significant", 3)),
        "right": f"{last:,}",
    }


def _span(x: Array) -> tuple[float, float]:
    low, high = float(x.min()), float(x.max())
    room = 0.15 * ((high - low) or 1.0)
    return low - room, high + room


def _surface(course: Course) -> dict[str, Any]:
    """What the network says over its two inputs: shades from 0 to 255 of one output, or classes."""
    spans = [_span(course.data.x[:, k]) for k in (0, 1)]
    axes = [np.linspace(low, high, _SIDE) for low, high in spans]
    grid = np.array([(u, v) for v in axes[1][::-1] for u in axes[0]])
    outputs = outputs_of(course, grid).astype(float)
    texts = [write(end, Digits("significant", 3)) for span in spans for end in span]
    made: dict[str, Any] = {"side": _SIDE, "ends": texts}
    classes = outputs.shape[1]
    if classes > 2:
        return {**made, "classes": outputs.argmax(axis=1).tolist()}
    shade = outputs[:, -1]
    targets = course.data.t[:, -1]
    low, high = float(targets.min()), float(targets.max())
    level = np.clip((shade - low) / ((high - low) or 1.0), 0, 1)
    return {**made, "shades": np.nan_to_num(level * 255).astype(int).tolist()}


def dots(data: Data) -> list[list[float]]:
    """Samples as places between 0 and 1, and the class or the level of the target."""
    spans = [_span(data.x[:, k]) for k in (0, 1)]
    step = max(1, len(data) // _DOTS)
    many = data.t.shape[1] > 2
    low, high = float(data.t[:, -1].min()), float(data.t[:, -1].max())
    out = []
    for row, target in zip(data.x[::step], data.t[::step], strict=True):
        u = (float(row[0]) - spans[0][0]) / (spans[0][1] - spans[0][0])
        v = (float(row[1]) - spans[1][0]) / (spans[1][1] - spans[1][0])
        level = int(target.argmax()) if many else (float(target[-1]) - low) / ((high - low) or 1.0)
        out.append([round(u, 4), round(1 - v, 4), round(level, 3)])
    return out
