"""The offline file: the view of a working above its text, in one page that loads nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import LimitError
from chalkgrad.network import STYLES
from chalkgrad.rendering.html import Front
from chalkgrad.view.assets import offline_script, script, style
from chalkgrad.view.making import make_view

if TYPE_CHECKING:
    from chalkgrad.working import Working

MOST_BYTES = 4_000_000
"""A view of more is left out: the file would be slow to open, and its text says the same."""


def front_of(working: Working) -> Front | None:
    """The view of a working for the top of its page; None where it is too large, or shows a selection.

    >>> from chalkgrad import example, solve
    >>> front = front_of(solve(example("single-neuron")))
    >>> front.data.startswith('{"schema":"chalkgrad.view/1"')
    True
    """
    if (
        working.only or working.most_terms
    ):  # lines, or one step of a run: no iterations from the start on
        return None
    styles = [working.style, *(s for s in STYLES if s != working.style)]
    problem = working.problem.with_(arithmetic=working.policy)
    notation = working.notation if working.notation != "index" or not problem.names else None
    try:
        view = make_view(problem, styles=styles, notation=notation, language=working.language)
    except LimitError:
        return None
    data = to_json(view)
    if len(data) > MOST_BYTES:
        return None
    return Front(style(), f"{script()}\n{offline_script()}", data)


def to_json(view: dict[str, Any]) -> str:
    """A view as compact text; the sign of an invisible product is escaped, as no other may be invisible."""
    text = json.dumps(view, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\u2062", "\\u2062")
