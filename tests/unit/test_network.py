"""The conventions of the working, each against sums that are written out in the test."""

from __future__ import annotations

import math
import random

import pytest

import oracle
from chalkgrad import Choice, Layer, Problem, RequestError, Sample, Training, example, solve
from problems import as_problem

STYLES = ("chain", "delta", "matrix")
W1, W2 = ((0.15, 0.20), (0.25, 0.30)), ((0.40, 0.45), (0.50, 0.55))
SIGMOID = Choice("sigmoid")


def two_two_two(bias=(0.35, 0.60), samples=None, **training):
    layers = (Layer(W1, bias[0], SIGMOID), Layer(W2, bias[1], SIGMOID))
    samples = samples or [((0.05, 0.10), (0.01, 0.99))]
    return Problem(layers, tuple(Sample(x, t) for x, t in samples), Training(**training))


def s(z):
    return 1 / (1 + math.exp(-z))


def net(problem):
    """The oracle's form of a sigmoid problem."""
    return {
        "W": [[list(row) for row in layer.weights] for layer in problem.layers],
        "B": [list(b) if isinstance(b := layer.bias, tuple) else b for layer in problem.layers],
        "act": [("sigmoid", {"gain": 1.0}) for _ in problem.layers],
        "samples": [(p.input, p.target) for p in problem.samples],
        "loss": ("half_squared_error", {}),
        "over_outputs": problem.training.over_outputs, "over_samples": problem.training.over_samples,
        "bias_input": problem.training.bias_input,
    }  # fmt: skip


# ---------------------------------------------------------------- update order
@pytest.mark.parametrize("style", STYLES)
def test_in_place_hidden_gradients_go_back_through_updated_weights(style):
    w = solve(
        two_two_two(learning_rate=0.5, train_biases=False, update_order="in_place"), style=style
    )
    x, t = (0.05, 0.10), (0.01, 0.99)
    h = [s(r[0] * x[0] + r[1] * x[1] + 0.35) for r in W1]
    o = [s(r[0] * h[0] + r[1] * h[1] + 0.60) for r in W2]
    d = [(a - y) * a * (1 - a) for a, y in zip(o, t, strict=True)]
    new2 = [[W2[k][i] - 0.5 * d[k] * h[i] for i in range(2)] for k in range(2)]
    for i in range(2):
        back = sum(d[k] * new2[k][i] for k in range(2))
        assert w[f"grad_a[1][{i + 1}]"] == pytest.approx(back, rel=1e-13)
        for j in range(2):
            g = back * h[i] * (1 - h[i]) * x[j]
            assert w[f"grad_w[1][{i + 1},{j + 1}]"] == pytest.approx(g, rel=1e-13)
            assert w[f"new_w[1][{i + 1},{j + 1}]"] == pytest.approx(W1[i][j] - 0.5 * g, rel=1e-13)


@pytest.mark.parametrize("style", STYLES)
def test_in_simultaneous_order_they_go_back_through_the_old_weights(style):
    problem = two_two_two(learning_rate=0.5)
    w = solve(problem, style=style)
    d = [w[f"delta[2][{k}]"] for k in (1, 2)]
    for i in (1, 2):
        expected = d[0] * W2[0][i - 1] + d[1] * W2[1][i - 1]
        assert w[f"grad_a[1][{i}]"] == pytest.approx(expected, rel=1e-13)


def test_output_gradients_and_the_first_loss_are_the_same_in_both_orders():
    one, other = (
        solve(two_two_two(learning_rate=0.5, update_order=o)) for o in ("simultaneous", "in_place")
    )
    assert one["loss"] == other["loss"]
    assert one["new_w[2][2,1]"] == other["new_w[2][2,1]"]
    assert one["new_w[1][2,1]"] != other["new_w[1][2,1]"]


# ---------------------------------------------------------------- batch and online
SAMPLES = [((0.05, 0.10), (0.01, 0.99)), ((0.9, -0.4), (0.7, 0.2)), ((-1.0, 0.3), (0.5, 0.5))]


@pytest.mark.parametrize("style", STYLES)
def test_online_mode_takes_the_samples_in_turn_as_batches_of_one(style):
    problem = two_two_two(samples=SAMPLES, learning_rate=0.5, mode="online", iterations=5)
    w = solve(problem, style=style)
    state = net(problem)
    for k in range(1, 6):
        turn = {**state, "samples": [SAMPLES[(k - 1) % 3]]}
        assert w.losses[k - 1] == pytest.approx(oracle.loss(turn), rel=1e-12)
        for name, g in oracle.gradients(turn).items():
            assert w[f"it{k}.{name}"] == pytest.approx(g, abs=1e-9), name
        assert {p.symbol.sample for p in w.iterations[k - 1].steps()} == {0, (k - 1) % 3 + 1}
        for layer, rows in enumerate(state["W"], 1):
            for j, row in enumerate(rows, 1):
                for i in range(1, len(row) + 1):
                    row[i - 1] = w[f"it{k}.new_w[{layer}][{j},{i}]"]
            state["B"][layer - 1] = w[f"it{k}.new_b[{layer}]"]
    assert len(w.losses) == 6
    assert w.losses[5] == pytest.approx(oracle.loss({**state, "samples": [SAMPLES[2]]}), rel=1e-12)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("over", "factor"), [("mean", 1 / 3), ("sum", 1.0)])
