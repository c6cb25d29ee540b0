"""Texts of problem files, and what is wrong with them."""

from __future__ import annotations

import pytest

from chalkgrad.errors import ProblemError
from chalkgrad.problem_file import loads

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
