"""The drawings: well-formed, escaped, legible."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest

from chalkgrad.boxes import Fence, Id, Script, Words
from chalkgrad.rendering.document import BiasTag, Curve, Diagram, Edge, Node
from chalkgrad.rendering.svg import diagram_svg, to_svg
from chalkgrad.rendering.svg.curve import log_ticks, ticks
from chalkgrad.rendering.svg.layout import layout


def network(*sizes: int, shared: bool = False) -> Diagram:
    """A network with a number on every edge, made of nothing but its sizes."""
    places = [(layer, row) for layer, size in enumerate(sizes) for row in range(size)]
    where = {place: index for index, place in enumerate(places)}
    nodes = tuple(
        Node(
            layer,
            row,
            Script(Id("a"), Id(str(row + 1)), Fence(Id(str(layer)))),
            "" if layer else "1",
        )
        for layer, row in places
    )
    edges = tuple(
        Edge(
            where[layer - 1, i],
            where[layer, j],
            Script(Id("w"), Id(f"{j}{i}")),
            value,
            f"{value:.2f}",
        )
        for layer in range(1, len(sizes))
        for j in range(sizes[layer])
        for i in range(sizes[layer - 1])
        for value in [math.sin(layer + 3 * j + 5 * i)]
    )
    last = len(sizes) - 1
    biases = [
        BiasTag(layer, -1 if shared else where[layer, j], Script(Id("b"), Id(str(j))), "-0.35")
        for layer in range(1, len(sizes))
        for j in range(1 if shared else sizes[layer])
    ]
    targets = tuple(
        (where[last, j], Script(Id("t"), Id(str(j))), "0.99") for j in range(sizes[last])
    )
    return Diagram(nodes, edges, tuple(biases), targets, "a network")


@pytest.mark.parametrize("sizes", [(2, 2, 2), (4, 6, 3), (1, 1), (3, 3, 3, 1)])
@pytest.mark.parametrize("shared", [True, False])
def test_labels_do_not_overlap(sizes: tuple[int, ...], shared: bool) -> None:
    """No two labels of a drawing share a point."""
    for a, b in combinations(layout(network(*sizes, shared=shared)).labels, 2):
        apart_x = abs(a.x - b.x) >= (a.width + b.width) / 2 - 0.01
        apart_y = abs(a.y - b.y) >= (a.height + b.height) / 2 - 0.01
        assert apart_x or apart_y, (a, b)


@pytest.mark.parametrize("sizes", [(2, 2, 2), (4, 6, 3)])
def test_every_edge_of_a_small_network_carries_its_label(sizes: tuple[int, ...]) -> None:
    """No label is left out: one for each edge, each bias and each target."""
    diagram = network(*sizes)
    expected = len(diagram.edges) + len(diagram.biases) + len(diagram.targets)
    assert expected == len(layout(diagram).labels)


def test_labels_lie_inside_the_drawing_and_off_the_neurons() -> None:
    """Labels are neither cut off nor do they cover a neuron."""
    place = layout(network(4, 6, 3))
    for label in place.labels:
        assert label.width / 2 <= label.x <= place.width - label.width / 2
        assert label.height / 2 <= label.y <= place.height - label.height / 2
        for x, y in place.centres:
            dx = max(abs(label.x - x) - label.width / 2, 0)
            dy = max(abs(label.y - y) - label.height / 2, 0)
            assert math.hypot(dx, dy) >= place.radius


def test_labels_that_never_fit_are_left_to_tooltips() -> None:
    """Between wide layers no number is written, yet every edge says its own when pointed at."""
    diagram = network(10, 12)
    assert len(layout(diagram).labels) == len(diagram.biases) + len(diagram.targets)
    assert diagram_svg(diagram).count("<title>") == len(diagram.edges)


@pytest.mark.parametrize("text", ["</text><script>", '" onload="x', "]]>", "a\x00b\ud800", "&amp;"])
def test_a_drawing_of_its_own_is_well_formed_whatever_the_names(text: str) -> None:
    """Names and the alternative text are escaped, and characters no file may hold are replaced."""
    node = Node(0, 0, Words(text), text)
    edge = Edge(0, 1, Words(text), math.nan, text)
    end = Node(1, 0, Words(text), text, gap=True)
    svg = to_svg(Diagram((node, end), (edge,), (), (), text))
    root = ET.fromstring(svg.encode())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not [el for el in root.iter() if "script" in el.tag]
    assert "onload" not in root.attrib
    assert "var(" not in svg


def test_sign_shows_in_colour_and_in_the_text() -> None:
    """A negative weight has the colour of negatives and a minus."""
    svg = diagram_svg(network(2, 2, 2))
    assert "var(--neg)" in svg
    assert "−" in svg


def test_the_same_diagram_gives_the_same_text() -> None:
    """A drawing depends on nothing but its diagram."""
    assert to_svg(network(4, 6, 3)) == to_svg(network(4, 6, 3))


@pytest.mark.parametrize("logarithmic", [True, False])
@pytest.mark.parametrize(
    "ys",
    [
        (),
        (0.3,),
        (0.3, 0.3),
        (math.nan, math.inf),
        (1e-320, 1e308),
        (3.0, math.nan, -1.0, 0.0, 2.0),
    ],
)
def test_any_numbers_make_a_curve(ys: tuple[float, ...], logarithmic: bool) -> None:
    """Undefined, infinite and extreme values leave a drawing that is well-formed and finite."""
    curve = Curve(tuple(range(len(ys))), ys, "updates", "loss", logarithmic, "a curve")
    svg = to_svg(curve)
    ET.fromstring(svg)
    assert "nan" not in svg
    assert "inf" not in svg


def test_a_long_curve_keeps_its_extremes_in_few_points() -> None:
    """A hundred thousand points draw as some thousands, and a single spike stays."""
    ys = [1.0] * 100_000
    ys[54_321] = 9.0
    svg = to_svg(Curve(tuple(range(len(ys))), tuple(ys), "updates", "loss", False, ""))
    assert len(svg) < 60_000
    assert min(float(y) for y in re.findall(r"[ML][0-9.]+ ([0-9.]+)", svg)) == 34


def test_ticks_are_round_numbers_within_the_range() -> None:
    """Steps are 1, 2 or 5 of some power of ten."""
    assert ticks(0.0, 0.3) == [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]
    assert log_ticks(1e-5, 1.0) == [1e-05, 0.0001, 0.001, 0.01, 0.1, 1.0]
