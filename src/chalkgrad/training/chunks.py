"""Tables larger than memory: rows that stay on the disk and are read when they are asked for.

A table that is too large is a `Rows`: a memory map of a file, and what makes numbers of what stands in it.
It has the shape and the rows of an array, and every number in it is the one that the array in memory would have,
so that training on it ends in the same bytes.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from chalkgrad.errors import RequestError
from chalkgrad.training.extra import Array, np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

BLOCK = 1 << 22
"""Bytes that a walk over a table has in hand at once."""
_COPIES = 4
"""So many copies of its inputs a run in memory may hold: as read, a part of them, scaled, and narrowed."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a table on the disk.

    Attributes:
        source: what is stored, one entry a row: most often a memory map.
        width: numbers of a row.
        dtype: of the numbers.
        make: rows as they are stored, turned into rows of numbers.
        chosen: which of the rows these are, or None for all.
    """

    source: Array
    width: int
    dtype: np.dtype[Any]
    make: Callable[[Array], Array]
    chosen: Array | None = None

    ndim = 2

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.source) if self.chosen is None else len(self.chosen)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self), self.width

    def __getitem__(self, rows: Any) -> Array:
        """One row, or some of them, as an array in memory."""
        if isinstance(rows, (int, np.integer)):
            one: Array = self[np.array([rows])][0]
            return one
        places = self._places(rows)
        if isinstance(places, slice):
            places = np.arange(*places.indices(len(self.source)))
        # in the order of the file, so that the disk is read forwards; a little at a time, so that what
        # is made on the way takes no more memory than the rows themselves
        order = np.argsort(places, kind="stable")
        found = np.empty((len(places), self.width), self.dtype)
        step = max(1, (BLOCK >> 2) // (8 * max(1, self.width)))
        for first in range(0, len(order), step):
            some_rows = order[first : first + step]
            stored = np.asarray(self.source[places[some_rows]])
            found[some_rows] = self.make(stored).reshape(len(some_rows), self.width)
        return found

    def _places(self, rows: Any) -> Any:
        if isinstance(rows, slice):
            return rows if self.chosen is None else self.chosen[rows]
        rows = np.asarray(rows)
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        return rows if self.chosen is None else self.chosen[rows]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """The whole table in memory, for what knows only arrays."""
        del copy
        whole = np.empty(self.shape, self.dtype if dtype is None else dtype)
        for part in blocks(self):
            whole[part] = self[part]
        return whole

    def rows(self, chosen: Array) -> Array:
        """Some of the rows, still on the disk."""
        chosen = np.asarray(chosen)
        return as_array(replace(self, chosen=self._places(chosen)))

    def then(self, change: Callable[[Array], Array], dtype: np.dtype[Any]) -> Array:
        """The same rows, each changed further."""

        def made(stored: Array) -> Array:
            return change(self.make(stored).astype(self.dtype, copy=False))

        return as_array(replace(self, make=made, dtype=dtype))

    def __reduce__(self) -> str:
        raise RequestError(
            "rows that stay on the disk cannot be handed to another process; "
            "load the data there, or with mapped=False"
        )


def as_array(rows: Rows) -> Array:
    """`rows` under the name that tables in memory have: both are read by rows, and NumPy takes either."""
    return cast("Array", rows)


def on_disk(x: Array) -> Rows | None:
    """The table as `Rows`, or None if it is in memory."""
    given: object = x
    return given if isinstance(given, Rows) else None


def some(x: Array, chosen: Array) -> Array:
    """Some rows of a table, where the table is."""
    rows = on_disk(x)
    return rows.rows(chosen) if rows else x[chosen]


def blocks(x: Array | Rows) -> Iterator[slice]:
    """Slices that cover a table, in steps that depend on its width alone.

    >>> [part.start for part in blocks(np.zeros((10_000, 64)))]
    [0, 8192]
    """
    step = max(1, BLOCK // (8 * max(1, int(np.prod(x.shape[1:])))))
    for start in range(0, len(x), step):
        yield slice(start, start + step)


# ---------------------------------------------------------------- how much memory there is
def free_memory() -> int:
    """Bytes that this process may still take: of the machine, of its container, and by its own limits."""
    found = [1 << 62]
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        found += [
            int(line.split()[1]) << 10 for line in text.split("\n") if line.startswith("MemAvail")
        ]
        group = Path("/sys/fs/cgroup")
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        if limit != "max":
            found.append(int(limit) - int((group / "memory.current").read_text(encoding="ascii")))
    except (OSError, ValueError):  # another system, or a container without these files
        pass
    found += _own_limits()
    if len(found) == 1:
        found.append(_half_of_all())
    return max(0, min(found))


def _own_limits() -> list[int]:
    try:
        import resource

        used = [int(part) for part in Path("/proc/self/statm").read_text(encoding="ascii").split()]
        page = resource.getpagesize()
    except (ImportError, OSError, ValueError):
        return []
    pairs = ((resource.RLIMIT_AS, used[0]), (resource.RLIMIT_DATA, used[5]))
    limits = [(resource.getrlimit(kind)[0], pages * page) for kind, pages in pairs]
    return [limit - taken for limit, taken in limits if limit != resource.RLIM_INFINITY]


def _half_of_all() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return 1 << 32


def too_large(numbers: int) -> bool:
    """Whether a table of so many numbers cannot be trained on in memory."""
    return numbers * 8 * _COPIES > free_memory()


# ---------------------------------------------------------------- on the disk
def spooled(parts: Iterable[Array], dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
    """Blocks of rows written to a file without a name, and mapped.

    The file belongs to this process alone and is gone when it ends, however it ends. It is written with
    ordinary writes: a full disk is then an error, where a write through a map would kill the process.

    Raises:
        RequestError: there is no room for it.
    """
    folder = _spool_folder()
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            for part in parts:
                file.write(np.ascontiguousarray(part, dtype).data.cast("B"))
            file.flush()
            return np.memmap(file, dtype=dtype, mode="r", shape=shape)
    except OSError as error:
        size = int(np.prod(shape)) * dtype.itemsize
        raise RequestError(
            f"the data does not fit in memory, and its {size / 1e6:,.0f} MB cannot be kept in "
            f'"{folder}": {error.strerror or error}; TMPDIR names another folder'
        ) from error


def _spool_folder() -> str:
    """Where large files may lie for a while: on a disk, which the usual /tmp often is not."""
    if "TMPDIR" not in os.environ and os.access("/var/tmp", os.W_OK):  # noqa: S108  no name is guessed there
        return "/var/tmp"  # noqa: S108
    return tempfile.gettempdir()