def test_a_sample_keeps_its_own_gradients_and_the_batch_takes_their_mean_or_sum(
    over, factor, style
):
    w = solve(two_two_two(samples=SAMPLES, learning_rate=0.5, over_samples=over), style=style)
    alone = [solve(two_two_two(samples=[p], learning_rate=0.5), style=style) for p in SAMPLES]
    names = [f"grad_w[{l}][{j},{i}]" for l in (1, 2) for j in (1, 2) for i in (1, 2)]
    names += ["grad_b[1]", "grad_b[2]", "loss"]
    for name in names:
        parts = [one[name] for one in alone]
        assert [w[f"s{k}.{name}"] for k in (1, 2, 3)] == pytest.approx(parts, rel=1e-14)
        assert w[name] == pytest.approx(factor * sum(parts), rel=1e-13)
    for name in (
        "delta[1][2]",
        "grad_a[2][1]",
        "z[1][1]",
        "error[2]",
        "da_dz[2][2]",
        "grad_a[0][1]",
    ):
        assert [w[f"s{k}.{name}"] for k in (1, 2, 3)] == pytest.approx(
            [o[name] for o in alone], rel=1e-14
        )
    assert w["new_w[1][1,2]"] == pytest.approx(0.20 - 0.5 * w["grad_w[1][1,2]"], rel=1e-14)


@pytest.mark.parametrize("style", STYLES)
def test_a_mean_over_outputs_divides_loss_and_deltas_by_their_number(style):
    one, other = (solve(two_two_two(over_outputs=o), style=style) for o in ("sum", "mean"))
    for name in (
        "loss",
        "grad_a[2][1]",
        "delta[2][2]",
        "grad_a[1][1]",
        "delta[1][2]",
        "grad_w[1][1,1]",
        "grad_b[2]",
    ):
        assert other[name] == pytest.approx(one[name] / 2, rel=1e-13), name
    assert other["da_dz[2][1]"] == one["da_dz[2][1]"]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "pair", [("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy")]
)
def test_a_mean_over_outputs_divides_the_deltas_of_a_pairing_too(style, pair):
    def worked(over):
        layer = Layer(((0.2, -0.4), (0.5, 0.1), (-0.3, 0.8)), (0.1, 0.2, 0.3), Choice(pair[0]))
        training = Training(loss=Choice(pair[1]), over_outputs=over)
        return solve(
            Problem((layer,), (Sample((1.0, -0.5), (0.0, 1.0, 0.0)),), training), style=style
        )

    for name in ("loss", "delta[1][1]", "delta[1][2]", "grad_w[1][3,1]", "grad_b[1][2]"):
        assert worked("mean")[name] == pytest.approx(worked("sum")[name] / 3, rel=1e-13), name


# ---------------------------------------------------------------- biases
@pytest.mark.parametrize("style", STYLES)
def test_the_gradient_of_a_shared_bias_is_the_sum_of_separate_ones(style):
    shared = solve(two_two_two(samples=SAMPLES, learning_rate=0.5), style=style)
    own = solve(two_two_two(((0.35, 0.35), (0.60, 0.60)), SAMPLES, learning_rate=0.5), style=style)
    for layer in (1, 2):
        parts = [own[f"grad_b[{layer}][{j}]"] for j in (1, 2)]
        assert shared[f"grad_b[{layer}]"] == pytest.approx(sum(parts), rel=1e-13)
        assert shared[f"new_b[{layer}]"] == pytest.approx(
            (0.35, 0.60)[layer - 1] - 0.5 * sum(parts), rel=1e-13
        )
        assert shared[f"s2.grad_b[{layer}]"] == pytest.approx(
            sum(own[f"s2.grad_b[{layer}][{j}]"] for j in (1, 2)), rel=1e-13
        )
    assert shared["b[1][2]" if False else "new_b[1][2]"] == shared["new_b[1]"]


@pytest.mark.parametrize("style", STYLES)
def test_a_bias_input_of_minus_1_subtracts_the_bias_and_turns_its_gradient(style):
    plus = solve(two_two_two((-0.35, -0.60), learning_rate=0.5), style=style)
    minus = solve(two_two_two((0.35, 0.60), learning_rate=0.5, bias_input=-1), style=style)
    for name in ("z[1][1]", "a[2][2]", "loss", "grad_w[1][1,2]", "new_w[2][1,1]"):
        assert minus[name] == plus[name]
    for name in ("grad_b[1]", "new_b[1]", "step_b[2]", "grad_b[2]"):
        assert minus[name] == pytest.approx(-plus[name], rel=1e-14)


