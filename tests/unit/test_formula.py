"""Formulas: the same float64 by every reader, ranges that hold and are tight, brackets that are needed."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from chalkgrad import activations, primitives
from chalkgrad.boxes import Id, to_plain
from chalkgrad.formula import (
    EVERYTHING,
    ONE,
    TWO,
    Add,
    Cases,
    Div,
    Function,
    Mul,
    Neg,
    Num,
    Pow,
    Sym,
    add,
    children,
    evaluate,
    mean,
    mul,
    source,
    sub,
    substitute,
    symbols,
)  # fmt: skip
from chalkgrad.intervals import enclose
from chalkgrad.notation import Symbol
from chalkgrad.primitives import NAMESPACE
from chalkgrad.typesetting import typeset

SPACE = {**NAMESPACE, **{f.name: f.point for f in activations.FUNCTIONS_OF_CODE}}
FUNCTIONS = {
    f.name: f
    for module in (primitives, activations)
    for f in vars(module).values()
    if isinstance(f, Function)
}
DOMAINS = {  # where a function is defined, argument by argument
    "exp": [(-5, 5)], "expm1": [(-5, 5)], "ln": [(0.01, 9)], "log1p": [(-0.9, 9)], "tanh": [(-4, 4)],
    "erf": [(-3, 3)], "sqrt": [(0, 9)], "abs": [(-4, 4)], "sign": [(-4, 4)], "positive_part": [(-4, 4)],
    "xlogy": [(-3, 3), (0.01, 5)], "xdivy": [(-3, 3), (0.05, 5)], "sigmoid": [(-6, 6)],
    "sigmoid_slope": [(-1, 2)], "tanh_slope": [(-2, 2)], "softplus": [(-6, 6)],
    "normal_cdf": [(-4, 4)], "normal_pdf": [(-4, 4)], "elu_negative": [(-4, 1), (0.1, 2)],
    "logsumexp": [(-3, 3)] * 3, "softmax": [(-3, 3)] * 3, "softmax_of": [(-3, 3)] * 3,
}  # fmt: skip
NOT_TIGHT = {"elu_negative"}  # enclosed through its definition: an interval for each mention
BY_CODE_ONLY = {"div", "pow_", "square"}


def symbol(n: int) -> Symbol:
    return Symbol("x", (n,), 0, 1)


def call(function, n):
    """A call on as many symbols; a function of a whole layer gets its own net input first."""
    args = [Sym(symbol(k)) for k in range(n)]
    if function.name in ("softmax", "softmax_of"):
        return function(args[1], *args)
    return function(*args)


def test_every_function_is_in_the_table_of_this_test():
    assert set(FUNCTIONS) == set(DOMAINS) | BY_CODE_ONLY


@pytest.mark.parametrize("name", DOMAINS)
def test_the_range_over_intervals_holds_every_value_and_is_tight_at_its_ends(name):
    function, domains = FUNCTIONS[name], DOMAINS[name]
    node = call(function, len(domains))
    rng = random.Random(name)
    for _ in range(40):
        box = [tuple(sorted(rng.uniform(low, high) for _ in range(2))) for low, high in domains]
        low, high = enclose(node, lambda s: box[s.index[0]])
        axes = [[a + (b - a) * k / 24 for k in range(25)] for a, b in box]
        axes = [axis if len(box) < 3 else axis[::6] for axis in axes]
        # the summits of the hump-shaped functions, where they are inside
        axes = [
            sorted([*axis, *(t for t in (0.0, 0.5) if a < t < b)])
            for axis, (a, b) in zip(axes, box, strict=True)
        ]
        values = [evaluate(node, lambda s: p[s.index[0]]) for p in itertools.product(*axes)]
        dust = 1e-12 * max(1.0, abs(low), abs(high))
        assert all(low - dust <= v <= high + dust for v in values), (box, low, high)
        if name not in NOT_TIGHT:
            assert low == pytest.approx(min(values), rel=1e-9, abs=1e-12), box
            assert high == pytest.approx(max(values), rel=1e-9, abs=1e-12), box


@pytest.mark.parametrize("name", DOMAINS)
def test_the_range_over_one_point_is_the_value(name):
    function, domains = FUNCTIONS[name], DOMAINS[name]
    node = call(function, len(domains))
    rng = random.Random(1)
    at = [rng.uniform(low, high) for low, high in domains]
    value = evaluate(node, lambda s: at[s.index[0]])
    assert enclose(node, lambda s: (at[s.index[0]],) * 2) == pytest.approx(
        (value, value), rel=1e-12
    )


@pytest.mark.parametrize(("name", "form"), [(n, f) for n in DOMAINS for f in ("define", "stable")])
def test_a_composition_is_worth_what_its_definition_and_its_stable_form_are(name, form):
    function, domains = FUNCTIONS[name], DOMAINS[name]
    make = getattr(function, form)
    if make is None:
        assert function.point or (function.define and form == "stable")
        return
    rng = random.Random(2)
    node = call(function, len(domains))
    for _ in range(50):
        at = [rng.uniform(low, high) for low, high in domains]
        value = evaluate(node, lambda s: at[s.index[0]])
        assert evaluate(make(*node.args), lambda s: at[s.index[0]]) == pytest.approx(
            value, rel=1e-11
        )


# ---------------------------------------------------------------- trees
def tree(rng: random.Random, depth: int):
    """A random formula over three symbols."""
    kind = rng.choice(
        ["num", "sym"] if depth == 0 else ["neg", "add", "mul", "div", "pow", "fn", "cases", "sym"]
    )
    below = lambda: tree(rng, depth - 1)
    if kind == "num":
        return Num(round(rng.uniform(-3, 3), 2))
    if kind == "sym":
        return Sym(symbol(rng.randrange(3)))
    if kind == "neg":
        return Neg(below())
    if kind == "add":
        return Add(
            tuple(Neg(below()) if rng.random() < 0.4 else below() for _ in range(rng.randint(1, 4)))
        )
    if kind == "mul":
        return Mul(tuple(below() for _ in range(rng.randint(1, 3))))
    if kind == "div":
        return Div(below(), below())
    if kind == "pow":
        return Pow(below(), Num(float(rng.choice([2, 2, 3, 1]))))
    if kind == "fn":
        return FUNCTIONS[
            rng.choice(["exp", "tanh", "abs", "sigmoid", "softplus", "positive_part", "ln", "sqrt"])
        ](below())
    return Cases(below(), rng.choice([">", ">="]), below(), below(), below())


def test_generated_code_gives_the_same_float64_as_the_tree():
    rng = random.Random(8)
    special = [0.0, -0.0, 1.0, math.inf, -math.inf, math.nan, 1e308, 5e-324]
    compared = 0
    for n in range(1500):
        node = tree(rng, rng.randint(1, 4))
        at = [rng.choice(special) if n % 3 == 0 else rng.uniform(-2, 2) for _ in range(3)]
        value = evaluate(node, lambda s: at[s.index[0]])
        code = eval(
            source(node, lambda s: f"v{s.index[0]}"),
            {**SPACE, "v0": at[0], "v1": at[1], "v2": at[2]},
        )
        assert value == code or (value != value and code != code), (node, at)
        compared += math.isfinite(value)
    assert compared > 500


def test_code_computes_what_python_computes_from_the_brackets():
    """`evaluate` against Python's own reading of the formula as it is set."""
    rng = random.Random(9)
    compared = 0
    for _ in range(800):
        node = plain_tree(rng, rng.randint(1, 4))
        text = to_plain(typeset(node, lambda s: Id(f"v{s.index[0]}")))
        text = text.replace("−", "-").replace("·", "*").replace("^", "**").replace(" ", "")
        at = [rng.uniform(0.5, 2) for _ in range(3)]
        value = evaluate(node, lambda s: at[s.index[0]])
        try:
            read = eval(text, {"v0": at[0], "v1": at[1], "v2": at[2]})
        except ZeroDivisionError:
            continue
        if math.isfinite(value) and abs(value) < 1e12:
            compared += 1
            assert read == pytest.approx(value, rel=1e-9, abs=1e-9), (text, node)
    assert compared > 400


