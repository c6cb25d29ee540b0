"""A run: epochs and batches from top to bottom, validation, stopping, checkpoints."""

from __future__ import annotations

import math
import time
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from chalkgrad.training import distributed
from chalkgrad.training.chunks import on_disk
from chalkgrad.training.disk_engine import DiskEngine
from chalkgrad.training.engine_over import EngineOver
from chalkgrad.training.engines import Batches, Engine, State, make_engine
from chalkgrad.training.extra import Array, np
from chalkgrad.training.history import Epoch, Event, History, Listener
from chalkgrad.training.judging import judge
from chalkgrad.training.keeping import checkpoint_of
from chalkgrad.training.model import Network
from chalkgrad.training.stopping import Look, bound_met, no_way_back, why_diverged
from chalkgrad.training.straight_engine import StraightEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.training.checkpoint import Keeper
    from chalkgrad.training.course import Course


_STRETCH_SECONDS = 0.2
"""Between two looks at what else is wanted (Ctrl-C, progress), about this long is computed."""
_FIRST_SECONDS = 0.5
"""The first checkpoint comes after so long, or sooner: a run that is killed early can be gone on with."""


def engine_of(course: Course, name: str = "") -> Engine:
    """The engine of a run, or the one of that name with which it was begun."""
    settings = course.settings
    if distributed.processes() > 1:
        return distributed.ShardedEngine(course)
    if course.own:
        return StraightEngine(course.problem, course.total)
    name = name.partition("/")[0]  # by how many processes a run was made is no engine
    if name == StraightEngine.name:  # begun with other options: `restore` says so
        name = ""
    engine = make_engine(
        course.architecture, name=name or settings.engine, dtype=settings.dtype, batch=course.size,
        clip=settings.clip is not None, weighted=course.weights is not None,
        threads=settings.threads, steps=course.total,
    )  # fmt: skip
    if on_disk(course.x) is None:
        return engine
    return DiskEngine(engine, mean=course.architecture.training.over_samples == "mean")


def unheard(event: Event) -> None:
    """What is told where nobody listens."""


