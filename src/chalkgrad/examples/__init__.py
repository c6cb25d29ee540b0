"""Built-in problems, by name: ``chalkgrad solve mazur``."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError, nearest
from chalkgrad.problem_file import load

if TYPE_CHECKING:
    from pathlib import Path

    from chalkgrad.problem import Problem

_FOLDER, _ENDING = os.path.dirname(__file__), ".toml"  # noqa: PTH120  pathlib is slow to import


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The names of all built-in problems.

    >>> "mazur" in names()
    True
    """
    files = os.listdir(_FOLDER)  # noqa: PTH208
    return tuple(sorted(name.removesuffix(_ENDING) for name in files if name.endswith(_ENDING)))


def file(name: str) -> str:
    """The name of the file of a built-in problem.

    Raises:
        RequestError: there is none of that name.
    """
    if name not in names():
        hint = nearest(name, names()) or "chalkgrad examples lists them"
        raise RequestError(f'there is no built-in example "{name}"; {hint}')
    return os.path.join(_FOLDER, name + _ENDING)  # noqa: PTH118


def path(name: str) -> Path:
    """The file of a built-in problem, as `file` names it."""
    from pathlib import Path

    return Path(file(name))


def example(name: str) -> Problem:
    """A built-in problem.

    >>> example("mazur").sizes
    (2, 2, 2)
    """
    return load(file(name))
