"""The folder of a training run: what it was asked, and where its files are."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.files import write_text
from chalkgrad.train_telling import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

RUN_FILE = "run.json"
_FREE = {
    "epochs", "iterations", "threads", "patience", "stop_loss", "stop_gradient", "stop_seconds",
    "checkpoint_seconds",
}  # fmt: skip
"""Options that may change when a run is gone on with."""


def is_run(name: str) -> bool:
    """Whether a folder of that name holds a run."""
    return os.path.isfile(os.path.join(name, RUN_FILE))  # noqa: PTH113, PTH118  a name may be too long


def read_run(folder: Path) -> dict[str, Any]:
    """What the run of a folder was asked.

    Raises:
        RequestError: it holds none, or its file is damaged or of something else.
    """
    try:
        made = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        if made["schema"] != SCHEMA:
            raise RequestError(f'"{folder}" was made by something else: schema {made["schema"]}')
        return {**_unchanged(made), "where": made.get("where", "")}
    except OSError as error:
        raise RequestError(
            f'"{folder}" holds no run: cannot read {RUN_FILE}: {error.strerror or error}'
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        why = f"it has no {error}" if isinstance(error, KeyError) else error
        raise RequestError(f'"{folder / RUN_FILE}" is damaged: {why}') from error


def _unchanged(made: Mapping[str, Any]) -> dict[str, Any]:
    if made["sha256"] != _digest(made["request"]):
        raise ValueError("it was changed after the run had begun")
    return dict(made["request"])


def _digest(request: object) -> str:
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()


def write_run(folder: Path, request: Mapping[str, Any]) -> None:
    """Keep what was asked, and from where the names of files in it are to be read."""
    kept = {key: value for key, value in request.items() if key != "where"}
    where = request.get("where") or str(Path.cwd())
    made = {"schema": SCHEMA, "request": kept, "where": where, "sha256": _digest(kept)}
    text = json.dumps(made, indent=1)
    write_text(folder / RUN_FILE, text + "\n", force=True)


def open_folder(folder: Path, *, force: bool) -> None:
    """Make the folder of a new run, or with `force` empty one of its checkpoints."""
    begun = any(folder.glob("step-*.safetensors")) or (folder / "model.json").exists()
    if (folder / RUN_FILE).exists() and begun:
        if not force:
            raise RequestError(
                f'"{folder}" holds a run already: --resume {folder} goes on with it, '
                "--force begins anew"
            )
        for old in folder.glob("step-*.safetensors"):
            old.unlink(missing_ok=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(f'cannot write to "{folder}": {error.strerror or error}') from error


def resumed(folder: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """The request of a run with what may change.

    Raises:
        RequestError: something else was given.
    """
    known = read_run(folder)
    longer = {"epochs", "iterations"} & {k for k, v in given.items() if v != known.get(k)}
    if longer and known.get("schedule") == "cosine":
        raise RequestError(
            f"--{longer.pop()} cannot be changed when a run is resumed: "
            "under the schedule cosine every learning rate depends on it; constant and step allow it"
        )
    for key, value in given.items():
        if key not in _FREE and value != known.get(key):
            option = f"--{key.replace('_', '-')}"
            raise RequestError(f"{option} cannot be changed when a run is resumed")
    return {**known, **given}
