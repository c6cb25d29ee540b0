"""Every row of the table of activations against plain arithmetic, differences and its own claims."""

from __future__ import annotations

import math
import random

import pytest

import oracle
from chalkgrad.activations import ACTIVATION_ALIASES, ACTIVATIONS, FUNCTIONS_OF_CODE
from chalkgrad.formula import Formula, Num, children, evaluate, source
from chalkgrad.primitives import NAMESPACE

GRID = [k / 8 for k in range(-64, 65)]
SETTINGS = {
    "linear": [{}, {"slope": -0.3}, {"slope": 2.5}],
    "sigmoid": [{}, {"gain": 0.4}, {"gain": 3.0}],
    "leaky_relu": [{}, {"slope": 0.2}],
    "elu": [{}, {"alpha": 0.5}, {"alpha": 1.7}],
}
KINKED = {"relu", "leaky_relu", "elu", "step"}
POINTWISE = [name for name in ACTIVATIONS if name != "softmax"]
CASES = [(name, params) for name in POINTWISE for params in SETTINGS.get(name, [{}])]


def value_of(formula: Formula) -> float:
    """A formula without symbols, evaluated as a tree and as code: they must be the same float64."""
    tree = evaluate(formula, lambda symbol: math.nan)
    space = {**NAMESPACE, **{f.name: f.point for f in FUNCTIONS_OF_CODE}}
    code = eval(source(formula, str), space)
    assert (tree == code) or (tree != tree and code != code), formula
    return tree


def parts(name, params):
    row = ACTIVATIONS[name]
    p = tuple(Num(v) for v in {**row.params, **params}.values())

    def a(z):
        return value_of(row.value(Num(z), *p))

    def slope(z):
        return value_of(row.slope(Num(z), Num(a(z)), *p))

    def slope_of_z(z):
        return value_of(row.slope_of_z(Num(z), *p))

    return row, a, slope, slope_of_z


def plain(name, params, z):
    return oracle.activate(name, {**oracle.ACTIVATIONS[name], **params}, z)


def test_the_table_has_the_twelve_activations_of_the_format():
    assert list(ACTIVATIONS) == list(oracle.ACTIVATIONS)
    assert {name: dict(row.params) for name, row in ACTIVATIONS.items()} == oracle.ACTIVATIONS


@pytest.mark.parametrize(("name", "params"), CASES)
def test_a_value_is_that_of_the_textbook(name, params):
    _, a, _, _ = parts(name, params)
    for z in GRID:
        assert a(z) == pytest.approx(plain(name, params, z), rel=1e-13, abs=1e-15), z


@pytest.mark.parametrize(("name", "params"), CASES)
def test_both_forms_of_a_slope_are_the_difference_quotient_of_the_textbook_value(name, params):
    _, _, slope, slope_of_z = parts(name, params)
    for z in GRID:
        if name in KINKED and abs(z) < 0.01:
            continue
        expected = oracle.slope(lambda v: plain(name, params, v), z, 1e-3)
        assert slope(z) == pytest.approx(expected, rel=1e-8, abs=1e-9), z
        assert slope_of_z(z) == pytest.approx(expected, rel=1e-8, abs=1e-9), z


@pytest.mark.parametrize(("name", "params"), CASES)
def test_the_slope_in_a_is_the_slope_in_z(name, params):
    _, _, slope, slope_of_z = parts(name, params)
    for z in [*GRID, 0.0, -0.0, 40.0, -40.0]:
        assert slope(z) == pytest.approx(slope_of_z(z), rel=1e-12, abs=1e-15), z


@pytest.mark.parametrize(
    ("name", "params", "value", "slope"),
    [
        ("relu", {}, 0.0, 0.0),
        ("leaky_relu", {"slope": 0.2}, 0.0, 0.2),
        ("elu", {"alpha": 0.5}, 0.0, 0.5),
        ("step", {}, 1.0, 0.0),
    ],
)
def test_a_kink_has_the_value_and_slope_that_its_note_says(name, params, value, slope):
    row, a, shown, of_z = parts(name, params)
    assert [a(0.0), shown(0.0), of_z(0.0)] == [value, slope, slope]
    assert [a(-0.0), shown(-0.0), of_z(-0.0)] == [value, slope, slope]
    assert row.kink.startswith((f"The slope of {name} at z = 0", "step is 1 from z = 0 on"))


def test_every_row_whose_two_sides_differ_in_slope_says_so():
    for name, params in CASES:
        row, _, slope, _ = parts(name, params)
        jump = abs(slope(1e-9) - slope(-1e-9)) > 1e-6
        if jump:
            assert row.kink, name
    assert {name for name, row in ACTIVATIONS.items() if row.kink} == KINKED


@pytest.mark.parametrize(("name", "params"), CASES)
def test_values_stay_in_the_range_and_reach_its_finite_ends(name, params):
    row, a, _, _ = parts(name, params)
    low, high = row.range
    values = [
        a(z)
        for z in [
            *(k / 64 for k in range(-512, 513)),
            -1.2784645,
            -0.7517916,
            -800.0,
            800.0,
            -40.0,
            40.0,
        ]
    ]
    assert all(low <= v <= high for v in values)
    if math.isfinite(low):
        assert min(values) == pytest.approx(low, abs=2e-6)
    if math.isfinite(high):
        assert max(values) == pytest.approx(high, abs=2e-6)
    if name not in ("relu", "silu", "gelu", "softplus") and not math.isfinite(low):
        assert min(values) < -0.4 or max(values) > 100


