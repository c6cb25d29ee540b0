"""Training for the page, a stretch at a time: each job takes the state of a run and gives the next one."""

from __future__ import annotations

import pickle
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.losses import NO_LOSS
from chalkgrad.problem_writer import dump
from chalkgrad.records import Sample
from chalkgrad.rounding import Digits, Given, plain, write
from chalkgrad.serve.jobs import LIMITS, problem_of, text_of
from chalkgrad.serve.made_sets import MADE, points
from chalkgrad.serve.training_course import Course, advance, as_taken, loss_now
from chalkgrad.serve.training_pictures import dots, picture
from chalkgrad.training import Data, load_data, network_problem
from chalkgrad.training.course import scalings_of
from chalkgrad.training.data import one_hot
from chalkgrad.training.extra import np
from chalkgrad.training.readers import SETS
from chalkgrad.training.usual import USUAL, usual_rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalkgrad.problem import Problem

MOST_ROWS, MOST_COLUMNS, MOST_HIDDEN = 20_000, 200, 512
_STRETCH_SECONDS = 0.25


# ---------------------------------------------------------------- jobs
def open_run(args: Mapping[str, Any], _: bytes = b"") -> tuple[object, bytes]:
    """A training made ready: of the problem's own samples, of a set by name, or of a table."""
    source, seed = text_of(args, "source", "own"), _count(args, "seed", 0, 999_999_999)
    page = problem_of(args)
    if source == "own":
        course = _own(page, seed)
    else:
        data = _data(source, args, seed)
        hidden = _sizes(text_of(args, "hidden", ""))
        rule = text_of(args, "optimizer", str(USUAL["optimizer"]))
        problem = network_problem(
            data, hidden, activation=text_of(args, "activation", str(USUAL["activation"])),
            learning_rate=_rate(text_of(args, "rate", "") or plain(usual_rate(rule))),
            optimizer=rule, seed=seed,
        )  # fmt: skip
        size = min(_count(args, "batch", 1, MOST_ROWS), len(data))
        kinds = str(USUAL["scaling"]), str(USUAL["target_scaling"])
        inputs, targets = scalings_of(problem, data, *kinds)
        course = Course(problem, data, size, seed, own=False, inputs=inputs, targets=targets)
    course.losses.append((0, loss_now(course)))
    sizes = course.problem.sizes
    facts = {
        "inputs": sizes[0],
        "rows": len(course.data),
        "classes": list(course.data.classes),
        "columns": [name for column in course.data.columns for name in column.names],
        "title": course.data.title or course.problem.title,
        "dots": dots(course.data) if sizes[0] == 2 else [],
    }
    return {**facts, "picture": picture(course)}, pickle.dumps(course)


