"""IDX files, the format of MNIST and Fashion-MNIST: one array each, with gzip or without."""

from __future__ import annotations

import gzip
import zlib
from math import prod
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.training.chunks import BLOCK, Rows, as_array, spooled, too_large
from chalkgrad.training.data import Data, class_rows
from chalkgrad.training.extra import Array, np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedIOBase
    from pathlib import Path

_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
"""The codes of the format: yann.lecun.com/exdb/mnist, "the IDX file format"."""
_MOST_CLASSES = 10_000


def read_idx(path: Path, *, mapped: bool | None = None) -> Array:
    """The array of an IDX file, with gzip or without.

    Args:
        path: the file.
        mapped: whether it stays on the disk; by default, where it is too large for memory.

    Raises:
        RequestError: it is no such file, or shorter or longer than its header says.
    """
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path, "rb") if packed else path.open("rb") as stream:
            kind, shape = _header(stream, path)
            count = prod(shape)
            stays = too_large(count) if mapped is None else mapped
            if not packed:
                _check_size(path, path.stat().st_size - stream.tell(), count * kind.itemsize)
                if stays and count:
                    return np.memmap(path, kind, "r", stream.tell(), shape)
            if stays and packed and count:
                return spooled(_parts(stream, path, kind, shape), kind, shape)
            whole = [*_parts(stream, path, kind, (count,))]
            return (np.concatenate(whole) if whole else np.empty(0, kind)).reshape(shape)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise RequestError(f'"{path}" is a damaged gzip file: {error}') from error


def _header(stream: BufferedIOBase, path: Path) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not 1 <= magic[3] <= 4:
        raise RequestError(f'"{path}" is not an IDX file')
    sizes = stream.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise RequestError(f'"{path}" is cut off within its header')
    shape = tuple(int.from_bytes(sizes[k : k + 4], "big") for k in range(0, len(sizes), 4))
    return np.dtype(_TYPES[magic[2]]), shape


def _check_size(path: Path, got: int, must: int) -> None:
    if got != must:
        raise RequestError(f'"{path}" holds {got} bytes of numbers, its header says {must}')


def _parts(
    stream: BufferedIOBase, path: Path, kind: np.dtype[Any], shape: tuple[int, ...]
) -> Iterator[Array]:
    """The numbers in blocks; never more of them than the header says, whatever follows."""
    must, got = prod(shape) * kind.itemsize, 0
    while got < must:
        data = stream.read(min(BLOCK, must - got))
        got += len(data)
        if not data or len(data) % kind.itemsize:
            break
        yield np.frombuffer(data, kind)
    if got == must and stream.read(1):
        raise RequestError(f'"{path}" goes on after the {must} bytes that its header says')
    _check_size(path, got, must)


# ---------------------------------------------------------------- a folder
def idx_folder(folder: Path, *, mapped: bool | None = None) -> Data:
    """The data of a folder such as MNIST's; its t10k files are the test part.

    Raises:
        RequestError: a file is missing or damaged, or the files do not belong together.
    """
    train = _pair(folder, "train", mapped)
    if train is None:
        raise RequestError(
            f'"{folder}" must hold train-images-idx3-ubyte and train-labels-idx1-ubyte (or .gz)'
        )
    test = _pair(folder, "t10k", mapped)
    if test and test[0].shape[1:] != train[0].shape[1:]:
        raise RequestError(
            f'"{folder}": the images of t10k have the shape {test[0].shape[1:]}, '
            f"those of train {train[0].shape[1:]}"
        )
    parts = [part for part in (train, test) if part]
    count = max(10, *(1 + int(labels.max(initial=0)) for _, labels in parts))
    made = [_part(images, labels, count) for images, labels in parts]
    held = made[1] if test else None
    return Data(
        made[0].x, made[0].t, made[0].classes, held_back=held, scaling="range", title=folder.name
    )


def _find(folder: Path, stem: str) -> Path | None:
    for name in (stem, stem.replace("-idx", ".idx")):
        for ending in ("", ".gz"):
            if (folder / (name + ending)).exists():
                return folder / (name + ending)
    return None


def _pair(folder: Path, part: str, mapped: bool | None) -> tuple[Array, Array] | None:
    names = (f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte")
    found = [_find(folder, name) for name in names]
    if found == [None, None]:
        return None
    for name, path in zip(names, found, strict=True):
        if path is None:
            raise RequestError(
                f'"{folder}" holds no {name} (or .gz), but the other file of the two'
            )
    images, labels = (
        read_idx(path, mapped=stays)
        for path, stays in zip(found, (mapped, False), strict=True)
        if path is not None
    )
    if labels.ndim != 1 or labels.dtype.kind not in "ui":
        raise RequestError(f'"{found[1]}" must hold one whole number for each image')
    if len(images) != len(labels):
        raise RequestError(f'"{folder}": {len(images)} images, but {len(labels)} labels ({part})')
    low, high = int(labels.min(initial=0)), int(labels.max(initial=0))
    if low < 0 or high >= _MOST_CLASSES:
        bad = low if low < 0 else high
        raise RequestError(
            f'"{found[1]}": a label must be from 0 to {_MOST_CLASSES - 1}, got {bad}'
        )
    return images, labels


def _part(images: Array, labels: Array, count: int) -> Data:
    names = tuple(map(str, range(count)))
    # float32: 60,000 images take 190 MB and not twice as much; whole numbers of 16 bits lose nothing in it
    small = images.dtype.kind in "ui" and images.dtype.itemsize <= 2
    dtype = np.dtype(np.float32 if small else np.float64)
    width = prod(images.shape[1:])
    mapped = isinstance(images, np.memmap)
    if mapped:
        x = as_array(Rows(images, width, dtype, lambda part: part.reshape(len(part), -1)))
    else:
        x = images.reshape(len(images), width).astype(dtype)
    return Data(x, class_rows(labels, count, mapped=mapped), names, scaling="range")
