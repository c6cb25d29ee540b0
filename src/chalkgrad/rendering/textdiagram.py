"""The network as characters, for terminals and for files of plain text.

Edges that cross are unreadable as characters. So each neuron shows what flows into it as a short
list beside its box, weights and bias, joined by one bracket. A large network becomes a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from chalkgrad.boxes import Number, asciify, to_plain
from chalkgrad.light import dataclass
from chalkgrad.rendering.cells import cells, centred, pad, wrapped
from chalkgrad.rendering.document import NUMBER, Diagram, Document, Says

if TYPE_CHECKING:
    from collections.abc import Callable

Detail = Literal["names and numbers", "numbers"]

_FAN_LIMIT = 12
_ENGLISH = Document("", "", ()).says
_LINES = str.maketrans(dict.fromkeys("┌┐└┘┤┬┼", "+") | {"─": "-", "│": "|", "▶": ">"})


def draw(
    diagram: Diagram, width: int = 80, ascii_only: bool = False, says: Says = _ENGLISH
) -> list[str]:
    """The network as lines of text, none wider than `width` columns of a terminal.

    Boxes in columns if there is room with names and numbers, or with numbers alone; else a list,
    one neuron after the other.

    Raises:
        ValueError: if the width is below 1.

    >>> from chalkgrad.boxes import Id
    >>> from chalkgrad.rendering.document import Edge, Node
    >>> nodes = (Node(0, 0, Id("x"), "0.5"), Node(1, 0, Id("y")))
    >>> net = Diagram(nodes, (Edge(0, 1, Id("w"), 2.0, "2.0"),), (), (), "")
    >>> print("\\n".join(draw(net)))
    ┌─────┐              ┌───┐
    │  x  │ x ─ w 2.0 ──▶│ y │
    │ 0.5 │              └───┘
    └─────┘
    """
    if width < 1:
        message = f"the width must be 1 or more, got {width}"
        raise ValueError(message)
    spell = asciify if ascii_only else str
    choices: tuple[Detail, ...] = ("names and numbers", "numbers")
    for detail in choices:
        lines = _columns(diagram, detail, spell)
        if lines and max(map(cells, lines)) <= width:
            break
    else:
        lines = _list(diagram, width, spell, says)
    return [line.translate(_LINES) if ascii_only else line for line in lines]


# ---------------------------------------------------------------- what flows into a neuron
@dataclass(frozen=True, slots=True)
class _Inflow:
    """One line beside a neuron: where from, the weight's name and number."""

    source: str
    name: str
    number: str

    def text(self, detail: Detail) -> str:
        if detail == "numbers" and self.number:
            return self.number
        return " ".join(filter(None, (self.name, self.number)))

    def product(self) -> str:
        """The flow as a term of the neuron's sum."""
        both = self.name and self.number
        weight = f"{self.name} ({self.number})" if both else self.name or self.number
        return weight if self.source == "1" else f"{self.source} · {weight}"


def _folded(text: str, spell: Callable[[str], str]) -> str:
    if NUMBER.fullmatch(text):
        return spell(to_plain(Number(text)))
    return spell(" ".join(text.split()))


def _names(diagram: Diagram, spell: Callable[[str], str]) -> list[str]:
    return [_folded(to_plain(node.name), spell) for node in diagram.nodes]


def _inflows(diagram: Diagram, at: int, spell: Callable[[str], str]) -> list[_Inflow]:
    names = _names(diagram, spell)
    layer = diagram.nodes[at].layer
    flows = [
        _Inflow(names[edge.start], _folded(to_plain(edge.name), spell), _folded(edge.text, spell))
        for edge in diagram.edges
        if edge.end == at
    ]
    if not flows:
        return []
    shared = (
        tag for tag in diagram.biases if tag.node == at or (tag.node, tag.layer) == (-1, layer)
    )
    return flows + [
        _Inflow(
            _folded(tag.source, spell),
            _folded(to_plain(tag.name), spell),
            _folded(tag.text, spell),
        )
        for tag in shared
    ]


def _target(diagram: Diagram, at: int, spell: Callable[[str], str]) -> str:
    named = (
        f"{to_plain(name)} = {_folded(number, spell)}"
        for node, name, number in diagram.targets
        if node == at
    )
    return _folded(", ".join(named), spell)


