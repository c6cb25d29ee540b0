"""Names: the contract's vocabulary, what is refused, and how each notation spells."""

from __future__ import annotations

import pytest

from chalkgrad import Layer, Problem, RequestError, Sample, Training, example
from chalkgrad.notation import KINDS, Symbol, parse
from chalkgrad.spelling import NOTATIONS, Shape, Speller, contract_name

NAMES = [
    "x[1]", "t[2]", "w[1][2,1]", "b[1][2]", "b[1]", "z[1][2]", "a[2][1]", "loss", "grad_a[2][1]", "da_dz[1][2]",
    "delta[2][2]", "grad_w[1][2,1]", "grad_b[1][2]", "grad_b[1]", "new_w[1][2,1]", "new_b[1][2]", "new_b[1]",
    "error[1]", "grad_a[0][2]", "step_w[1][1,2]", "step_b[1]", "velocity_w[1][1,2]",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_the_contract_is_read_and_written_back(name):
    symbol = parse(name)
    assert symbol.bare == name
    constant = KINDS[symbol.kind].constant
    assert symbol.iteration == (0 if constant else 1)
    again = parse(f"it3.s2.{name}")
    assert (again.kind, again.index, again.sample) == (symbol.kind, symbol.index, 2)
    assert again.iteration == (0 if constant else 3)
    assert parse(f" {name.replace(',', ' , ')} ") == symbol


@pytest.mark.parametrize(
    "name",
    ["", "q[1]", "w", "w[1]", "w[1][2]", "w[1,2,3]", "w[1][2][3]", "loss[1]", "z[1][1", "it.z[1][1]", "s2.it2.z[1][1]",
     "z[1][1].it2", "w[-1][1,1]", "w[a][1,1]", "it2.", "z[[1]][1]", "x[1][1]", "1[1]"],
)  # fmt: skip
def test_what_is_no_name_is_refused(name):
    with pytest.raises(RequestError):
        parse(name)


def test_a_name_that_is_nearly_right_gets_a_hint():
    with pytest.raises(RequestError, match='did you mean "delta"'):
        parse("dleta[1][1]")
    with pytest.raises(RequestError, match=r"must be written like w\[1\]\[1,1\]"):
        parse("w[1][2]")


def test_names_of_kinds_are_unique_in_text():
    texts = {str(Symbol(kind, (1,) * spec.sizes[0])) for kind, spec in KINDS.items()}
    assert len(texts) == len(KINDS)


# ---------------------------------------------------------------- within a problem
def two_layers(**training):
    layers = (Layer(((0.1, 0.2), (0.3, 0.4)), 0.5), Layer(((0.6, 0.7),), (0.8,)))
    samples = (Sample((1.0, 2.0), (0.5,)), Sample((3.0, 4.0), (0.25,)))
    return Problem(
        layers,
        samples,
        Training(learning_rate=0.1, **training),
        names={"w5": "w[2][1,1]", "out": "a[2][1]"},
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("b[1][2]", "it1.b[1]"), ("b[1]", "it1.b[1]"), ("grad_b[1][1]", "it1.grad_b[1]"), ("new_b[1][2]", "it1.new_b[1]"),
        ("step_b[1][2]", "it1.step_b[1]"), ("b[2]", "it1.b[2][1]"), ("w5", "it1.w[2][1,1]"), ("it2.w5", "it2.w[2][1,1]"),
        ("it2.s2.out", "it2.s2.a[2][1]"), ("OUT", "it1.a[2][1]"), ("s2.a[0][1]", "s2.x[1]"), ("s1.loss", "it1.s1.loss"),
        ("loss", "it1.loss"), ("s2.grad_w[1][1,1]", "it1.s2.grad_w[1][1,1]"),
    ],
)  # fmt: skip
def test_a_name_means_the_quantity_of_this_network(name, expected):
    assert str(two_layers().symbol(name)) == expected


def test_the_only_sample_may_be_named_or_left_out():
    problem = example("mazur")
    assert (
        problem.symbol("z[1][1]") == problem.symbol("s1.z[1][1]") == problem.symbol("it1.s1.net_h1")
    )
    assert problem.symbol("s1.grad_w[1][1,1]") == problem.symbol("grad_w[1][1,1]")
    online = two_layers(mode="online", iterations=2)
    assert str(online.symbol("it2.z[1][1]")) == "it2.s2.z[1][1]"


