"""A worker process: reads jobs from standard input, one after the other, and writes what they give.

It ends when its input ends, so none is left behind by a server that died; a job that the server could not
stop any more is ended by an alarm.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from importlib import import_module
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import ChalkgradError, LimitError, ProblemError, VerificationError
from chalkgrad.serve.frames import HEAD, as_json, pack
from chalkgrad.serve.job_table import JOBS

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_MEMORY = 6_000_000_000
"""Bytes of address space; libraries reserve far more than they use."""
_GRACE = 5.0


def main() -> int:
    """Work until the input ends."""
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not get between the messages
    _confine()
    import_module("chalkgrad.serve.jobs")
    while True:
        head = source.read(HEAD.size)
        if len(head) < HEAD.size:
            return 0
        text, blob = (source.read(size) for size in HEAD.unpack(head))
        sink.write(pack(*_answer(json.loads(text), blob)))
        sink.flush()


def _confine() -> None:
    os.chdir("/")  # no name in a request can mean a file beside the server
    if hasattr(signal, "SIGINT"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(asked: dict[str, Any], blob: bytes) -> tuple[bytes, bytes]:
    row = JOBS[asked["job"]]
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, row.seconds + _GRACE)
    module, _, name = row.home.partition(":")
    try:
        work: Callable[..., tuple[object, bytes]] = getattr(import_module(module), name)
        made, kept = work(asked["args"], blob)
        return as_json(made), kept
    except (Exception, MemoryError) as error:  # noqa: BLE001  the worker outlives what a job does
        return as_json({"error": _told(error)}), b""
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)


def _told(error: BaseException) -> dict[str, object]:
    """What the page says of an error: its kind, and lines of text."""
    if isinstance(error, LimitError):
        lines = [f"{str(error).partition(';')[0]}: too large for the page"]
        return {"kind": "limit", "lines": lines}
    if isinstance(error, ProblemError):
        return {"kind": "problem", "lines": error.lines()}
    if isinstance(error, ChalkgradError) and not isinstance(error, VerificationError):
        return {"kind": "request", "lines": str(error).split("\n")}
    if isinstance(error, (RecursionError, MemoryError)):
        name = type(error).__name__
        return {"kind": "limit", "lines": [f"the problem is too large to be worked here ({name})"]}
    traceback.print_exception(error, file=sys.stderr)
    return {
        "kind": "bug",
        "lines": [f"a bug of chalkgrad, please report it: {type(error).__name__}"],
    }


if __name__ == "__main__":
    sys.exit(main())
