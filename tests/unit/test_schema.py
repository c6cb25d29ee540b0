"""The JSON Schema takes the problem files that load, and refuses those that do not."""

from __future__ import annotations

import json
import tomllib

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # ships no types

from chalkgrad.problem_file import loads
from chalkgrad.schema import schema

GOOD = """
title = "two layers"
[[layer]]
units = 2
init = "he_normal"
seed = 3
bias = [0.1, 0.2]
activation = { name = "leaky_relu", slope = 0.1 }
[[layer]]
weights = [[0.40, 0.45]]
bias = 0.6
activation = "logistic"
[training]
loss = { name = "huber", delta = 2 }
learning_rate = 0.5
optimizer = { name = "adam", beta1 = 0.8, weight_decay = 0.1 }
iterations = 3
train_biases = false
mode = "online"
bias_input = -1
stop = { loss = 1e-3 }
[arithmetic]
policy = "carried"
decimals = 4
[arithmetic.digits]
"it2.new_w[1][*]" = "up to 3 significant truncate carried"
[[sample]]
input = [1, 2]
target = [0.5]
[names]
w1 = "w[1][1,1]"
"""
PLAIN = "[[layer]]\nweights = [[1]]\n[[sample]]\ninput = [1]\ntarget = [1]\n"


def _valid(text: str) -> bool:
    return bool(Draft202012Validator(schema()).is_valid(tomllib.loads(text)))


def test_the_schema_is_a_schema() -> None:
    """Draft 2020-12 accepts it, and it is plain JSON."""
    Draft202012Validator.check_schema(schema())
    assert json.loads(json.dumps(schema())) == schema()


@pytest.mark.parametrize("text", [GOOD, PLAIN])
def test_a_file_that_loads_fits_the_schema(text: str) -> None:
    """Every key of the format is in the first."""
    loads(text)
    assert _valid(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        PLAIN + "[training]\nlos = 'none'\n",
        PLAIN + "[training]\nloss = 'mse'\n",
        PLAIN + "[training]\nloss = { name = 'huber', slope = 1 }\n",
        PLAIN + "[training]\niterations = 0\n",
        PLAIN + "[training]\nbias_input = 2\n",
        PLAIN + "[arithmetic]\ndecimals = 18\n",
        PLAIN + "[arithmetic]\ndecimals = 4\nsignificant = 4\n",
        PLAIN + "[arithmetic.digits]\nw = '18'\n",
        PLAIN + "[names]\nw = 1\n",
        PLAIN.replace("[[1]]", "[1]"),
        PLAIN.replace("[[1]]", "[['1']]"),
        PLAIN.replace("weights = [[1]]", "bias = 1"),
        PLAIN.replace("[[1]]", "[[1]]\nunits = 1"),
        PLAIN.replace("input = [1]", ""),
        PLAIN.replace("[[1]]", "[[1]]\nactivation = 'sigmiod'"),
    ],
)
def test_a_file_with_a_fault_of_form_does_not_fit_the_schema(text: str) -> None:
    """Names, types and ranges; loading refuses the same."""
    with pytest.raises(Exception, match="must be"):
        loads(text)
    assert not _valid(text)


def test_every_choice_is_described() -> None:
    """An editor has something to show for each key."""
    tables = [schema()["properties"]["training"], schema()["properties"]["layer"]["items"]]
    assert all("description" in part for table in tables for part in table["properties"].values())
