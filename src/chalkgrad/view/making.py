"""Make the view of a problem: the object of ``chalkgrad.view/1``, which is all that a page is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.compose_given import about
from chalkgrad.compose_voice import harmless
from chalkgrad.errors import RequestError
from chalkgrad.network import STYLES
from chalkgrad.sentences import say
from chalkgrad.view.assets import words
from chalkgrad.view.curve import curve
from chalkgrad.view.maps import maps, strips
from chalkgrad.view.names import in_batch, spellers, view_symbol
from chalkgrad.view.state import State
from chalkgrad.view.steps import steps
from chalkgrad.view.surface import MOST_PAIRS, axes_of, parameters, surface, surfaces

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chalkgrad.notation import Symbol
    from chalkgrad.problem import Problem

SCHEMA = "chalkgrad.view/1"


def make_view(
    problem: Problem,
    *,
    iterations: int | None = None,
    work: Sequence[int] | None = None,
    digits: Sequence[int] = (4, 6),
    styles: Sequence[str] = STYLES,
    notation: str | None = None,
    language: str = "en",
    opened: Sequence[int] = (),
    sample: int = 1,
    pairs: int = MOST_PAIRS,
) -> dict[str, Any]:
    """The view of a problem: drawing, formulas, numbers as texts, steps, curve and surfaces.

    Args:
        problem: what to show.
        iterations: how many there are; by default those of the problem, or 100 for a small network that
            asks for one.
        work: which of them are worked in full; by default the first ones and a few more up to the last.
        digits: sets of significant digits to choose from, besides those of the problem.
        styles: of ``chain``, ``delta`` and ``matrix``, the one shown first in front.
        notation: the one shown first; by default the names of the problem, else indices.
        language: of the sentences, ``en`` or ``de``.
        opened: for each layer from the inputs on, the neuron that is opened where a layer is folded.
        sample: the sample that is shown first; of a large batch the only one that is there.
        pairs: how many pairs of parameters have an error surface at once; 0 for none.

    Raises:
        RequestError: a style, notation, language, iteration or neuron that there is not.
        LimitError: the network has more weights than a view has room for.

    >>> from chalkgrad.examples import example
    >>> view = make_view(example("mazur"), iterations=2)
    >>> view["columns"]["own"]["z[1][1]"], view["quantities"]["grad_w[2][1,1]"]["words"]
    (['0.3775', '0.377445179'], 'gradient of the weight from hidden 1 to output 1')
    """
    notations = list(spellers(problem))
    if notation is not None and notation not in notations:
        raise RequestError(f'notation must be one of {" ".join(notations)}, got "{notation}"')
    state = State.of(problem, iterations, work, digits, styles, language, opened, sample)
    drawing, working = state.drawing, state.working
    part = state.part(list(drawing.symbols(state.plan)))
    made: dict[str, Any] = {
        "schema": SCHEMA,
        "language": language,
        "words": words(language),
        "title": harmless(problem.title) or say("untitled", language),
        "conventions": about(working),
        "layers": drawing.layers(language),
        "opened": list(drawing.opened),
        "samples": len(problem.batch(1)),
        "here": list(drawing.samples),
        "sample": sample if in_batch(problem) else 0,
        "iterations": max(working.updates, 1),
        "its": [i.number for i in working.iterations],
        "styles": list(styles),
        "notations": notations,
        "notation": notation or notations[0],
        "digits": list(state.digits),
        "start": _start(part["quantities"]),
        **part,
        "steps": steps(state.plan, drawing, language),
        "curve": curve(working),
        "surfaces": surfaces(drawing, state.plan, state.table, pairs) if pairs else None,
        "maps": maps(problem),
        "strip": strips(problem, state.activation),
    }
    return {key: value for key, value in made.items() if value is not None}


def view_part(problem: Problem, names: Iterable[str], **settings: Any) -> dict[str, Any]:
    """More quantities of a view, by name: what `make_view` left out of a large network.

    Args:
        problem: as of `make_view`.
        names: names of the view, such as ``s2.grad_w[1][12,7]``.
        **settings: as of `make_view`, which they must repeat.

    Returns:
        ``{"quantities": ..., "columns": ..., "templates": ...}`` and so on, to be added to the view's
        own. Templates are counted from 0 in every part.

    Raises:
        RequestError: the problem has no quantity of that name.

    >>> from chalkgrad.examples import example
    >>> sorted(view_part(example("mazur"), ["z[1][1]"], iterations=1)["quantities"])
    ['b[1]', 'w[1][1,1]', 'w[1][1,2]', 'w[1][2,1]', 'w[1][2,2]', 'x[1]', 'x[2]', 'z[1][1]', 'z[1][2]']
    """
    wanted = [view_symbol(problem, name) for name in names]
    return _state(problem, settings, wanted).part(wanted)


def view_surface(problem: Problem, first: str, second: str, **settings: Any) -> dict[str, Any]:
    """The error surface over two parameters of a view, as the part of it that the view is told.

    Args:
        problem: as of `make_view`.
        first: name of a weight or bias, such as ``w[2][1,1]``; it goes to the right.
        second: name of another; it goes up.
        **settings: as of `make_view`, which they must repeat.

    Raises:
        RequestError: a name is no parameter of the problem, or the two are the same.

    >>> from chalkgrad.examples import example
    >>> made = view_surface(example("mazur"), "w[1][1,1]", "w[2][2,2]", iterations=2)
    >>> list(made["surfaces"]["pairs"])
    ['w[1][1,1]|w[2][2,2]']
    """
    state = _state(problem, settings, ())
    known = parameters(state.drawing, state.plan)
    chosen = [problem.symbol(name) for name in (first, second)]
    for symbol, name in zip(chosen, (first, second), strict=True):
        if symbol not in known:
            raise RequestError(f'"{name}" is no weight and no trained bias that this view draws')
    axes = axes_of(known, state.table)
    a, b = chosen
    return {"surfaces": {"pairs": {f"{a.bare}|{b.bare}": surface(state.plan, a, b, axes)}}}


def _state(problem: Problem, settings: Mapping[str, Any], wanted: Sequence[Symbol]) -> State:
    return State.of(
        problem,
        settings.get("iterations"),
        settings.get("work"),
        settings.get("digits", (4, 6)),
        settings.get("styles", STYLES),
        settings.get("language", "en"),
        settings.get("opened", ()),
        settings.get("sample", 1),
        wanted,
    )


def _start(records: Mapping[str, Any]) -> str:
    """What is chosen at first: the gradient of a first weight, which has the most to show."""
    for name, record in records.items():
        if "rule" in record and record.get("paths") and record["el"].startswith("w[1]"):
            return name
    gradients = (n for n in records if "grad_w" in n and "rule" in records[n])
    outputs = (n for n in records if "a[" in n and "rule" in records[n])
    return next(gradients, None) or next(outputs, None) or next(iter(records))
