"""What became of a working: losses and final parameters, the comparison with differences, remarks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.boxes import Number, to_plain
from chalkgrad.compose_sums import SHOWN
from chalkgrad.losses import LOSSES
from chalkgrad.notation import Symbol
from chalkgrad.rendering.document import Curve, Note, Part, Prose, Table
from chalkgrad.rounding import Digits, plain, write
from chalkgrad.sentences import named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.boxes import Box
    from chalkgrad.compose_voice import Voice

MOST_LOSSES = 12
"""Rows of the table of losses."""


def summary(voice: Voice) -> Iterator[Part]:
    """The loss before and after; of several updates its table and curve, and the last parameters."""
    working = voice.working
    losses = working.losses
    if not losses or not working.problem.updates or working.only:
        return
    symbol = Symbol("loss")
    digits = working.policy.digits_for("loss", str(symbol))
    written = [write(loss, digits) for loss in (losses[0], losses[-1])]
    if working.updates == 1:
        yield Prose((voice.say("before_after", before=written[0], after=written[1]),))
        yield from _end(voice)
        return
    yield voice.heading(1, voice.say("summary"))
    key = "before_after_many" if losses[-1] < losses[0] else "rises"
    if voice.training.mode == "online" and len(working.problem.samples) > 1:
        key = "online_losses"
    yield Prose((voice.say(key, before=written[0], after=written[1], updates=working.updates),))
    yield from _end(voice)
    shown = [iteration.number for iteration in working.iterations]
    if len(shown) < working.updates:
        listed = ", ".join(map(str, shown)) or voice.say("none")
        yield Note((voice.say("not_all", shown=listed, count=working.updates),))
    at = _spread(len(losses), MOST_LOSSES)
    rows = tuple(((str(k),), (voice.number(write(losses[k], digits)),)) for k in at)
    yield Table(((voice.say("k"),), (voice.say("losses"),)), rows, (True, True))
    positive = [loss for loss in losses if 0 < loss < float("inf")]
    logarithmic = (
        bool(positive) and max(positive) > 30 * min(positive) and len(positive) == len(losses)
    )
    keep = _spread(len(losses), 400)
    yield Curve(
        tuple(keep), tuple(losses[k] for k in keep), voice.say("k"), voice.say("loss"), logarithmic,
        voice.say("alt_curve", updates=working.updates, before=written[0], after=written[1]),
    )  # fmt: skip
    yield voice.heading(1, voice.say("final"))
    line: list[str | Box] = []
    for symbol, value in working.final.items():
        if symbol.kind in ("w", "b"):
            line += [", "] if line else []
            text = working.text_of(symbol, value)
            line += [voice.speller(symbol, symbol), " = ", voice.number(text)]
    yield Prose(tuple(line))


def _end(voice: Voice) -> Iterator[Part]:
    """Which bound ended training, or that none did."""
    working, stop = voice.working, voice.training.stop
    if working.stopped:
        bound = plain(float(getattr(stop, working.stopped)))
        key = f"stopped_{working.stopped}"
        yield Prose((voice.say(key, updates=working.updates, bound=bound),))
    elif stop:
        yield Prose((voice.say("not_stopped", updates=working.updates),))


def compared(voice: Voice) -> Iterator[Part]:
    """Every gradient beside a central difference."""
    from chalkgrad.agreement import agreement  # asked for with a proof alone

    result = agreement(voice.problem, voice.working.style)
    if not result.rows:
        return
    yield voice.heading(1, voice.say("agreement"))
    worst = to_plain(Number(write(result.worst, Digits("significant", 2))))
    yield Prose((voice.say("agreement_says", worst=worst),))
    if voice.training.update_order == "in_place" and voice.problem.updates:
        yield Note((voice.say("agreement_in_place"),))
    if result.kinks:
        names = ", ".join(s.bare for s in result.kinks)
        yield Note((voice.say("agreement_kink", names=names),), "warning")
    six = Digits("significant", 8)
    rows = tuple(
        (
            (voice.speller(row.symbol, row.symbol),),
            (voice.number(write(row.gradient, six)),),
            (voice.number(write(row.difference, six)),),
            (voice.number(write(row.relative, Digits("significant", 2))),),
        )
        for row in result.rows
    )
    header = tuple((voice.say(key),) for key in ("quantity", "value", "difference", "relative"))
    yield Table(header, rows, (False, True, True, True))


def notes(voice: Voice) -> Iterator[Part]:
    """Remarks on arithmetic and conventions."""
    t, policy, problem = voice.training, voice.working.policy, voice.problem
    text = voice.say(policy.mode, digits=policy.digits.said(voice.language))
    if policy.by_name:
        text += " " + voice.say("by_name")
    yield Note((text,))
    if voice.any_marked:
        yield Note((voice.say("marked"),))
    if voice.any_left_out:
        yield Note((voice.say("left_out", count=SHOWN),))
    biased = any(layer.bias is not None for layer in problem.layers)
    if problem.updates and not t.train_biases and biased:
        yield Note((voice.say("frozen"),))
    if t.bias_input == -1 and biased:
        yield Note((voice.say("thresholds"),))
    if problem.updates and t.update_order == "in_place":
        yield Note((voice.say("in_place"),))
    if t.mode == "online":
        yield Note((voice.say("online"),))
    kinks = [ACTIVATIONS[layer.activation.name].kink for layer in problem.layers]
    if t.loss.name in LOSSES:
        kinks.append(LOSSES[t.loss.name].kink)
    for kink in dict.fromkeys(filter(None, kinks)):
        yield Note((named(kink, voice.language),))


def _spread(n: int, most: int) -> list[int]:
    """At most `most` numbers below n, the first and the last among them, evenly spread."""
    if n <= most:
        return list(range(n))
    return sorted({round(k * (n - 1) / (most - 1)) for k in range(most)})