@pytest.mark.parametrize("style", STYLES)
def test_frozen_biases_have_gradients_and_stay(style):
    w = solve(two_two_two(learning_rate=0.5, train_biases=False, iterations=3), style=style)
    for k in (1, 2, 3):
        assert w[f"it{k}.grad_b[1]"] != 0
        assert w[f"it{k}.new_b[1]"] == 0.35
        assert w[f"it{k}.step_b[2]"] == 0
    assert {p.kind for p in w.final} == {"w"}


def test_a_layer_without_bias_has_no_bias_quantities():
    w = solve(two_two_two((None, None), learning_rate=0.5))
    assert not [p for p in w.steps() if p.symbol.kind.endswith("_b")]
    assert w["z[1][1]"] == pytest.approx(0.15 * 0.05 + 0.20 * 0.10, rel=1e-15)


# ---------------------------------------------------------------- quantities of their own
@pytest.mark.parametrize("style", STYLES)
def test_the_gradient_of_an_input_is_the_slope_of_the_loss_along_it(style):
    w = solve(two_two_two(learning_rate=0.5), style=style)
    state = net(two_two_two())
    for i in range(2):

        def at(v, i=i):
            x = [0.05, 0.10]
            x[i] = v
            return oracle.loss_of_sample(state, x, (0.01, 0.99))

        assert w[f"grad_a[0][{i + 1}]"] == pytest.approx(
            oracle.slope(at, (0.05, 0.10)[i], 1e-3), rel=1e-8
        )


@pytest.mark.parametrize("style", STYLES)
def test_error_is_target_minus_output_and_step_is_new_minus_old(style):
    w = solve(two_two_two(learning_rate=0.5), style=style)
    for j, t in ((1, 0.01), (2, 0.99)):
        assert w[f"error[{j}]"] == t - w[f"a[2][{j}]"]
    for l, rows in ((1, W1), (2, W2)):
        for j in (1, 2):
            for i in (1, 2):
                name = f"[{l}][{j},{i}]"
                assert w[f"step_w{name}"] == pytest.approx(
                    w[f"new_w{name}"] - rows[j - 1][i - 1], abs=1e-16
                )
    assert w["step_b[1]"] == pytest.approx(w["new_b[1]"] - 0.35, abs=1e-16)


@pytest.mark.parametrize("style", STYLES)
def test_a_delta_is_the_gradient_by_the_activation_times_the_slope(style):
    rng = random.Random(12)
    compared = 0
    for _ in range(40):
        drawn = oracle.draw(rng)
        if "softmax" in {name for name, _ in drawn["act"]} or oracle.near_kink(drawn):
            continue
        w = solve(as_problem(drawn), style=style)
        for step in w.steps():
            if step.symbol.kind == "delta":
                prefix, name = str(step.symbol).rsplit("delta", 1)
                product = w[f"{prefix}grad_a{name}"] * w[f"{prefix}da_dz{name}"]
                assert step.value == pytest.approx(product, rel=1e-10, abs=1e-14)
                compared += 1
    assert compared > 100


def test_without_a_loss_there_is_a_forward_pass_and_nothing_else():
    layers = (Layer(W1, 0.35, SIGMOID), Layer(W2, 0.60, Choice("softmax")))
    w = solve(Problem(layers, (Sample((0.05, 0.10)),), Training(loss=Choice("none"))))
    assert {step.symbol.kind for step in w.steps()} == {"z", "a"}
    assert w.losses == ()
    assert w.updates == 0
    assert w["a[2][1]"] + w["a[2][2]"] == pytest.approx(1.0)
    w.verify()


def test_the_gradient_of_the_output_itself_needs_no_target():
    layer = Layer(((0.3, -0.2),), (0.1,), Choice("tanh"))
    w = solve(
        Problem((layer,), (Sample((1.0, 2.0)),), Training(loss=Choice("output"), learning_rate=1.0))
    )
    z = 0.3 - 0.4 + 0.1
    assert w["loss"] == math.tanh(z)
    assert w["grad_a[1][1]"] == 1.0
    assert w["grad_w[1][1,2]"] == pytest.approx((1 - math.tanh(z) ** 2) * 2.0)
    assert not [step for step in w.steps() if step.symbol.kind == "error"]


def test_without_a_learning_rate_there_are_gradients_and_no_update():
    w = solve(two_two_two())
    assert w["grad_w[1][1,1]"] != 0
    assert w.updates == 0
    assert len(w.losses) == 1
    with pytest.raises(RequestError, match="learning_rate"):
        w.plan.definition(w.problem.symbol("new_w[1][1,1]"))


def test_every_example_works_in_every_style_and_keeps_its_rules():
    from chalkgrad.examples import names

    for name in names():
        problem = example(name)
        problem = problem.with_(iterations=min(3, problem.training.iterations))
        values = []
        for style in STYLES:
            w = solve(problem, style=style)
            w.verify()
            values.append({str(p.symbol): p.value for p in w.steps()})
        assert values[0].keys() == values[1].keys() == values[2].keys(), name