def plain_tree(rng, depth):
    kind = rng.choice(["num", "sym"] if depth == 0 else ["neg", "add", "mul", "div", "pow", "sym"])
    below = lambda: plain_tree(rng, depth - 1)
    if kind == "num":
        return Num(round(rng.uniform(-3, 3), 1))
    if kind == "sym":
        return Sym(symbol(rng.randrange(3)))
    if kind == "neg":
        return Neg(below())
    if kind == "add":
        return Add(
            tuple(Neg(below()) if rng.random() < 0.4 else below() for _ in range(rng.randint(2, 3)))
        )
    if kind == "mul":
        return Mul(tuple(below() for _ in range(rng.randint(2, 3))))
    if kind == "div":
        return Div(below(), below())
    return Pow(below(), TWO)


def test_intervals_of_random_formulas_hold_their_values():
    rng = random.Random(10)
    held = 0
    for _ in range(600):
        node = tree(rng, rng.randint(1, 3))
        box = [tuple(sorted((rng.uniform(-2, 2), rng.uniform(-2, 2)))) for _ in range(3)]
        low, high = enclose(node, lambda s: box[s.index[0]])
        for _ in range(10):
            at = [rng.uniform(*ends) for ends in box]
            value = evaluate(node, lambda s: at[s.index[0]])
            if math.isfinite(value):
                dust = 1e-9 * max(1.0, abs(value))
                assert low - dust <= value <= high + dust, (node, box, at)
                held += (low, high) != EVERYTHING
    assert held > 2000


