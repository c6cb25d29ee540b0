"""The application: its addresses, and how an outcome of a worker becomes an answer.

Files are answered from a table of resources of the package that is made at the start; nothing in a request is
ever joined to a path.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
from collections import OrderedDict
from contextlib import asynccontextmanager, suppress
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from chalkgrad.serve.frames import as_json
from chalkgrad.serve.guard import Access, Guard
from chalkgrad.serve.job_table import JOBS, Job
from chalkgrad.serve.labels import LABELS
from chalkgrad.serve.pool import Pool, WorkerError
from chalkgrad.serve.sessions import NoSession, Sessions
from chalkgrad.serve.skeleton import skeleton
from chalkgrad.serve.web import Response, Route, Starlette, StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from chalkgrad.serve.web import Request

_JSON = "application/json; charset=utf-8"
ASSETS: dict[str, tuple[str, str, str]] = {
    "/icon.svg": ("chalkgrad.serve", "assets/icon.svg", "image/svg+xml"),
    "/page.js": ("chalkgrad.serve", "assets/page.js", "text/javascript; charset=utf-8"),
    "/ui.js": ("chalkgrad.serve", "assets/ui.js", "text/javascript; charset=utf-8"),
    "/panels.js": ("chalkgrad.serve", "assets/panels.js", "text/javascript; charset=utf-8"),
    "/page.css": ("chalkgrad.serve", "assets/page.css", "text/css; charset=utf-8"),
    "/view.js": ("chalkgrad.view", "assets/view.js", "text/javascript; charset=utf-8"),
    "/view.css": ("chalkgrad.view", "assets/view.css", "text/css; charset=utf-8"),
    "/tokens.css": ("chalkgrad.rendering", "assets/tokens.css", "text/css; charset=utf-8"),
    "/math.woff2": ("chalkgrad.rendering", "assets/stix-two-math-subset.woff2", "font/woff2"),
}
"""Address, package, resource and type: all that is answered beside the jobs."""
FIRST_ASKED: dict[str, Any] = {"language": "en", "sample": 1}
"""What the page asks for when it is opened: worked already when the address is said."""
_STATUS = {"request": 422, "problem": 422, "limit": 422, "bug": 500}
_FAILED = {"busy": 503, "died": 503, "late": 504}
_MOST_KEPT = 64_000_000


class Answers:
    """Answers of pure jobs by their request, the last ones used kept, up to a number of bytes."""

    def __init__(self, most: int = _MOST_KEPT) -> None:
        self.most, self.size = most, 0
        self.kept: OrderedDict[bytes, bytes] = OrderedDict()

    def get(self, key: bytes) -> bytes | None:
        """A kept answer, or None."""
        found = self.kept.get(key)
        if found is not None:
            self.kept.move_to_end(key)
        return found

    def put(self, key: bytes, answer: bytes) -> None:
        """Keep an answer; the longest unused ones go.

        >>> answers = Answers(most=4)
        >>> for key in (b"a", b"b", b"c"):
        ...     answers.put(key, b"12")
        >>> answers.get(b"a"), answers.get(b"b")
        (None, b'12')
        """
        if key in self.kept or len(answer) > self.most // 2:
            return
        self.kept[key] = answer
        self.size += len(answer)
        while self.size > self.most:
            self.size -= len(self.kept.popitem(last=False)[1])


def make_app(access: Access, initial: dict[str, str]) -> Guard:
    """The whole application.

    Args:
        access: who is let in.
        initial: the problem that the page begins with, as the object of a request.
    """
    pool, answers = Pool(), Answers()
    under_way: dict[bytes, asyncio.Task[tuple[bytes, bytes]]] = {}
    sessions = Sessions(pool)
    assets = {address: _asset(*row) for address, row in ASSETS.items()}

    pages = {code: skeleton(code).encode() for code in LABELS}

    async def page(request: Request) -> Response:
        language = request.query_params.get("language", "en")
        return Response(pages.get(language, pages["en"]), media_type="text/html; charset=utf-8")

    async def asset(request: Request) -> Response:
        body, media = assets[request.url.path]
        # browsers ask for the icon again whenever the address changes
        kept = {"cache-control": "max-age=86400"} if media.startswith("image/") else None
        return Response(body, media_type=media, headers=kept)

    async def job(request: Request) -> Response:
        row = JOBS.get(request.path_params["job"])
        if row is None or not row.public:
            return _error(404, "request", "there is no such address")
        args = _object(await request.body())
        if args is None:
            return _error(400, "request", "a request must be a JSON object")
        if row.name == "view" and not args.keys() & {"problem", "example"}:
            args = {**initial, **args}
        return _made(await once(row, args))

    async def once(row: Job, args: dict[str, Any]) -> bytes:
        """What a job gives; of equal requests at the same time one is worked for all."""
        if not row.pure:
            return (await pool.run(row.name, args))[0]
        key = hashlib.sha256(as_json([row.name, args])).digest()
        kept = answers.get(key)
        if kept is not None:
            return kept
        if key not in under_way:
            under_way[key] = asyncio.create_task(pool.run(row.name, args))
            under_way[key].add_done_callback(lambda _: under_way.pop(key, None))
        # who goes away does not take the work from the others
        made, _ = await asyncio.shield(under_way[key])
        if not made.startswith(b'{"error"'):
            answers.put(key, made)
        return made

    async def train(request: Request) -> Response:
        args = _object(await request.body())
        if args is None:
            return _error(400, "request", "a request must be a JSON object")
        return _made(await sessions.open(args))

    async def steer(request: Request) -> Response:
        args = _object(await request.body())
        if args is None:
            return _error(400, "request", "a request must be a JSON object")
        return _made(await sessions.steer(request.path_params["run"], args))

    async def events(request: Request) -> Response:
        stream = sessions.events(request.path_params["run"])
        return StreamingResponse(stream, media_type="text/event-stream")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        pool.start()
        try:
            with suppress(WorkerError):  # the page will be told
                await once(JOBS["view"], {**initial, **FIRST_ASKED})
            yield
        finally:
            await sessions.close()
            await pool.close()

    routes = [
        Route("/", page, methods=["GET"]),
        *(Route(address, asset, methods=["GET"]) for address in assets),
        Route("/api/train", train, methods=["POST"]),
        Route("/api/train/{run}", steer, methods=["POST"]),
        Route("/api/train/{run}/events", events, methods=["GET"]),
        Route("/api/{job}", job, methods=["POST"]),
    ]

    async def failed(_: Request, error: Exception) -> Response:
        kind = error.kind if isinstance(error, WorkerError) else "died"
        return _error(_FAILED[kind], kind, str(error))

    async def gone(_: Request, error: Exception) -> Response:
        return _error(410, "gone", str(error))

    async def nothing(_: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 404)
        return _error(status, "request", "there is no such address")

    async def bug(_: Request, error: Exception) -> Response:
        return _error(500, "bug", f"a bug of chalkgrad, please report it: {type(error).__name__}")

    handlers: dict[Any, Any] = {
        WorkerError: failed, NoSession: gone, 404: nothing, 405: nothing, 500: bug,
    }  # fmt: skip
    return Guard(Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers), access)


def _asset(package: str, name: str, media: str) -> tuple[bytes, str]:
    """A resource and its type; of scripts, indentation and lines of comment stay here."""
    body = (files(package) / name).read_bytes()
    if name.endswith(".js"):
        lines = (line.strip() for line in body.split(b"\n"))
        body = b"\n".join(line for line in lines if line and not line.startswith(b"//"))
    return body, media


def _object(body: bytes) -> dict[str, Any] | None:
    """A JSON object, or None: whatever else there may be in the body of a request."""
    try:
        made = json.loads(body, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError):
        return None
    return made if isinstance(made, dict) else None


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _made(answer: bytes) -> Response:
    """What a worker made, with the status that belongs to it."""
    status = 200
    if answer.startswith(b'{"error"'):
        status = _STATUS.get(json.loads(answer)["error"].get("kind"), 500)
    return Response(answer, status, media_type=_JSON)


def _error(status: int, kind: str, *lines: str) -> Response:
    return Response(as_json({"error": {"kind": kind, "lines": lines}}), status, media_type=_JSON)
