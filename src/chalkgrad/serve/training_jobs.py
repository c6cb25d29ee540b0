"""Training for the page, a stretch at a time: each job takes the state of a run and gives the next one.

What the page is sent is ready to be drawn: the curve as points between 0 and 1, the surface as shades.
"""

from __future__ import annotations

import math
import pickle
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.losses import NO_LOSS
from chalkgrad.problem_writer import dump
from chalkgrad.records import Sample
from chalkgrad.rounding import Digits, Given, plain, write
from chalkgrad.serve.jobs import LIMITS, problem_of, text_of
from chalkgrad.serve.made_sets import MADE, points
from chalkgrad.training import Data, load_data, network_problem, train
from chalkgrad.training.course import scalings_of
from chalkgrad.training.data import one_hot, shuffled
from chalkgrad.training.extra import Array, np
from chalkgrad.training.history import score_text
from chalkgrad.training.judging import Tally
from chalkgrad.training.readers import SETS
from chalkgrad.training.usual import USUAL, usual_rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalkgrad.problem import Problem
    from chalkgrad.training import Network
    from chalkgrad.training.data import Scaling

MOST_ROWS, MOST_COLUMNS, MOST_HIDDEN = 20_000, 200, 512
_STRETCH_SECONDS = 0.25
_MOST_POINTS = 300
_SIDE = 48
_DOTS = 300
_SHOWN = Digits("significant", 4)


