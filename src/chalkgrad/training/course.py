"""What a run works on: problem, data and settings, checked and brought into the form that engines take."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError
from chalkgrad.losses import LOSSES
from chalkgrad.training.architecture import Architecture
from chalkgrad.training.chunks import blocks
from chalkgrad.training.data import Data, Scaling, balanced, ready, shuffled
from chalkgrad.training.extra import Array, np
from chalkgrad.training.tiers import fits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalkgrad.problem import Problem
    from chalkgrad.training.columns import Column
    from chalkgrad.training.model import Network
    from chalkgrad.training.settings import Settings


@dataclass(frozen=True)
class Course:
    """All that fixes the numbers of a run.

    Attributes:
        problem, settings: what is trained, and how.
        architecture: the network without its numbers.
        x, t: inputs, scaled, and targets of the part that is trained on.
        weights: a weight for each of its samples, or None.
        rows: where each of its samples stands in the data that was given, from 0.
        validation: inputs and targets of the part held back, or None.
        classes, columns, scaling, target_scaling: of the data, for the network.
        own: whether these are the problem's own samples in its own mode; the settings then count its
            iterations.
        start: a network whose numbers, memory and count of updates are gone on with, or None.
        size, per_epoch, total: rows of a batch, steps of an epoch and of the whole run.
        fingerprint: what must be the same for a run to be gone on with; empty where it is not kept.
    """

    problem: Problem
    settings: Settings
    architecture: Architecture
    x: Array
    t: Array
    weights: Array | None
    rows: Array
    validation: tuple[Array, Array] | None
    classes: tuple[str, ...]
    columns: tuple[Column, ...]
    scaling: Scaling | None
    target_scaling: Scaling | None
    own: bool
    start: Network | None
    size: int
    per_epoch: int
    total: int
    fingerprint: str

    def among(self, rows: Array) -> Course:
        """The same course for data that is itself some rows of a larger whole."""
        return replace(self, rows=rows[self.rows])

    @property
    def rate(self) -> float:
        """The learning rate before any schedule."""
        return float(self.problem.training.learning_rate or 0.0)

    def rates(self, first: int, count: int) -> Array:
        """The learning rates of `count` steps from step `first` (from 0)."""
        return self.settings.rates(self.rate, first, count, self.per_epoch)

    def order(self, epoch: int) -> Array:
        """The samples in the order in which an epoch (from 0) takes them."""
        if not self.settings.shuffle or self.own:
            return np.arange(len(self.x), dtype=np.int64)
        return shuffled(len(self.x), self.settings.seed, number=epoch)

    def batch(self, step: int) -> Array:
        """The samples, from 0, that a step (from 0) of the run takes."""
        if self.own:
            chosen = self.problem.batch(step + 1)
            return np.arange(chosen.start - 1, chosen.stop - 1, dtype=np.int64)
        epoch, at = divmod(step, self.per_epoch)
        return self.order(epoch)[at * self.size : (at + 1) * self.size]


def make_course(
    problem: Problem,
    data: Data | None,
    settings: Settings,
    *,
    validation: Data | None = None,
    class_weights: Mapping[str, float] | str | None = None,
    sample_weights: Array | None = None,
    start: Network | None = None,
    kept: bool = True,
) -> Course:
    """Check what was asked and bring the data into the form that engines take.

    The fingerprint is worked out for a run that is `kept`: for much data it takes as long as an epoch.

    Raises:
        RequestError: data and network do not fit, or weights are none.
    """
    own = data is None and not settings.validation and validation is None and fits(problem)
    data = samples_of(problem) if data is None else data
    check_fit(problem, data)
    weights = _weights(data, class_weights, sample_weights)
    fingerprint = _fingerprint(problem, data, settings, weights) if kept else ""
    rows = np.arange(len(data))
    if validation is None and settings.validation:
        rows, held = split_rows(data, settings.validation, settings.seed)
        data, validation = data.rows(rows), data.rows(held)
        weights = None if weights is None else weights[rows]
    scaling, target_scaling = scalings_of(problem, data, settings.scaling, settings.target_scaling)
    dtype = np.dtype(settings.dtype)

    def prepared(part: Data) -> tuple[Array, Array]:
        return ready(part.x, dtype, scaling), ready(part.t, dtype, target_scaling)

    x, t = prepared(data)
    plain = settings.schedule == "constant" and not (settings.warmup or settings.clip)
    free = settings.engine == "auto" and not (scaling or target_scaling)
    free = free and weights is None and start is None
    own = own and plain and free
    size = min(settings.batch_size or len(data), len(data))
    steps = -(-len(data) // size)
    # The problem's own iterations are all samples or one each; the record is kept of a hundred stretches.
    per_epoch = max(1, settings.epochs // 100) if own else steps
    return Course(
        problem, settings, Architecture.of(problem), x, t,
        None if weights is None else weights.astype(dtype), rows,
        None if validation is None else prepared(validation), data.classes, data.columns, scaling,
        target_scaling, own, start, size, per_epoch,
        settings.epochs if own else settings.epochs * steps, fingerprint,
    )  # fmt: skip


def scalings_of(
    problem: Problem, data: Data, inputs: str, targets: str
) -> tuple[Scaling | None, Scaling | None]:
    """How inputs and targets are scaled: ``data`` as suits them, or a kind of `SCALINGS`.

    Targets are scaled where an identity learns numbers, so that their unit does not matter.
    """
    kind = data.scaling if inputs == "data" else inputs
    return Scaling.fit(data.x, kind), _target_scaling(problem, data, targets)


def _target_scaling(problem: Problem, data: Data, kind: str) -> Scaling | None:
    numbers = not data.classes and problem.layers[-1].activation.name == "identity"
    if kind not in ("data", "none") and not numbers:
        raise RequestError(
            "targets are scaled for numbers that identity outputs learn, and no others"
        )
    return Scaling.fit(data.t, ("standard" if numbers else "none") if kind == "data" else kind)


def samples_of(problem: Problem) -> Data:
    """The samples of a problem as data."""
    x = np.array([sample.input for sample in problem.samples], dtype=float)
    t = np.array([sample.target for sample in problem.samples], dtype=float)
    return Data(x, t.reshape(len(x), -1), scaling="none", title=problem.title)


def split_rows(data: Data, part: float, seed: int) -> tuple[Array, Array]:
    """Which rows `Data.split` keeps, and which it holds back."""
    numbered = replace(data, x=np.arange(len(data), dtype=float)[:, None])
    kept, held = numbered.split(part, seed)
    return kept.x[:, 0].astype(np.int64), held.x[:, 0].astype(np.int64)


def check_fit(problem: Problem, data: Data) -> None:
    """Refuse data that the network or its loss cannot take."""
    inputs, outputs = problem.sizes[0], problem.sizes[-1]
    if data.x.shape[1] != inputs:
        raise RequestError(f"the network has {inputs} inputs, the data {data.x.shape[1]}")
    row = LOSSES.get(problem.training.loss.name)
    if row is None or not row.takes:
        return
    if data.t.shape[1] != outputs:
        raise RequestError(f"the network has {outputs} outputs, the data {data.t.shape[1]} targets")
    for part in blocks(data.t):
        t = data.t[part]
        bad = [v for v in (t.min(), t.max()) if not row.accepts(float(v))]
        if bad:
            raise RequestError(f"{row.name} takes {row.takes}, a target is {bad[0]:g}")
        if row.proper and np.abs(t.sum(axis=1) - 1).max() > 1e-6:
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
            for part in blocks(array):
                digest.update(np.ascontiguousarray(array[part]).data)
    return digest.hexdigest()
