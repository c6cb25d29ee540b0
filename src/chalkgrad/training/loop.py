"""The loop: epochs and batches from top to bottom, validation, stopping, checkpoints."""

from __future__ import annotations

import hashlib
import json
import math
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.training.architecture import Architecture
from chalkgrad.training.checkpoint import Checkpoint, Keeper
from chalkgrad.training.data import Data, Scaling, balanced, shuffled
from chalkgrad.training.engines import Batches, Engine, State, make_engine
from chalkgrad.training.extra import Array, np
from chalkgrad.training.history import Epoch, Event, History, Listener
from chalkgrad.training.model import Network, score_of
from chalkgrad.training.settings import Settings
from chalkgrad.training.straight_engine import StraightEngine, fits

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from chalkgrad.problem import Problem

_STRETCH_SECONDS = 0.2
"""Between two looks at what else is wanted (Ctrl-C, progress), about this long is computed."""
_DIVERGED = 1e6
"""A loss of so many times the first one has no way back."""
_CHECKPOINT_SECONDS = 5.0


def train(
    problem: Problem,
    data: Data | None = None,
    *,
    validation_data: Data | None = None,
    class_weights: Mapping[str, float] | str | None = None,
    sample_weights: Array | None = None,
    folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
    start: Network | None = None,
    listen: Listener | None = None,
    interrupted: Callable[[], bool] | None = None,
    checkpoint_seconds: float = _CHECKPOINT_SECONDS,
    **settings: Any,
) -> Network:
    """Train the network of a problem on data.

    Args:
        problem: network, loss, update rule, learning rate.
        data: samples; by default the problem's own, in the mode of the problem, and ``epochs`` then counts
            its iterations.
        validation_data: what the network is validated on, in place of a part held back.
        class_weights: a weight for each class by name, or ``balanced``.
        sample_weights: a weight for each sample.
        folder: where checkpoints are written.
        resume: go on from the last whole checkpoint in `folder`.
        start: a network of the same problem whose numbers, memory and count of updates are gone on with.
        listen: called with every `Event`.
        interrupted: asked between stretches whether to stop; the run then writes a checkpoint.
        checkpoint_seconds: how often a checkpoint is written.
        **settings: fields of `Settings`: epochs, batch_size, seed, validation, patience and so on.

    Raises:
        RequestError: data and network do not fit, or a setting is none.

    >>> from chalkgrad.examples import example
    >>> problem = example("xor")
    >>> network = train(problem, epochs=200)
    >>> network.history.losses[-1] < network.history.losses[0]
    True
    """
    asked = Settings(**settings)
    own = data is None and not asked.validation and validation_data is None and fits(problem)
    data = samples_of(problem) if data is None else data
    _check_fit(problem, data)
    weights = _weights(data, class_weights, sample_weights)
    keeper = Keeper(Path(folder)) if folder is not None else None
    last = keeper.last()[0] if keeper and resume else None
    engine = "" if last is None or last.facts["engine"] == "exact" else str(last.facts["engine"])
    run = _Run(
        problem, data, asked, validation_data, weights, own=own and start is None, start=start,
        engine=engine,
    )  # fmt: skip
    if keeper and resume:
        run.restore(keeper)
    run.go(
        keeper, listen or (lambda event: None), interrupted or (lambda: False), checkpoint_seconds
    )
    return run.network()


def samples_of(problem: Problem) -> Data:
    """The samples of a problem as data."""
    x = np.array([sample.input for sample in problem.samples], dtype=float)
    t = np.array([sample.target for sample in problem.samples], dtype=float)
    return Data(x, t.reshape(len(x), -1), scaling="none", title=problem.title)


def _check_fit(problem: Problem, data: Data) -> None:
    inputs, outputs = problem.sizes[0], problem.sizes[-1]
    if data.x.shape[1] != inputs:
        raise RequestError(f"the network has {inputs} inputs, the data {data.x.shape[1]}")
    from chalkgrad.losses import LOSSES

    row = LOSSES[problem.training.loss.name]
    if not row.takes:
        return
    if data.t.shape[1] != outputs:
        raise RequestError(f"the network has {outputs} outputs, the data {data.t.shape[1]} targets")
    values = np.unique(data.t)
    bad = [v for v in (values[0], values[-1]) if not row.accepts(float(v))]
    if bad:
        raise RequestError(f"{row.name} takes {row.takes}, a target is {bad[0]:g}")
    if row.proper and np.abs(data.t.sum(axis=1) - 1).max() > 1e-6:
        raise RequestError(f"{row.name} takes {row.takes}; some do not")