EXTREMES = {  # the limits, by hand: value at -800, value at 800, slope at -800, slope at 800
    "identity": (-800.0, 800.0, 1.0, 1.0),
    "linear": (-800.0, 800.0, 1.0, 1.0),
    "sigmoid": (0.0, 1.0, 0.0, 0.0),
    "tanh": (-1.0, 1.0, 0.0, 0.0),
    "relu": (0.0, 800.0, 0.0, 1.0),
    "leaky_relu": (-8.0, 800.0, 0.01, 1.0),
    "elu": (-1.0, 800.0, 0.0, 1.0),
    "softplus": (0.0, 800.0, 0.0, 1.0),
    "silu": (0.0, 800.0, 0.0, 1.0),
    "gelu": (0.0, 800.0, 0.0, 1.0),
    "step": (0.0, 1.0, 0.0, 0.0),
}


@pytest.mark.parametrize("name", EXTREMES)
def test_a_net_input_of_800_overflows_nothing(name):
    _, a, slope, slope_of_z = parts(name, {})
    low, high, slope_low, slope_high = EXTREMES[name]
    assert [a(-800.0), a(800.0)] == pytest.approx([low, high], abs=1e-300)
    assert [slope(-800.0), slope(800.0)] == pytest.approx([slope_low, slope_high], abs=1e-300)
    assert [slope_of_z(-800.0), slope_of_z(800.0)] == pytest.approx(
        [slope_low, slope_high], abs=1e-300
    )


@pytest.mark.parametrize(
    ("name", "at", "expected"),
    [
        (
            "softplus",
            -40.0,
            4.248354255291589e-18,
        ),  # e^-40 to 16 digits; ln(1 + e^-40) is 0 as written
        ("elu", -1e-20, -1e-20),  # e^z - 1 is 0 as written
        ("gelu", -30.0, -1.4720134867460985e-196),  # z/2 erfc(30/sqrt 2); 1 + erf is 0 as written
    ],
)
def test_the_stable_form_keeps_digits_that_the_definition_loses(name, at, expected):
    _, a, _, _ = parts(name, {})
    assert a(at) == pytest.approx(expected, rel=1e-13)


def test_the_stable_form_is_the_definition_where_both_have_digits():
    rng = random.Random(3)
    tried = 0
    for row in ACTIVATIONS.values():
        others = [Num(rng.uniform(-3, 3)) for _ in range(3)] if row.whole_layer else []
        for _ in range(50):
            z = Num(rng.uniform(-4, 4))
            zs = [z, *others] if row.whole_layer else []
            formula = row.value(z, *zs, *(Num(v) for v in row.params.values()))
            for node in walk(formula):
                function = getattr(node, "function", None)
                if function and function.stable and function.define:
                    tried += 1
                    stable = value_of(function.stable(*node.args))
                    assert stable == pytest.approx(value_of(function.define(*node.args)), rel=1e-12)
    assert tried >= 100


def walk(node):
    yield node
    for child in children(node):
        yield from walk(child)


# ---------------------------------------------------------------- softmax
def softmax(zs):
    total = sum(math.exp(z) for z in zs)
    return [math.exp(z) / total for z in zs]


def test_softmax_is_exp_over_the_sum_of_exps():
    row, rng = ACTIVATIONS["softmax"], random.Random(5)
    for n in (1, 2, 3, 7):
        zs = [rng.uniform(-5, 5) for _ in range(n)]
        nodes = [Num(z) for z in zs]
        values = [value_of(row.value(z, *nodes)) for z in nodes]
        assert values == pytest.approx(softmax(zs), rel=1e-13)
        assert math.fsum(values) == pytest.approx(1.0, abs=1e-15)


def test_the_own_slope_of_softmax_is_its_difference_quotient():
    row, rng = ACTIVATIONS["softmax"], random.Random(6)
    for _ in range(30):
        zs = [rng.uniform(-3, 3) for _ in range(3)]
        nodes = [Num(z) for z in zs]
        for j in range(3):
            expected = oracle.slope(
                lambda v, j=j: softmax([*zs[:j], v, *zs[j + 1 :]])[j], zs[j], 1e-3
            )
            a = value_of(row.value(nodes[j], *nodes))
            assert value_of(row.slope(nodes[j], Num(a))) == pytest.approx(expected, abs=1e-9)
            assert value_of(row.slope_of_z(nodes[j], *nodes)) == pytest.approx(expected, abs=1e-9)


def test_softmax_of_large_net_inputs_is_finite_and_right():
    row = ACTIVATIONS["softmax"]
    zs = [Num(800.0), Num(799.0), Num(-800.0)]
    e = math.exp(-1.0)
    expected = [1 / (1 + e), e / (1 + e), 0.0]
    assert [value_of(row.value(z, *zs)) for z in zs] == pytest.approx(expected, rel=1e-14)


# ---------------------------------------------------------------- names
def test_aliases_lead_to_rows_and_hide_none():
    assert ACTIVATION_ALIASES == {
        "logistic": "sigmoid", "swish": "silu", "heaviside": "step", "threshold": "step",
    }  # fmt: skip
    assert not set(ACTIVATION_ALIASES) & set(ACTIVATIONS)


def test_every_row_names_its_source():
    for name, row in ACTIVATIONS.items():
        assert row.name == name
        assert any(c.isdigit() for c in row.source), name
