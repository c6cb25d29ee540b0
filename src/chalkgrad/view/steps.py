"""The steps through a working: what is lit at each, in the order of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.sentences import say
from chalkgrad.view.names import in_batch, who

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chalkgrad.notation import Symbol
    from chalkgrad.plan import Group, Plan
    from chalkgrad.view.drawing import Drawing

FEW = 3
"""Up to so many neurons in the widest layer, each is a step of its own."""
_WEIGHTS = ("grad_w", "grad_b")


def steps(plan: Plan, drawing: Drawing, language: str) -> list[dict[str, Any]]:
    """Phase, words, names and main quantity of each step of the first iteration."""
    made = []
    for group in plan.groups(1):
        found = [s for s in (*group.symbols, *group.aside) if drawing.has(s)]
        if found:
            made += list(_of_group(group, found, drawing, language))
    return made


def _of_group(
    group: Group, found: list[Symbol], drawing: Drawing, language: str
) -> Iterator[dict[str, Any]]:
    problem = drawing.problem

    def step(phase: str, key: str, symbols: list[Symbol], focus: Symbol, **slots: object) -> Any:
        text = say(key, language, **slots)
        if in_batch(problem) and group.sample:
            text = say("step_sample", language, text=text, s=group.sample)
        return {
            "phase": phase,
            "text": text,
            "names": [drawing.name(s) for s in symbols],
            "focus": drawing.name(focus),
            **({"sample": group.sample} if in_batch(problem) and group.sample else {}),
        }

    if group.phase == "loss":
        key = "step_loss" if problem.samples[0].target else "step_output"
        yield step("forward", key, found, next(s for s in reversed(found) if s.kind == "loss"))
    elif group.phase == "forward":
        for neurons, called in _neurons(found, group.layer, drawing, language):
            focus = next(s for s in neurons if s.kind == "a")
            yield step("forward", "step_forward", neurons, focus, who=called)
    elif group.phase == "backward":
        for neurons, called in _neurons(found, group.layer, drawing, language):
            deltas = [s for s in neurons if s.kind not in _WEIGHTS]
            weights = [s for s in neurons if s.kind in _WEIGHTS]
            focus = next(s for s in deltas if s.kind == "delta")
            yield step("backward", "step_delta", deltas, focus, who=called)
            if weights:
                yield step("backward", "step_gradient", weights, weights[0], who=called)
    elif group.phase == "gradient":
        yield step("backward", "step_batch", found, found[0], layer=group.layer)
    elif group.phase == "update":
        focus = next((s for s in found if s.kind.startswith("new_")), found[0])
        yield step("update", "step_update", found, focus, layer=group.layer)


def _neurons(
    found: list[Symbol], layer: int, drawing: Drawing, language: str
) -> Iterator[tuple[list[Symbol], str]]:
    """A group's quantities neuron by neuron where they are few, else all together; and whose they are.

    What belongs to the whole layer, such as the gradient of a shared bias, comes with the last neuron.
    """
    problem = drawing.problem
    own = [s for s in found if not (s.kind == "grad_a" and s.index[0] == 0)]
    units = list(drawing.units(layer))
    if max(problem.sizes) > FEW or len(problem.batch(1)) > 1:
        yield found, say("who_layer", language, layer=layer)
        return
    for j in units:
        last = j == units[-1]
        mine = [
            s for s in own if (len(s.index) > 1 and s.index[1] == j) or (len(s.index) < 2 and last)
        ]
        mine += [s for s in found if s not in own] if last else []
        yield mine, who(problem, layer, j, language)
