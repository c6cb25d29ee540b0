"""The peers in C: compiled for this processor, once a process."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def c_library(name, *flags):
    if not shutil.which("gcc"):
        raise ImportError("no gcc")
    made = Path(tempfile.mkdtemp()) / f"{name}.so"
    command = ["gcc", "-O3", "-march=native", *flags, "-shared", "-fPIC", HERE / "c" / f"{name}.c"]
    subprocess.run([*command, "-o", made, "-lmvec", "-lm"], check=True)
    return ctypes.CDLL(str(made))
