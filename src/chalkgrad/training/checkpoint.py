"""Checkpoints: one file each, written whole or not at all, and never pickled.

A file is in the format of safetensors: eight bytes of length, a JSON header, then the numbers. The header's
metadata holds where the run stands, and a SHA-256 of everything else, so that a file that was cut off,
changed or made by something else is known.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError, visible
from chalkgrad.training.extra import Array, np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NAMES = {"F64": "<f8", "F32": "<f4", "I64": "<i8"}
_CODES = {name: code for code, name in _NAMES.items()}
_FORMAT = "chalkgrad.checkpoint/1"
_MOST_HEADER = 100_000_000
_NAME = re.compile(r"step-\d{12}\.safetensors")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Checkpoint:
    """Where a run stood: arrays by name, and facts as JSON."""

    arrays: Mapping[str, Array]
    facts: Mapping[str, Any]


def to_bytes(checkpoint: Checkpoint, form: str = _FORMAT) -> bytes:
    """A checkpoint as the bytes of a safetensors file.

    >>> made = to_bytes(Checkpoint({"p": np.zeros(2)}, {"step": 3}))
    >>> from_bytes(made).facts["step"]
    3
    """
    header: dict[str, Any] = {}
    parts, at = [], 0
    for name in sorted(checkpoint.arrays):
        array = np.ascontiguousarray(checkpoint.arrays[name])
        code = _CODES[array.dtype.newbyteorder("<").str]
        data = array.astype(_NAMES[code], copy=False).tobytes()
        header[name] = {
            "dtype": code,
            "shape": list(array.shape),
            "data_offsets": [at, at + len(data)],
        }
        parts.append(data)
        at += len(data)
    body = b"".join(parts)
    facts = json.dumps(dict(checkpoint.facts), sort_keys=True)
    digest = hashlib.sha256(facts.encode() + json.dumps(header, sort_keys=True).encode() + body)
    metadata = {"format": form, "facts": facts, "sha256": digest.hexdigest()}
    text = json.dumps({"__metadata__": metadata, **header}, sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + body


def from_bytes(data: bytes, name: str = "the checkpoint", form: str = _FORMAT) -> Checkpoint:
    """The checkpoint in the bytes of a file.

    Raises:
        RequestError: it was cut off, changed, or is something else; says which.
    """

    def refuse(why: str) -> RequestError:
        return RequestError(f"{name}: {why}")

    if len(data) < 8:
        raise refuse(f"not a checkpoint, only {len(data)} bytes")
    length = int.from_bytes(data[:8], "little")
    if length > min(_MOST_HEADER, len(data) - 8):
        raise refuse("cut off, or no safetensors file")
    try:
        header = json.loads(data[8 : 8 + length])
        metadata = header.pop("__metadata__", {})
        if metadata.get("format") != form:
            found = visible(str(metadata.get("format", "not said")))[:40]
            raise refuse(f"made by something else, its format is {found}")
        body = data[8 + length :]
        end = max((spec["data_offsets"][1] for spec in header.values()), default=0)
        if len(body) != end:
            raise refuse(f"cut off: {len(body)} bytes of numbers, the header says {end}")
        digest = hashlib.sha256(
            metadata["facts"].encode() + json.dumps(header, sort_keys=True).encode() + body
        )
        if digest.hexdigest() != metadata["sha256"]:
            raise refuse("its bytes were changed: the checksum does not hold")
        arrays = {}
        for key, spec in header.items():
            first, last = spec["data_offsets"]
            flat = np.frombuffer(body[first:last], _NAMES[spec["dtype"]])
            arrays[key] = flat.reshape(spec["shape"]).astype(flat.dtype.newbyteorder("="))
        return Checkpoint(arrays, json.loads(metadata["facts"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise refuse(
            f"its header is damaged, or it is no checkpoint: {visible(str(error))[:80]}"
        ) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; it is on the disk before it has its name, and its name after."""
    temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")
    try:
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            with suppress(OSError):  # some file systems have no such thing for folders
                os.fsync(folder)
        finally:
            os.close(folder)


class Keeper:
    """Writes the checkpoints of one run in the background and keeps the last two.

    Attributes:
        folder: where they are.
        trouble: why the last one could not be written, or "".
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.trouble = folder, ""
        self._thread: threading.Thread | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for stale in folder.glob(".*.tmp"):  # of a run that was killed while it wrote
                stale.unlink(missing_ok=True)
        except OSError as error:
            raise RequestError(f'cannot write to "{folder}": {error.strerror or error}') from error

    def save(self, checkpoint: Checkpoint) -> None:
        """Begin to write a checkpoint; its arrays must not change any more."""
        self.wait()
        self._thread = threading.Thread(target=self._write, args=(checkpoint,))
        self._thread.start()

    def wait(self) -> None:
        """Wait until what was begun is written."""
        if self._thread:
            self._thread.join()
            self._thread = None

    def _write(self, checkpoint: Checkpoint) -> None:
        step = int(checkpoint.facts["step"])
        path = self.folder / f"step-{step:012d}.safetensors"
        try:
            data = to_bytes(checkpoint)
            try:
                write_bytes(path, data)
            except OSError as error:
                before = [old for old in self.files() if old != path]
                if error.errno not in _NO_ROOM or len(before) < 2:
                    raise
                before[0].unlink()  # the oldest gives its room; the one after it stays
                write_bytes(path, data)
            # Later ones are there if they were refused when the run was gone on with: their steps are
            # made again, and they must not take the place of those that are whole.
            kept = [old for old in self.files() if old <= path][-2:]
            for old in self.files():
                if old not in kept:
                    old.unlink()
            self.trouble = ""
        except (OSError, MemoryError) as error:  # a full disk: the run goes on, the last one stays
            why = getattr(error, "strerror", "") or str(error) or "no memory"
            self.trouble = f"no checkpoint at step {step}: {why}"

    def files(self) -> list[Path]:
        """The checkpoints there are, oldest first."""
        return sorted(
            path for path in self.folder.glob("step-*.safetensors") if _NAME.fullmatch(path.name)
        )

    def last(self) -> tuple[Checkpoint | None, list[str]]:
        """The newest checkpoint that is whole, and what is wrong with those that are newer."""
        refused: list[str] = []
        for path in reversed(self.files()):
            try:
                return from_bytes(path.read_bytes(), path.name), refused
            except (RequestError, OSError) as error:
                refused.append(str(error))
        return None, refused
