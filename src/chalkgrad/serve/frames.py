"""Messages between server and worker: an object as JSON and bytes beside it, behind their two lengths.

The bytes are what a worker wants to have back, such as the state of a training; the server never reads them.
"""

from __future__ import annotations

import json
import struct

HEAD = struct.Struct(">II")
MOST = 256_000_000


def pack(text: bytes, blob: bytes = b"") -> bytes:
    """One message.

    >>> pack(b"{}", b"ab")
    b'\\x00\\x00\\x00\\x02\\x00\\x00\\x00\\x02{}ab'
    """
    return HEAD.pack(len(text), len(blob)) + text + blob


def as_json(made: object) -> bytes:
    """An object as JSON; what is not finite is refused, for no browser reads it."""
    text = json.dumps(made, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")
