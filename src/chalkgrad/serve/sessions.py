"""Trainings that are under way: each is a state that goes to a worker, a stretch at a time, and comes back.

A training runs while its browser listens; its pictures go out as server-sent events, the newest only, so that a
slow reader holds nothing up. All trainings share the workers with everything else, and wait for the rest.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chalkgrad.serve.frames import as_json
from chalkgrad.serve.pool import LATER, WorkerError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from chalkgrad.serve.pool import Pool

MOST_SESSIONS, MOST_BYTES = 300, 400_000_000
_IDLE_SECONDS = 900.0
_ALONE_SECONDS = 5.0
_PICTURE_SECONDS = 0.08
_BEAT_SECONDS = 15.0


class NoSession(Exception):
    """There is no such training, or none any more."""


@dataclass(slots=True)
class Session:
    """One training.

    Attributes:
        blob: its state, which workers alone read.
        picture: the last event, as JSON.
        running, ended: whether it goes on by itself, and whether it can go on at all.
        speed: passes over the data a picture.
        listeners: queues of one event each.
        task: what drives it while it runs.
        touched: when somebody last asked for it.
    """

    blob: bytes
    picture: bytes
    running: bool = False
    ended: bool = False
    speed: int = 10
    listeners: set[asyncio.Queue[bytes]] = field(default_factory=set)
    task: asyncio.Task[None] | None = None
    touched: float = field(default_factory=time.monotonic)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Sessions:
    """All trainings, by a name that cannot be guessed."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.all: dict[str, Session] = {}

    async def open(self, args: dict[str, Any]) -> bytes:
        """Make a training ready; what the page must know of it."""
        self._sweep()
        if (
            len(self.all) >= MOST_SESSIONS
            or sum(len(s.blob) for s in self.all.values()) > MOST_BYTES
        ):
            raise WorkerError("busy", "too many trainings are under way already; try again later")
        answer, blob = await self.pool.run("train_open", args)
        if answer.startswith(b'{"error"'):
            return answer
        name = secrets.token_urlsafe(16)
        made = json.loads(answer)
        self.all[name] = Session(blob, as_json({**made["picture"], "state": "ready"}))
        return as_json({"run": name, **made})

    async def steer(self, name: str, args: dict[str, Any]) -> bytes:
        """Start, pause, make one step, change the speed, or ask for the working of where it stands."""
        session = self._get(name)
        do, speed = args.get("do"), args.get("speed")
        if isinstance(speed, int) and 1 <= speed <= 1_000:
            session.speed = speed
        if do == "start" and not session.ended:
            session.running = True
            self._show(session, {**json.loads(session.picture), "state": "running"})
            if session.task is None or session.task.done():
                session.task = asyncio.create_task(self._drive(session))
        elif do == "pause":
            session.running = False
            if session.task:  # an answer from before its end could reach the page after the end
                await asyncio.wait([session.task])
        elif do == "step" and not session.ended:
            session.running = False
            return await self._stretch(session, {"steps": 1})
        elif do == "working":
            async with session.lock:
                return (await self.pool.run("train_working", args, session.blob))[0]
        elif do == "close":
            session.running = False
            self.all.pop(name, None)
        return session.picture

    async def events(self, name: str) -> AsyncIterator[bytes]:
        """The pictures of a training as server-sent events, from the last one on."""
        session = self.all.get(name)
        if session is None:
            yield b'event: gone\ndata: {"state":"gone"}\n\n'
            return
        queue: asyncio.Queue[bytes] = asyncio.Queue(1)
        queue.put_nowait(session.picture)
        session.listeners.add(queue)
        try:
            while True:
                try:
                    picture = await asyncio.wait_for(queue.get(), _BEAT_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                yield b"data: " + picture + b"\n\n"
        finally:
            session.listeners.discard(queue)
            session.touched = time.monotonic()

    async def close(self) -> None:
        """End all trainings."""
        tasks = [s.task for s in self.all.values() if s.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ---------------------------------------------------------------- the work
    async def _drive(self, session: Session) -> None:
        alone = time.monotonic()
        while session.running and not session.ended:
            begun = time.monotonic()
            await self._stretch(session, {"passes": session.speed})
            now = time.monotonic()
            if session.listeners:
                alone = now
            elif now - alone > _ALONE_SECONDS:  # the page is closed
                session.running = False
            await asyncio.sleep(max(0.0, _PICTURE_SECONDS - (now - begun)))
        if not session.ended:
            self._show(session, {**json.loads(session.picture), "state": "paused"})

    async def _stretch(self, session: Session, args: dict[str, int]) -> bytes:
        async with session.lock:
            try:
                answer, blob = await self.pool.run("train_run", args, session.blob, LATER)
            except WorkerError as error:
                # the state before the stretch is still here: the training can go on from it
                session.running = False
                made = {**json.loads(session.picture), "state": "paused", "note": str(error)}
                return self._show(session, {**made, "kind": error.kind})
        made = json.loads(answer)
        if "error" in made:
            session.running, session.ended = False, True
            note = " ".join(made["error"]["lines"])
            return self._show(
                session, {**json.loads(session.picture), "state": "done", "note": note}
            )
        session.blob, session.ended = blob, bool(made.get("ended"))
        state = "done" if session.ended else "running" if session.running else "paused"
        return self._show(session, {**made, "state": state})

    def _show(self, session: Session, made: dict[str, Any]) -> bytes:
        session.picture = as_json(made)
        for queue in session.listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(session.picture)
        return session.picture

    def _get(self, name: str) -> Session:
        session = self.all.get(name)
        if session is None:
            raise NoSession("this training is not there any more")
        session.touched = time.monotonic()
        return session

    def _sweep(self) -> None:
        old = time.monotonic() - _IDLE_SECONDS
        for name, session in list(self.all.items()):
            if session.touched < old and not session.running and not session.listeners:
                del self.all[name]
