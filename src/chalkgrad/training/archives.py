"""NumPy's own files as data: ``.npz`` with arrays x and y, ``.npy`` with the target in one column."""

from __future__ import annotations

import zipfile
import zlib
from math import prod
from typing import IO, TYPE_CHECKING, Any

from chalkgrad.errors import RequestError, nearest
from chalkgrad.training.chunks import BLOCK, Rows, as_array, on_disk, spooled, too_large
from chalkgrad.training.data import Data, class_rows, one_hot
from chalkgrad.training.extra import Array, np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_INPUTS, _TARGETS = ("x", "X", "inputs", "data"), ("y", "t", "targets", "target", "labels")
_KINDS = "biuf"
_MOST_CLASSES = 1_000


def as_targets(y: Array, task: str, *, mapped: bool = False) -> tuple[Array, tuple[str, ...]]:
    """Targets as rows, and the names of their classes; whole numbers and words are classes.

    Raises:
        RequestError: they are neither numbers nor classes.

    >>> as_targets(np.array([5, 7, 5]), "auto")[1]
    ('5', '7')
    """
    if y.dtype.kind not in _KINDS + "US" or (task == "numbers" and y.dtype.kind in "US"):
        raise RequestError(f"targets must be numbers, or names of classes, they are {y.dtype}")
    if y.ndim == 2 and y.shape[1] > 1:
        return _inputs(y, "y"), ()
    y = np.array(y).reshape(len(y))
    if task == "classes" or (task == "auto" and y.dtype.kind in "iubUS"):
        values, labels = np.unique(y, return_inverse=True)
        if task == "auto" and len(values) > _MOST_CLASSES:
            raise RequestError(
                f"the target has {len(values):,} different values; "
                "say what it is: --task numbers or --task classes"
            )
        names = tuple(map(str, values.tolist()))
        return class_rows(labels, len(values), mapped=mapped), names
    return y.astype(float)[:, None], ()


# ---------------------------------------------------------------- arrays of a file
def _array(stream: IO[bytes], name: str, path: Path, at: int | None, mapped: bool | None) -> Array:
    """The array that a stream in the format of ``.npy`` holds.

    Args:
        stream: stands at its beginning.
        name: of the array, for what is said about it.
        path: the file that it is in.
        at: where the array begins in the file as it is, or None if it is packed there.
        mapped: whether it stays on the disk; by default, where it is too large for memory.
    """
    shape, fortran, kind = _header(stream)
    if kind.hasobject:
        raise ValueError("it holds objects, which are pickled; they are never read")
    stays = too_large(prod(shape)) if mapped is None else mapped
    count = prod(shape)
    if stays and count and len(shape) > 1 and kind.kind in _KINDS:
        if at is not None:
            offset = at + stream.tell()
            if path.stat().st_size < offset + count * kind.itemsize:
                raise ValueError(f"{name} is cut off")
            return np.memmap(path, kind, "r", offset, shape, "F" if fortran else "C")
        if fortran:
            raise ValueError(f"{name} is packed column by column and too large for memory")
        return spooled(_parts(stream, name, kind, count), kind, shape)
    whole = [*_parts(stream, name, kind, count)]
    flat = np.concatenate(whole) if whole else np.empty(0, kind)
    return flat.reshape(shape, order="F" if fortran else "C")


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0
    shape, fortran, kind = (read if version == (1, 0) else np.lib.format.read_array_header_2_0)(
        stream
    )
    return shape, fortran, kind


