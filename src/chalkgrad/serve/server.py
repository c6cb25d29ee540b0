"""Start the server: bind, say where, serve until interrupted."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError
from chalkgrad.serve.guard import LOOPBACK, Access

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST_TOKEN = 8


def bind(host: str, port: int) -> socket.socket:
    """A socket that is bound to an address.

    Raises:
        RequestError: the port is taken, or the address is none of this machine.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise RequestError(f'"{host}" is no address of this machine: {error}') from error
    family, kind, proto, _, address = found[0]
    bound = socket.socket(family, kind, proto)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise RequestError(
                f"port {port} is taken by another program; --port 0 takes a free one"
            ) from error
        raise RequestError(f"cannot listen at {host}:{port}: {error.strerror or error}") from error
    return bound


def check_access(host: str, token: str) -> None:
    """See that nobody but this machine is let in without a token.

    >>> check_access("0.0.0.0", "")
    Traceback (most recent call last):
    chalkgrad.errors.RequestError: --host 0.0.0.0 lets others in: give a --token of 8 characters or more
    """
    if host not in LOOPBACK and not token:
        raise RequestError(
            f"--host {host} lets others in: give a --token of {LEAST_TOKEN} characters or more"
        )
    plain = token.isascii() and all(c.isalnum() or c in "-_" for c in token)
    if token and (len(token) < LEAST_TOKEN or not plain):
        raise RequestError(
            f"--token must be {LEAST_TOKEN} characters or more of A-Z a-z 0-9 - _, got {len(token)}"
        )


def serve(
    initial: dict[str, str],
    *,
    host: str = "127.0.0.1",
    port: int = 8642,
    token: str = "",
    listening: Callable[[str], None] = print,
) -> None:
    """Serve the page until it is interrupted.

    Args:
        initial: the problem to begin with: ``{"example": name}`` or ``{"problem": text}``.
        host: where to listen; beyond this machine only with a token.
        port: 0 takes a free one.
        token: what a browser must know.
        listening: called with the address once it is answered.

    Raises:
        RequestError: the port is taken, or others would be let in without a token.
        MissingExtra: the extra ``serve`` is not installed.
    """
    check_access(host, token)
    from chalkgrad.serve import web
    from chalkgrad.serve.app import make_app

    bound = bind(host, port)
    with bound:
        taken = bound.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{taken}" + (f"/?token={token}" if token else "")
        app = make_app(Access(host, taken, token), initial)
        web.run(app, bound, lambda: listening(address))
