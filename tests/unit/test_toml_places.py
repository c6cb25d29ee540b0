"""Places of a TOML text: every key and element has its line, also where tomllib gives up."""

from __future__ import annotations

import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.toml_places import MOST_DEPTH, places, quoted

TEXT = '''\
# a comment with = and [
title = "a [b] # \\" = c"
[[layer]]
weights = [ # rows
  [1, 2], # first
  [3,
   4],
]
activation = { name = 'x', params = [1, 2] }
[[layer]]
"a.b" . 'c d'.e = """
  x = 1
  [no]
""" # after
raw = \'\'\'
y = 2\'\'\'
[layer.sub]
when = 1979-05-27 07:32:00
[training]
stop.loss = 0.1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("layer",), 3),
        (("layer", 0), 3),
        (("layer", 0, "weights"), 4),
        (("layer", 0, "weights", 0, 1), 5),
        (("layer", 0, "weights", 1), 6),
        (("layer", 0, "weights", 1, 1), 7),
        (("layer", 0, "activation", "params", 1), 9),
        (("layer", 1), 10),
        (("layer", 1, "a.b", "c d", "e"), 11),
        (("layer", 1, "raw"), 15),
        (("layer", 1, "sub"), 17),
        (("layer", 1, "sub", "when"), 18),
        (("training", "stop", "loss"), 20),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_path_has_the_line_on_which_it_stands(
    path: tuple[str | int, ...], line: int, end: str
) -> None:
    """Comments, four kinds of strings, dotted and quoted keys, both line ends."""
    assert places(TEXT.replace("\n", end)).line(path) == line


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("layer", 0, "weights", 7), 4),
        (("layer", 5), 3),
        (("layer", 1, "bias"), 10),
        (("nothing", "here"), 1),
        ((), 1),
    ],
)
def test_a_path_that_is_not_there_has_the_line_of_its_nearest_ancestor(
    path: tuple[str | int, ...], line: int
) -> None:
    """What is missing is reported where it should have stood."""
    assert places(TEXT).line(path) == line


def test_a_sound_text_has_no_faulty_statement() -> None:
    """What tomllib accepts is not called faulty."""
    assert tomllib.loads(TEXT)["layer"][1]["a.b"]["c d"]["e"] == "  x = 1\n  [no]\n"
    assert list(places(TEXT).faulty) == []


@pytest.mark.parametrize(
    ("text", "path", "line", "first"),
    [
        ("a = 1\nb = 2\na = 3\n", ("a",), 3, 1),
        ("[t]\na = 1\n[u]\na = 1\n[t]\nb = 1\n", ("t",), 5, 1),
        ("x = { a = 1, b = 2, a = 3 }\n", ("x", "a"), 1, 1),
        ("[[l]]\na = 1\n[l]\na = 2\n", ("l", 1), 3, 1),
        ("[l]\na = 1\n[[l]]\na = 2\n", ("l",), 3, 1),
        ("a = 1\na.b = 2\n", ("a",), 2, 1),
        ("\"a\" = 1\n'a' = 2\n", ("a",), 2, 1),
    ],
)
def test_what_is_set_twice_is_found_with_both_lines(
    text: str, path: tuple[str | int, ...], line: int, first: int
) -> None:
    """Keys, tables, keys of inline tables, however they are quoted."""
    found = places(text).faulty[0]
    assert (found.path, found.line, found.first) == (path, line, first)


@pytest.mark.parametrize(
    "text",
    ["a = [[1, 2], [3]\nb = 2\n", "a = [1,\n  2\n[t]\nb = 1\n", "a = { x = 1\nb = 2\n", "a = [1"],
)
def test_a_bracket_that_stays_open_costs_its_own_statement_alone(text: str) -> None:
    """The scanner goes on with the next statement."""
    found = places(text)
    assert [(bad.path, bad.closed) for bad in found.faulty] == [(("a",), False)]
    assert found.statements[-1].path in {("a",), ("b",), ("t", "b")}


def test_nesting_beyond_the_most_is_noted_with_its_line() -> None:
    """Deep nesting is found without recursion."""
    assert places("a = 1\nb = " + "[" * (MOST_DEPTH + 1)).deep == 2


@pytest.mark.parametrize(
    "unit", ["[", '"""', "'", "a.", "a={b=", "[a]\n", "a=[\n", "x", ",", "\\", '"\\']
)
def test_time_grows_with_the_length_and_not_with_its_square(unit: str) -> None:
    """200,000 characters of anything take about a second; in quadratic time, many minutes."""
    start = time.perf_counter()
    places("k = " + unit * (200_000 // len(unit)))
    assert time.perf_counter() - start < 10


@given(st.text(alphabet="ab=[]{},.\"'\n\r#\\ 1", max_size=60))
def test_any_text_can_be_scanned(text: str) -> None:
    """Nothing that is not TOML stops the scanner, and lines stay within the text."""
    found = places(text)
    assert all(1 <= line <= text.count("\n") + 1 for line in found.keys.values())


@given(st.text(alphabet="ab=[]{},.\"'\n# 1", max_size=40))
def test_what_tomllib_accepts_is_never_faulty(text: str) -> None:
    """No false accusation: a faulty statement is one that tomllib refuses as well."""
    try:
        tomllib.loads(text)
    except ValueError:
        return
    assert list(places(text).faulty) == []


@given(st.text())
def test_a_quoted_string_reads_back_as_itself(text: str) -> None:
    """Quotes, backslashes, control characters and all letters survive."""
    assert tomllib.loads(f"x = {quoted(text)}")["x"] == text
