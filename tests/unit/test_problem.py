"""Problems: what must hold, what is refused with every fault, and what is known of a network."""

from __future__ import annotations

import math
import random

import pytest

from chalkgrad import (
    Choice,
    Layer,
    LimitError,
    Policy,
    Problem,
    ProblemError,
    Sample,
    Training,
    example,
)
from chalkgrad.inits import INITS, draw_weights
from chalkgrad.records import Init

LAYER = Layer(((0.1, 0.2), (0.3, 0.4)), (0.5, 0.6), Choice("sigmoid"))
SAMPLE = Sample((1.0, 2.0), (0.5, 0.25))


def faults(layers=(LAYER,), samples=(SAMPLE,), **training):
    names = training.pop("names", {})
    with pytest.raises(ProblemError) as caught:
        Problem(tuple(layers), tuple(samples), Training(**training), names=names)
    return [fault.sentence() for fault in caught.value.faults]


def test_sizes_count_inputs_first_and_weights_without_biases():
    problem = Problem((LAYER, Layer(((1.0, 2.0),), 0.5)), (Sample((1.0, 2.0), (0.5,)),))
    assert problem.sizes == (2, 2, 1)
    assert problem.weight_count == 6
    assert [layer.shares_bias for layer in problem.layers] == [False, False]
    assert Layer(((1.0,), (2.0,)), 0.5).shares_bias


@pytest.mark.parametrize(
    ("changes", "place", "must"),
    [
        ({"layers": ()}, "layer must", "at least one [[layer]]"),
        (
            {"layers": (Layer(((0.1, 0.2), (0.3,))),)},
            "layer[1].weights[2] must",
            "a row of 2 numbers",
        ),
        (
            {"layers": (LAYER, Layer(((1.0,), (2.0,))))},
            "layer[2].weights must",
            "rows of 2 numbers",
        ),
        (
            {"layers": (Layer(((0.1, math.nan), (0.3, 0.4))),)},
            "layer[1].weights[1][2] must",
            "a finite number, got nan",
        ),
        (
            {"layers": (Layer(((0.1, math.inf), (0.3, 0.4))),)},
            "layer[1].weights[1][2] must",
            "a finite number",
        ),
        (
            {"layers": (Layer(LAYER.weights, (0.5,)),)},
            "layer[1].bias must",
            "a list of 2 numbers, one per neuron",
        ),
        ({"layers": (Layer(LAYER.weights, math.nan),)}, "layer[1].bias must", "a finite number"),
        (
            {"layers": (Layer(LAYER.weights, None, Choice("sigmiod")),)},
            "layer[1].activation must",
            'did you mean "sigmoid"?',
        ),
        (
            {"layers": (Layer(LAYER.weights, None, Choice("tanh", {"gain": 2.0})),)},
            "layer[1].activation.gain must",
            "left out",
        ),
        (
            {"layers": (Layer(LAYER.weights, None, Choice("softmax")), LAYER)},
            "layer[1].activation must",
            "in a hidden layer",
        ),
        ({"samples": ()}, "sample must", "at least one [[sample]]"),
        (
            {"samples": (Sample((1.0,), (0.5, 0.25)),)},
            "sample[1].input must",
            "a list of 2 numbers",
        ),
        (
            {"samples": (Sample((1.0, 2.0), (0.5,)),)},
            "sample[1].target must",
            "a list of 2 numbers",
        ),
        ({"samples": (Sample((1.0, 2.0)),)}, "sample[1].target must", "got none"),
        (
            {"samples": (SAMPLE, Sample((1.0, math.inf), (0.5, 0.25)))},
            "sample[2].input[2] must",
            "a finite number",
        ),
        (
            {"loss": Choice("half_squared_eror")},
            "training.loss must",
            'did you mean "half_squared_error"?',
        ),
        (
            {"loss": Choice("huber", {"dleta": 1.0})},
            "training.loss.dleta must",
            'did you mean "delta"?',
        ),
        ({"optimizer": Choice("adma")}, "training.optimizer must", 'did you mean "adam"?'),
        (
            {"optimizer": Choice("sgd", {"momentum": 0.9})},
            "training.optimizer.momentum must",
            "left out",
        ),
        ({"over_outputs": "avg"}, "training.over_outputs must", "one of sum mean"),
        ({"over_samples": "total"}, "training.over_samples must", "one of sum mean"),
        ({"update_order": "inplace"}, "training.update_order must", 'did you mean "in_place"?'),
        ({"mode": "on-line"}, "training.mode must", 'did you mean "online"?'),
        ({"bias_input": 0}, "training.bias_input must", "1 or -1"),
        ({"learning_rate": -0.5}, "training.learning_rate must", "a finite number from 0 up"),
        ({"learning_rate": math.inf}, "training.learning_rate must", "a finite number from 0 up"),
        (
            {"learning_rate": 0.1, "iterations": 0},
            "training.iterations must",
            "a whole number from 1 up",
        ),
        (
            {"iterations": 3},
            "training.learning_rate must",
            "given where there are several iterations",
        ),
        ({"names": {"w": "w[1][3,1]"}}, "names.w must", "the name of a quantity of this network"),
        ({"names": {"loss": "w[1][1,1]"}}, "names.loss must", "not one of the vocabulary already"),
        (
            {"names": {"p": "w[1][1,1]", "q": "w[1][1,1]"}},
            "names.q must",
            'another quantity than "p" names already',
        ),
        ({"names": {"a*b": "w[1][1,1]"}}, "names.a*b must", "without comma"),
        ({"names": {"": "w[1][1,1]"}}, "names. must", "up to 60 characters"),
    ],
)
def test_one_thing_wrong_is_one_fault_with_its_place(changes, place, must):
    found = faults(**changes)
    assert len(found) == 1, found
    assert found[0].startswith(place)
    assert must in found[0]


