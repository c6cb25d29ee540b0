"""Every gradient against differences of a loss that is written in the tests, and against PyTorch."""

from __future__ import annotations

import importlib.util
import os
import random

import pytest

import oracle
from chalkgrad import solve
from problems import as_problem

COUNT = 5000 if os.environ.get("CHALKGRAD_WIDE") else 500


def problems(count, seed):
    rng = random.Random(seed)
    made = 0
    while made < count:
        net = oracle.draw(rng)
        if oracle.near_kink(net):
            continue
        made += 1
        yield net


def test_gradients_agree_with_differences_of_the_loss():
    """500 random problems: every activation, loss, reduction, bias form, 1-4 layers, 1-4 samples."""
    seen = set()
    for net in problems(COUNT, 20):
        seen |= {name for name, _ in net["act"]} | {net["loss"][0]}
        worked = solve(
            as_problem(net), style=random.Random(str(net)).choice(["chain", "delta", "matrix"])
        )
        assert worked["loss"] == pytest.approx(oracle.loss(net), rel=1e-12, abs=1e-13)
        expected = oracle.gradients(net)
        size = max(map(abs, expected.values()), default=0.0) or 1.0
        for name, difference in expected.items():
            assert worked[name] == pytest.approx(difference, abs=2e-8 * max(size, 1.0)), (name, net)
    assert seen == set(oracle.ACTIVATIONS) | set(oracle.LOSSES)


def test_styles_agree_to_the_last_digits():
    for net in problems(60, 21):
        values = [
            {
                str(s.symbol): s.value
                for s in solve(as_problem(net, learning_rate=0.1), style=style).steps()
            }
            for style in ("chain", "delta", "matrix")
        ]
        for name, value in values[0].items():
            for other in values[1:]:
                assert other[name] == pytest.approx(value, rel=1e-11, abs=1e-13), name


@pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="PyTorch is not installed")
def test_gradients_agree_with_pytorch():
    """The same problems by automatic differentiation, to 1e-12."""
    import torch_oracle

    for net in problems(COUNT, 20):
        if "step" in {name for name, _ in net["act"]}:
            continue
        worked = solve(as_problem(net))
        for name, value in torch_oracle.gradients(net).items():
            assert worked[name] == pytest.approx(value, rel=1e-12, abs=1e-12), (name, net)
