"""Every fault of a problem file, one by one, with its line and its sentence."""

from __future__ import annotations

import pytest

from problem_texts import GOOD, LAYER, REST, SAMPLE, faults, only


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
