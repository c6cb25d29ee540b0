"""Several faults in one file, and its limits."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.errors import LimitError, ProblemError
from chalkgrad.problem_file import load, loads
from problem_texts import GOOD, REST, SAMPLE, faults

MANY = """\
colour = "red"
[[layer]]
weights = [[0.15, 0.20], [0.25]]
activation = "sigmiod"
[[layer]]
weights = [
  [0.15, 0.20],
  [nan, 0.5],
]
activation = "sigmoid"
[training]
loss = "binary_cross_entropy"
learning_rate = 0.1
iterations = -1
[[sample]]
input = [1, 2]
target = [0,
  2]
"""


def test_all_faults_of_a_file_are_reported_at_once() -> None:
    """An unknown key, a misspelt name, a ragged row, NaN, a bad count, a target out of range."""
    assert [line for line, _ in faults(MANY)] == [1, 3, 4, 8, 14, 18]


def test_faults_of_syntax_do_not_hide_the_others() -> None:
    """A table opened twice, a key given twice, an open bracket, a value that is none."""
    text = MANY.replace('activation = "sigmiod"', 'activation = "sigmiod"\nbias = [1, 2')
    text = text.replace(
        "[[sample]]", "[training]\nmode = .5\nmode = 1\nover_outputs = 'men'\n[[sample]]"
    )
    assert [line for line, _ in faults(text)] == [1, 3, 4, 5, 9, 15, 16, 17, 18, 19, 23]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (GOOD.replace("weights = [[0.15", "weihgts = [[0.15"), 1),
        (GOOD.replace("weights = [[0.40", "weihgts = [[0.40"), 1),
        (GOOD.replace("[[sample]]", "[[samples]]"), 1),
        (GOOD.replace("[training]", "[trainig]").replace("[training.stop]", "[trainig.stop]"), 1),
        (GOOD.replace("learning_rate", "lerning_rate"), 1),
        (GOOD.replace("[[0.15, 0.20], [0.25, 0.30]]", "'none'"), 1),
        (GOOD.replace("[[0.40, 0.45], [0.50, 0.55]]", "'none'"), 1),
        (GOOD.replace("input = [0.05, 0.10]", "input = '1'"), 1),
        (REST.replace("target = [1]", "target = [1, 2]") + "[training]\nlos = 'none'\n", 1),
        (REST.replace("weights = [[1, 2]]", "units = 'x'"), 1),
        (REST.replace("weights = [[1, 2]]", "unit = 1"), 1),
    ],
)
def test_what_follows_from_a_fault_is_not_reported(text: str, count: int) -> None:
    """One slip, one line."""
    assert len(faults(text)) == count


def test_beyond_a_hundred_faults_the_rest_are_counted() -> None:
    """331 faults are 100 lines and a closing one."""
    text = "".join(f"wrong{k} = 1\n" for k in range(331)) + REST
    found = faults(text)
    assert [line for line, _ in found] == [*range(1, 101), 100]
    assert found[-1][1] == "must be mended here, and 231 more"


def test_each_line_of_the_message_begins_with_file_and_line() -> None:
    """``FILE:LINE: sentence``."""
    with pytest.raises(ProblemError, match=r"^net\.toml:1: title must be a string, got 3$"):
        loads("title = 3\n" + REST, "net.toml")


@given(st.text(alphabet="ab=[]{},.\"'\n#\\ 1", max_size=60))
def test_no_text_ends_in_anything_but_a_fault(text: str) -> None:
    """Whatever is put before a good file, only a ProblemError is raised, with lines of the text."""
    try:
        loads(text + "\n" + GOOD)
    except ProblemError as error:
        last = text.count("\n") + GOOD.count("\n") + 2
        assert all(1 <= fault.line <= last for fault in error.faults)


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("[]{}=\"'x1\n#.,"))
def test_no_slip_of_the_keyboard_ends_in_anything_but_a_fault(at: int, letter: str) -> None:
    """One character replaced anywhere."""
    try:
        loads(GOOD[:at] + letter + GOOD[at + 1 :])
    except ProblemError as error:
        assert all(1 <= fault.line <= GOOD.count("\n") + 1 for fault in error.faults)


# ---------------------------------------------------------------- limits
@pytest.mark.parametrize(
    ("text", "limits", "name"),
    [
        ("[[layer]]\nunits = 1000000\n" * 3 + SAMPLE, {}, "width"),
        ("[[layer]]\nunits = 90000\n" * 2 + SAMPLE, {}, "weights"),
        ("[[layer]]\nunits = 1\n" * 1001 + SAMPLE, {}, "layers"),
        (REST, {"bytes": 20}, "bytes"),
        (REST, {"width": 1}, "width"),
        (REST + "[training]\nlearning_rate = 1\niterations = 1000000000000\n", {}, "iterations"),
    ],
)
def test_what_is_over_a_limit_is_refused_by_the_name_of_the_limit(
    text: str, limits: dict[str, float], name: str
) -> None:
    """Before anything large is built."""
    with pytest.raises(LimitError) as caught:
        loads(text, limits=limits)
    assert caught.value.limit == name


def test_a_limit_can_be_raised() -> None:
    """Limits given are merged over the usual ones."""
    text = REST + "[training]\nlearning_rate = 1\niterations = 2000000\n"
    assert loads(text, limits={"iterations": 3e6}).training.iterations == 2_000_000


def test_a_large_file_is_refused_without_being_read(tmp_path: Path) -> None:
    """The message gives its size; one of unknown length stops at the limit."""
    path = tmp_path / "large.toml"
    with path.open("wb") as stream:
        stream.truncate(10**12)
    with pytest.raises(LimitError) as caught:
        load(path)
    assert (caught.value.limit, caught.value.got) == ("bytes", 10**12)
    with pytest.raises(LimitError):
        load("/dev/zero", limits={"bytes": 1000})