@pytest.mark.parametrize(
    "name",
    [
        "w[3][1,1]",
        "w[1][3,1]",
        "w[1][1,3]",
        "z[0][1]",
        "x[3]",
        "t[2]",
        "s3.z[1][1]",
        "b[3]",
        "w6",
        "w[0][1,1]",
        "delta[2][2]",
        "error[2]",
        "grad_a[0][3]",
    ],
)
def test_a_name_beyond_the_network_is_refused(name):
    with pytest.raises(RequestError):
        two_layers().symbol(name)


# ---------------------------------------------------------------- spelling
SHAPE = Shape((2, 3, 2), (True, False))


def test_weights_are_numbered_in_reading_order():
    numbers = [SHAPE.weight_number(1, j, i) for j in (1, 2, 3) for i in (1, 2)]
    numbers += [SHAPE.weight_number(2, j, i) for j in (1, 2) for i in (1, 2, 3)]
    assert numbers == list(range(1, 13))


def test_biases_are_numbered_in_reading_order_and_a_shared_one_counts_once():
    assert [SHAPE.bias_number(i) for i in ((1,), (2, 1), (2, 2))] == [1, 2, 3]


@pytest.mark.parametrize(
    ("notation", "texts"),
    [
        (
            "index",
            [
                "w[1][2,1]",
                "b[1]",
                "z[1][2]",
                "a[2][1]",
                "δ[2][1]",
                "x[1]",
                "∂E/∂w[1][2,1]",
                "w[1][2,1]_new",
            ],
        ),
        ("numbered", ["w3", "b1", "z_h2", "a_o1", "δ_o1", "x1", "∂E/∂w3", "w3_new"]),
        (
            "source_first",
            ["W_12^1", "W_01^1", "θ_2^1", "x_1^2", "δ_1^2", "x_1^0", "∂E/∂W_12^1", "W_12^1_new"],
        ),
    ],
)
def test_a_notation_spells_like_this(notation, texts):
    symbols = [
        Symbol("w", (1, 2, 1)), Symbol("b", (1,)), Symbol("z", (1, 2)), Symbol("a", (2, 1)), Symbol("delta", (2, 1)),
        Symbol("x", (1,), 0), Symbol("grad_w", (1, 2, 1)), Symbol("new_w", (1, 2, 1)),
    ]  # fmt: skip
    speller = Speller(SHAPE, notation)
    assert [speller(s).plain for s in symbols] == texts


@pytest.mark.parametrize("notation", NOTATIONS)
def test_no_two_quantities_of_a_network_are_spelled_alike(notation):
    sizes = SHAPE.sizes
    symbols = [Symbol("x", (i,), 0) for i in (1, 2)] + [Symbol("t", (i,), 0) for i in (1, 2)]
    for layer in (1, 2):
        for j in range(1, sizes[layer] + 1):
            symbols += [Symbol(k, (layer, j)) for k in ("z", "a", "delta", "grad_a", "da_dz")]
            for i in range(1, sizes[layer - 1] + 1):
                symbols += [Symbol(k, (layer, j, i)) for k in ("w", "grad_w", "new_w", "step_w")]
    symbols += [
        Symbol(k + "b", i) for k in ("", "grad_", "new_", "step_") for i in ((1,), (2, 1), (2, 2))
    ]
    speller = Speller(SHAPE, notation)
    texts = [speller(s).plain for s in symbols]
    assert len(set(texts)) == len(texts)


def test_names_of_the_problem_win_in_every_notation():
    for notation in NOTATIONS:
        speller = two_layers().speller(notation)
        assert speller(Symbol("w", (2, 1, 1))).plain == "w5"
        assert speller(Symbol("grad_w", (2, 1, 1))).plain == "∂E/∂w5"
        assert speller(Symbol("a", (2, 1), 1, 1), Symbol("loss", (), 1, 1)).plain == "out"


def test_only_what_differs_from_the_line_is_said():
    speller = two_layers().speller()
    z = Symbol("z", (1, 1), 1, 2)
    assert speller(z, z).plain == "z[1][1]"
    assert speller(z, Symbol("loss")).plain == "z[1][1]⟨2⟩"
    assert (
        speller(Symbol("new_w", (1, 1, 1), 1), Symbol("w", (1, 1, 1), 2)).plain
        == "it1.w[1][1,1]_new"
    )
    assert contract_name(z, z, 2) == "z[1][1]"
    assert contract_name(z, Symbol("loss"), 2) == "s2.z[1][1]"
    assert contract_name(z, Symbol("loss"), 1) == "z[1][1]"
    assert (
        contract_name(Symbol("new_w", (1, 1, 1), 1), Symbol("w", (1, 1, 1), 2), 1)
        == "it1.new_w[1][1,1]"
    )