# ---------------------------------------------------------------- boxes in columns
def _columns(diagram: Diagram, detail: Detail, spell: Callable[[str], str]) -> list[str]:
    """The drawing in columns; no lines at all if a neuron takes in too much for it."""
    columns = []
    for layer in range(diagram.columns):
        places = [k for k, node in enumerate(diagram.nodes) if node.layer == layer]
        flows = {k: _inflows(diagram, k, spell) for k in places}
        if max(map(len, flows.values()), default=0) > _FAN_LIMIT:
            return []
        columns.append(_column(diagram, flows, detail, spell))
    height = max(map(len, columns))
    middle = [_centred_rows(column, height) for column in columns]
    return ["".join(row).rstrip() for row in zip(*middle, strict=True)]


def _centred_rows(column: list[str], height: int) -> list[str]:
    width = max(map(cells, column), default=0)
    above = (height - len(column)) // 2
    rows = [""] * above + column + [""] * (height - len(column) - above)
    return [pad(row, width) for row in rows]


def _column(
    diagram: Diagram, flows: dict[int, list[_Inflow]], detail: Detail, spell: Callable[[str], str]
) -> list[str]:
    names = _names(diagram, spell)
    texts = {k: _folded(diagram.nodes[k].text, spell) for k in flows}
    inner = max(max(cells(names[k]), cells(texts[k])) for k in flows)
    listed = [flow for group in flows.values() for flow in group]
    source = max((cells(flow.source) for flow in listed), default=0)
    weight = max((cells(flow.text(detail)) for flow in listed), default=0)
    rows: list[str] = []
    for k, group in flows.items():
        bars = "  " if diagram.nodes[k].gap else "││"
        body = [names[k], texts[k]] if texts[k] else [names[k]]
        box = [f"{bars[0]} {centred(text, inner)} {bars[1]}" for text in body]
        if not diagram.nodes[k].gap:
            box = [f"┌{'─' * (inner + 2)}┐", *box, f"└{'─' * (inner + 2)}┘"]
        if target := _target(diagram, k, spell):
            box[1 if len(box) > 1 else 0] += spell(f" → {target}")
        fan = [
            f" {pad(flow.source, source)} ─ {pad(flow.text(detail) + ' ', weight + 2, '─')}"
            for flow in group
        ]
        rows += [""] if rows else []
        rows += _joined(fan, box, source + weight + 8 if listed else 0)
    return rows


def _joined(fan: list[str], box: list[str], gutter: int) -> list[str]:
    """A list beside a box, the middle of the list at the box's name."""
    at = (len(fan) - 1) // 2
    start = 1 - at if fan else 0
    rows = []
    for y in range(min(0, start), max(len(box), start + len(fan))):
        k = y - start
        left = " " * gutter
        if 0 <= k < len(fan):
            left = fan[k] + _bracket(k, len(fan), k == at)
        right = box[y] if 0 <= y < len(box) else ""
        rows.append(left + right)
    return rows


def _bracket(k: int, count: int, arrow: bool) -> str:
    if count == 1:
        return "─▶"
    if arrow:
        return "┬▶" if k == 0 else "┼▶"
    return "┐ " if k == 0 else "┘ " if k == count - 1 else "┤ "


# ---------------------------------------------------------------- a list
def _list(diagram: Diagram, width: int, spell: Callable[[str], str], says: Says) -> list[str]:
    """Layer by layer, wrapped at the width; what takes nothing in stands side by side."""
    names = _names(diagram, spell)
    lines: list[str] = []
    for layer in range(diagram.columns):
        opening = f"{says('layer', layer=layer)}:"
        words = [opening]
        for k, node in enumerate(diagram.nodes):
            if node.layer != layer:
                continue
            number = _folded(node.text, spell)
            name = names[k]
            if number:
                name += f" {number}" if node.gap else f" = {number}"
            flows = [spell(flow.product()) for flow in _inflows(diagram, k, spell)]
            target = _target(diagram, k, spell)
            end = [spell(f"→ {target}")] if target else []
            if flows or end:
                lines += wrapped(words, width, "")
                terms = [flows[0], *(f"+ {flow}" for flow in flows[1:])] if flows else []
                lines += wrapped([f"  {name}{':' if terms else ''}", *terms, *end], width, "    ")
                words = []
            else:
                words.append(name if words[-1:] == [opening] else f"  {name}")
        lines += wrapped(words, width, "  ")
    return lines
