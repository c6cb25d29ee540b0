"""The Markdown cells of a Jupyter notebook, each character where it stands in the file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(\s*:)?|[{}\[\]]')
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)")
_PLAIN = {"n": " \n", "t": "  ", "r": "  ", "b": "  ", "f": "  "}


def markdown_of(text: str) -> tuple[str, str]:
    """A notebook with all but the text of its Markdown cells blank, as long as it was; and what is amiss.

    >>> book = '{"cells": [{"cell_type": "markdown", "source": ["$a=1$"]}]}'
    >>> markdown_of(book)[0].strip(), len(markdown_of(book)[0]) == len(book)
    ('$a=1$', True)
    """
    blank = re.sub(r"[^\n]", " ", text)
    try:
        json.loads(text)["cells"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return blank, "this is not a notebook, nothing was read"
    out: list[str] = []
    at = 0
    for start, end in _sources(text):
        out += [blank[at:start], _ESCAPE.sub(_shown, text[start:end])]
        at = end
    out.append(blank[at:])
    return "".join(out), ""


def _shown(m: re.Match[str]) -> str:
    """An escape as what it stands for, padded to the length of its writing."""
    mark = m[0][1]
    if mark == "u":
        return " " * 5 + chr(int(f"0x{m[0][2:]}", 16))
    return _PLAIN.get(mark, " " + mark)


def _sources(text: str) -> Iterator[tuple[int, int]]:
    """Where the strings of the sources of Markdown cells stand, without their quotes."""
    depth, key, kind = 0, "", ""
    in_cells = False
    spans: list[tuple[int, int]] = []
    for m in _TOKEN.finditer(text):
        mark = m[0]
        if mark in "{[":
            depth += 1
            if depth == 2:
                in_cells = key == "cells" and mark == "["
            elif depth == 3:
                spans, kind, key = [], "", ""
        elif mark in "}]":
            depth -= 1
            if depth == 2 and in_cells and kind == "markdown":
                yield from spans
        elif m[1] and depth in (1, 3):
            key = mark[1 : mark.index('"', 1)]
        elif in_cells and key == "cell_type" and depth == 3:
            kind = mark[1:-1]
        elif in_cells and key == "source" and depth in {3, 4}:
            spans.append((m.start() + 1, m.end() - 1))
