"""Problem files: what is read, every fault with its line, and writing that reads back as itself."""

from __future__ import annotations

import io
import math
import signal
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalkgrad.activations import ACTIVATION_ALIASES, ACTIVATIONS
from chalkgrad.errors import LimitError, ProblemError, RequestError
from chalkgrad.files import write_text
from chalkgrad.inits import INITS, draw_weights
from chalkgrad.losses import LOSSES
from chalkgrad.notation import KINDS
from chalkgrad.problem import Problem
from chalkgrad.problem_file import load, loads
from chalkgrad.problem_reader import UPDATE_PARAMS
from chalkgrad.problem_writer import dump, save
from chalkgrad.records import Choice, Init, Layer, Sample, Stop, Training
from chalkgrad.rounding import ROUNDINGS, Digits, Given, Policy

GOOD = """\
title = "Two inputs"

[[layer]]
weights = [[0.15, 0.20], [0.25, 0.30]]
bias = 0.35
activation = "sigmoid"

[[layer]]
weights = [[0.40, 0.45], [0.50, 0.55]]
bias = [0.60, 0.70]
activation = { name = "linear", slope = 0.10 }

[training]
loss = { name = "huber", delta = 2 }
over_outputs = "mean"
over_samples = "sum"
learning_rate = 0.5
optimizer = { name = "momentum", momentum = 0.9 }
iterations = 3
train_biases = false
update_order = "in_place"
mode = "online"
bias_input = -1

[training.stop]
loss = 1e-3
change = 0

[arithmetic]
policy = "carried"
decimals = 4
rounding = "half_even"

[arithmetic.digits]
da_dz = "3 significant"
"it2.new_w[1][*]" = "up to 2 decimals truncate carried"

[[sample]]
input = [0.05, 0.10]
target = [0.01, 0.99]

[names]
w5 = "w[2][1,1]"
"out o1" = "a[2][1]"
"""
LAYER = "[[layer]]\nweights = [[1, 2]]\n"
SAMPLE = "[[sample]]\ninput = [1, 2]\ntarget = [1]\n"
REST = LAYER + SAMPLE


def faults(text: str | bytes) -> list[tuple[int, str]]:
    """Line and sentence of every fault."""
    with pytest.raises(ProblemError) as caught:
        loads(text, "net.toml")
    return [(fault.line, fault.sentence()) for fault in caught.value.faults]


def only(text: str | bytes) -> tuple[int, str]:
    """The one fault of a text."""
    found = faults(text)
    assert len(found) == 1, found
    return found[0]


# ---------------------------------------------------------------- reading
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