class Run:
    """A run and where it stands: `step` counts updates, `losses` those of the epoch under way.

    Attributes:
        course, engine: what is run, and on what.
        state: the numbers after `step` updates.
        earlier: updates that were made before the run began.
        history: the record so far.
        best_loss, waited, best: lowest watched loss, epochs since then, and the numbers there.
        before: seconds that the run took before it was gone on with.
        first: the loss of the first step, once it is known.
    """

    def __init__(self, course: Course, engine: str = "") -> None:
        self.course = course
        self.engine = engine_of(course, engine)
        self.state: State = self.engine.start(course.architecture.pack(course.problem))
        if course.start is not None:
            self.state.p[...] = self.engine.packed(course.start.p)
            for name, values in course.start.memory.items():
                self.state.memory[name][...] = self.engine.packed(values)
            self.state.updates = course.start.updates
        self.earlier = self.state.updates
        self.history = History(engine=f"{self.engine.name}: {self.engine.why}")
        self.step, self.losses = 0, np.empty(0)
        self.best_loss, self.waited = math.inf, 0
        self.best: Array | None = None
        self.before = 0.0
        self.first: float | None = None
        self._back: Callable[[], None] | None = None

    def go(
        self,
        keeper: Keeper | None,
        listen: Listener,
        interrupted: Callable[[], bool],
        checkpoint_seconds: float,
    ) -> None:
        """Run until the epochs are done or a bound is met."""
        total, per_epoch = self.course.total, self.course.per_epoch
        begun = saved = time.perf_counter()
        wait = min(checkpoint_seconds, _FIRST_SECONDS)

        def tell(kind: str, facts: dict[str, Any]) -> None:
            if listen(Event(kind, facts)) is True and not self.history.stopped:
                self.history.stopped = "callback"

        tell("start", self._facts())
        free = listen is unheard and self._unwatched()
        stretch, order, ordered = 64, np.empty(0, dtype=np.int64), -1
        while self.step < total and not self.history.stopped:
            epoch, at = divmod(self.step, per_epoch)
            if epoch != ordered:
                order, ordered = self.course.order(epoch), epoch
            started = time.perf_counter()
            count = min(stretch, per_epoch - at, total - self.step)
            laps = min(stretch, total - self.step) // per_epoch if free and not at else 1
            if laps > 1:  # nothing is asked between these epochs: they are one call of the engine
                orders = [order, *map(self.course.order, range(epoch + 1, epoch + laps))]
                count = laps * per_epoch
                self.advance(np.concatenate(orders), 0, count, lap=len(order))
            else:
                self.advance(order, at, count)
            now = time.perf_counter()
            stretch = max(1, int(count * _STRETCH_SECONDS / max(now - started, 1e-6)))
            seconds = self.before + now - begun
            whole = self.step % per_epoch == 0 or self.step == total or self.engine.stopped
            ended = whole and not self.history.note  # a note: no bounds hold any more
            while len(self.losses) >= per_epoch or (ended and self.losses.size):
                tell("epoch", self._end_epoch(seconds))
            if self.losses.size:
                tell("progress", {"step": self.step, "steps": total, "seconds": seconds,
                                  "loss": float(self.losses.mean())})  # fmt: skip
            self.step = self.state.updates - self.earlier  # one less where the run diverged
            if interrupted() and self.step < total and not self.history.stopped:
                self.history.stopped = "interrupted"
            due = keeper and now - saved >= wait
            if keeper and (due or self.history.stopped or self.step >= total):
                saved, wait = now, checkpoint_seconds
                keeper.save(checkpoint_of(self, seconds))
                tell("checkpoint", {"step": self.step, "folder": str(keeper.folder),
                                    "trouble": keeper.trouble})  # fmt: skip
        if keeper:
            keeper.wait()
            if keeper.trouble:
                self.history.note = (self.history.note + "; " + keeper.trouble).strip("; ")
        self.history.updates = self.step
        if isinstance(self.engine, StraightEngine):
            self.history.loss_after = self.engine.loss_after(self.state)
        tell("end", {"stopped": self.history.stopped, "note": self.history.note,
                     "step": self.step, "epochs": len(self.history.epochs)})  # fmt: skip

    def _unwatched(self) -> bool:
        """Whether nothing is asked at the end of an epoch."""
        course, settings = self.course, self.course.settings
        watched = course.validation is not None or settings.patience or settings.bounded
        return not (watched or course.own or isinstance(self.engine, EngineOver))

    def advance(self, order: Array, at: int, count: int, lap: int = 0) -> None:
        """Make `count` updates from batch `at` of an epoch; with `lap`, its rows, `order` is of several epochs.

        Where numbers leave all bounds, `step` counts the steps before, and the state goes back by one more
        update: it is what broke the weights.
        """
        course, good = self.course, self.state.copy()
        rates = course.rates(self.step, count)

        def batches(steps: int) -> Batches:
            rows = order if lap else order[at * course.size : (at + steps) * course.size]
            return Batches(
                course.x, course.t, course.weights, rows, course.size, rates[:steps],
                course.settings.clip, lap,
            )  # fmt: skip

        def back_to(steps: int) -> None:
            self.state = good
            if steps:
                self.engine.run(self.state, batches(steps))

        losses = self.engine.run(self.state, batches(count))
        self.history.stopped = self.engine.stopped
        if self.first is None and len(losses):
            self.first = float(losses[0])
        bad = ~np.isfinite(losses) | self._beyond(losses)
        if not bad.any() and np.isfinite(self.state.p).all():
            self.losses = np.concatenate([self.losses, losses])
            self.step = self.state.updates - self.earlier
            self._back = partial(back_to, count - 1)
            return
        first = int(bad.argmax()) if bad.any() else count
        loss = float(losses[first]) if bad.any() else math.nan
        if first or self._back is None:
            back_to(max(0, first - 1))
        else:
            self._back()
        self.losses = np.concatenate([self.losses, losses[:first]])
        self.step += first
        self.history.stopped = "diverged"
        kept = self.state.updates - self.earlier + 1
        self.history.note = why_diverged(self.step + 1, loss, self.first or 0.0, kept)

    def _beyond(self, losses: Array) -> Array:
        """Which losses of steps have no way back."""
        beyond: Array = losses > no_way_back(self.first or 0.0)
        return losses > self._surely_beyond if beyond.any() else beyond

    @cached_property
    def _surely_beyond(self) -> float:
        """The bound by the worst sample at the start: the first batch may have happened to fit.

        It takes a pass over the data, so it is worked out once a loss has passed the bound by the first batch.
        """
        course, made = self.course, self.course.architecture
        size = len(course.batch(0))
        first = abs(self.first or 0.0)
        if size == len(course.x):
            return no_way_back(first)
        start = made.pack(course.problem) if course.start is None else course.start.p
        evaluate = partial(self.engine.evaluate, self.engine.packed(start))
        losses, _ = judge(evaluate, course.x, course.t, classes=bool(course.classes))
        many = 1 if made.training.over_samples == "mean" else size
        heavy = 1.0 if course.weights is None else max(1.0, float(course.weights.max()))
        return no_way_back(max(first, many * heavy * float(np.abs(losses).max())))

    def _end_epoch(self, seconds: float) -> dict[str, Any]:
        """Validate, write the epoch down, ask the bounds; return what is told of it."""
        course, history = self.course, self.history
        now, self.losses = self.losses[: course.per_epoch], self.losses[course.per_epoch :]
        loss, step = float(now.mean()), self.step - len(self.losses)
        held_loss = held_score = None
        if course.validation:
            held_loss, held_score = self._validate(*course.validation)
        rate = float(course.rates(step - 1, 1)[0])
        number = len(history.epochs) + 1
        epoch = Epoch(number, step, loss, rate, seconds, held_loss, held_score)
        history.epochs.append(epoch)
        watched = loss if held_loss is None else held_loss
        if watched < self.best_loss:
            self.best_loss, self.waited = watched, 0
            if course.settings.patience:
                self.best, history.best = self.state.p.copy(), number
        else:
            self.waited += 1
        look = Look(loss, self.waited, seconds, self._largest_gradient)
        history.stopped = history.stopped or bound_met(course.settings, look)
        return {
            "epoch": number, "epochs": -(-course.total // course.per_epoch), "step": step,
            "steps": course.total, "loss": loss, "rate": rate, "seconds": seconds,
            "validation_loss": held_loss, "validation_score": held_score,
        }  # fmt: skip

    def _largest_gradient(self) -> float:
        course = self.course
        grad = self.engine.gradients(self.state.p, course.x, course.t, course.weights)[1]
        return float(np.abs(grad[: course.architecture.trained]).max())

    def _validate(self, x: Array, t: Array) -> tuple[float, float | None]:
        mean = self.course.architecture.training.over_samples == "mean"
        evaluate = partial(self.engine.evaluate, self.state.p)
        losses, score = judge(evaluate, x, t, classes=bool(self.course.classes))
        return float(losses.mean() if mean else losses.sum()), score if score == score else None

    def _facts(self) -> dict[str, Any]:
        course = self.course
        return {
            "network": "-".join(map(str, course.architecture.sizes)), "rows": len(course.x),
            "validation_rows": len(course.validation[0]) if course.validation else 0,
            "batch_size": course.size, "step": self.step, "steps": course.total,
            "epochs": -(-course.total // course.per_epoch), "engine": self.engine.name,
            "why": self.engine.why, "dtype": course.settings.dtype,
            "unit": "update" if course.own else "epoch",
        }  # fmt: skip

    def network(self) -> Network:
        """What the run leaves: the best weights where there was patience, else the last."""
        plain, course = self.engine.plain, self.course
        p = self.best if self.best is not None else self.state.p
        memory = {name: plain(values) for name, values in self.state.memory.items()}
        return Network(
            course.architecture, plain(p), course.classes, course.columns, course.scaling,
            self.history, memory, self.state.updates, course, course.target_scaling,
        )  # fmt: skip
