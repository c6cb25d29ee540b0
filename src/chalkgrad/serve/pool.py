"""Worker processes: jobs wait in one queue, what is late or dead is replaced, and the caller is told."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import chalkgrad
from chalkgrad.serve.frames import HEAD, MOST, as_json, pack
from chalkgrad.serve.job_table import JOBS

MOST_WAITING = 1_000
"""Jobs in the queue; beyond, a request is refused at once."""
SOON, LATER = 0, 1
"""Somebody waits for a page; a training can wait."""


class WorkerError(Exception):
    """A job was not done: ``died``, ``late`` or ``busy``."""

    def __init__(self, kind: str, text: str) -> None:
        self.kind = kind
        super().__init__(text)


@dataclass(order=True, slots=True)
class _Waiting:
    priority: int
    number: int
    job: str = field(compare=False)
    message: bytes = field(compare=False)
    done: asyncio.Future[tuple[bytes, bytes]] = field(compare=False)


class Pool:
    """Some worker processes and their queue.

    `replaced` counts the workers that were ended or died.
    """

    def __init__(self, workers: int = 0) -> None:
        self.workers = workers or min(4, max(2, os.cpu_count() or 2))
        self.replaced = 0
        self._queue: asyncio.PriorityQueue[_Waiting] = asyncio.PriorityQueue()
        self._numbers = itertools.count()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start the workers; jobs may be asked for at once."""
        self._tasks = [asyncio.create_task(self._attend()) for _ in range(self.workers)]

    async def close(self) -> None:
        """End all workers."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def run(
        self, job: str, args: object, blob: bytes = b"", priority: int = SOON
    ) -> tuple[bytes, bytes]:
        """What a job gives: its object as JSON, and its bytes.

        Raises:
            WorkerError: the queue is full, the job took too long, or its worker died.
        """
        if self._queue.qsize() >= MOST_WAITING:
            raise WorkerError("busy", "too many requests wait already; try again in a moment")
        done: asyncio.Future[tuple[bytes, bytes]] = asyncio.get_running_loop().create_future()
        message = pack(as_json({"job": job, "args": args}), blob)
        await self._queue.put(_Waiting(priority, next(self._numbers), job, message, done))
        return await done

    async def _attend(self) -> None:
        process: asyncio.subprocess.Process | None = None
        try:
            while True:
                process = process or await _spawn()
                waiting = await self._queue.get()
                if waiting.done.cancelled():
                    continue
                if process.returncode is not None:  # it died while it had nothing to do
                    self.replaced += 1
                    process = await _spawn()
                try:
                    seconds = JOBS[waiting.job].seconds
                    answer = await asyncio.wait_for(_ask(process, waiting.message), seconds)
                except TimeoutError:
                    self.replaced += 1
                    _fail(
                        waiting, "late", f"this took longer than {seconds:g} seconds and was ended"
                    )
                    await _end(process)
                    process = None
                except (OSError, EOFError):
                    self.replaced += 1
                    _fail(waiting, "died", "the process that worked on this died; it was replaced")
                    await _end(process)
                    process = None
                else:
                    if not waiting.done.done():
                        waiting.done.set_result(answer)
        finally:
            if process is not None:
                await _end(process)


def _fail(waiting: _Waiting, kind: str, text: str) -> None:
    if not waiting.done.done():
        waiting.done.set_exception(WorkerError(kind, text))


async def _spawn() -> asyncio.subprocess.Process:
    # -P: what lies in the folder where the server was started is not imported
    home = str(Path(chalkgrad.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH", ""))))
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "chalkgrad.serve.worker",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        limit=2**20,
    )  # fmt: skip


async def _ask(process: asyncio.subprocess.Process, message: bytes) -> tuple[bytes, bytes]:
    sink, source = process.stdin, process.stdout
    if sink is None or source is None:
        raise EOFError
    sink.write(message)
    await sink.drain()
    sizes = HEAD.unpack(await source.readexactly(HEAD.size))
    if sum(sizes) > MOST:
        raise EOFError
    return await source.readexactly(sizes[0]), await source.readexactly(sizes[1])


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):  # it was quicker
            process.kill()
    await process.wait()