# ---------------------------------------------------------------- faults, one by one
@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        # keys
        (
            'colour = "red"\n' + REST,
            1,
            "colour must be a key of a problem file (title note layer "
            "training arithmetic sample names marks), got an unknown key",
        ),
        (
            LAYER + "biass = 1\n" + SAMPLE,
            3,
            "layer[1].biass must be a key of layer[1] (weights bias "
            'activation units init seed), got an unknown key; did you mean "bias"?',
        ),
        (
            REST + "[arithmetic]\ndecimal = 2\n",
            7,
            "arithmetic.decimal must be a key of arithmetic "
            "(policy decimals significant rounding digits), "
            'got an unknown key; did you mean "decimals"?',
        ),
        (
            REST + "[training.stop]\nlos = 1\n",
            7,
            "training.stop.los must be a key of training.stop "
            '(loss gradient change), got an unknown key; did you mean "loss"?',
        ),
        (
            REST + "traget = [1]\n",
            6,
            "sample[1].traget must be a key of sample[1] (input target), "
            'got an unknown key; did you mean "target"?',
        ),
        # required parts
        (SAMPLE, 1, "layer must be given: at least one [[layer]], got none"),
        (LAYER, 1, "sample must be given: at least one [[sample]], got none"),
        (
            "[[layer]]\n" + SAMPLE,
            1,
            "layer[1].weights must be given, or units in their place, got none",
        ),
        (
            LAYER + "[training]\nloss = 'none'\n[[sample]]\n",
            5,
            "sample[1].input must be given, a list of numbers, got none",
        ),
        (
            LAYER + "[[sample]]\ninput = [1, 2]\n",
            3,
            "sample[1].target must be a list of 1 number, one per output, got none",
        ),
        (
            REST.replace("[[layer]]", "[layer]"),
            1,
            "layer must be written [[layer]], with double brackets, got [layer]",
        ),
        ("layer = 3\n" + SAMPLE, 1, "layer must be tables, [[layer]], got 3"),
        ("layer = []\n" + SAMPLE, 1, "layer must be at least one [[layer]], got an empty list"),
        ("layer = [3]\n" + SAMPLE, 1, "layer[1] must be a table, [[layer]], got 3"),
        ("training = 3\n" + REST, 1, "training must be a table, [training], got 3"),
        # weights
        (
            REST.replace("[[1, 2]]", "0.5"),
            2,
            "layer[1].weights must be one row of numbers per neuron of "
            "the layer, as in [[0.15, 0.20], [0.25, 0.30]], got 0.5",
        ),
        (
            REST.replace("[[1, 2]]", "[1, 2]"),
            2,
            "layer[1].weights must be one row of numbers per neuron of "
            "the layer, as in [[0.15, 0.20], [0.25, 0.30]], got a list of 2 that are not rows; "
            "one neuron has one row: double brackets",
        ),
        (
            REST.replace("[[1, 2]]", "[]"),
            2,
            "layer[1].weights must be one row of numbers per neuron of "
            "the layer, as in [[0.15, 0.20], [0.25, 0.30]], got an empty list",
        ),
        (
            REST.replace("[[1, 2]]", "[[]]"),
            2,
            "layer[1].weights[1] must be a row of numbers, one per input "
            "of the layer, got an empty list",
        ),
        (
            REST.replace("[[1, 2]]", "[\n[1, 2],\n3]").replace("target = [1]", "target = [1, 1]"),
            4,
            "layer[1].weights[2] must be a row of 2 numbers, got 3",
        ),
        (
            REST.replace("[[1, 2]]", "[[1,\n'2']]"),
            3,
            'layer[1].weights[1][2] must be a number, got the string "2"; leave out the quotes',
        ),
        (REST.replace("2]]", "true]]"), 2, "layer[1].weights[1][2] must be a number, got true"),
        (
            REST.replace("2]]", "[2]]]"),
            2,
            "layer[1].weights[1][2] must be a number, got a list of 1",
        ),
        (
            REST.replace("2]]", "2020-01-01]]"),
            2,
            "layer[1].weights[1][2] must be a number, got a date or time",
        ),
        (
            REST.replace("2]]", "nan]]"),
            2,
            "layer[1].weights[1][2] must be a finite number, got nan",
        ),
        (
            REST.replace("2]]", "1e400]]"),
            2,
            "layer[1].weights[1][2] must be a finite number, got inf "
            "(beyond the range of a float64, or written inf)",
        ),
        (
            REST.replace("2]]", "-1" + "0" * 400 + "]]"),
            2,
            "layer[1].weights[1][2] must be a finite "
            "number, got -inf (beyond the range of a float64, or written inf)",
        ),
        (
            REST.replace("2]]", "1" + "0" * 5000 + "]]"),
            2,
            "layer[1].weights[1][2] must be a finite "
            "number, got inf (beyond the range of a float64, or written inf)",
        ),
        (
            LAYER.replace("]]", "],\n  [3]]", 2).replace("[[layer],\n  [3]]", "[[layer]]")
            + SAMPLE.replace("[1]", "[1, 1]"),
            3,
            "layer[1].weights[2] must be a row of 2 numbers as the first, got 1 number",
        ),
        (
            LAYER + "[[layer]]\nweights = [[1, 2]]\n" + SAMPLE,
            4,
            "layer[2].weights must be rows of 1 number, one per neuron of layer 1, got rows of 2",
        ),
        # units
        (
            LAYER + "units = 1\n" + SAMPLE,
            3,
            "layer[1].units must be left out where weights are given, got 1",
        ),
        (
            LAYER + "seed = 7\n" + SAMPLE,
            3,
            "layer[1].seed must be left out where weights are given, got 7",
        ),
        (
            "[[layer]]\nunits = 0\n" + SAMPLE,
            2,
            "layer[1].units must be a whole number from 1 up, got 0",
        ),
        (
            "[[layer]]\nunits = 1.5\n" + SAMPLE,
            2,
            "layer[1].units must be a whole number from 1 up, got 1.5",
        ),
        (
            "[[layer]]\nunits = 1\nseed = -1\n" + SAMPLE,
            3,
            "layer[1].seed must be a whole number from 0 up, got -1",
        ),
        (
            "[[layer]]\nunits = 1\ninit = 'he_norml'\n" + SAMPLE,
            3,
            "layer[1].init must be one of "
            "xavier_uniform xavier_normal he_uniform he_normal lecun_uniform lecun_normal zeros, "
            'got "he_norml"; did you mean "he_normal"?',
        ),
        # bias and activation
        (
            LAYER + "bias = 'x'\n" + SAMPLE,
            3,
            "layer[1].bias must be a number (shared by the layer) or a "
            'list, one per neuron, got the string "x"',
        ),
        (
            LAYER + "bias = [1, 2]\n" + SAMPLE,
            3,
            "layer[1].bias must be a number or a list of 1 number, one per neuron, got a list of 2",
        ),
        (
            LAYER + "bias = inf\n" + SAMPLE,
            3,
            "layer[1].bias must be a finite number, got inf (beyond "
            "the range of a float64, or written inf)",
        ),
        (
            LAYER + "activation = 3\n" + SAMPLE,
            3,
            'layer[1].activation must be a name or a table such as { name = "identity" }, got 3',
        ),
        (
            LAYER + "activation = { slope = 3 }\n" + SAMPLE,
            3,
            "layer[1].activation.name must be given, got none",
        ),
        (
            LAYER + "activation = { name = 3 }\n" + SAMPLE,
            3,
            "layer[1].activation.name must be a string, got 3",
        ),
        (
            LAYER + "activation = { name = 'sigmoid', gian = 3 }\n" + SAMPLE,
            3,
            "layer[1].activation.gian must be left out (sigmoid has parameters gain), got 3; "
            'did you mean "gain"?',
        ),
        (
            LAYER + "activation = { name = 'tanh', gain = 'x' }\n" + SAMPLE,
            3,
            "layer[1].activation.gain must be left out (tanh has no parameters), "
            'got the string "x"',
        ),
        (
            LAYER + "activation = { name = 'elu', alpha = '1' }\n" + SAMPLE,
            3,
            'layer[1].activation.alpha must be a number, got the string "1"; leave out the quotes',
        ),
        (
            LAYER + "activation = 'softmax'\n" + SAMPLE,
            1,
            'training.loss must be "cross_entropy" or "none" with softmax outputs, '
            'got "half_squared_error"',
        ),
        # training
        (
            REST + "[training]\nloss = 3\n",
            7,
            'training.loss must be a name or a table such as { name = "none" }, got 3',
        ),
        (
            REST + "[training]\nloss = 'huper'\n",
            7,
            "training.loss must be one of half_squared_error "
            "squared_error absolute_error huber binary_cross_entropy cross_entropy output none, "
            'got "huper"; did you mean "huber"?',
        ),
        (
            REST + "[training]\nmode = 'onlin'\n",
            7,
            'training.mode must be one of batch online, got "onlin"; did you mean "online"?',
        ),
        (REST + "[training]\nmode = 3\n", 7, "training.mode must be one of batch online, got 3"),
        (
            REST + "[training]\nlearning_rate = '1'\n",
            7,
            'training.learning_rate must be a number, got the string "1"; leave out the quotes',
        ),
        (
            REST + "[training]\nlearning_rate = -1\n",
            7,
            "training.learning_rate must be a finite number from 0 up, got -1",
        ),
        (
            REST + "[training]\niterations = 2\n",
            6,
            "training.learning_rate must be given where there are several iterations, got none",
        ),
        (
            REST + "[training]\niterations = 2.5\n",
            7,
            "training.iterations must be a whole number from 1 up, got 2.5",
        ),
        (
            REST + "[training]\niterations = true\n",
            7,
            "training.iterations must be a whole number from 1 up, got true",
        ),
        (
            REST + "[training]\niterations = 1" + "0" * 30 + "\n",
            7,
            "training.iterations must be a whole "
            "number from 1 up (at most 10^18), got 1" + "0" * 30,
        ),
        (
            REST + "[training]\ntrain_biases = 1\n",
            7,
            "training.train_biases must be true or false, got 1",
        ),
        (
            REST + "[training]\nbias_input = true\n",
            7,
            "training.bias_input must be 1 or -1, got true",
        ),
        (
            REST + "[training]\nbias_input = []\n",
            7,
            "training.bias_input must be 1 or -1, got an empty list",
        ),
        (
            REST + "[training]\nstop = { loss = -1 }\n",
            7,
            "training.stop.loss must be a finite number from 0 up, got -1",
        ),
        (
            REST + "[training]\nstop = 3\n",
            7,
            "training.stop must be a table, [training.stop], got 3",
        ),
        # arithmetic
        (
            REST + "[arithmetic]\npolicy = 'exat'\n",
            7,
            'arithmetic.policy must be one of exact carried, got "exat"; did you mean "exact"?',
        ),
        (
            REST + "[arithmetic]\ndecimals = 18\n",
            7,
            "arithmetic.decimals must be a whole number from 0 to 17, got 18",
        ),
        (
            REST + "[arithmetic]\nsignificant = 0\n",
            7,
            "arithmetic.significant must be a whole number from 1 to 17, got 0",
        ),
        (
            REST + "[arithmetic]\ndecimals = 4\nsignificant = 5\n",
            8,
            "arithmetic.significant must be left out where decimals is given, got 5",
        ),
        (
            REST + "[arithmetic.digits]\nda_dx = '4 decimals'\n",
            7,
            "arithmetic.digits.da_dx must be a kind "
            'such as da_dz, or a name such as "it2.new_w[1][*]" in quotes, got "da_dx"; '
            'did you mean "da_dz"?',
        ),
        (
            REST + "[arithmetic.digits]\nw = '4 digits'\n",
            7,
            'arithmetic.digits.w must be written as "4 decimals", "up to 3 significant" or '
            '"4 decimals truncate carried" (half_up, half_even or truncate; carried or exact), '
            'got the string "4 digits"',
        ),
        (
            REST + "[arithmetic.digits]\nw = 4\n",
            7,
            'arithmetic.digits.w must be written as "4 decimals", "up to 3 significant" or '
            '"4 decimals truncate carried" (half_up, half_even or truncate; carried or exact), '
            "got 4",
        ),
        # samples, names, text
        (
            REST.replace("input = [1, 2]", "input = 1"),
            4,
            "sample[1].input must be a list of numbers, got 1",
        ),
        (
            REST.replace("input = [1, 2]", "input = [1]"),
            4,
            "sample[1].input must be a list of 2 numbers, one per input, got a list of 1",
        ),
        (
            REST.replace("target = [1]", "target = ['a']"),
            5,
            'sample[1].target[1] must be a number, got the string "a"',
        ),
        (
            REST + "[names]\nw1 = 3\n",
            7,
            'names.w1 must be the name of a quantity in quotes, as in "w[2][1,1]", got 3',
        ),
        (
            REST + "[names]\nw1 = 'w[7][1,1]'\n",
            7,
            "names.w1 must be the name of a quantity of this "
            'network, got "w[7][1,1]": 7 is not between 1 and 1',
        ),
        ("title = 3\n" + REST, 1, "title must be a string, got 3"),
        ("note = []\n" + REST, 1, "note must be a string, got an empty list"),
        # TOML itself
        (
            REST + "[training]\nlearning_rate = .5\n",
            7,
            "training.learning_rate must be written as TOML, "
            "got learning_rate = .5; strings stand in quotes, numbers begin with a digit (0.5), "
            "true and false are small",
        ),
        (
            LAYER + "bias 0.35\n" + SAMPLE,
            3,
            "layer[1].bias must be written as TOML, got bias 0.35; "
            "expected '=' after a key in a key/value pair",
        ),
        (
            LAYER + "= 0.35\n" + SAMPLE,
            3,
            "layer[1] must be written as TOML, got = 0.35; invalid statement",
        ),
        (
            "[[layer]\nweights = [[1, 2]]\n" + SAMPLE,
            1,
            "must be written as TOML, got [[layer]; "
            "expected ']]' at the end of an array declaration",
        ),
        (
            REST.replace("1, 2]]", "1 2]]"),
            2,
            "layer[1].weights must be written as TOML, "
            "got weights = [[1 2]]; a comma or a closing bracket is missing",
        ),
        (
            "a = " + "[" * 5000 + "\n" + REST,
            1,
            "a must be a list or table with all its brackets closed, got an open one",
        ),
        (
            "a = " + "[" * 5000 + "]" * 5000 + "\n" + REST,
            1,
            "a must be written as TOML, got a = " + "[" * 56 + "...; nested more than 64 deep",
        ),
        (
            "a" + ".a" * 5000 + " = 1\n" + REST,
            1,
            "must be free of keys of more than 64 parts, got a longer one",
        ),
        (
            LAYER + "bias = 1\nbias = 2\n" + SAMPLE,
            4,
            "layer[1].bias must be given once, got a second time (first on line 3)",
        ),
        (
            "[layer]\nweights = [[1, 2]]\n" + SAMPLE + "[layer]\n",
            6,
            "layer must be given once, got a second time (first on line 1)",
        ),
        (
            LAYER + "[layer]\nweights = [[1]]\n" + SAMPLE,
            3,
            "layer[2] must be written [[layer]], as on line 1, got [layer]",
        ),
    ],
    ids=lambda value: value.split(" must")[0] if " must" in str(value) else "",
)
def test_a_fault_is_reported_on_its_line_and_alone(text: str, line: int, sentence: str) -> None:
    """What it must be, what was got, the nearest name; nothing that merely follows from it."""
    found = faults(text)
    if text.startswith("[layer]") and len(found) > 1:  # single brackets are a fault of their own
        found = found[1:]
    if text.startswith("a = [") and len(found) > 1:  # so is a key that is unknown
        found = found[:1]
    assert found == [(line, sentence)]


