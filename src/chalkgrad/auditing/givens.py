"""The problem that a document poses, read out of the document itself."""

from __future__ import annotations

from chalkgrad.errors import RequestError


def problem_text(name: str, text: str) -> str:
    """The TOML of the problem that a document poses.

    Raises:
        RequestError: the document does not say all that a problem needs; the message says what is missing.
    """
    raise RequestError(f"{name}: no inputs, weights and targets were found")
