"""What is asked for: quantities by name, kind or pattern, as `solve` reads and shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError
from chalkgrad.marking.trees import Setting
from chalkgrad.solving import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chalkgrad.problem import Problem

MOST = 20_000


def asked_names(problem: Problem, ask: Iterable[str] = (), style: str = "chain") -> list[str]:
    """The names of what is asked for, in working order: by name, kind (``grad_w``) or pattern (``it2.*``).

    Each means what it means in ``solve --only``; without any it is every line that `solve` shows.

    Raises:
        RequestError: something that is asked for is no quantity of this problem, or too much is.

    >>> from chalkgrad.examples import example
    >>> asked_names(example("mazur"), ["loss", "new_w[2][1,*]"])
    ['loss', 'new_w[2][1,1]', 'new_w[2][1,2]']
    """
    found = shown(problem, parted(ask), style)
    if len(found) > MOST:
        raise RequestError(f"{len(found):,} quantities are too many for a sheet: choose with --ask")
    setting = Setting(problem)
    return [setting.name(symbol) for symbol in found]


def parted(ask: Iterable[str]) -> Sequence[str]:
    """Names one by one: a list with commas is parted, but not within brackets.

    >>> parted(["a, w[1][2,1]", "loss"])
    ['a', 'w[1][2,1]', 'loss']
    """
    out = []
    for item in ask:
        out.append("")
        depth = 0
        for c in item:
            depth += (c == "[") - (c == "]")
            if c == "," and not depth:
                out.append("")
            else:
                out[-1] += c
    return [part.strip() for part in out if part.strip()]
