"""What is read from a problem file."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from chalkgrad.activations import ACTIVATION_ALIASES, ACTIVATIONS
from chalkgrad.errors import RequestError
from chalkgrad.inits import draw_weights
from chalkgrad.problem import Problem
from chalkgrad.problem_file import load, loads
from chalkgrad.records import Choice, Init, Layer, Sample, Stop, Training
from chalkgrad.rounding import Digits, Given, Policy
from problem_texts import GOOD, LAYER, REST, SAMPLE


def test_every_key_of_the_format_is_read() -> None:
    """A file with all keys gives the problem written out here."""
    assert loads(GOOD) == Problem(
        layers=(
            Layer(((0.15, 0.2), (0.25, 0.3)), 0.35, Choice("sigmoid")),
            Layer(((0.4, 0.45), (0.5, 0.55)), (0.6, 0.7), Choice("linear", {"slope": 0.1})),
        ),
        samples=(Sample((0.05, 0.1), (0.01, 0.99)),),
        training=Training(
            Choice("huber", {"delta": 2}), "mean", "sum", 0.5,
            Choice("momentum", {"momentum": 0.9}),
            3, False, "in_place", "online", -1, Stop(0.001, None, 0.0),
        ),
        arithmetic=Policy(
            "carried",
            Digits("decimals", 4, "half_even"),
            (
                ("da_dz", Digits("significant", 3, "half_even")),
                ("it2.new_w[1][*]", Digits("decimals", 2, "truncate", up_to=True, carried=True)),
            ),
        ),
        title="Two inputs",
        names={"w5": "w[2][1,1]", "out o1": "a[2][1]"},
    )  # fmt: skip


def test_what_is_left_out_has_its_default() -> None:
    """Defaults are those of the records."""
    assert loads(REST) == Problem((Layer(((1, 2),)),), (Sample((1, 2), (1,)),))


@pytest.mark.parametrize(
    ("text", "digits"),
    [("0.20", "0.20"), ("1", "1"), ("+1_000.50", "1000.50"), ("0x10", "16"), ("1E5", "1E5")],
)
def test_a_number_keeps_its_written_digits(text: str, digits: str) -> None:
    """Zeros at the end stay; separators and plus signs go."""
    number = loads(REST.replace("[[1,", f"[[{text},")).layers[0].weights[0][0]
    assert isinstance(number, Given)
    assert (number.text, float(number)) == (digits, float(digits))


@pytest.mark.parametrize("name", [*ACTIVATIONS, *ACTIVATION_ALIASES, "Sigmoid", "ReLU", "LOGISTIC"])
def test_activations_are_read_by_any_of_their_names(name: str) -> None:
    """Aliases and capitals are accepted."""
    loss = "cross_entropy" if name == "softmax" else "squared_error"
    problem = loads(f'{LAYER}activation = "{name}"\n[training]\nloss = "{loss}"\n{SAMPLE}')
    wanted = ACTIVATION_ALIASES.get(name.lower(), name.lower())
    assert problem.layers[0].activation == Choice(wanted)


def test_units_draw_weights_from_the_sizes_around_them() -> None:
    """The first layer takes its inputs from the first sample; init and seed have defaults."""
    text = '[[layer]]\nunits = 3\n[[layer]]\nunits = 1\ninit = "zeros"\nseed = 4\n' + SAMPLE
    problem = loads(text)
    drawn = Init("xavier_uniform", 0)
    assert problem.sizes == (2, 3, 1)
    assert problem.layers[0] == Layer(draw_weights(drawn, 2, 3), init=drawn)
    assert problem.layers[1] == Layer(((0.0, 0.0, 0.0),), init=Init("zeros", 4))


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(mark: str, end: str) -> None:
    """The file of any editor reads the same, as text and as bytes."""
    text = mark + GOOD.replace("\n", end)
    assert loads(text) == loads(text.encode()) == loads(GOOD)


def test_a_file_is_loaded_by_name_by_path_and_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``-`` is standard input."""
    path = tmp_path / "net.toml"
    path.write_text(GOOD)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert load(path) == load(str(path)) == load("-") == loads(GOOD)


@pytest.mark.parametrize(
    ("name", "cause"),
    [("missing.toml", "No such file or directory"), (".", "Is a directory"), ("a\0b", "null")],
)
def test_a_file_that_cannot_be_read_is_named_with_the_cause(
    tmp_path: Path, name: str, cause: str
) -> None:
    """The request is at fault, not the problem."""
    with pytest.raises(RequestError, match=cause):
        load(tmp_path / name)
