"""A document as a Jupyter notebook: a Markdown cell for each heading and what stands below it."""

from __future__ import annotations

import json
import re

from chalkgrad.rendering.document import Document, Heading
from chalkgrad.rendering.markdown import Dialect, block, opening

JUPYTER = Dialect(
    display=lambda tex: f"$$\n{tex}\n$$",
    inline=lambda tex: f"${tex}$",
    note=lambda _, word, text: f"> **{word}.** {text}",
)


def to_notebook(document: Document) -> str:
    """The document as JSON in the notebook format 4.5; the same document gives the same bytes.

    >>> cells = json.loads(to_notebook(Document("A title", "", ())))["cells"]
    >>> [(cell["id"], cell["source"]) for cell in cells]
    [('000-title', ['# A title'])]
    """
    cells: list[tuple[str, list[str]]] = [("title", opening(document))]
    for part in document.parts:
        if isinstance(part, Heading):
            cells.append((part.anchor, []))
        cells[-1][1].append(block(part, JUPYTER, document.says))
    notebook = {
        "cells": [_cell(k, anchor, blocks) for k, (anchor, blocks) in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _cell(number: int, anchor: str, blocks: list[str]) -> dict[str, object]:
    """A Markdown cell; its id is its number and anchor, within what the format allows."""
    name = re.sub(r"[^a-zA-Z0-9_-]", "-", f"{number:03d}-{anchor}")[:64]
    text = "\n\n".join(filter(None, blocks))
    # not splitlines: it would also cut at characters that other readers keep within a line
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": lines}