def _weights(
    data: Data, class_weights: Mapping[str, float] | str | None, given: Array | None
) -> Array | None:
    weights = None if given is None else np.asarray(given, dtype=float)
    if weights is not None and (weights.shape != (len(data),) or not (weights >= 0).all()):
        raise RequestError("sample weights must be one number from 0 up for each sample")
    if class_weights is None:
        return weights
    if isinstance(class_weights, str) and class_weights != "balanced":
        raise RequestError(f'class weights must be a mapping or "balanced", got "{class_weights}"')
    by_class = balanced(data, None if isinstance(class_weights, str) else class_weights)
    return by_class if weights is None else by_class * weights


class _Run:
    """A run and where it stands: `step` counts updates, `losses` those of the epoch under way."""

    def __init__(
        self,
        problem: Problem,
        data: Data,
        settings: Settings,
        validation: Data | None,
        weights: Array | None,
        *,
        own: bool,
        start: Network | None = None,
        engine: str = "",
    ) -> None:
        self.settings = settings
        self.architecture = Architecture.of(problem)
        self.rate = float(problem.training.learning_rate or 0.0)
        self.classes, self.columns = data.classes, data.columns
        self.fingerprint = _fingerprint(problem, data, settings, weights)
        if validation is None and settings.validation:
            data, validation, weights = _hold_back(data, weights, settings)
        kind = data.scaling if settings.scaling == "data" else settings.scaling
        self.scaling = Scaling.fit(data.x, kind)
        dtype = np.dtype(settings.dtype)

        def ready(part: Data) -> tuple[Array, Array]:
            x = self.scaling.apply(part.x) if self.scaling else part.x
            return np.ascontiguousarray(x, dtype=dtype), np.ascontiguousarray(part.t, dtype=dtype)

        self.x, self.t = ready(data)
        self.weights = None if weights is None else weights.astype(dtype)
        self.validation = ready(validation) if validation is not None else None
        self.size = min(settings.batch_size or len(data), len(data))
        self.per_epoch = -(-len(data) // self.size)
        plain = settings.schedule == "constant" and not (settings.warmup or settings.clip)
        if own and plain and settings.engine == "auto" and not self.scaling and weights is None:
            self.engine: Engine = StraightEngine(problem)
            # An iteration is all samples or one: the settings count those, and the record is kept of
            # a hundred stretches of them.
            self.total = settings.epochs
            self.per_epoch = max(1, self.total // 100)
        else:
            self.total = settings.epochs * self.per_epoch
            self.engine = make_engine(
                self.architecture, name=engine or settings.engine, dtype=settings.dtype,
                batch=self.size, clip=settings.clip is not None, weighted=weights is not None,
                threads=settings.threads, steps=self.total,
            )  # fmt: skip
        self.state: State = self.engine.start(self.architecture.pack(problem))
        if start is not None:
            self.state.p[...] = self.engine.packed(start.p)
            for name, values in start.memory.items():
                self.state.memory[name][...] = self.engine.packed(values)
            self.state.updates = start.updates
        self.earlier = self.state.updates
        self.history = History(engine=f"{self.engine.name}: {self.engine.why}")
        self.step, self.losses = 0, np.empty(0)
        self.best_loss, self.waited = math.inf, 0
        self.best: Array | None = None
        self.before = 0.0

    # ---------------------------------------------------------------- running
    def go(
        self,
        keeper: Keeper | None,
        listen: Listener,
        interrupted: Callable[[], bool],
        checkpoint_seconds: float,
    ) -> None:
        """Run until the epochs are done or a bound is met."""
        total = self.total
        begun = saved = time.perf_counter()
        listen(Event("start", self._facts(total)))
        stretch, order, ordered = 64, np.empty(0, dtype=np.int64), -1
        while self.step < total and not self.history.stopped:
            epoch, at = divmod(self.step, self.per_epoch)
            if epoch != ordered:
                order, ordered = self._order(epoch), epoch
            count = min(stretch, self.per_epoch - at, total - self.step)
            started = time.perf_counter()
            self._advance(order, at, count)
            now = time.perf_counter()
            spent = max(now - started, 1e-6)
            stretch = max(1, int(count * _STRETCH_SECONDS / spent))
            seconds = self.before + now - begun
            whole = len(self.losses) == self.per_epoch or self.step == total or self.engine.stopped
            if whole and not self.history.note:  # a note says that the numbers left all bounds
                self._end_epoch(seconds, listen)
            elif self.losses.size:
                listen(Event("progress", {"step": self.step, "steps": total, "seconds": seconds,
                                          "loss": float(self.losses.mean())}))  # fmt: skip
            if interrupted() and self.step < total and not self.history.stopped:
                self.history.stopped = "interrupted"
            due = keeper and now - saved >= checkpoint_seconds
            if keeper and (due or self.history.stopped or self.step >= total):
                saved = now
                self._save(keeper, seconds, listen)
        if keeper:
            keeper.wait()
            if keeper.trouble:
                self.history.note = (self.history.note + "; " + keeper.trouble).strip("; ")
        listen(Event("end", {"stopped": self.history.stopped, "note": self.history.note,
                             "step": self.step, "epochs": len(self.history.epochs)}))  # fmt: skip

    def _order(self, epoch: int) -> Array:
        if not self.settings.shuffle or isinstance(self.engine, StraightEngine):
            return np.arange(len(self.x), dtype=np.int64)
        return shuffled(len(self.x), self.settings.seed, number=epoch)

    def _advance(self, order: Array, at: int, count: int) -> None:
        """Make `count` updates from batch `at` of an epoch; take them back if numbers leave all bounds."""
        good = self.state.copy()
        rates = self.settings.rates(self.rate, self.step, count, self.per_epoch)

        def batches(steps: int) -> Batches:
            rows = order[at * self.size : (at + steps) * self.size]
            return Batches(
                self.x, self.t, self.weights, rows, self.size, rates[:steps], self.settings.clip
            )

        losses = self.engine.run(self.state, batches(count))
        self.history.stopped = self.engine.stopped
        bad = ~np.isfinite(losses)
        if not bad.any() and np.isfinite(self.state.p).all():
            self.losses = np.concatenate([self.losses, losses])
            self.step = self.state.updates - self.earlier
            return
        first = int(bad.argmax()) if bad.any() else count
        self.history.stopped = "diverged"
        self.history.note = (
            f"at step {self.step + first + 1} the loss is no finite number any more; "
            f"the weights are those before step {self.step + max(first, 1)}"
        )
        kept = max(0, first - 1)  # the update before it is what broke the weights
        self.state = good
        if kept:
            self.losses = np.concatenate([self.losses, self.engine.run(self.state, batches(kept))])
        self.step += kept

    def _end_epoch(self, seconds: float, listen: Listener) -> None:
        settings, history = self.settings, self.history
        loss = float(self.losses.mean())
        self.losses = np.empty(0)
        held_loss = held_score = None
        if self.validation:
            held_loss, held_score = self._validate(*self.validation)
        rate = float(settings.rates(self.rate, self.step - 1, 1, self.per_epoch)[0])
        number = len(history.epochs) + 1
        epoch = Epoch(number, self.step, loss, rate, seconds, held_loss, held_score)
        history.epochs.append(epoch)
        first = history.epochs[0].loss
        watched = loss if held_loss is None else held_loss
        if watched < self.best_loss:
            self.best_loss, self.waited = watched, 0
            if settings.patience:
                self.best, history.best = self.state.p.copy(), number
        else:
            self.waited += 1
        if loss > _DIVERGED * max(abs(first), 1e-12):
            history.stopped = "diverged"
            history.note = f"epoch {number}: the loss is {loss:.3g}, it began at {first:.3g}"
        elif settings.stop_loss is not None and loss <= settings.stop_loss:
            history.stopped = "loss"
        elif settings.patience and self.waited >= settings.patience:
            history.stopped = "patience"
        elif settings.stop_seconds is not None and seconds >= settings.stop_seconds:
            history.stopped = "seconds"
        elif settings.stop_gradient is not None:
            grad = self.engine.gradients(self.state.p, self.x, self.t, self.weights)[1]
            if float(np.abs(grad[: self.architecture.trained]).max()) <= settings.stop_gradient:
                history.stopped = "gradient"
        listen(Event("epoch", {
            "epoch": number, "epochs": -(-self.total // self.per_epoch), "step": self.step,
            "loss": loss, "rate": rate, "seconds": seconds,
            "validation_loss": held_loss, "validation_score": held_score,
        }))  # fmt: skip

    def _validate(self, x: Array, t: Array) -> tuple[float, float]:
        losses, out = self.engine.evaluate(self.state.p, x, t)
        mean = self.architecture.training.over_samples == "mean"
        score = score_of(out, t, classes=bool(self.classes))
        return float(losses.mean() if mean else losses.sum()), score

    def _facts(self, total: int) -> dict[str, Any]:
        sizes = "-".join(map(str, self.architecture.sizes))
        return {
            "network": sizes, "rows": len(self.x), "validation_rows": len(self.validation[0])
            if self.validation else 0, "batch_size": self.size, "step": self.step, "steps": total,
            "epochs": -(-total // self.per_epoch), "engine": self.engine.name, "why": self.engine.why,
            "dtype": self.settings.dtype,
        }  # fmt: skip

    # ---------------------------------------------------------------- keeping
    def _save(self, keeper: Keeper, seconds: float, listen: Listener) -> None:
        plain = self.engine.plain
        arrays = {"p": plain(self.state.p), "losses": self.losses.copy()}
        arrays |= {f"memory.{name}": plain(values) for name, values in self.state.memory.items()}
        if self.best is not None:
            arrays["best"] = plain(self.best)
        stopped = "" if self.history.stopped == "interrupted" else self.history.stopped
        facts = {
            "step": self.step, "fingerprint": self.fingerprint, "engine": self.engine.name,
            "best_loss": self.best_loss if math.isfinite(self.best_loss) else None,
            "waited": self.waited, "seconds": seconds,
            "history": {**self.history.to_object(), "stopped": stopped},
        }  # fmt: skip
        keeper.save(Checkpoint(arrays, facts))
        listen(Event("checkpoint", {"step": self.step, "folder": str(keeper.folder),
                                    "trouble": keeper.trouble}))  # fmt: skip

    def restore(self, keeper: Keeper) -> None:
        """Go back to where the last whole checkpoint stands; without one, the run starts anew."""
        checkpoint, refused = keeper.last()
        if checkpoint is None:
            if refused:
                raise RequestError("no checkpoint can be used: " + "; ".join(refused))
            return
        facts, arrays = checkpoint.facts, checkpoint.arrays
        if facts["fingerprint"] != self.fingerprint:
            raise RequestError(
                f'"{keeper.folder}" holds the checkpoints of another run: '
                "network, data or settings are not the same"
            )
        if facts["engine"] != self.engine.name:
            raise RequestError(
                f"the run was begun with the engine {facts['engine']}, this one is {self.engine.name}"
            )
        packed = self.engine.packed
        for name, values in self.state.memory.items():
            values[...] = packed(arrays[f"memory.{name}"])
        self.step = int(facts["step"])
        self.state = State(packed(arrays["p"]), self.state.memory, self.step + self.earlier)
        self.losses = np.array(arrays["losses"])
        self.best = packed(arrays["best"]) if "best" in arrays else None
        self.best_loss = math.inf if facts["best_loss"] is None else facts["best_loss"]
        self.waited, self.before = facts["waited"], facts["seconds"]
        engine = self.history.engine
        self.history = replace(History.from_object(facts["history"]), engine=engine)
        if refused:
            self.history.note = "an older checkpoint was used: " + "; ".join(refused)

    def network(self) -> Network:
        """What the run leaves: the best weights where there was patience, else the last."""
        plain = self.engine.plain
        p = self.best if self.best is not None else self.state.p
        memory = {name: plain(values) for name, values in self.state.memory.items()}
        return Network(
            self.architecture, plain(p), self.classes, self.columns, self.scaling, self.history,
            memory, self.state.updates,
        )  # fmt: skip


def _hold_back(
    data: Data, weights: Array | None, settings: Settings
) -> tuple[Data, Data, Array | None]:
    if weights is None:
        return (*data.split(settings.validation, settings.seed), None)
    # the weights go along as one more input, so that both are split alike
    both = replace(data, x=np.column_stack([data.x, weights]))
    kept, held = both.split(settings.validation, settings.seed)
    return replace(kept, x=kept.x[:, :-1]), replace(held, x=held.x[:, :-1]), kept.x[:, -1]


def _fingerprint(problem: Problem, data: Data, settings: Settings, weights: Array | None) -> str:
    """What must be the same for a run to be gone on with; how long and with how many threads may differ."""
    free = {"epochs", "threads", "stop_seconds", "stop_loss", "stop_gradient", "patience"}
    if settings.schedule == "cosine":  # there the number of epochs shapes every rate
        free.remove("epochs")
    fixed = {k: v for k, v in settings.to_object().items() if k not in free}
    digest = hashlib.sha256(json.dumps(fixed, sort_keys=True).encode())
    digest.update(repr((problem.sizes, problem.training)).encode())
    digest.update(Architecture.of(problem).pack(problem).tobytes())
    for array in (data.x, data.t, weights):
        if array is not None:
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