def test_all_faults_come_at_once():
    found = faults(
        layers=(Layer(((0.1, math.nan), (0.3, 0.4)), (1.0, 2.0, 3.0), Choice("sigmoyd")),),
        samples=(Sample((1.0,), (0.5, math.inf)),),
        mode="often",
        bias_input=2,
    )
    assert len(found) == 7


@pytest.mark.parametrize(
    ("limit", "build"),
    [
        (
            "layers",
            lambda: Problem(
                (Layer(((0.1,),)),) * 11, (Sample((1.0,), (1.0,)),), limits={"layers": 10}
            ),
        ),
        ("weights", lambda: Problem((LAYER,), (SAMPLE,), limits={"weights": 3})),
        (
            "iterations",
            lambda: Problem(
                (LAYER,),
                (SAMPLE,),
                Training(learning_rate=0.1, iterations=11),
                limits={"iterations": 10},
            ),
        ),
        (
            "cost",
            lambda: Problem(
                (LAYER,),
                (SAMPLE,) * 5,
                Training(learning_rate=0.1, iterations=6),
                limits={"cost": 119},
            ),
        ),
    ],
)
def test_what_is_over_a_limit_is_refused_by_its_name(limit, build):
    with pytest.raises(LimitError, match=f"--limit {limit}=") as caught:
        build()
    assert caught.value.limit == limit


def test_the_cost_is_weights_times_samples_times_iterations():
    made = Problem(
        (LAYER,), (SAMPLE,) * 5, Training(learning_rate=0.1, iterations=6), limits={"cost": 120}
    )
    assert made.weight_count * 5 * 6 == 120


def test_the_batch_is_every_sample_or_online_one_after_the_other():
    three = Problem((LAYER,), (SAMPLE,) * 3, Training(learning_rate=0.1, iterations=7))
    assert list(three.batch(5)) == [1, 2, 3]
    online = three.with_(mode="online")
    assert [list(online.batch(k)) for k in range(1, 8)] == [[1], [2], [3], [1], [2], [3], [1]]


def test_a_copy_with_changes_leaves_the_original():
    problem = example("mazur")
    other = problem.with_(iterations=7, title="Other", arithmetic=Policy("carried"))
    assert (other.training.iterations, other.title, other.arithmetic.mode) == (
        7,
        "Other",
        "carried",
    )
    assert (problem.training.iterations, problem.arithmetic.mode) == (1, "exact")
    with pytest.raises(ProblemError):
        problem.with_(mode="sometimes")


# ---------------------------------------------------------------- drawn weights
SPREAD = {  # the standard deviation of the published initialisation, for n inputs and m neurons
    "xavier_uniform": lambda n, m: math.sqrt(2 / (n + m)), "xavier_normal": lambda n, m: math.sqrt(2 / (n + m)),
    "he_uniform": lambda n, m: math.sqrt(2 / n), "he_normal": lambda n, m: math.sqrt(2 / n),
    "lecun_uniform": lambda n, m: math.sqrt(1 / n), "lecun_normal": lambda n, m: math.sqrt(1 / n), "zeros": lambda n, m: 0.0,
}  # fmt: skip


@pytest.mark.parametrize("name", SPREAD)
def test_drawn_weights_have_the_published_spread_and_come_again_from_their_seed(name):
    assert set(INITS) == set(SPREAD)
    rows = draw_weights(Init(name, 5), 40, 60)
    assert (len(rows), {len(row) for row in rows}) == (60, {40})
    flat = [w for row in rows for w in row]
    expected = SPREAD[name](40, 60)
    assert math.sqrt(sum(w * w for w in flat) / len(flat)) == pytest.approx(
        expected, rel=0.06, abs=1e-15
    )
    assert abs(sum(flat) / len(flat)) <= 4 * expected / math.sqrt(len(flat))
    if "uniform" in name:
        assert max(map(abs, flat)) <= expected * math.sqrt(3)
        assert max(map(abs, flat)) > expected * math.sqrt(3) * 0.99
    assert draw_weights(Init(name, 5), 40, 60) == rows
    assert name == "zeros" or draw_weights(Init(name, 6), 40, 60) != rows


def test_drawing_leaves_the_numbers_of_the_program_alone():
    random.seed(1)
    expected = random.Random(1).random()
    draw_weights(Init("he_normal", 3), 4, 4)
    assert random.random() == expected
