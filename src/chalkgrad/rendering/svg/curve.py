"""A curve over a count, with its axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.light import replace
from chalkgrad.rendering.svg.elements import PAGE, Palette, coordinate, path, svg, text
from chalkgrad.rendering.svg.runs import Run, number, width

if TYPE_CHECKING:
    from chalkgrad.rendering.document import Curve

WIDE, HIGH, TOP, FOOT, RIGHT = 400.0, 280.0, 34.0, 52.0, 18.0


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers from `low` to `high`, about `count` of them, in steps of 1, 2 or 5.

    >>> ticks(0.0, 230.0)
    [0.0, 50.0, 100.0, 150.0, 200.0]
    """
    rough = (high - low) / count
    if not 1e-300 < rough < 1e300:
        return [low]
    power = math.floor(math.log10(rough))
    factor = next(f for f in (1, 2, 5, 10) if f * 10.0**power >= rough * 0.75)
    step = factor * 10.0**power
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # By division, as 3 * 0.1 is not 0.3 but 3 / 10 is.
    return [k * factor / 10.0**-power if power < 0 else k * step for k in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten from `low` to `high`, with 3 or 2 and 5 in between where there are few.

    >>> log_ticks(0.008, 0.3)
    [0.01, 0.03, 0.1, 0.3]
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = max(1, math.ceil((last - first) / 8))
    for factors in ((1,), (1, 3), (1, 2, 5)):
        found = [float(f"{f}e{k}") for k in range(first, last + 1, every) for f in factors]
        found = [v for v in found if low * (1 - 1e-9) <= v <= high * (1 + 1e-9)]
        if len(found) >= 4:
            return found
    return [v for v in ticks(low, high) if v > 0]


_LEAST, _MOST = math.ulp(0.0), 1.7e308


def curve_svg(curve: Curve, palette: Palette = PAGE) -> str:
    """A curve with its axes as an `svg` element; points without a number are gaps in it."""
    c = palette
    seen = [
        (x, y if math.isfinite(y) and (y > 0 or not curve.logarithmic) else None)
        for x, y in zip(curve.xs, curve.ys, strict=True)
    ]
    ys = [y for _, y in seen if y is not None] or [1.0]
    low, high = min(ys), max(ys)
    if low == high:
        around = (
            (low / 2, high * 2)
            if curve.logarithmic
            else (low - abs(low or 1), high + abs(high or 1))
        )
        low, high = max(around[0], _LEAST if curve.logarithmic else -_MOST), min(around[1], _MOST)
    elif not curve.logarithmic and 0 < low < 0.4 * high:
        low = 0.0
    first, last = (curve.xs[0], curve.xs[-1]) if curve.xs else (0, 1)
    marks = log_ticks(low, high) if curve.logarithmic else ticks(low, high)
    written = [_tick(v) for v in marks]
    left = 14 + max((width(line) for line in written), default=2) * 14 + 8

    def across(x: float) -> float:
        return left + (WIDE - RIGHT - left) * (
            (x - first) / (last - first) if last > first else 0.5
        )

    def up(y: float) -> float:
        share = (
            (math.log(y) - math.log(low)) / (math.log(high) - math.log(low))
            if curve.logarithmic
            else y / (high - low) - low / (high - low)
        )
        return HIGH - FOOT - (HIGH - FOOT - TOP) * share

    out = [f'<g stroke="{c.line}">']
    x_marks = [x for x in ticks(first, last) if x == int(x)]
    out += [f'<path d="{path((left, up(v)), (WIDE - RIGHT, up(v)))}"/>' for v in marks]
    out += [f'<path d="{path((across(x), TOP), (across(x), HIGH - FOOT))}"/>' for x in x_marks]
    floor = path((left, HIGH - FOOT), (WIDE - RIGHT, HIGH - FOOT))
    out.append(f'</g><path d="{floor}" stroke="{c.rule}"/>')
    out += [
        text(line, left - 8, up(v) + 4.5, 14, c.muted, "end")
        for v, line in zip(marks, written, strict=True)
    ]
    out += [text((Run(f"{x:.0f}"),), across(x), HIGH - FOOT + 19, 14, c.muted) for x in x_marks]
    out.append(text((Run(curve.x_label),), (left + WIDE - RIGHT) / 2, HIGH - 10, 14, c.ink))
    out.append(text((Run(curve.y_label),), 14, 18, 14, c.ink, "start"))
    points = [(across(x), None if y is None else up(y)) for x, y in seen]
    out.append(f'<path d="{_line(points)}" fill="none" stroke="{c.ink}" stroke-width="2"')
    out.append(' stroke-linejoin="round" stroke-linecap="round"/>')
    ends = [(x, y) for x, y in points if y is not None]
    out += [
        f'<circle cx="{coordinate(x)}" cy="{coordinate(y)}" r="4" fill="{c.ink}"/>'
        for x, y in dict.fromkeys(ends[:1] + ends[-1:])
    ]
    return svg(curve.alt, WIDE, HIGH, out, c, most=1.35)


def _tick(value: float) -> tuple[Run, ...]:
    if 1e-4 < abs(value) < 1e6 or value == 0:
        return number(f"{value:.10g}")
    line = number(f"{value:.9e}".replace(".000000000", ""))
    return (replace(line[0], text="10"), line[1]) if line[0].text == "1×10" else line


def _line(points: list[tuple[float, float | None]]) -> str:
    """A path through points; of many within one pixel the lowest and the highest stay."""
    out: list[str] = []
    pen, k = "M", 0
    while k < len(points):
        x, y = points[k]
        k += 1
        if y is None:
            pen = "M"
            continue
        bundle = [y]
        while len(points) > 2 * WIDE and k < len(points) and int(points[k][0]) == int(x):
            following = points[k][1]
            if following is None:
                break
            bundle.append(following)
            k += 1
        kept = (bundle[0], min(bundle), max(bundle), bundle[-1]) if len(bundle) > 3 else bundle
        for y in dict.fromkeys(kept):
            out.append(f"{pen}{coordinate(x)} {coordinate(y)}")
            pen = "L"
    return "".join(out)