@pytest.mark.parametrize(
    ("data", "got"),
    [
        (b"", "an empty file"),
        (b" \r\n\n", "an empty file"),
        (b"\xef\xbb\xbf", "an empty file"),
        (b"\x7fELF\0\1\2\3", "a binary file"),
        (GOOD.encode("utf-16"), "UTF-16 text; save it as UTF-8"),
        (GOOD.encode("utf-16-le"), "UTF-16 text; save it as UTF-8"),
        (GOOD.encode("utf-16-be"), "UTF-16 text; save it as UTF-8"),
    ],
)
def test_what_is_no_text_is_one_fault_of_line_1(data: bytes, got: str) -> None:
    """The fault says what the file must be."""
    assert only(data) == (1, f"must be TOML text in UTF-8 with at least one [[layer]], got {got}")


def test_bytes_that_are_not_utf8_are_reported_beside_the_other_faults() -> None:
    """Each line with such a byte, and what else is wrong."""
    data = REST.replace("1, 2]]", "1, nan]]").encode() + "# f\u00fcr\ntitel = 1".encode("latin-1")
    assert [line for line, _ in faults(data)] == [2, 6, 7]
    assert faults(data)[1] == (
        6,
        "must be UTF-8 text, got the byte 0xfc in column 4; save it as UTF-8",
    )


