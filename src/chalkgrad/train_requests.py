"""What ``chalkgrad train`` was asked, as a problem, data and settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from chalkgrad import examples as builtin
from chalkgrad.errors import RequestError, nearest
from chalkgrad.training.usual import HELD_BACK, USUAL, usual_rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalkgrad.problem import Problem
    from chalkgrad.records import Choice
    from chalkgrad.training.course import Course
    from chalkgrad.training.data import Data

_BUILT = ("hidden", "activation", "output_activation", "loss", "init")
_READ = ("target", "task", "missing", "test", "batch_size")
_IDLE = {
    "data": (("data", "iterations"), "it is for problem files, and SOURCE is data"),
    "network": ((*_BUILT, "iterations"), "the problem file says it"),
    "problem": ((*_BUILT, *_READ), "the problem file says it, and trains on its own samples"),
}
"""Options that would do nothing: for data, for a problem file with data, for a problem file alone."""


def command_of(request: Mapping[str, Any]) -> str:
    """The command that asks for the same.

    >>> command_of({"source": "digits", "hidden": "64,32", "batch_size": 16})
    'chalkgrad train digits --hidden 64,32 --batch-size 16'
    """
    import shlex

    usual = _usual(request)
    options = (
        f" --{key.replace('_', '-')} {shlex.quote(str(value))}"
        for key, value in request.items()
        if key not in ("source", "where") and value != usual.get(key)
    )
    return f"chalkgrad train {shlex.quote(str(request['source']))}" + "".join(options)


# ---------------------------------------------------------------- what is asked
def filled(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request with what is usual for data where nothing is said; of a problem file as it is.

    Raises:
        RequestError: an option is given that would do nothing.
    """
    of_data = _problem_of(request) is None
    kind = "data" if of_data else "network" if "data" in request else "problem"
    idle, why = _IDLE[kind]
    for key in request:
        if key in idle:
            raise RequestError(f"--{key.replace('_', '-')} does nothing here: {why}")
    return {**_usual(request), **request} if of_data else dict(request)


def _usual(request: Mapping[str, Any]) -> dict[str, Any]:
    rule = read_choice(str(request.get("optimizer", USUAL["optimizer"]))).name
    return {**USUAL, "learning_rate": usual_rate(rule)}


def parts_of(request: Mapping[str, Any]) -> tuple[Problem, Data | None, dict[str, Any]]:
    """Problem, data (None for the problem's own samples) and settings of a request.

    A request is one that was `filled`. It holds ``source`` and options: ``data target task missing hidden
    activation loss output_activation learning_rate optimizer init test iterations`` and the fields of
    `Settings`.
    """
    from dataclasses import fields

    from chalkgrad.training.model import network_problem
    from chalkgrad.training.readers import load_data
    from chalkgrad.training.settings import Settings

    names = {field.name for field in fields(Settings)}
    settings = {key: value for key, value in request.items() if key in names}
    reading = {key: request[key] for key in ("target", "task", "missing") if key in request}
    problem = _problem_of(request)
    if problem is not None:
        if "data" in request:
            return problem, load_data(_found(request, "data"), **reading), settings
        settings["epochs"] = _iterations(request, problem)
        return problem, None, settings
    data = load_data(_found(request, "source"), **reading)
    problem = network_problem(
        data,
        _sizes(str(request.get("hidden", ""))),
        activation=read_choice(request["activation"]),
        loss=read_choice(request["loss"]) if "loss" in request else "",
        output=read_choice(request["output_activation"]) if "output_activation" in request else "",
        learning_rate=float(request["learning_rate"]),
        optimizer=read_choice(request["optimizer"]),
        init=str(request.get("init", "")),
        seed=int(request["seed"]),
    )
    return problem, data, settings