@dataclass
class Course:
    """A training between two stretches.

    Attributes:
        problem: the network with its start weights, loss and update rule.
        data: the samples.
        inputs, targets: how the network takes both, or None where it takes them as they are.
        size: rows of a batch.
        seed: of the order.
        own: whether the samples are those of the problem, which are not shuffled.
        network: where the last stretch ended, or None.
        steps: updates made.
        losses: (updates, loss with the weights after them) pairs, thinned out.
    """

    problem: Problem
    data: Data
    size: int
    seed: int
    own: bool
    inputs: Scaling | None = None
    targets: Scaling | None = None
    network: Network | None = None
    steps: int = 0
    losses: list[tuple[int, float]] = field(default_factory=list)
    note: str = ""
    ended: bool = False

    @property
    def per_pass(self) -> int:
        """Updates of one pass over the data."""
        return -(-len(self.data) // self.size)

    def batch(self) -> Data:
        """The rows of the next update."""
        if self.size >= len(self.data):
            return self.data
        number, at = divmod(self.steps, self.per_pass)
        order = (
            np.arange(len(self.data))
            if self.own
            else shuffled(len(self.data), self.seed, number=number)
        )
        return self.data.rows(order[at * self.size : (at + 1) * self.size])


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
    course.losses.append((0, _loss_now(course)))
    sizes = course.problem.sizes
    facts = {
        "inputs": sizes[0],
        "rows": len(course.data),
        "classes": list(course.data.classes),
        "columns": [name for column in course.data.columns for name in column.names],
        "title": course.data.title or course.problem.title,
        "dots": _dots(course.data) if sizes[0] == 2 else [],
    }
    return {**facts, "picture": picture(course)}, pickle.dumps(course)


def run(args: Mapping[str, Any], blob: bytes) -> tuple[object, bytes]:
    """So many passes over the data, or one update, as far as there is time."""
    course: Course = pickle.loads(blob)  # noqa: S301  it comes from a worker of this server
    if args.get("steps"):
        _advance(course, course.batch(), epochs=1, batch_size=0, steps=1)
    else:
        passes = int(args.get("passes", 1))
        until = time.monotonic() + _STRETCH_SECONDS
        at = course.steps % course.per_pass
        while at and not course.ended:  # a pass that single steps began is ended first
            _advance(course, course.batch(), epochs=1, batch_size=0, steps=1)
            at = course.steps % course.per_pass
        done = 0
        while done < passes and not course.ended and time.monotonic() < until:
            few = min(passes - done, max(1, passes // 8))
            _advance(
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
        ready = _ready(course, chosen)
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


# ---------------------------------------------------------------- stretches
def _advance(course: Course, data: Data, *, steps: int, **settings: Any) -> None:
    network = train(
        course.problem, _ready(course, data), start=course.network, engine="numpy", **settings
    )
    epochs = network.history.epochs
    course.network = network
    course.steps += steps
    if epochs:  # a loss is that before its update; of a pass, the mean stands at its middle
        last = steps // len(epochs)
        course.losses.append((course.steps - (last + 1) // 2, epochs[-1].loss))
    if len(course.losses) > _MOST_POINTS:
        course.losses = course.losses[:1] + course.losses[1::2] + course.losses[-1:]
    if network.history.stopped == "diverged":
        course.ended, course.note = True, network.history.note


def _ready(course: Course, data: Data) -> Data:
    """Samples as the network takes them: by the scaling of all data, a batch has none of its own."""
    t = course.targets.apply(data.t) if course.targets else data.t
    x = _scaled(course, data.x)
    return replace(data, x=x, t=t, scaling="none", columns=(), held_back=None)


def _scaled(course: Course, x: Array) -> Array:
    return course.inputs.apply(x) if course.inputs else x


def _outputs(course: Course, x: Array) -> Array:
    """What the network says of inputs, in the unit of the targets."""
    out = _network(course).outputs(_scaled(course, x))
    return course.targets.undo(out) if course.targets else out


def _network(course: Course) -> Network:
    """The network where it stands; before the first stretch that of the problem."""
    if course.network is not None:
        return course.network
    from chalkgrad.training import Network
    from chalkgrad.training.architecture import Architecture

    made = Architecture.of(course.problem)
    return Network(made, made.pack(course.problem), course.data.classes)


def _loss_now(course: Course) -> float:
    from chalkgrad.training.numpy_engine import NumpyEngine

    network = _network(course)
    engine = NumpyEngine(network.architecture, np.dtype("float64"))
    ready = _ready(course, course.data)
    losses, _ = engine.evaluate(network.p, ready.x, ready.t)
    mean = course.problem.training.over_samples == "mean"
    return float(losses.mean() if mean else losses.sum())


# ---------------------------------------------------------------- pictures
def picture(course: Course) -> dict[str, Any]:
    """What the page shows of a training where it stands."""
    loss = _loss_now(course)
    out: dict[str, Any] = {
        "updates": course.steps,
        "passes": course.steps // course.per_pass,
        "sizes": "-".join(map(str, course.problem.sizes)),
        "loss": write(loss, _SHOWN),
        "note": course.note,
        "curve": _curve([*course.losses, (course.steps, loss)]),
    }
    if not course.own:
        tally = Tally(classes=bool(course.data.classes))
        with np.errstate(all="ignore"):  # of a run that diverged
            tally.add(_outputs(course, course.data.x), course.data.t)
        share = f"{100 * tally.score:.1f} %" if course.data.classes else score_text(tally.score)
        out["score" if course.data.classes else "explained"] = share
    if course.problem.sizes[0] == 2:
        out["surface"] = _surface(course)
    return out


def _curve(losses: list[tuple[int, float]]) -> dict[str, Any]:
    """The losses as a line between 0 and 1, and where its scale stands."""
    known = [(u, e) for u, e in losses if math.isfinite(e)]
    if not known:
        return {"line": "", "top": "", "bottom": "", "right": "0"}
    most, last = max(e for _, e in known), max(known[-1][0], 1)
    low = min(0.0, *(e for _, e in known))
    span = (most - low) or 1.0
    line = " ".join(f"{u / last:.4f},{1 - (e - low) / span:.4f}" for u, e in known)
    return {
        "line": line,
        "top": write(most, Digits("significant", 3)),
        "bottom": write(low, Digits("significant", 3)),
        "right": f"{last:,}",
    }


def _span(x: Array) -> tuple[float, float]:
    low, high = float(x.min()), float(x.max())
    room = 0.15 * ((high - low) or 1.0)
    return low - room, high + room


def _surface(course: Course) -> dict[str, Any]:
    """What the network says over its two inputs: shades from 0 to 255 of one output, or classes."""
    spans = [_span(course.data.x[:, k]) for k in (0, 1)]
    axes = [np.linspace(low, high, _SIDE) for low, high in spans]
    grid = np.array([(u, v) for v in axes[1][::-1] for u in axes[0]])
    outputs = _outputs(course, grid).astype(float)
    texts = [write(end, Digits("significant", 3)) for span in spans for end in span]
    made: dict[str, Any] = {"side": _SIDE, "ends": texts}
    classes = outputs.shape[1]
    if classes > 2:
        return {**made, "classes": outputs.argmax(axis=1).tolist()}
    shade = outputs[:, -1]
    targets = course.data.t[:, -1]
    low, high = float(targets.min()), float(targets.max())
    level = np.clip((shade - low) / ((high - low) or 1.0), 0, 1)
    return {**made, "shades": np.nan_to_num(level * 255).astype(int).tolist()}


def _dots(data: Data) -> list[list[float]]:
    """Samples as places between 0 and 1, and the class or the level of the target."""
    spans = [_span(data.x[:, k]) for k in (0, 1)]
    step = max(1, len(data) // _DOTS)
    many = data.t.shape[1] > 2
    low, high = float(data.t[:, -1].min()), float(data.t[:, -1].max())
    out = []
    for row, target in zip(data.x[::step], data.t[::step], strict=True):
        u = (float(row[0]) - spans[0][0]) / (spans[0][1] - spans[0][0])
        v = (float(row[1]) - spans[1][0]) / (spans[1][1] - spans[1][0])
        level = int(target.argmax()) if many else (float(target[-1]) - low) / ((high - low) or 1.0)
        out.append([round(u, 4), round(1 - v, 4), round(level, 3)])
    return out