# ---------------------------------------------------------------- faults, all together
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


# ---------------------------------------------------------------- writing
def test_a_file_in_canonical_form_is_written_as_it_was_read() -> None:
    """Order of keys, digits as written, no defaults."""
    assert dump(loads(GOOD)) == GOOD


def test_long_weights_are_written_one_row_a_line() -> None:
    """Rows are not broken."""
    row = ", ".join(["0.123456"] * 6)
    text = f"[[layer]]\nweights = [\n  [{row}],\n  [{row}],\n]\n\n[[sample]]\n"
    text += "input = [1, 1, 1, 1, 1, 1]\ntarget = [1, 1]\n"
    assert dump(loads(text)) == text


def test_drawn_layers_are_written_as_drawn_unless_they_have_been_changed() -> None:
    """A layer that no longer has its drawn weights is written with them."""
    text = '[[layer]]\nunits = 1\ninit = "he_normal"\nseed = 3\n\n' + SAMPLE
    problem = loads(text)
    assert dump(problem) == text
    trained = problem.with_(layers=(Layer(((1.0, 2.0),), init=Init("he_normal", 3)),))
    assert dump(trained) == "[[layer]]\nweights = [[1, 2]]\n\n" + SAMPLE


NUMBERS = st.one_of(
    st.floats(-1e6, 1e6),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-100, 100),
    st.decimals(-100, 100, places=3).map(lambda d: Given(str(d))),
    st.sampled_from([Given("0.20"), Given(".5"), Given("-0"), Given("1E5"), Given("007"), -0.0]),
)
DIGITS = st.builds(
    Digits,
    st.sampled_from(["decimals", "significant"]),
    st.integers(1, 17),
    st.sampled_from(list(ROUNDINGS)),
)
DIGITS_BY_NAME = st.builds(
    replace, DIGITS, up_to=st.booleans(), carried=st.sampled_from([None, True, False])
)
NAMES = {"w5": "w[1][1,1]", "net of 1": "z[1][1]", 'say "x"': "a[1][1]", "\u03b4\\1": "delta[1][1]"}