# ---------------------------------------------------------------- points of IEEE 754
@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (Div(Num(1.0), Num(0.0)), math.inf),
        (Div(Num(-1.0), Num(0.0)), -math.inf),
        (Div(Num(0.0), Num(0.0)), math.nan),
        (primitives.LN(Num(0.0)), -math.inf),
        (primitives.LN(Num(-1.0)), math.nan),
        (primitives.EXP(Num(1000.0)), math.inf),
        (primitives.EXP(Num(-1000.0)), 0.0),
        (primitives.XLOGY(Num(0.0), Num(0.0)), 0.0),
        (primitives.XLOGY(Num(1.0), Num(0.0)), -math.inf),
        (primitives.XDIVY(Num(0.0), Num(0.0)), 0.0),
        (primitives.XDIVY(Num(1.0), Num(0.0)), math.inf),
        (primitives.SQRT(Num(-1.0)), math.nan),
        (primitives.SIGN(Num(0.0)), 0.0),
        (Pow(Num(-10.0), Num(401.0)), -math.inf),
        (Pow(Num(0.0), Num(-1.0)), math.inf),
        (primitives.LOGSUMEXP(Num(1000.0), Num(1000.0)), 1000.6931471805599),
        (primitives.LOGSUMEXP(Num(-math.inf), Num(-math.inf)), -math.inf),
        (Cases(Num(math.nan), ">", Num(0.0), ONE, TWO), math.nan),
    ],
)
def test_what_overflows_or_is_undefined_has_its_ieee_value(node, expected):
    for value in (
        evaluate(node, lambda s: 0.0),
        eval(source(node, str), {**SPACE, "inf": math.inf, "nan": math.nan}),
    ):
        assert value == expected or (value != value and expected != expected)


# ---------------------------------------------------------------- makers and readers
def test_makers_leave_out_what_says_nothing():
    x = Sym(symbol(0))
    assert add(x) is x
    assert mul(ONE, x) is x
    assert mul(ONE) == ONE
    assert mean(x) is x
    assert evaluate(mean(Num(1.0), Num(2.0), Num(6.0)), lambda s: 0.0) == 3.0
    assert evaluate(sub(Num(5.0), Num(7.0)), lambda s: 0.0) == -2.0


def test_symbols_come_in_reading_order_with_repetitions():
    x, y = Sym(symbol(0)), Sym(symbol(1))
    node = Add((Mul((y, x)), Neg(Div(x, Pow(y, TWO)))))
    assert [s.index[0] for s in symbols(node)] == [1, 0, 0, 1]
    assert children(node) == node.terms


def test_substitution_replaces_every_symbol_in_every_kind_of_node():
    rng = random.Random(11)
    for _ in range(200):
        node = tree(rng, 3)
        at = [rng.uniform(-2, 2) for _ in range(3)]
        replaced = substitute(node, lambda s: Num(at[s.index[0]]))
        assert list(symbols(replaced)) == []
        one, other = (
            evaluate(replaced, lambda s: math.nan),
            evaluate(node, lambda s: at[s.index[0]]),
        )
        assert one == other or (one != one and other != other)


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (Mul((Num(2.0), Num(-0.3))), "2 · (−0.3)"),
        (Mul((Num(-0.3), Num(2.0))), "(−0.3) · 2"),
        (Add((Num(-0.3), Num(-2.0))), "−0.3 + (−2)"),
        (sub(Num(1.0), Num(-2.0)), "1 − (−2)"),
        (sub(Num(1.0), Add((Num(2.0), Num(3.0)))), "1 − (2 + 3)"),
        (Neg(Num(-0.4, "-0.4")), "0.4"),
        (Neg(Neg(Num(4.0))), "−(−4)"),
        (Pow(Num(-2.0), TWO), "(−2)^2"),
        (Pow(Neg(Num(2.0)), TWO), "(−2)^2"),
        (Div(Num(1.0), Add((Num(2.0), Num(3.0)))), "1/(2 + 3)"),
        (Mul((Num(1e-7), Num(2.0))), "1e−7 · 2"),
        (Pow(Num(1e-7), TWO), "(1e−7)^2"),
        (primitives.EXP(Neg(Num(0.5))), "e^(−0.5)"),
        (primitives.XLOGY(Num(-1.0), Num(0.5)), "(−1) · ln(0.5)"),
        (primitives.ABS(Num(-1.5)), "|−1.5|"),
    ],
)
def test_brackets_stand_where_they_are_needed(node, text):
    assert to_plain(typeset(node, lambda s: Id("v"))) == text


@pytest.mark.parametrize(
    ("left", "relation", "text"),
    [
        (2.0, ">", "1 because 2 > 0"),
        (0.0, ">", "0 because 0 ≤ 0"),
        (0.0, ">=", "1 because 0 ≥ 0"),
        (-1.0, ">=", "0 because −1 < 0"),
    ],
)
def test_a_case_with_numbers_says_which_holds_and_why(left, relation, text):
    node = Cases(Num(left), relation, Num(0.0), Num(1.0), Num(0.0))
    assert to_plain(typeset(node, lambda s: Id("v"))) == text
