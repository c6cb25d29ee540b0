"""The view as a widget: in Jupyter, VS Code and marimo the same module that a page mounts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import ChalkgradError, MissingExtra
from chalkgrad.problem import expect_problem
from chalkgrad.serve.editing import apply_edit
from chalkgrad.view import make_view, view_part, view_surface
from chalkgrad.view.assets import font_face, script, style

if TYPE_CHECKING:
    from chalkgrad.problem import Problem
    from chalkgrad.working import Working

STATE = (
    "it", "step", "sel", "path", "style", "notation", "digits", "edge", "theme", "sample", "sx", "sy",
)  # fmt: skip
"""What the view keeps of what was pressed, as traits that can be read and set; ``open`` is a widget's own."""


def show(problem: Problem | Working, *, editable: bool = True, **settings: Any) -> Any:
    """The view of a problem as a widget; its trait `problem` is what stands there after every edit.

    Args:
        problem: what to show, or a working of it.
        editable: whether the given numbers can be changed.
        **settings: as of `chalkgrad.view.make_view`: ``iterations``, ``notation``, ``language`` ...

    Raises:
        MissingExtra: the extra ``widget`` is not installed.

    >>> import chalkgrad
    >>> widget = chalkgrad.show(chalkgrad.example("mazur"), iterations=2)
    >>> widget.sel, widget.view["title"]
    (None, 'Two inputs, two hidden neurons, two outputs')
    """
    shown = getattr(problem, "problem", problem)
    expect_problem(shown)
    settings = {"language": getattr(problem, "language", "en"), **settings}
    return _widget_class()(shown, editable=editable, settings=settings)


def answered(
    problem: Problem, settings: dict[str, Any], message: dict[str, Any]
) -> tuple[Problem, dict[str, Any], dict[str, Any]]:
    """What a message of the view comes to: the problem, the settings, and the traits that change.

    >>> from chalkgrad.examples import example
    >>> edit = {"type": "edit", "name": "w[1][1,1]", "text": "0.9"}
    >>> problem, _, traits = answered(example("mazur"), {}, edit)
    >>> problem.layers[0].weights[0][0], list(traits)
    (0.9, ['fault', 'view'])
    """
    kind = message.get("type")
    if kind == "edit":
        asked = {"do": "number", **{key: said for key, said in message.items() if key != "type"}}
        try:
            problem = apply_edit(problem, asked)
        except ChalkgradError as error:
            name, text = str(message.get("name", "")), str(message.get("text", ""))
            fault = {"name": name, "input": text, "text": str(error)}
            return problem, settings, {"fault": fault}
        return problem, settings, {"fault": None, "view": make_view(problem, **settings)}
    if kind == "part":
        return problem, settings, {"part": view_part(problem, message["names"], **settings)}
    if kind == "surface":
        made = view_surface(problem, message["x"], message["y"], **settings)
        return problem, settings, {"numbers": made}
    if kind == "sample":
        settings = {**settings, "sample": int(message["sample"])}
    elif kind == "open":
        opened = list(settings.get("opened") or make_view(problem, pairs=0, **settings)["opened"])
        opened[int(message["layer"])] = int(message["neuron"])
        settings = {**settings, "opened": opened}
    else:
        return problem, settings, {}
    return problem, settings, {"view": make_view(problem, **settings)}


@cache
def _widget_class() -> Any:
    """The class of the widget; made when it is first asked for, as its base is an optional part."""
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise MissingExtra("widget", "the widget") from error

    class View(anywidget.AnyWidget):
        """A view that answers the messages of its module."""

        _esm = script()
        _css = font_face() + style()

        def __init__(self, problem: Problem, *, editable: bool, settings: dict[str, Any]) -> None:
            self._settings = settings
            super().__init__(view=make_view(problem, **settings), editable=editable)
            self.problem = problem
            self.on_msg(self._answer)

        def _answer(self, _: object, message: dict[str, Any], __: object) -> None:
            try:
                problem, self._settings, traits = answered(self.problem, self._settings, message)
            except ChalkgradError as error:
                traits = {"fault": {"name": "", "input": "", "text": str(error)}}
            else:
                self.problem = problem
            for name, value in traits.items():
                self.set_trait(name, value)

    synced: dict[str, Any] = {
        name: traitlets.Any(None, allow_none=True).tag(sync=True) for name in STATE
    }
    synced |= {name: traitlets.Any(None).tag(sync=True) for name in ("part", "numbers", "fault")}
    synced["view"] = traitlets.Dict().tag(sync=True)
    synced |= {
        name: traitlets.Bool(given).tag(sync=True)
        for name, given in (("editable", True), ("live", True), ("address", False), ("bare", False))
    }
    return type("View", (View,), {**synced, "problem": traitlets.Any(None, allow_none=True)})
