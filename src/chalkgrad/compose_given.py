"""What a working begins with: the line under its title, and all that is given."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.compose_voice import Voice
from chalkgrad.losses import LOSSES
from chalkgrad.notation import KINDS, Symbol
from chalkgrad.rendering.document import Inline, Part, Prose, Table
from chalkgrad.rounding import as_given

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chalkgrad.problem import Problem
    from chalkgrad.records import Choice
    from chalkgrad.working import Working

MOST_SAMPLES = 400
"""Samples that are all listed; of more, those that the lines of the working take."""


def about(working: Working) -> str:
    """The line under the title of a working: sizes, activations and conventions."""
    return about_line(Voice(working))


def about_line(voice: Voice) -> str:
    """The same for a working that is being said."""
    t, policy = voice.training, voice.working.policy
    sizes = "-".join(map(str, voice.problem.sizes))
    said = [sizes, _activations(voice.problem)]
    if t.loss.name in LOSSES:
        said.append(
            voice.say(
                "about_loss",
                loss=voice.called(t.loss.name) + _parameters(t.loss, LOSSES[t.loss.name].params),
                over_outputs=voice.called(t.over_outputs),
            )
        )
    if len(voice.problem.samples) > 1 and t.mode == "batch":
        said.append(voice.say("about_over_samples", over_samples=voice.called(t.over_samples)))
    if voice.problem.updates:
        if t.optimizer.name != "sgd":
            said.append(t.optimizer.name)
        rate = Symbol("lr", (), 0)
        said.append(
            voice.say("about_rate", rate=voice.working.text_of(rate, t.learning_rate or 0.0))
        )
        if not t.train_biases and any(layer.bias is not None for layer in voice.problem.layers):
            said.append(voice.say("about_frozen"))
        if t.update_order == "in_place":
            said.append(voice.say("about_in_place"))
        if t.mode == "online":
            said.append(voice.say("about_online"))
    mixed = any(digits.carried is not None for _, digits in policy.by_name)
    mode = voice.say("mixed") if mixed else voice.called(policy.mode)
    said.append(voice.say("about_policy", mode=mode, digits=policy.digits.said(voice.language)))
    return " · ".join(said)


def _activations(problem: Problem) -> str:
    """The activations layer by layer, each with its parameters; one for all where they are the same."""
    each = [
        layer.activation.name
        + _parameters(layer.activation, ACTIVATIONS[layer.activation.name].params)
        for layer in problem.layers
    ]
    runs = [(text, len(list(run))) for text, run in groupby(each)]
    if len(runs) == 1:
        return each[0]
    return ", ".join(f"{text} × {count}" if count > 1 else text for text, count in runs)


def _parameters(choice: Choice, defaults: Mapping[str, float]) -> str:
    """Parameters in brackets, those that are given or are no factor of one."""
    told = [
        f"{key} {as_given(value)}"
        for key, value in choice.filled(defaults).items()
        if key in choice.params or value != 1
    ]
    return f" ({', '.join(told)})" if told else ""


def given(voice: Voice) -> Iterator[Part]:
    """Samples, parameters and constants: every number that the lines of the working take."""
    yield voice.heading(1, voice.say("given"))
    plan, problem = voice.working.plan, voice.problem
    yield from _samples(voice)
    for number, layer in enumerate(problem.layers, 1):
        ws = [
            Symbol("w", (number, j + 1, i + 1))
            for j, row in enumerate(layer.weights)
            for i in range(len(row))
        ]
        yield Prose(voice.listed(voice.say("weights", layer=number), ws))
        if layer.bias is not None:
            shared = f" ({voice.say('shared')})" if layer.shares_bias else ""
            bs = (
                [Symbol("b", (number,))]
                if layer.shares_bias
                else [Symbol("b", (number, j + 1)) for j in range(len(layer.weights))]
            )
            yield Prose(voice.listed(voice.say("bias", layer=number) + shared, bs))
    constants = [
        Symbol(kind, (), 0)
        for kind in KINDS
        if KINDS[kind].constant
        and KINDS[kind].sizes == (0,)
        and problem.updates
        and plan.constant(Symbol(kind, (), 0)) is not None
        and (kind != "weight_decay" or plan.constant(Symbol(kind, (), 0)))
    ]
    if constants:
        yield Prose(voice.listed(voice.say("constants"), constants))


def _samples(voice: Voice) -> Iterator[Part]:
    """Inputs and targets: as lines for one sample, as a table for several."""
    samples = voice.problem.samples
    xs = [Symbol("x", (i + 1,), 0, 1) for i in range(len(samples[0].input))]
    ts = [Symbol("t", (j + 1,), 0, 1) for j in range(len(samples[0].target))]
    if len(samples) == 1:
        yield Prose(voice.listed(voice.say("inputs"), xs))
        if ts:
            yield Prose(voice.listed(voice.say("targets"), ts))
        return
    names: list[Inline] = [(voice.speller(s, s),) for s in (*xs, *ts)]
    header = ((voice.say("sample_number"),), *names)
    taken: Sequence[int] = range(1, len(samples) + 1)
    if len(samples) > MOST_SAMPLES:
        worked = [iteration.number for iteration in voice.working.iterations]
        taken = sorted({s for k in worked for s in voice.problem.batch(k)})
        if len(taken) < len(samples):
            yield Prose((voice.say("samples_taken", count=len(samples)),))
    rows: list[tuple[Inline, ...]] = []
    for n in taken:
        sample = samples[n - 1]
        numbers = (voice.number(as_given(v)) for v in (*sample.input, *sample.target))
        rows.append(((str(n),), *((number,) for number in numbers)))
    yield Table(header, tuple(rows), (True,) * len(header))