def _parts(stream: IO[bytes], name: str, kind: np.dtype[Any], count: int) -> Iterator[Array]:
    step = max(1, BLOCK // kind.itemsize)
    for start in range(0, count, step):
        must = min(step, count - start) * kind.itemsize
        data = stream.read(must)
        if len(data) < must:
            raise ValueError(f"{name} is cut off")
        yield np.frombuffer(data, kind)


def _members(path: Path, mapped: bool | None) -> dict[str, Array]:
    arrays: dict[str, Array] = {}
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            at = None
            if member.compress_type == zipfile.ZIP_STORED:
                file.seek(member.header_offset)
                head = file.read(
                    30
                )  # the local header: its name and extra field have their own lengths
                lengths = [int.from_bytes(head[k : k + 2], "little") for k in (26, 28)]
                at = member.header_offset + 30 + sum(lengths)
            with archive.open(member) as stream:
                arrays[name] = _array(stream, name, path, at, mapped)
    return arrays


def _inputs(array: Array, what: str) -> Array:
    if array.ndim < 1 or array.dtype.kind not in _KINDS:
        raise RequestError(f"{what} must be a table of numbers, it is {array.dtype}")
    width = prod(array.shape[1:])
    if isinstance(array, np.memmap):
        rows = Rows(array, width, np.dtype(float), lambda part: part.reshape(len(part), -1))
        return as_array(rows)
    return array.reshape(len(array), width).astype(float)


# ---------------------------------------------------------------- files
def read_npz(path: Path, task: str, *, mapped: bool | None = None) -> Data:
    """The data of an ``.npz`` file with arrays x and y, or x_train and y_train; also x_test and y_test.

    Raises:
        RequestError: it is no such file, or something else is in it.
    """
    try:
        arrays = _members(path, mapped)
    except (ValueError, EOFError, zlib.error, NotImplementedError, zipfile.BadZipFile) as error:
        raise RequestError(f'"{path}" is not an .npz file of numbers: {error}') from error

    def part(suffix: str) -> tuple[Array, Array] | None:
        x = next((k + suffix for k in _INPUTS if k + suffix in arrays), None)
        y = next((k + suffix for k in _TARGETS if k + suffix in arrays), None)
        if x is None or y is None:
            return None
        if arrays[y].ndim < 1 or len(arrays[x]) != len(arrays[y]):
            raise RequestError(
                f'"{path}": {x} has the shape {arrays[x].shape}, {y} the shape {arrays[y].shape}; '
                "both must have one row a sample"
            )
        return _inputs(arrays[x], f'"{path}": {x}'), arrays[y]

    whole = part("") or part("_train")
    if whole is None:
        found = " ".join(arrays) or "none"
        raise RequestError(
            f'"{path}" must hold arrays x and y (also x_test, y_test), found {found}'
        )
    stays = on_disk(whole[0]) is not None
    t, classes = as_targets(whole[1], task, mapped=stays)
    kind = "range" if whole[0].shape[1] > 200 else "standard"
    test = part("_test")
    held = None
    if test is not None:
        held_t, held_classes = as_targets(test[1], "classes" if classes else "numbers")
        if not set(held_classes) <= set(classes):
            raise RequestError(f'"{path}": y and y_test do not have the same classes')
        if test[0].shape[1] != whole[0].shape[1]:
            raise RequestError(
                f'"{path}": x has {whole[0].shape[1]} columns, x_test {test[0].shape[1]}'
            )
        held_t = held_t if not classes else _among(held_t, held_classes, classes)
        held = Data(test[0], held_t, classes, scaling=kind)
    return Data(whole[0], t, classes, held_back=held, scaling=kind, title=path.stem)


def _among(t: Array, own: tuple[str, ...], classes: tuple[str, ...]) -> Array:
    """One-hot rows of some of the classes as those of all of them."""
    places = np.array([classes.index(name) for name in own])
    return one_hot(places[t.argmax(axis=1)], len(classes))


def read_npy(path: Path, task: str, target: str | None, *, mapped: bool | None = None) -> Data:
    """The data of an ``.npy`` file: a table whose columns are called c1, c2 and so on.

    Raises:
        RequestError: it is no such file, or no table of numbers, or has no such column.
    """
    try:
        with path.open("rb") as stream:
            array = _array(stream, path.name, path, 0, mapped)
    except (ValueError, EOFError) as error:
        raise RequestError(f'"{path}" is not an .npy file of numbers: {error}') from error
    if array.ndim != 2 or array.shape[1] < 2:
        raise RequestError(
            f'"{path}" must be a table with the target in one column, its shape is {array.shape}'
        )
    names = [f"c{k + 1}" for k in range(array.shape[1])]
    target = target or names[-1]
    if target not in names:
        hint = nearest(target, names) or f"the columns are c1 to {names[-1]}"
        raise RequestError(f'{path}: there is no column "{target}"; {hint}')
    k = names.index(target)
    whole = _inputs(array, f'"{path}"')
    t, classes = as_targets(array[:, k], task, mapped=on_disk(whole) is not None)
    rows = on_disk(whole)
    if rows:
        without = Rows(array, len(names) - 1, rows.dtype, lambda part: np.delete(part, k, axis=1))
        whole = as_array(without)
    else:
        whole = np.delete(whole, k, axis=1)
    return Data(whole, t, classes, targets=(target,), title=path.stem)
