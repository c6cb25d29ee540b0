"""A working as a neutral document: all order and wording of the worked solution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.compose_given import about_line
from chalkgrad.compose_outcome import compared, notes, summary
from chalkgrad.compose_posed import opening
from chalkgrad.compose_sums import left_out
from chalkgrad.compose_voice import Voice, harmless
from chalkgrad.rendering.document import Document, Equation, Equations, Part, Prose
from chalkgrad.typesetting import gaps, typeset, unrepeated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.boxes import Box
    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Group
    from chalkgrad.working import Iteration, Step, Working


def compose(working: Working, *, agreement: bool = False) -> Document:
    """The document of a working, in its language.

    Args:
        working: what was worked.
        agreement: whether to add the comparison of every gradient with central differences.
    """
    voice, problem = Voice(working), working.problem
    parts = list(opening(voice, whole=not working.only))
    several = len(working.losses) > 2 or working.updates > 1
    for iteration in working.iterations:
        if not any(working.chosen(step, iteration.number) for step in iteration.steps()):
            continue
        if several:
            parts.append(voice.heading(1, voice.say("iteration", k=iteration.number)))
        parts += _iteration(voice, iteration, 2 if several else 1)
    parts += summary(voice)
    if agreement:
        parts += compared(voice)
    parts += notes(voice)
    title = harmless(problem.title) or voice.say("untitled")
    return Document(title, about_line(voice), tuple(parts), voice.language)


def _iteration(voice: Voice, iteration: Iteration, level: int) -> Iterator[Part]:
    samples = {g.sample for g, _, _ in iteration.groups if g.phase == "forward"}
    last: tuple[str, int] | None = None
    sample = 0
    for group, worked, aside in iteration.groups:
        steps = list(worked)
        if voice.working.only:
            steps = [s for s in (*worked, *aside) if voice.working.chosen(s, iteration.number)]
        if not steps:
            continue
        layer = 0 if group.phase == "forward" else group.layer
        if (group.phase, layer) != last or (group.phase == "forward" and group.sample != sample):
            if (group.phase, layer) != last:
                yield voice.heading(level, _title(voice, group))
                yield from _explanation(voice, group)
                sample = 0
            last = (group.phase, layer)
        if len(samples) > 1 and group.sample and group.sample != sample:
            sample = group.sample
            yield voice.heading(3, voice.say("sample", s=sample).capitalize())
        if voice.working.style == "matrix" and not voice.working.only:
            from chalkgrad.compose_matrix import matrix_equations  # one style of three

            yield Equations(matrix_equations(voice.working, group, worked, aside, voice.speller))
            voice.any_marked |= any(s.marked for s in worked)
            continue
        yield Equations(tuple(_equation(voice, step, group.sample) for step in steps))


def _title(voice: Voice, group: Group) -> str:
    """The heading of a group."""
    if group.phase == "backward" and group.layer == len(voice.problem.layers):
        return voice.say("backward_output")
    return voice.say(group.phase, layer=group.layer)


def _explanation(voice: Voice, group: Group) -> Iterator[Part]:
    """What is to be known before the lines of a group, said once a heading."""
    if group.phase != "backward" or voice.working.only:
        return
    t, depth = voice.training, len(voice.problem.layers)
    which = "output" if group.layer == depth else "hidden"
    key = f"{voice.working.style}_{which}"
    yield Prose((voice.say(key, layer=group.layer, next=group.layer + 1),))
    if group.layer == depth and voice.problem.pairing:
        activation = voice.problem.layers[-1].activation.name
        yield Prose((voice.say("paired", activation=activation, loss=voice.called(t.loss.name)),))


def _equation(voice: Voice, step: Step, sample: int) -> Equation:
    """A step as an equation: rule, formula, numbers, value; what would repeat itself is left out.

    The left side names its sample where the group is not about that sample.
    """
    symbol = step.symbol

    def spell(s: Symbol) -> Box:
        return voice.speller(s, symbol)

    definition, most = step.definition, voice.working.most_terms
    shown = left_out(step, most) if most else None
    formulas = [definition.formula, step.with_numbers(definition.formula)]
    boxes = [typeset(formula, spell, shown, voice.language) for formula in formulas]
    if definition.rule:
        boxes.insert(0, typeset(definition.rule, spell, shown, voice.language))
    boxes.append(voice.number(step.text))
    voice.any_left_out |= any(map(gaps, boxes))
    voice.any_marked |= step.marked
    left = voice.speller(symbol, symbol._replace(sample=sample))
    return Equation(str(symbol), left, unrepeated(boxes), step.marked)
