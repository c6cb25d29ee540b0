"""Data as arrays: inputs, targets, how both were made of columns, and how they are split and shuffled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError, one_of
from chalkgrad.training.chunks import Rows, as_array, blocks, on_disk, some
from chalkgrad.training.extra import Array, np
from chalkgrad.training.offered import SCALINGS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from chalkgrad.training.columns import Column


@dataclass(frozen=True)
class Scaling:
    """Inputs as (x - shift) / scale, fitted on the training part alone."""

    shift: tuple[float, ...]
    scale: tuple[float, ...]

    @classmethod
    def fit(cls, x: Array, kind: str) -> Scaling | None:
        """Scaling of a kind: ``standard``, ``range`` (largest magnitude 1 over all inputs) or ``none``.

        >>> Scaling.fit(np.array([[0.0], [4.0]]), "range")
        Scaling(shift=(0.0,), scale=(4.0,))
        """
        one_of("scaling", kind, SCALINGS)
        columns = x.shape[1]
        if kind == "none" or not len(x):
            return None
        parts = list(blocks(x))  # the same steps in memory and on the disk: the same bits
        if kind == "range":
            largest = max(float(np.abs(x[part]).max(initial=0.0)) for part in parts) or 1.0
            return cls((0.0,) * columns, (largest,) * columns)
        mean = sum(x[part].sum(axis=0, dtype=float) for part in parts) / len(x)
        spread = np.sqrt(sum(((x[part] - mean) ** 2).sum(axis=0) for part in parts) / len(x))
        spread[spread == 0] = 1.0  # a column that never changes carries nothing, and stays
        return cls(tuple(mean.tolist()), tuple(spread.tolist()))

    def apply(self, x: Array) -> Array:
        """The scaled inputs."""
        rows = on_disk(x)
        if rows:
            return rows.then(self.apply, np.dtype(float))
        scaled: Array = (x - np.array(self.shift)) / np.array(self.scale)
        return scaled

    def undo(self, scaled: Array) -> Array:
        """What was scaled, as it was."""
        x: Array = scaled * np.array(self.scale) + np.array(self.shift)
        return x


def ready(x: Array, dtype: np.dtype[Any], scaling: Scaling | None = None) -> Array:
    """Inputs or targets as the engines take them: scaled, of one float width, row after row."""
    rows = on_disk(scaling.apply(x) if scaling and on_disk(x) else x)
    if rows:
        return rows.then(np.asarray, dtype)
    if scaling is None:
        return np.ascontiguousarray(x, dtype=dtype)
    made = np.empty(x.shape, dtype)
    for part in blocks(x):  # what is scaled in float64 is never there as a whole
        made[part] = scaling.apply(x[part])
    return made


@dataclass(frozen=True)
class Data:
    """Samples as arrays, in memory or, where they are too large for it, on the disk (`chunks`).

    Attributes:
        x: inputs, one row a sample.
        t: targets, one row a sample; one-hot where there are classes.
        classes: the names of the classes, in the order of the outputs; empty for numbers.
        columns: how the inputs were made of columns; empty if they were numbers from the start.
        targets: the names of the columns that are learnt, where they have names.
        held_back: a test part that the source itself holds back, or None.
        scaling: the kind of scaling that suits it, a row of `SCALINGS`.
        title: what it is.
    """

    x: Array
    t: Array
    classes: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    targets: tuple[str, ...] = ()
    held_back: Data | None = None
    scaling: str = "standard"
    title: str = ""

    def __post_init__(self) -> None:
        if self.x.ndim != 2 or self.t.ndim != 2 or len(self.x) != len(self.t):
            raise RequestError(
                f"data must be two tables of equal length, got shapes {self.x.shape} and {self.t.shape}"
            )
        if not len(self.x):
            raise RequestError("data must have at least one row")
        for part in blocks(self.x):
            fine = np.isfinite(self.x[part]).all(axis=1) & np.isfinite(self.t[part]).all(axis=1)
            if not fine.all():
                row = part.start + int(fine.argmin()) + 1
                raise RequestError(f"data must be finite numbers, row {row} has others")

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.x)

    @property
    def labels(self) -> Array:
        """The class of each sample, from 0."""
        return np.concatenate([self.t[part].argmax(axis=1) for part in blocks(self.t)])

    def rows(self, chosen: Array) -> Data:
        """Some of the samples."""
        return replace(self, x=some(self.x, chosen), t=some(self.t, chosen), held_back=None)

    def split(self, part: float, seed: int = 0) -> tuple[Data, Data]:
        """Two parts, the second with about `part` of the samples; of each class alike.

        Raises:
            RequestError: one of the parts would be empty.
        """
        if not 0 < part < 1:
            raise RequestError(f"the part held back must be between 0 and 1, got {part}")
        order = shuffled(len(self), seed, stream=HELD_BACK)
        groups = self.labels[order] if self.classes else np.zeros(len(self), dtype=int)
        chosen = np.zeros(len(self), dtype=bool)
        for group in np.unique(groups):
            members = order[groups == group]
            chosen[members[: round(len(members) * part)]] = True
        if chosen.all() or not chosen.any():
            raise RequestError(f"{len(self)} rows cannot be split with {part} held back")
        return self.rows(np.flatnonzero(~chosen)), self.rows(np.flatnonzero(chosen))


def one_hot(labels: Array, count: int) -> Array:
    """Labels from 0 as rows with a single 1.

    >>> one_hot(np.array([1, 0]), 2).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    t = np.zeros((len(labels), count))
    t[np.arange(len(labels)), labels] = 1.0
    return t


def class_rows(labels: Array, count: int, *, mapped: bool) -> Array:
    """One-hot rows of labels, made when they are asked for where the inputs stay on the disk."""
    if not mapped:
        return one_hot(labels, count)
    return as_array(Rows(labels, count, np.dtype(float), lambda part: one_hot(part, count)))


def balanced(data: Data, given: Mapping[str, float] | None = None) -> Array:
    """A weight for each sample: of its class as given, or so that all classes weigh alike."""
    if not data.classes:
        raise RequestError("class weights need classes, the targets are numbers")
    counts = np.bincount(data.labels, minlength=len(data.classes)).astype(float)
    if given is None:
        by_class = len(data) / (len(counts) * np.maximum(counts, 1))
    else:
        unknown = set(given) - set(data.classes)
        if unknown:
            raise RequestError(f'there is no class "{min(unknown)}"')
        by_class = np.array([given.get(name, 1.0) for name in data.classes])
    weights: Array = by_class[data.labels]
    return weights


# ---------------------------------------------------------------- order
HELD_BACK, EPOCHS = 1, 2
"""Streams of random numbers that one seed has."""


def shuffled(count: int, seed: int, stream: int = EPOCHS, number: int = 0) -> Array:
    """The numbers from 0 below `count` in an order that is the same on every platform.

    The order sorts one 64-bit number a row, of the generator PCG64 seeded with (seed, stream, number);
    NumPy promises that these bits never change, which it does not for its own permutations. It depends
    on the epoch's number alone, so a resumed run needs nothing but that.

    >>> shuffled(5, seed=0).tolist()
    [0, 4, 3, 1, 2]
    """
    bits = max(1, int(count - 1).bit_length())
    seeds = np.random.SeedSequence([seed, stream, number])
    keys = np.random.PCG64(seeds).random_raw(count)
    low = np.uint64((1 << bits) - 1)
    keys &= ~low  # the low bits carry the row: one sort of whole numbers, and no ties
    keys |= np.arange(count, dtype=np.uint64)
    keys.sort()
    order: Array = (keys & low).astype(np.int64)
    return order
