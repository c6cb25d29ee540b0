"""Writing files whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from chalkgrad.errors import RequestError


def write_text(path: str | os.PathLike[str], text: str, force: bool = False) -> None:
    """Write `text` to a file as UTF-8, as `write_bytes` does.

    Raises:
        RequestError: the file is there already and `force` is not given, or it cannot be written;
            the message gives the cause, and nothing is left behind.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(Path(folder, "a.txt"), "one")
    ...     write_text(Path(folder, "a.txt"), "two", force=True)
    ...     Path(folder, "a.txt").read_text()
    'two'
    """
    try:
        data = text.encode("utf-8")
    except ValueError as error:  # half of a surrogate pair
        raise RequestError(f'cannot write "{os.fspath(path)}": {error}') from error
    write_bytes(path, data, force)


def write_bytes(path: str | os.PathLike[str], data: bytes, force: bool = False) -> None:
    """Write `data` to a file; whatever happens, the file is the old or the new one, whole.

    A link is followed. Devices and pipes are written to as they are.

    Raises:
        RequestError: as of `write_text`.
    """
    name = os.fspath(path)
    try:
        target = Path(name).resolve()
        mode = target.stat().st_mode if target.exists() else None
        if mode is not None and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            target.write_bytes(data)
            return
        if mode is not None and stat.S_ISDIR(mode):
            raise RequestError(f'cannot write "{name}": it is a folder')
        if mode is not None and not force:
            raise RequestError(f'"{name}" is there already; --force (force=True) overwrites it')
        _replace(target, data, mode)
    except OSError as error:
        raise RequestError(f'cannot write "{name}": {error.strerror or error}') from error
    except ValueError as error:  # a zero byte in the name
        raise RequestError(f'cannot write "{name}": {error}') from error


def _replace(target: Path, data: bytes, mode: int | None) -> None:
    # Opened without tempfile: its files are for their owner alone, and stay so after the renaming.
    temporary = target.with_name(f".{target.name[:100]}.{os.urandom(6).hex()}.tmp")
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(file, "wb") as stream:
            if mode is not None:
                temporary.chmod(stat.S_IMODE(mode))
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
