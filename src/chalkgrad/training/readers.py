"""Where data comes from: tables, ``.npz``, IDX files and scikit-learn's own sets."""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError, nearest
from chalkgrad.training.data import Data, one_hot
from chalkgrad.training.extra import Array, np, optional
from chalkgrad.training.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Callable

SETS = {
    "digits": ("load_digits", "range"),
    "iris": ("load_iris", "standard"),
    "wine": ("load_wine", "standard"),
    "breast_cancer": ("load_breast_cancer", "standard"),
    "diabetes": ("load_diabetes", "standard"),
}
"""scikit-learn's sets that are installed with it, and the scaling that suits each."""
_INPUTS, _TARGETS = ("x", "X", "inputs", "data"), ("y", "t", "targets", "target", "labels")


def load_data(
    source: str | os.PathLike[str],
    *,
    target: str | None = None,
    task: str = "auto",
    missing: str = "refuse",
) -> Data:
    """The data of a file, of a folder of IDX files, or of a set by name.

    Args:
        source: ``.csv``, ``.tsv``, ``.npz``, a folder such as MNIST's, or one of `SETS`.
        target: the column to learn (several with commas); by default the last.
        task: ``classes``, ``numbers`` or ``auto``: what the target is.
        missing: what is done about missing values: ``refuse``, ``mean``, ``median`` or ``drop``.

    Raises:
        RequestError: there is no such source, or what it holds cannot be used; with file and line.
        MissingExtra: scikit-learn is not installed.
    """
    name = os.fspath(source)
    path = Path(name)
    try:
        if path.is_dir():
            return _idx_folder(path)
        if name in SETS and not path.exists():
            return _named_set(name)
        if not path.exists():
            hint = nearest(name, SETS) or "the sets by name are " + " ".join(SETS)
            raise RequestError(f'there is no file and no data set "{name}"; {hint}')
        if path.suffix.lower() == ".npz":
            return _npz(path, task)
        return read_table(path, target=target, task=task, missing=missing)
    except OSError as error:
        raise RequestError(f'cannot read "{name}": {error.strerror or error}') from error


def as_targets(y: Array, task: str) -> tuple[Array, tuple[str, ...]]:
    """Targets as rows, and the names of their classes; whole numbers are classes.

    >>> as_targets(np.array([5, 7, 5]), "auto")[1]
    ('5', '7')
    """
    if y.ndim == 2 and y.shape[1] > 1:
        return y.astype(float), ()
    y = y.reshape(len(y))
    if task == "classes" or (task == "auto" and y.dtype.kind in "iubUS"):
        values, labels = np.unique(y, return_inverse=True)
        return one_hot(labels, len(values)), tuple(map(str, values.tolist()))
    return y.astype(float)[:, None], ()


def _named_set(name: str) -> Data:
    loader, scaling = SETS[name]
    datasets = optional("sklearn.datasets", "sklearn", f'the data set "{name}"')
    load: Callable[..., Any] = getattr(datasets, loader)
    bunch = load()
    y = np.asarray(bunch.target)
    t, classes = as_targets(y, "auto")
    given = tuple(str(n) for n in getattr(bunch, "target_names", ()))
    return Data(
        np.asarray(bunch.data, dtype=float),
        t,
        given if classes and len(given) == len(classes) else classes,
        scaling=scaling,
        title=name,
    )


def _npz(path: Path, task: str) -> Data:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (ValueError, EOFError, zlib.error) as error:
        raise RequestError(f'"{path}" is not an .npz file of numbers: {error}') from error
    except Exception as error:
        if type(error).__name__ != "BadZipFile":
            raise
        raise RequestError(f'"{path}" is not an .npz file: {error}') from error

    def part(suffix: str) -> tuple[Array, Array] | None:
        x = next((arrays[k + suffix] for k in _INPUTS if k + suffix in arrays), None)
        y = next((arrays[k + suffix] for k in _TARGETS if k + suffix in arrays), None)
        if x is None or y is None:
            return None
        return x.reshape(len(x), -1).astype(float), y

    whole = part("") or part("_train")
    if whole is None:
        found = " ".join(arrays) or "none"
        raise RequestError(
            f'"{path}" must hold arrays x and y (also x_test, y_test), found {found}'
        )
    t, classes = as_targets(whole[1], task)
    test = part("_test")
    held = None
    if test is not None:
        held_t, held_classes = as_targets(test[1], task)
        if held_classes != classes:
            raise RequestError(f'"{path}": y and y_test do not have the same classes')
        held = Data(test[0], held_t, classes, scaling="range")
    kind = "range" if whole[0].shape[1] > 200 else "standard"
    return Data(whole[0], t, classes, held_back=held, scaling=kind, title=path.stem)


# ---------------------------------------------------------------- IDX
_TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def read_idx(path: Path) -> Array:
    """An array of an IDX file, with gzip or without.

    Raises:
        RequestError: it is no such file, or shorter than its header says.
    """
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise RequestError(f'"{path}" is a damaged gzip file: {error}') from error
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in _TYPES or not 1 <= data[3] <= 4:
        raise RequestError(f'"{path}" is not an IDX file')
    kind, rank = np.dtype(_TYPES[data[2]]), data[3]
    start = 4 + 4 * rank
    shape = tuple(int.from_bytes(data[4 + 4 * k : 8 + 4 * k], "big") for k in range(rank))
    count = 1
    for size in shape:
        count *= size
    if len(data) != start + count * kind.itemsize:
        got, must = len(data) - start, count * kind.itemsize
        raise RequestError(f'"{path}" holds {got} bytes of numbers, its header says {must}')
    return np.frombuffer(data, kind, offset=start).reshape(shape)


def _idx_folder(folder: Path) -> Data:
    def find(stem: str) -> Path | None:
        for name in (stem, stem.replace("-idx", ".idx")):
            for ending in ("", ".gz"):
                if (folder / (name + ending)).exists():
                    return folder / (name + ending)
        return None

    def part(stem: str) -> Data | None:
        images, labels = find(f"{stem}-images-idx3-ubyte"), find(f"{stem}-labels-idx1-ubyte")
        if images is None or labels is None:
            return None
        x, y = read_idx(images), read_idx(labels)
        if len(x) != len(y):
            raise RequestError(f'"{folder}": {len(x)} images, but {len(y)} labels')
        count = max(10, int(y.max(initial=0)) + 1)
        names = tuple(map(str, range(count)))
        # float32: 60,000 images take 190 MB and not twice as much; bytes lose nothing in it
        return Data(
            x.reshape(len(x), -1).astype(np.float32), one_hot(y, count), names, scaling="range"
        )

    train, test = part("train"), part("t10k")
    if train is None:
        raise RequestError(
            f'"{folder}" must hold train-images-idx3-ubyte and train-labels-idx1-ubyte (or .gz)'
        )
    return Data(train.x, train.t, train.classes, held_back=test, scaling="range", title=folder.name)
