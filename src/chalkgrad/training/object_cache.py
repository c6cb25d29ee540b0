"""Machine code kept on disk: private, written whole, and known again by what it was made of.

A file is used only if it lies in a folder of the user's own that nobody else may write to, and if its
checksum holds; whatever else lies there is made anew.
"""

from __future__ import annotations

import hashlib
import os
import sys
from functools import lru_cache
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm

from chalkgrad.training.checkpoint import write_bytes

_READ = (
    "formula", "primitives", "activations", "losses", "updates", "training/special",
    "training/arrays", "training/layer_formulas", "training/update_code", "training/llvm_words",
    "training/llvm_functions", "training/llvm_vectors", "training/tile_shapes", "training/tiles",
    "training/dense_places",
    "training/dense_base", "training/dense_share", "training/dense_step", "training/dense_layers",
    "training/dense_output", "training/dense_learn", "training/dense_apart", "training/dense_wait",
    "training/dense_code", "training/line_code", "training/rounds_code", "training/scalar_code",
    "training/lanes_code", "training/machine_code",
)  # fmt: skip
_MAGIC = b"chalkgrad object 1\n"


def folder() -> Path:
    """Where machine code is kept: under CHALKGRAD_CACHE, or the user's own cache."""
    given = os.environ.get("CHALKGRAD_CACHE")
    if given:
        return Path(given)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "chalkgrad" / "code"


@lru_cache(maxsize=1)
def _makers() -> bytes:
    """A digest of all that code is made by: tables, emitter, compiler, processor."""
    home = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for name in _READ:
        digest.update((home / f"{name}.py").read_bytes())
    features = llvm.get_host_cpu_features().flatten()
    machine = (llvmlite.__version__, llvm.get_default_triple(), llvm.get_host_cpu_name(), features)
    digest.update(repr(machine).encode())
    return digest.digest()


def key_of(request: str) -> str:
    """The name under which the code of a request is kept."""
    return hashlib.sha256(_makers() + request.encode()).hexdigest()[:40]


def _private(path: Path) -> bool:
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name != "posix":
            return True
        found = path.stat()
        return found.st_uid == os.getuid() and not found.st_mode & 0o022
    except OSError:
        return False


def find(key: str) -> bytes | None:
    """The code kept under a key, if it is there and whole."""
    home = folder()
    if not _private(home):
        return None
    try:
        data = (home / f"{key}.o").read_bytes()
    except OSError:
        return None
    start = len(_MAGIC) + 32
    code = data[start:]
    fine = data.startswith(_MAGIC) and data[len(_MAGIC) : start] == hashlib.sha256(code).digest()
    return code if fine else None


def keep(key: str, code: bytes) -> None:
    """Keep code; a disk that is full or read-only only costs the time to make it again."""
    home = folder()
    if _private(home):
        try:
            write_bytes(home / f"{key}.o", _MAGIC + hashlib.sha256(code).digest() + code)
        except OSError:
            return
