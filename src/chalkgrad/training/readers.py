"""Where data comes from: tables, NumPy's files, IDX files and scikit-learn's own sets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError, nearest, one_of
from chalkgrad.training.archives import as_targets, read_npy, read_npz
from chalkgrad.training.data import Data
from chalkgrad.training.extra import np, optional
from chalkgrad.training.idx import idx_folder
from chalkgrad.training.offered import TASKS
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


def load_data(
    source: str | os.PathLike[str],
    *,
    target: str | None = None,
    task: str = "auto",
    missing: str = "refuse",
    mapped: bool | None = None,
) -> Data:
    """The data of a file, of a folder of IDX files, or of a set by name.

    Args:
        source: ``.csv``, ``.tsv``, ``.npz``, ``.npy``, a folder such as MNIST's, or one of `SETS`.
        target: the column to learn (several with commas); by default the last.
        task: ``classes``, ``numbers`` or ``auto``: what the target is.
        missing: what is done about missing values: ``refuse``, ``mean``, ``median`` or ``drop``.
        mapped: whether a file's rows stay on the disk until they are trained on; by default those of a
            file that is too large for the memory that is free. The numbers are the same.

    Raises:
        RequestError: there is no such source, or what it holds cannot be used; with file and line.
        MissingExtra: scikit-learn is not installed.
    """
    name = os.fspath(source)
    path = Path(name)
    try:
        if path.is_dir():
            return idx_folder(path, mapped=mapped)
        if name in SETS and not path.exists():
            return _named_set(name)
        if not path.exists():
            hint = nearest(name, SETS) or "the sets by name are " + " ".join(SETS)
            raise RequestError(f'there is no file and no data set "{name}"; {hint}')
        one_of("task", task, TASKS)
        if path.suffix.lower() == ".npz":
            return read_npz(path, task, mapped=mapped)
        if path.suffix.lower() == ".npy":
            return read_npy(path, task, target, mapped=mapped)
        return read_table(path, target=target, task=task, missing=missing, mapped=mapped)
    except OSError as error:
        raise RequestError(f'cannot read "{name}": {error.strerror or error}') from error


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
