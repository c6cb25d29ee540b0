"""Built-in problems, by name: ``chalkgrad solve mazur``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError, nearest
from chalkgrad.problem_file import load

if TYPE_CHECKING:
    from chalkgrad.problem import Problem

_FOLDER = Path(__file__).parent


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The names of all built-in problems.

    >>> "mazur" in names()
    True
    """
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


def path(name: str) -> Path:
    """The file of a built-in problem.

    Raises:
        RequestError: there is none of that name.
    """
    if name not in names():
        hint = nearest(name, names()) or "chalkgrad examples lists them"
        raise RequestError(f'there is no built-in example "{name}"; {hint}')
    return _FOLDER / f"{name}.toml"


def example(name: str) -> Problem:
    """A built-in problem.

    >>> example("mazur").sizes
    (2, 2, 2)
    """
    return load(path(name))
