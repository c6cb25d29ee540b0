"""The network and the loss curve as characters."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.boxes import Id, Words
from chalkgrad.rendering.cells import cells
from chalkgrad.rendering.document import BiasTag, Diagram, Edge, Node
from chalkgrad.rendering.points import sparkline, thin
from chalkgrad.rendering.textdiagram import draw


def network(*sizes: int, name: str = "") -> Diagram:
    """A fully connected network with a shared bias in each layer and a target at each output."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    before: list[int] = []
    for layer, size in enumerate(sizes):
        here = list(range(len(nodes), len(nodes) + size))
        nodes += [Node(layer, row, Words(name or f"n{layer}{row + 1}")) for row in range(size)]
        edges += [
            Edge(start, end, Id(f"w{end}{start}"), 0.15, "0.15") for end in here for start in before
        ]
        before = here
    biases = tuple(BiasTag(layer, -1, Id(f"b{layer}"), "0.35") for layer in range(1, len(sizes)))
    targets = tuple((end, Id("t"), "0.01") for end in before)
    return Diagram(tuple(nodes), tuple(edges), biases, targets, "")


def test_a_2_2_2_network_is_boxes_with_their_inflows_within_80_columns() -> None:
    lines = draw(network(2, 2, 2))
    assert any("n01 ─ w20 0.15 ─┐ ┌─────┐" in line for line in lines)
    assert any("n02 ─ w21 0.15 ─┼▶│ n11 │" in line for line in lines)
    assert any(line.endswith("│ n21 │ → t = 0.01") for line in lines)
    assert max(map(cells, lines)) <= 80


def test_names_of_weights_give_way_before_boxes_do() -> None:
    lines = draw(network(2, 2, 2), 64)
    assert any("n01 ─ 0.15 ─┐ ┌─────┐" in line for line in lines)


def test_a_network_without_room_for_boxes_is_a_list() -> None:
    lines = draw(network(2, 2, 2), 40)
    assert lines[0] == "layer 0: n01   n02"
    assert "  n11: n01 · w20 (0.15)" in lines[2]


@pytest.mark.parametrize("sizes", [(20, 3), (3, 3, 3, 3, 3, 3), (1,), (2, 30)])
def test_a_wide_or_deep_network_stays_within_the_width(sizes: tuple[int, ...]) -> None:
    assert max(map(cells, draw(network(*sizes)))) <= 80


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
    st.integers(1, 90),
    st.booleans(),
    st.text(max_size=20),
)
def test_no_line_is_wider_than_the_width(
    sizes: list[int], width: int, ascii_only: bool, name: str
) -> None:
    lines = draw(network(*sizes, name=name), width, ascii_only)
    assert all(cells(line) <= width for line in lines)
    assert not any("\n" in line for line in lines)


@given(st.text(max_size=20))
def test_ascii_only_means_ascii_whatever_the_names(name: str) -> None:
    for width in (20, 200):
        assert all(line.isascii() for line in draw(network(2, 2, 1, name=name), width, True))


def test_neurons_left_out_of_a_wide_layer_are_a_gap_without_a_box() -> None:
    nodes = (Node(0, 0, Id("x")), Node(1, 0, Id("h")), Node(1, 1, Words("…"), "9 more", gap=True))
    lines = draw(Diagram(nodes, (Edge(0, 1, Id("w"), 1.0, "1"),), (), (), ""))
    assert [line.strip() for line in lines[-2:]] == ["…", "9 more"]


def test_a_width_below_1_is_refused_with_the_width_it_got() -> None:
    with pytest.raises(ValueError, match="got 0"):
        draw(network(1), 0)


@pytest.mark.parametrize(
    ("ys", "width", "shown"),
    [
        ([], 5, ""),
        ([1.0], 0, ""),
        ([3.0, 3.0, 3.0], 8, "▁▁▁"),
        ([0.0, 1.0], 8, "▁█"),
        ([math.nan, math.inf, -math.inf], 8, "×××"),
        ([0.0, 7.0, math.inf, math.inf], 2, "▁×"),
        ([1e308, -1e308, 0.0], 3, "█▁▅"),
    ],
)
def test_a_sparkline_follows_the_finite_numbers(ys: list[float], width: int, shown: str) -> None:
    assert sparkline(ys, width) == shown


@given(st.lists(st.floats()), st.integers(0, 50))
def test_a_sparkline_is_as_long_as_its_numbers_or_its_width(ys: list[float], width: int) -> None:
    assert len(sparkline(ys, width)) == min(len(ys), width)
    assert sparkline(ys, width, ascii_only=True).isascii()


@given(st.lists(st.floats(), max_size=60), st.integers(2, 20), st.booleans())
def test_a_thinned_curve_keeps_its_ends(ys: list[float], most: int, logarithmic: bool) -> None:
    whole = thin(range(len(ys)), ys, len(ys) + 2, logarithmic)
    points = thin(range(len(ys)), ys, most, logarithmic)
    assert len(points) == min(most, len(whole))
    assert sorted(set(points)) == points
    assert (points[:1], points[-1:]) == (whole[:1], whole[-1:])
    assert all(math.isfinite(y) and (y > 0 or not logarithmic) for _, y in points)
