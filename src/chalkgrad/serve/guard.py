"""What a request must be before anything looks at it: from this page, small enough, in time.

The rules are plain functions of the headers; `Guard` applies them around the application.

- A page of another site can make a browser send requests here, and can point a name of its own at this
  machine (DNS rebinding). So the name in ``Host`` must be ours, and ``Origin``, where there is one, too.
- A post must be JSON: no form of another site can send that without being asked first, which we refuse.
- A body is counted as it comes, whatever ``Content-Length`` says, and must be there in time.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BODY = 4_000_000
BODY_SECONDS = 10.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
COOKIE = "chalkgrad"

HEADERS: tuple[tuple[str, str], ...] = (
    (
        "content-security-policy",
        (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        ),
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ("cache-control", "no-store"),
)


@dataclass(frozen=True, slots=True)
class Access:
    """Who is let in.

    Attributes:
        host: the address that is listened at.
        port: its port.
        token: the secret that a browser must know, or "".
    """

    host: str
    port: int
    token: str = ""

    def knows(self, host: str) -> bool:
        """Whether a ``Host`` header means this server.

        >>> access = Access("127.0.0.1", 8642)
        >>> access.knows("localhost:8642"), access.knows("evil.example:8642"), access.knows("127.0.0.1")
        (True, False, False)
        """
        name, _, port = host.rpartition(":")
        name = name.strip("[]").lower()
        if port != str(self.port):
            return False
        if self.host in LOOPBACK:
            return name in LOOPBACK
        # a name of somebody else may mean this machine, an address cannot be rebound
        return name in (self.host.lower(), socket.gethostname().lower(), *LOOPBACK) or _address(
            name
        )


def _address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not let in: a status and a sentence."""

    status: int
    text: str


def refusal(access: Access, method: str, path: str, headers: Mapping[str, str]) -> Refusal | None:
    """Why a request is refused, or None; from its head alone.

    >>> access = Access("127.0.0.1", 8642)
    >>> refusal(access, "GET", "/", {"host": "127.0.0.1:8642"})
    >>> refusal(access, "GET", "/", {"host": "evil.example"}).status
    403
    """
    host = headers.get("host", "")
    if not access.knows(host):
        return Refusal(403, "this server answers under its own name alone")
    if method not in ("GET", "HEAD", "POST"):
        return Refusal(405, "a request is GET or POST")
    origin = headers.get("origin")
    if origin is not None and origin.lower() != f"http://{host}".lower():
        return Refusal(403, "this request comes from another site")
    from_elsewhere = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    # a link on another page may lead here, but only to the page itself, and as a page
    followed = path == "/" and headers.get("sec-fetch-mode", "navigate") == "navigate"
    if from_elsewhere and not (followed and method == "GET"):
        return Refusal(403, "this request comes from another site")
    if method != "POST" and (
        "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
    ):
        return Refusal(400, "only a post has a body")
    if method == "POST":
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return Refusal(415, "a request must be application/json")
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit():
            return Refusal(400, "content-length must be a number")
        if len(length) > 12 or int(length) > MOST_BODY:
            return Refusal(413, f"a request must be at most {MOST_BODY:,} bytes")
    return None


class Guard:
    """The application, with every request checked first and every answer given its headers."""

    def __init__(self, app: App, access: Access) -> None:
        self.app, self.access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # no web sockets
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        doubled = len(headers) != len(scope["headers"]) and _doubled(scope["headers"])
        refused = refusal(self.access, scope["method"], scope["path"], headers)
        if doubled:
            refused = Refusal(400, "a header comes twice")
        if refused is None and self.access.token:
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
            if given and scope["path"] == "/" and self._is_token(given):
                await _answer(send, 303, b"", ("location", "/"), ("set-cookie", self._cookie()))
                return
            if not self._is_token(_cookie_of(headers.get("cookie", ""))):
                text = "this page needs its token: open the whole address that chalkgrad serve said"
                refused = Refusal(401, text)
        if refused:
            await _answer(send, refused.status, _told(refused.text), ("connection", "close"))
            return
        try:
            body = await _read(receive) if scope["method"] == "POST" else b""
        except _TooMuch:
            text = f"a request must be at most {MOST_BODY:,} bytes"
            await _answer(send, 413, _told(text), ("connection", "close"))
        except TimeoutError:
            text = "the request took too long to arrive"
            await _answer(send, 408, _told(text), ("connection", "close"))
        except _Gone:
            pass
        else:
            await self.app(scope, _replayed(body, receive), _with_headers(send))

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.access.token.encode())

    def _cookie(self) -> str:
        return f"{COOKIE}={self.access.token}; Path=/; HttpOnly; SameSite=Strict"


def _doubled(pairs: list[tuple[bytes, bytes]]) -> bool:
    """Whether a header on which something rests is there twice."""
    once = (b"host", b"origin", b"content-length", b"content-type", b"cookie")
    names = [name.lower() for name, _ in pairs]
    return any(names.count(name) > 1 for name in once)


def _cookie_of(header: str) -> str:
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


class _TooMuch(Exception):
    """More bytes came than a request may have."""


class _Gone(Exception):
    """Nobody is there any more."""


async def _read(receive: Receive) -> bytes:
    """The body of a request, counted and timed as it comes."""
    parts, count = [], 0
    async with asyncio.timeout(BODY_SECONDS):
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise _Gone
            parts.append(message.get("body", b""))
            count += len(parts[-1])
            if count > MOST_BODY:
                raise _TooMuch
            if not message.get("more_body", False):
                return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A body that was read already; after it comes what the connection says."""
    first = True

    async def replay() -> Message:
        nonlocal first
        if not first:
            return await receive()
        first = False
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name for name, _ in message.get("headers", [])}
            more = [(k.encode(), v.encode()) for k, v in HEADERS if k.encode() not in own]
            message = {**message, "headers": [*message.get("headers", []), *more]}
        await send(message)

    return sent


def _told(text: str) -> bytes:
    return json.dumps({"error": {"kind": "request", "lines": [text]}}).encode()


async def _answer(send: Send, status: int, body: bytes, *more: tuple[str, str]) -> None:
    fixed = (("content-type", "application/json"), ("content-length", str(len(body))))
    headers = [(k.encode(), v.encode()) for k, v in (*fixed, *HEADERS, *more)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
