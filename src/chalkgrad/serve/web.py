"""The optional parts of the server, imported in this one place: starlette, uvicorn and its h11.

Beside the imports, this holds what their protocol lacks: a time by which the head of a request must be there,
and a most of open connections.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.errors import MissingExtra

try:
    import h11
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response, StreamingResponse
    from starlette.routing import Route
    from uvicorn.protocols.http.h11_impl import H11Protocol
except ImportError as error:
    raise MissingExtra("serve", "the page") from error

if TYPE_CHECKING:
    import asyncio
    import socket
    from collections.abc import Callable

__all__ = [
    "JSONResponse", "Request", "Response", "Route", "Starlette", "StreamingResponse", "run",
]  # fmt: skip

HEAD_SECONDS = 10.0
MOST_HEAD = 32_768
MOST_CONNECTIONS = 1_000
_CLOSING_SECONDS = 2


class _Protocol(H11Protocol):
    """HTTP/1.1 with a time limit for the head of a request."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Close the connection if the head of its next request is late."""
        waits = self.conn.their_state is h11.IDLE
        if waits and not self._timer:
            self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)
        elif not waits and self._timer:
            self._timer.cancel()
            self._timer = None


class _Server(uvicorn.Server):
    """A server that calls back once it listens."""

    listening: Callable[[], None] = staticmethod(lambda: None)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening()


def run(app: Any, bound: socket.socket, listening: Callable[[], None]) -> None:
    """Serve an application at a bound socket until it is interrupted.

    Args:
        app: an ASGI application.
        bound: where to listen.
        listening: called once requests are taken.
    """
    config = uvicorn.Config(
        app, http=_Protocol, ws="none", loop="asyncio", lifespan="on", log_level="warning",
        access_log=False, server_header=False, date_header=False, proxy_headers=False,
        h11_max_incomplete_event_size=MOST_HEAD, timeout_keep_alive=10, backlog=1_024,
        timeout_graceful_shutdown=_CLOSING_SECONDS,
    )  # fmt: skip
    server = _Server(config)
    server.listening = listening
    server.run(sockets=[bound])