def _choices(params: dict[str, dict[str, float]]) -> st.SearchStrategy[Choice]:
    def of(name: str) -> st.SearchStrategy[Choice]:
        given_ = (
            st.dictionaries(st.sampled_from(list(params[name])), NUMBERS)
            if params[name]
            else st.just({})
        )
        return st.builds(Choice, st.just(name), given_)

    return st.sampled_from(list(params)).flatmap(of)


HIDDEN = _choices({n: dict(r.params) for n, r in ACTIVATIONS.items() if not r.whole_layer})
LOSS = _choices({n: dict(r.params) for n, r in LOSSES.items() if n != "output"} | {"none": {}})


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Any problem: given and drawn layers, all tables, numbers with and without written digits."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))

    def numbers(count: int, of: st.SearchStrategy[float] = NUMBERS) -> tuple[float, ...]:
        return tuple(draw(of) for _ in range(count))

    layers = []
    for inputs, units in pairwise(sizes):
        init = draw(
            st.none() | st.builds(Init, st.sampled_from(list(INITS)), st.integers(0, 10**9))
        )
        weights = (
            draw_weights(init, inputs, units)
            if init
            else tuple(numbers(inputs) for _ in range(units))
        )
        bias = draw(st.none() | NUMBERS | st.just(numbers(units)))
        layers.append(Layer(weights, bias, draw(HIDDEN), init))
    rate = st.floats(0, 10) | st.just(Given("0.50"))
    bound = st.none() | rate
    training = Training(
        draw(LOSS),
        draw(st.sampled_from(["sum", "mean"])),
        draw(st.sampled_from(["sum", "mean"])),
        draw(rate),
        draw(_choices(UPDATE_PARAMS)),
        draw(st.integers(1, 1000)),
        draw(st.booleans()),
        draw(st.sampled_from(["simultaneous", "in_place"])),
        draw(st.sampled_from(["batch", "online"])),
        draw(st.sampled_from([1, -1])),
        Stop(draw(bound), draw(bound), draw(bound)),
    )
    samples = tuple(
        Sample(numbers(sizes[0]), numbers(sizes[-1], st.sampled_from([0, 0.5, Given("1.0")])))
        for _ in range(draw(st.integers(1, 3)))
    )
    pattern = st.sampled_from([*KINDS, "it2.new_w[1][*]", "*", "s1.z[1][1]", "it*.w[*]"])
    by_name = draw(
        st.lists(st.tuples(pattern, DIGITS_BY_NAME), unique_by=lambda pair: pair[0], max_size=3)
    )
    policy = Policy(draw(st.sampled_from(["exact", "carried"])), draw(DIGITS), tuple(by_name))
    names = {
        name: NAMES[name] for name in draw(st.lists(st.sampled_from(list(NAMES)), unique=True))
    }
    return Problem(
        tuple(layers), samples, training, policy, draw(st.text()), draw(st.text()), names
    )


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(problems())
def test_every_problem_reads_back_as_itself(problem: Problem) -> None:
    """File -> Problem -> file is the identity, and so is Problem -> file -> Problem."""
    text = dump(problem)
    again = loads(text)
    assert again == problem
    assert dump(again) == text
    assert loads(text.encode()) == problem


