"""Every working proves itself: 2,000 random problems, exact and carried, all roundings and digits."""

from __future__ import annotations

import random

import pytest

import oracle
from chalkgrad import Choice, Digits, Policy, solve
from chalkgrad.proof import findings_of
from problems import as_problem

COUNT = 2000
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw")


def policies(rng: random.Random):
    for mode in ("exact", "carried"):
        kind = rng.choice(["decimals", "significant"])
        digits = Digits(
            kind,
            rng.randint(2, 9),
            rng.choice(["half_up", "half_even", "truncate"]),
            up_to=rng.random() < 0.2,
        )
        by_name = ()
        if rng.random() < 0.3:
            other = Digits(
                "significant", rng.randint(2, 5), carried=rng.choice([None, True, False])
            )
            by_name = ((rng.choice(["da_dz", "grad_w", "z", "it1.a*", "*"]), other),)
        yield Policy(mode, digits, by_name)


def cases():
    rng = random.Random(7)
    for _ in range(COUNT):
        net = oracle.draw(rng)
        training = {}
        if rng.random() < 0.7:
            name = rng.choice(OPTIMIZERS)
            params = {"weight_decay": 0.1} if rng.random() < 0.2 else {}
            training = {
                "learning_rate": rng.choice([0.5, 0.1, 0.0001]),
                "optimizer": Choice(name, params),
                "train_biases": rng.random() < 0.7,
                "update_order": rng.choice(["simultaneous", "in_place"]),
                "mode": rng.choice(["batch", "online"]),
                "iterations": rng.choice([1, 1, 2]),
            }
        yield (
            as_problem(net, **training),
            rng.choice(["chain", "delta", "matrix"]),
            list(policies(rng)),
        )


def test_every_working_keeps_its_rules_under_every_policy():
    lines = marked = 0
    for problem, style, choices in cases():
        for policy in choices:
            worked = solve(problem, style=style, policy=policy)
            assert list(findings_of(worked)) == [], (problem, policy)
            for step in worked.steps():
                lines += 1
                marked += step.marked
                if policy.mode == "carried" and not policy.by_name:
                    assert not step.marked, step
    assert lines > 100_000
    assert 0 < marked < lines * 0.2


def test_a_line_that_does_not_follow_is_found():
    """The proof can fail: a value that its operands do not give is a finding."""
    from dataclasses import replace

    from chalkgrad import VerificationError, example

    worked = solve(example("softmax"))
    first = worked.iterations[0]
    group, steps, aside = first.groups[0]
    wrong = replace(steps[0], value=steps[0].value + 0.1, text="0.55", marked=True)
    broken = replace(first, groups=((group, (wrong, *steps[1:]), aside), *first.groups[1:]))
    with pytest.raises(VerificationError, match=r"z\[1\]\[1\]"):
        replace(worked, iterations=(broken,)).verify()


def test_a_reference_that_is_not_defined_earlier_is_found():
    from dataclasses import replace

    from chalkgrad import example

    worked = solve(example("softmax"))
    first = worked.iterations[0]
    backwards = replace(first, groups=first.groups[::-1])
    assert any(
        "before it is defined" in f for f in findings_of(replace(worked, iterations=(backwards,)))
    )
