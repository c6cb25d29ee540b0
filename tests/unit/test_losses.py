"""Every row of the table of losses, and the pairings, against plain arithmetic and differences."""

from __future__ import annotations

import math
import random

import pytest

import oracle
from chalkgrad import Choice, Layer, Problem, ProblemError, Sample, Training, solve
from chalkgrad.activations import ACTIVATIONS
from chalkgrad.formula import Num, evaluate
from chalkgrad.losses import LOSSES, NO_LOSS, PAIRINGS

SETTINGS = {"huber": [{}, {"delta": 0.4}, {"delta": 2.0}]}
CASES = [(name, params) for name in LOSSES for params in SETTINGS.get(name, [{}])]
UNIT = ("binary_cross_entropy", "cross_entropy")


def number(formula) -> float:
    return evaluate(formula, lambda symbol: math.nan)


def both(name, params):
    row = LOSSES[name]
    p = tuple(Num(v) for v in {**row.params, **params}.values())
    terms = lambda a, t: (Num(a), *((Num(t),) if row.takes else ()), *p)
    return (lambda a, t: number(row.value(*terms(a, t)))), (
        lambda a, t: number(row.slope(*terms(a, t)))
    )


def plain(name, params, a, t):
    """The loss of one output, by the textbook, from the loops of the oracle."""
    net = {
        "W": [[[1.0]]], "B": [None], "act": [("identity", {})], "over_outputs": "sum",
        "loss": (name, {**oracle.LOSSES[name], **params}),
    }  # fmt: skip
    return oracle.loss_of_sample(net, [a], [t])


def points(name):
    rng = random.Random(name)
    for _ in range(120):
        if name in UNIT:
            yield rng.uniform(0.02, 0.98), rng.choice([0.0, 1.0, 0.3, rng.random()])
        else:
            yield rng.uniform(-3, 3), rng.uniform(-3, 3)


def test_the_table_has_the_losses_of_the_format():
    assert list(LOSSES) == list(oracle.LOSSES)
    assert {name: dict(row.params) for name, row in LOSSES.items()} == oracle.LOSSES
    assert NO_LOSS == "none"