@given(st.text(alphabet='a"\\\n\r\t\x7f \u2028', max_size=12))
def test_every_note_reads_back_as_itself(note: str) -> None:
    """Quotes, backslashes, line ends and control characters, on one line or on several."""
    problem = loads(REST).with_(note=note, title=note)
    assert loads(dump(problem)) == problem


def test_written_digits_survive_a_round_trip() -> None:
    """0.20 is written 0.20 again."""
    text = REST.replace("[[1, 2]]", "[[0.20, 1e-3]]")
    assert "weights = [[0.20, 1e-3]]" in dump(loads(text))


# ---------------------------------------------------------------- files
def test_saving_overwrites_only_when_forced(tmp_path: Path) -> None:
    """The old file stays as it is."""
    path = tmp_path / "net.toml"
    save(loads(REST), path)
    with pytest.raises(RequestError, match="there already"):
        save(loads(GOOD), path)
    assert load(path) == loads(REST)
    save(loads(GOOD), path, force=True)
    assert load(path) == loads(GOOD)
    assert [file.name for file in tmp_path.iterdir()] == ["net.toml"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    """Text that cannot be written, a folder, a folder that is missing."""
    path = tmp_path / "a.txt"
    path.write_text("old")
    names = ("no/a.txt", "n" * 300, "a\0b")
    for target in (path, tmp_path, *(tmp_path / name for name in names)):
        with pytest.raises(RequestError, match="cannot write"):
            write_text(target, "half \ud800" if target == path else "new", force=True)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path) -> None:
    """The system refuses the write half way; the message gives its cause."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "a.txt"
    path.write_text("old")
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, usual[1]))
    try:
        with pytest.raises(RequestError, match="File too large"):
            write_text(path, "new" * 1000, force=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_a_file_keeps_its_permissions_and_a_link_stays_a_link(tmp_path: Path) -> None:
    """Only the content changes; devices are written to and not replaced."""
    path, link = tmp_path / "a.txt", tmp_path / "link.txt"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_text(link, "new", force=True)
    write_text("/dev/null", "new")
    assert (path.read_text(), path.stat().st_mode & 0o777, link.is_symlink()) == (
        "new",
        0o640,
        True,
    )
    assert Path("/dev/null").is_char_device()


def test_numbers_without_a_value_are_never_written() -> None:
    """A problem holds none, so that a file holds none."""
    with pytest.raises(ProblemError):
        loads(REST).with_(layers=(Layer(((math.nan, 1.0),)),))