def course_of(request: Mapping[str, Any]) -> tuple[Course, Data | None]:
    """What the run of a request works on, and the part of the data that is held back."""
    from chalkgrad.training.course import make_course, split_rows
    from chalkgrad.training.settings import Settings

    problem, data, settings = parts_of(request)
    held, rows = None, None
    if data is not None and data.held_back is not None and "test" not in request:
        held = data.held_back
    elif data is not None and (part := float(request.get("test", HELD_BACK))):
        rows, other = split_rows(data, part, int(request.get("seed", 0)))
        data, held = data.rows(rows), data.rows(other)
    course = make_course(
        problem, data, Settings(**settings), validation=held,
        class_weights=read_weights(request.get("class_weights")),
    )  # fmt: skip
    return (course if rows is None else course.among(rows)), held


def own_run(request: Mapping[str, Any]) -> tuple[Problem, int] | None:
    """Problem and iterations, where a request asks for nothing but a problem's own samples; else None."""
    more = request.keys() - {"source", "iterations", "epochs", "learning_rate", "optimizer"}
    source = str(request["source"])
    if more or source == "-" or not (source.endswith(".toml") or source in builtin.names()):
        return None
    problem = _problem_of(request)
    return None if problem is None else (problem, _iterations(request, problem))


def _iterations(request: Mapping[str, Any], problem: Problem) -> int:
    """How many iterations of a problem's own samples are asked for."""
    return int(request.get("iterations", request.get("epochs", problem.training.iterations)))


def _problem_of(request: Mapping[str, Any]) -> Problem | None:
    """The problem that the source is: a file, or an example by its name; None where it is data."""
    found = _file_of_problem(request)
    if found is None:
        return None
    from chalkgrad.problem_file import load

    problem = load(found)
    changes: dict[str, Any] = {}
    if "learning_rate" in request:
        changes["learning_rate"] = request["learning_rate"]
    if "optimizer" in request:
        changes["optimizer"] = read_choice(request["optimizer"])
    return problem.with_(**changes) if changes else problem


def _file_of_problem(request: Mapping[str, Any]) -> str | None:
    if request["source"] == "-":
        raise RequestError("train reads a file or a folder: a run must find its source again")
    source = _found(request, "source")
    if source.endswith(".toml"):
        return source
    if not _there(source) and source in builtin.names():
        return builtin.file(source)
    from chalkgrad.training.readers import SETS

    if _there(source) or source in SETS:
        return None
    if "/" in source or "." in source:
        return None  # the reader of data says what is wrong with it
    hint = nearest(source, [*SETS, *builtin.names()])
    raise RequestError(
        f'there is no file, no data set and no example "{source}"; '
        + (hint or "the sets are " + " ".join(SETS) + ", and chalkgrad examples lists the examples")
    )


def _there(name: str) -> bool:
    return os.path.exists(name)  # noqa: PTH110  Path.exists raises where a name is too long


def _found(request: Mapping[str, Any], key: str) -> str:
    """The name of a file of a request: from here, else from where the run was begun."""
    name, where = str(request[key]), str(request.get("where", ""))
    from_there = os.path.join(where, name)  # noqa: PTH118  as above
    return from_there if where and not _there(name) and _there(from_there) else name


def _sizes(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise RequestError(f'--hidden must be whole numbers as 64,32, got "{text}"') from None


def read_choice(text: str) -> Choice:
    """A row of a table with parameters, as ``momentum:momentum=0.95``.

    >>> read_choice("momentum:momentum=0.95")
    Choice(name='momentum', params={'momentum': 0.95})
    """
    from chalkgrad.records import Choice

    name, _, rest = text.partition(":")
    return Choice(name.strip(), _numbers(rest, text, "NAME or NAME:KEY=NUMBER,..."))


def read_weights(text: str | None) -> dict[str, float] | str | None:
    """Weights of classes: ``balanced``, or a number for each by name.

    >>> read_weights("yes=3,no=1")
    {'yes': 3.0, 'no': 1.0}
    """
    if text is None or text == "balanced":
        return text
    return _numbers(text, text, "balanced or CLASS=NUMBER,...")


def _numbers(text: str, whole: str, must: str) -> dict[str, float]:
    found = {}
    for part in filter(None, text.split(",")):
        key, _, value = part.partition("=")
        try:
            found[key.strip()] = float(value)
        except ValueError:
            raise RequestError(f'"{whole}" must be {must}') from None
    return found