@pytest.mark.parametrize(("name", "params"), CASES)
def test_a_value_is_that_of_the_textbook(name, params):
    value, _ = both(name, params)
    for a, t in points(name):
        assert value(a, t) == pytest.approx(plain(name, params, a, t), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize(("name", "params"), CASES)
def test_a_slope_is_the_difference_quotient_of_the_textbook_value(name, params):
    _, slope = both(name, params)
    tried = 0
    for a, t in points(name):
        if name == "absolute_error" and abs(a - t) < 0.01:
            continue
        if name == "huber" and abs(abs(a - t) - {"delta": 1.0, **params}["delta"]) < 0.01:
            continue
        tried += 1
        expected = oracle.slope(lambda v, t=t: plain(name, params, v, t), a, 1e-4)
        assert slope(a, t) == pytest.approx(expected, rel=1e-7, abs=1e-8), (a, t)
    assert tried > 100


def test_factors_are_those_in_the_names():
    values = {name: both(name, {})[0](3.0, 1.0) for name in LOSSES if name not in UNIT}
    assert values == {
        "half_squared_error": 2.0, "squared_error": 4.0, "absolute_error": 2.0, "huber": 1.5, "output": 3.0,
    }  # fmt: skip


def test_the_slope_of_the_absolute_error_at_its_kink_is_0_and_said():
    assert both("absolute_error", {})[1](0.7, 0.7) == 0.0
    assert "0" in LOSSES["absolute_error"].kink
    assert [name for name, row in LOSSES.items() if row.kink] == ["absolute_error"]


def test_huber_is_smooth_where_its_pieces_meet():
    value, slope = both("huber", {"delta": 0.5})
    for side in (-1, 1):
        at, before, after = (1 + side * e for e in (0.5, 0.5 - 1e-9, 0.5 + 1e-9))
        assert value(at, 1.0) == pytest.approx(0.125, rel=1e-15)
        assert slope(before, 1.0) == pytest.approx(slope(after, 1.0), abs=2e-9)
        assert slope(at, 1.0) == pytest.approx(side * 0.5)


@pytest.mark.parametrize(
    ("a", "t", "value", "slope"),
    [
        (0.0, 0.0, 0.0, 1.0), (1.0, 1.0, 0.0, -1.0),
        (0.0, 1.0, math.inf, -math.inf), (1.0, 0.0, math.inf, math.inf),
    ],
)  # fmt: skip
def test_cross_entropies_at_the_ends_are_0_or_infinite_and_never_undefined(a, t, value, slope):
    loss, by_a = both("binary_cross_entropy", {})
    assert loss(a, t) == value
    assert by_a(a, t) == slope
    if t == 0.0:
        assert both("cross_entropy", {})[0](a, t) == 0.0
        assert both("cross_entropy", {})[1](a, t) == 0.0


# ---------------------------------------------------------------- targets
def problem(loss, target, activation="sigmoid"):
    layer = Layer(tuple(((0.1,),) * max(1, len(target))), activation=Choice(activation))
    return Problem((layer,), (Sample((1.0,), tuple(target)),), Training(loss=Choice(loss)))


@pytest.mark.parametrize("name", [n for n in LOSSES if n not in (*UNIT, "output")])
def test_errors_of_squares_and_amounts_take_any_finite_target(name):
    for target in (-5.0, 0.0, 1e9):
        assert problem(name, [target]).samples[0].target == (target,)
    for target in (math.nan, math.inf):
        with pytest.raises(ProblemError, match="finite"):
            problem(name, [target])


def test_binary_cross_entropy_takes_targets_from_0_to_1():
    for target in (0.0, 0.25, 1.0):
        problem("binary_cross_entropy", [target])
    for target in (-0.01, 1.01, 2.0):
        with pytest.raises(ProblemError, match="a number from 0 to 1"):
            problem("binary_cross_entropy", [target])


def test_cross_entropy_of_softmax_takes_targets_that_add_up_to_1():
    for target in ([1.0, 0.0, 0.0], [0.2, 0.3, 0.5], [0.1] * 10):
        problem("cross_entropy", target, "softmax")
    with pytest.raises(ProblemError, match="add up to 1"):
        problem("cross_entropy", [1.0, 1.0], "softmax")
    with pytest.raises(ProblemError, match="add up to 1"):
        problem("cross_entropy", [0.0, 0.0], "softmax")
    with pytest.raises(ProblemError, match="a number from 0 to 1"):
        problem("cross_entropy", [-1.0, 2.0], "softmax")


def test_the_output_itself_takes_no_target():
    layer = Layer(((0.1,),))
    with pytest.raises(ProblemError, match="left out with the loss output"):
        Problem((layer,), (Sample((1.0,), (1.0,)),), Training(loss=Choice("output")))
    assert (
        solve(Problem((layer,), (Sample((2.0,)),), Training(loss=Choice("output"))))["loss"] == 0.2
    )


def test_softmax_without_its_partner_is_refused_and_named():
    for loss in LOSSES:
        if loss == "cross_entropy":
            continue
        target = [] if loss == "output" else [1.0, 0.0]
        with pytest.raises(ProblemError, match='"cross_entropy"'):
            problem(loss, target or [1.0, 0.0], "softmax")


# ---------------------------------------------------------------- pairings
def test_the_pairings_are_the_two_that_textbooks_have():
    assert list(PAIRINGS) == [("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy")]


def softmax_loss(zs, ts):
    total = sum(map(math.exp, zs))
    return sum(-t * math.log(math.exp(z) / total) for z, t in zip(zs, ts, strict=True) if t)


def sigmoid_loss(z, t, gain=1.0):
    a = 1 / (1 + math.exp(-gain * z))
    return -(t * math.log(a) + (1 - t) * math.log(1 - a))


def test_the_delta_of_softmax_is_the_gradient_of_the_loss_through_the_whole_layer():
    pair, rng = PAIRINGS["softmax", "cross_entropy"], random.Random(1)
    for _ in range(40):
        zs = [rng.uniform(-3, 3) for _ in range(4)]
        ts = [rng.random() for _ in zs] if rng.random() < 0.5 else [1.0, 0.0, 0.0, 0.0]
        ts = [t / sum(ts) for t in ts]
        total = sum(map(math.exp, zs))
        for j, z in enumerate(zs):
            expected = oracle.slope(
                lambda v, j=j: softmax_loss([*zs[:j], v, *zs[j + 1 :]], ts), z, 1e-3
            )
            delta = number(pair.delta(Num(math.exp(z) / total), Num(ts[j])))
            assert delta == pytest.approx(expected, abs=1e-9)


def test_the_delta_of_softmax_is_the_product_with_its_full_jacobian():
    """sum over k of dE/da_k da_k/dz_j, the Jacobian from differences of plain softmax."""
    pair, rng = PAIRINGS["softmax", "cross_entropy"], random.Random(2)
    slope = LOSSES["cross_entropy"].slope

    def a_of(zs):
        total = sum(map(math.exp, zs))
        return [math.exp(z) / total for z in zs]

    for _ in range(20):
        zs = [rng.uniform(-2, 2) for _ in range(3)]
        ts = [0.2, 0.5, 0.3]
        grad_a = [number(slope(Num(a), Num(t))) for a, t in zip(a_of(zs), ts, strict=True)]
        for j in range(3):
            column = [
                oracle.slope(lambda v, k=k, j=j: a_of([*zs[:j], v, *zs[j + 1 :]])[k], zs[j], 1e-3)
                for k in range(3)
            ]
            product = sum(g * c for g, c in zip(grad_a, column, strict=True))
            assert number(pair.delta(Num(a_of(zs)[j]), Num(ts[j]))) == pytest.approx(
                product, abs=1e-9
            )


@pytest.mark.parametrize("gain", [1.0, 0.4, 3.0])
def test_the_delta_of_sigmoid_is_the_gradient_and_the_product_of_both_slopes(gain):
    pair, rng = PAIRINGS["sigmoid", "binary_cross_entropy"], random.Random(3)
    for _ in range(60):
        z, t = rng.uniform(-2, 2), rng.choice([0.0, 1.0, 0.3])
        a = 1 / (1 + math.exp(-gain * z))
        delta = number(pair.delta(Num(a), Num(t), Num(gain)))
        assert delta == pytest.approx(
            oracle.slope(lambda v, t=t: sigmoid_loss(v, t, gain), z, 1e-4), abs=1e-8
        )
        grad_a = number(LOSSES["binary_cross_entropy"].slope(Num(a), Num(t)))
        da_dz = number(ACTIVATIONS["sigmoid"].slope(Num(z), Num(a), Num(gain)))
        assert delta == pytest.approx(grad_a * da_dz, rel=1e-12, abs=1e-14)


def test_the_stable_losses_are_the_formulas_at_moderate_net_inputs():
    rng = random.Random(4)
    for _ in range(100):
        zs = [rng.uniform(-5, 5) for _ in range(3)]
        ts = [0.1, 0.6, 0.3]
        nodes = tuple(map(Num, zs))
        soft = PAIRINGS["softmax", "cross_entropy"].stable
        total = sum(number(soft(Num(z), Num(t), nodes)) for z, t in zip(zs, ts, strict=True))
        assert total == pytest.approx(softmax_loss(zs, ts), rel=1e-12)
        gain = rng.choice([1.0, 0.5, 2.0])
        stable = PAIRINGS["sigmoid", "binary_cross_entropy"].stable
        for t in (0.0, 1.0, 0.3):
            got = number(stable(Num(zs[0]), Num(t), nodes, Num(gain)))
            assert got == pytest.approx(sigmoid_loss(zs[0], t, gain), rel=1e-10)


@pytest.mark.parametrize(
    ("z", "t", "expected"),
    [(800, 0, 800), (800, 1, 0), (-800, 1, 800), (-800, 0, 0), (800, 0.25, 600)],
)
def test_the_paired_losses_at_net_inputs_of_800_are_finite_and_right(z, t, expected):
    stable = PAIRINGS["sigmoid", "binary_cross_entropy"].stable
    assert number(stable(Num(float(z)), Num(float(t)), (), Num(1.0))) == expected
    soft = PAIRINGS["softmax", "cross_entropy"].stable
    layer = (Num(float(z)), Num(0.0))
    got = sum(number(soft(n, Num(float(p)), layer)) for n, p in zip(layer, (t, 1 - t), strict=True))
    assert got == pytest.approx(expected, abs=1e-300)


def test_a_saturated_output_is_worked_with_the_loss_from_its_net_input():
    layer = Layer(((800.0,),), activation=Choice("sigmoid"))
    training = Training(loss=Choice("binary_cross_entropy"), learning_rate=0.1)
    worked = solve(Problem((layer,), (Sample((1.0,), (0.0,)),), training))
    assert (worked["loss"], worked["delta[1][1]"], worked["grad_w[1][1,1]"]) == (800.0, 1.0, 1.0)
    worked.verify()
