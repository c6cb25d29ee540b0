"""Jupyter notebooks."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.boxes import Id, Number
from chalkgrad.rendering.document import Document, Equation, Equations, Heading, Note, Prose
from chalkgrad.rendering.notebook import to_notebook

DOCUMENT = Document(
    "Title",
    "",
    (
        Prose(("Before ", Id("x"), ".")),
        Heading(1, "First", "first"),
        Equations((Equation("y", Id("y"), (Number("1"),)),)),
        Heading(2, "Second", "second"),
        Note(("Careful.",), "warning"),
    ),
)


def test_the_json_has_the_keys_of_format_4_5() -> None:
    book = json.loads(to_notebook(DOCUMENT))
    assert book.keys() == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    for cell in book["cells"]:
        assert cell.keys() == {"cell_type", "id", "metadata", "source"}
        assert cell["cell_type"] == "markdown"
        assert all(isinstance(line, str) for line in cell["source"])


def test_each_heading_begins_a_cell() -> None:
    sources = ["".join(cell["source"]) for cell in json.loads(to_notebook(DOCUMENT))["cells"]]
    assert sources == [
        "# Title\n\nBefore $x$.",
        "## First\n\n$$\n\\begin{aligned}\ny &= 1\n\\end{aligned}\n$$",
        "### Second\n\n> **Warning.** Careful.",
    ]


def test_ids_follow_from_place_and_anchor() -> None:
    ids = [cell["id"] for cell in json.loads(to_notebook(DOCUMENT))["cells"]]
    assert ids == ["000-title", "001-first", "002-second"]


def test_the_same_document_gives_the_same_bytes() -> None:
    assert to_notebook(DOCUMENT) == to_notebook(DOCUMENT)


@given(st.lists(st.text()))
def test_ids_are_valid_and_unique_and_no_line_is_lost(texts: list[str]) -> None:
    parts = tuple(Heading(1, text, text) for text in texts)
    cells = json.loads(to_notebook(Document("", "", parts)))["cells"]
    ids = [cell["id"] for cell in cells]
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in ids)
    assert len(set(ids)) == len(ids) == len(texts) + 1
    assert all("\n" not in line[:-1] for cell in cells for line in cell["source"])
