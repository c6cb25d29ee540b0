"""The neutral document between what is said and how it looks.

Sources (a working, a report, a worksheet) compose parts; a renderer lowers parts to one format. Words in
parts are plain text of any content: every renderer escapes them in its own way. Mathematics is boxes.
"""

from __future__ import annotations

import re
from typing import Protocol, TypeAlias

from chalkgrad.boxes import Box, Op, Row
from chalkgrad.light import dataclass
from chalkgrad.sentences import LANGUAGES, say

NUMBER = re.compile(r"-?\d+(\.\d*)?(e-?\d+)?")
"""A number as the library writes it."""

Inline: TypeAlias = tuple[str | Box, ...]
"""Words and mathematics on one line."""


def merged(text: Inline) -> Inline:
    """The same with neighbouring mathematics as one box, also across an equals sign.

    So no line ends before an equals sign, and no two dollar signs of Markdown open a display.

    >>> from chalkgrad.boxes import Id, Number, to_plain
    >>> [x if isinstance(x, str) else to_plain(x) for x in merged(("at ", Id("x"), " = ", Number("2")))]
    ['at ', 'x = 2']
    """
    out: list[str | Box] = []
    for k, piece in enumerate(text):
        after = text[k + 1] if k + 1 < len(text) else ""
        equals = piece == " = " and not isinstance(after, str)
        box = Op("=") if equals and out and not isinstance(out[-1], str) else piece
        if out and not isinstance(box, str) and not isinstance(out[-1], str):
            out[-1] = Row((out[-1], box))
        elif box != "":
            out.append(box)
    return tuple(out)


class Says(Protocol):
    """How a renderer asks for its own words, in the language of the document."""

    def __call__(self, key: str, /, **slots: object) -> str:
        """The sentence of a key."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 (sections) to 3; `anchor` is unique in the document, made of a-z 0-9 and ``-``."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    text: Inline


@dataclass(frozen=True, slots=True)
class Equation:
    """One chain of equalities: a left side and, line by line, what it equals.

    Attributes:
        name: the quantity's name in full, for anchors and machine readers.
        left: the left side.
        steps: right sides in order: rule, formula, numbers substituted, value.
        marked: whether the last step does not follow from the printed operands at the printed digits.
        words: what the quantity is, in words; may be empty.
    """

    name: str
    left: Box
    steps: tuple[Box, ...]
    marked: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Equations:
    """Equations that belong together, aligned at their equals signs."""

    items: tuple[Equation, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        header, rows: cells.
        numeric: which columns hold numbers (set right-aligned).
        caption: words above it.
        room: centimetres of height that a row leaves for handwriting, on paper; the column before the
            last then takes the width that is left.
    """

    header: tuple[Inline, ...]
    rows: tuple[tuple[Inline, ...], ...]
    numeric: tuple[bool, ...]
    caption: str = ""
    room: float = 0.0


@dataclass(frozen=True, slots=True)
class Note:
    """A remark apart from the text: a convention, a footnote; `kind` is "note" or "warning"."""

    text: Inline
    kind: str = "note"


@dataclass(frozen=True, slots=True)
class Node:
    """A neuron, input or output of the drawing: its place (layer from 0, row from 0), name and number.

    `text` is a number under the name (an input value), or "". A node that stands for those left out of a
    wide layer has `gap` set and says in `text` how many they are.
    """

    layer: int
    row: int
    name: Box
    text: str = ""
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A weight between two nodes, given by their positions in `Diagram.nodes`.

    `value` sets width and colour; `text` is the number written on the edge, "" where there is no room.
    """

    start: int
    end: int
    name: Box
    value: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class BiasTag:
    """A bias: of one node, or shared by all nodes of a layer if `node` is -1.

    `node` is a position in `Diagram.nodes`; `source` is the constant input that the bias weighs.
    """

    layer: int
    node: int
    name: Box
    text: str
    source: str = "1"


@dataclass(frozen=True, slots=True)
class Diagram:
    """The network as nodes and edges; positions are for the renderer to choose.

    Attributes:
        nodes: layer by layer, row by row.
        edges: all that are drawn.
        biases: tags at nodes or layers.
        targets: (node, name, number) at the outputs; empty where there is more than one sample.
        alt: the drawing in words.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    biases: tuple[BiasTag, ...]
    targets: tuple[tuple[int, Box, str], ...]
    alt: str

    @property
    def columns(self) -> int:
        """Layers, the inputs included."""
        return max(node.layer for node in self.nodes) + 1

    def rows(self, layer: int) -> int:
        """Nodes drawn in a layer."""
        return sum(node.layer == layer for node in self.nodes)


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve of a number over a count, such as the loss over the updates.

    Attributes:
        xs, ys: the points; `ys` may hold infinite or undefined values, which are left out.
        x_label, y_label: words for the axes.
        logarithmic: whether the upright axis is.
        alt: the curve in words.
    """

    xs: tuple[int, ...]
    ys: tuple[float, ...]
    x_label: str
    y_label: str
    logarithmic: bool
    alt: str


Part: TypeAlias = Heading | Prose | Equations | Table | Note | Diagram | Curve


@dataclass(frozen=True, slots=True)
class Document:
    """A title, a line below it and parts."""

    title: str
    subtitle: str
    parts: tuple[Part, ...]
    language: str = "en"

    def says(self, key: str, /, **slots: object) -> str:
        """A sentence in the document's language, or in English where there is no such table."""
        return say(key, self.language if self.language in LANGUAGES else "en", **slots)