def run(args: Mapping[str, Any], blob: bytes) -> tuple[object, bytes]:
    """So many passes over the data, or one update, as far as there is time."""
    course: Course = pickle.loads(blob)  # noqa: S301  it comes from a worker of this server
    if args.get("steps"):
        advance(course, course.batch(), epochs=1, batch_size=0, steps=1)
    else:
        passes = int(args.get("passes", 1))
        until = time.monotonic() + _STRETCH_SECONDS
        at = course.steps % course.per_pass
        while at and not course.ended:  # a pass that single steps began is ended first
            advance(course, course.batch(), epochs=1, batch_size=0, steps=1)
            at = course.steps % course.per_pass
        done = 0
        while done < passes and not course.ended and time.monotonic() < until:
            few = min(passes - done, max(1, passes // 8))
            advance(
                course, course.data, epochs=few, batch_size=course.size, steps=few * course.per_pass,
                shuffle=not course.own, seed=course.seed + course.steps,
            )  # fmt: skip
            done += few
    return {**picture(course), "ended": course.ended}, pickle.dumps(course)


def working(args: Mapping[str, Any], blob: bytes) -> tuple[object, bytes]:
    """The network where it stands as a problem for the page, with the samples of the next update."""
    course: Course = pickle.loads(blob)  # noqa: S301  as above
    layers = course.problem.layers
    if course.network is not None:
        layers = course.network.architecture.layers(course.network.p)
    if course.own:
        problem = course.problem.with_(layers=layers)
    else:
        chosen = course.batch().rows(np.arange(1))
        ready = as_taken(course, chosen)
        first = Sample(
            *(
                tuple(Given(write(float(v), Digits())) for v in part[0])
                for part in (ready.x, ready.t)
            )
        )
        problem = replace(
            course.problem, layers=layers, samples=(first,), names={}, limits=LIMITS,
            title=f"{course.data.title}, update {course.steps + 1}",
        )  # fmt: skip
    return {"problem": dump(problem)}, b""


# ---------------------------------------------------------------- what is asked
def _own(page: Problem, seed: int) -> Course:
    if page.training.loss.name == NO_LOSS or not page.updates:
        raise RequestError("training needs a loss and a learning rate; set them under Edit")
    x = np.array([sample.input for sample in page.samples], dtype=float)
    t = np.array([sample.target for sample in page.samples], dtype=float).reshape(len(x), -1)
    online = page.training.mode == "online"
    data = Data(x, t, scaling="none", title=page.title)
    return Course(page, data, 1 if online else len(data), seed, own=True)


def _data(source: str, args: Mapping[str, Any], seed: int) -> Data:
    if source in MADE:
        found = points(source, seed)
        x = np.array([(px, py) for px, py, _ in found])
        count = len({of for _, _, of in found})
        t = one_hot(np.array([of for _, _, of in found]), count)
        names = tuple(f"{k + 1}" for k in range(count))
        data = Data(x, t, names, scaling="none", title=source)
    elif source in SETS:
        data = load_data(source)
    elif source == "table":
        data = _table(args)
    else:
        known = " ".join(("own", "table", *MADE, *SETS))
        raise RequestError(f'the data must be one of {known}, got "{source[:40]}"')
    if len(data) > MOST_ROWS or data.x.shape[1] > MOST_COLUMNS:
        raise RequestError(
            f"the page trains on at most {MOST_ROWS:,} rows of {MOST_COLUMNS} inputs, "
            f"got {len(data):,} rows of {data.x.shape[1]}; use chalkgrad train"
        )
    return data


def _table(args: Mapping[str, Any]) -> Data:
    """The data of a table that was dropped on the page."""
    text, shown = text_of(args, "table"), text_of(args, "table_name", "table.csv")[-80:]
    column = text_of(args, "target", "") or None
    with tempfile.TemporaryDirectory(prefix="chalkgrad-") as folder:
        # a name of our own: that of the request is shown, and never a path
        path = Path(folder, "table.tsv" if shown.lower().endswith(".tsv") else "table.csv")
        path.write_text(text, encoding="utf-8", errors="replace")
        try:
            data = load_data(path, target=column, missing="mean", mapped=False)
        except RequestError as error:
            raise RequestError(str(error).replace(str(path), shown)) from error
    return replace(data, title=shown)


def _count(args: Mapping[str, Any], key: str, least: int, most: int) -> int:
    text = text_of(args, key, str(least)).strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise RequestError(
            f'{key} must be a whole number from {least} to {most:,}, got "{text[:40]}"'
        )
    return int(text)


def _rate(text: str) -> float:
    from chalkgrad.serve.editing import read_number

    rate = read_number(text, "the learning rate")
    if rate < 0:
        raise RequestError(f"the learning rate must be from 0 up, got {text}")
    return rate


def _sizes(text: str) -> list[int]:
    parts = [
        part.strip() for part in text.replace(";", ",").replace(" ", ",").split(",") if part.strip()
    ]
    if len(parts) > 8 or not all(p.isascii() and p.isdigit() and len(p) < 5 for p in parts):
        raise RequestError(f'hidden layers must be up to 8 sizes such as 8,4, got "{text[:40]}"')
    sizes = [int(part) for part in parts]
    if any(not 1 <= size <= MOST_HIDDEN for size in sizes):
        raise RequestError(f"a hidden layer has 1 to {MOST_HIDDEN} neurons, got {text[:40]}")
    return sizes
