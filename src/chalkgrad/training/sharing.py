"""Work shared out over the threads of this process, or over what an executor has."""

from __future__ import annotations

import itertools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

_PORTIONS = 8
"""A thread takes its work in about so many portions: the last to be done is waited for a portion at most."""


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def workers_of(executor: Executor) -> int:
    """How many jobs an executor does at a time, as far as it says."""
    return int(getattr(executor, "_max_workers", 0) or processors())


def share(work: Callable[[int, int], None], count: int, threads: int = 0) -> None:
    """Call ``work(begin, end)`` until all of `count` are done, on some threads at once.

    Args:
        work: does a range; compiled code lets other threads run meanwhile.
        count: how many there are.
        threads: how many, 0 for one a processor. The caller is one of them.
    """
    threads = min(threads or processors(), count)
    if threads <= 1:
        work(0, count)
        return
    portions = min(count, threads * _PORTIONS)
    cuts = [count * n // portions for n in range(portions + 1)]
    queue = itertools.pairwise(cuts)
    lock = threading.Lock()

    def run() -> None:
        while True:
            with lock:
                begin, end = next(queue, (count, count))
            if begin >= count:
                return
            work(begin, end)

    others = [_pool(os.getpid()).submit(run) for _ in range(threads - 1)]
    try:
        run()
    finally:
        for other in others:
            other.exception()  # waits; no one works on what the caller takes for done or failed
    for other in others:
        other.result()


@lru_cache(maxsize=1)
def _pool(process: int) -> ThreadPoolExecutor:
    """Threads that wait for work: starting one takes longer than many a surface. Each process has its own."""
    del process
    return ThreadPoolExecutor(max(1, processors()), "chalkgrad")
