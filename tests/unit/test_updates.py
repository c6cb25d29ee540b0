"""Update rules over five iterations against loops from the published formulas, and against PyTorch."""

from __future__ import annotations

import importlib.util
import math

import pytest

from chalkgrad import Choice, Layer, Problem, Sample, Training, solve
from chalkgrad.updates import UPDATES

RATE, N = 0.3, 5
X = [(0.5, -1.0), (1.5, 0.25), (-0.75, 2.0)]
T = [0.2, -0.4, 0.9]
START = (0.4, -0.3, 0.1)  # two weights and a bias of one linear neuron


def gradient(p):
    """Of the mean of e^2/2 over the samples, e = w.x + b - t."""
    es = [p[0] * x[0] + p[1] * x[1] + p[2] - t for x, t in zip(X, T, strict=True)]
    n = len(X)
    return (
        sum(e * x[0] for e, x in zip(es, X, strict=True)) / n,
        sum(e * x[1] for e, x in zip(es, X, strict=True)) / n,
        sum(es) / n,
    )


def sgd(p, g, k, m, c):
    return p - RATE * g


def momentum(p, g, k, m, c):
    m["v"] = c["momentum"] * m.get("v", 0.0) + g
    return p - RATE * m["v"]


def nesterov(p, g, k, m, c):
    m["v"] = c["momentum"] * m.get("v", 0.0) + g
    return p - RATE * (g + c["momentum"] * m["v"])


def adagrad(p, g, k, m, c):
    m["s"] = m.get("s", 0.0) + g * g
    return p - RATE * g / (math.sqrt(m["s"]) + c["epsilon"])


def rmsprop(p, g, k, m, c):
    m["s"] = c["rho"] * m.get("s", 0.0) + (1 - c["rho"]) * g * g
    return p - RATE * g / (math.sqrt(m["s"]) + c["epsilon"])


def adam(p, g, k, m, c):
    m["m"] = c["beta1"] * m.get("m", 0.0) + (1 - c["beta1"]) * g
    m["v"] = c["beta2"] * m.get("v", 0.0) + (1 - c["beta2"]) * g * g
    m_hat, v_hat = m["m"] / (1 - c["beta1"] ** k), m["v"] / (1 - c["beta2"] ** k)
    return p - RATE * m_hat / (math.sqrt(v_hat) + c["epsilon"])


def adamw(p, g, k, m, c):
    return adam(p, g, k, m, c) - RATE * c["weight_decay"] * p


PUBLISHED = {
    "sgd": (sgd, {}),
    "momentum": (momentum, {"momentum": 0.9}),
    "nesterov": (nesterov, {"momentum": 0.9}),
    "adagrad": (adagrad, {"epsilon": 1e-8}),
    "rmsprop": (rmsprop, {"rho": 0.9, "epsilon": 1e-8}),
    "adam": (adam, {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}),
    "adamw": (adamw, {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01}),
}
OTHER = {  # constants that are not the defaults
    "sgd": {}, "momentum": {"momentum": 0.5}, "nesterov": {"momentum": 0.7}, "adagrad": {"epsilon": 1e-2},
    "rmsprop": {"rho": 0.5, "epsilon": 1e-3}, "adam": {"beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3},
    "adamw": {"beta1": 0.7, "weight_decay": 0.2},
}  # fmt: skip


def looped(name, constants, decay=0.0, *, biases=True):
    """Parameters before each iteration, and after the last."""
    rule, defaults = PUBLISHED[name]
    c = {**defaults, **constants}
    p, memory, out = list(START), [{}, {}, {}], [START]
    for k in range(1, N + 1):
        g = gradient(p)
        for i in range(3 if biases else 2):
            p[i] = rule(p[i], g[i] + decay * p[i], k, memory[i], c)
        out.append(tuple(p))
    return out


def worked(name, constants, **training):
    return solve(
        Problem(
            (Layer((START[:2],), (START[2],)),),
            tuple(Sample(x, (t,)) for x, t in zip(X, T, strict=True)),
            Training(
                learning_rate=RATE, optimizer=Choice(name, constants), iterations=N, **training
            ),
        )
    )


def parameters(w, k):
    names = ("w[1][1,1]", "w[1][1,2]", "b[1][1]")
    return tuple(w[f"it{k}.new_{name}"] for name in names)


def test_every_rule_has_a_published_loop_here():
    assert set(UPDATES) == set(PUBLISHED) == set(OTHER)


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("which", ["defaults", "other constants"])
def test_five_iterations_are_those_of_the_published_formula(name, which):
    constants = OTHER[name] if which == "other constants" else {}
    w, expected = worked(name, constants), looped(name, constants)
    for k in range(1, N + 1):
        assert parameters(w, k) == pytest.approx(expected[k], rel=1e-12, abs=1e-14), k
    assert tuple(w.final.values())[0] == pytest.approx(expected[N][0], rel=1e-12)


@pytest.mark.parametrize("name", [n for n in PUBLISHED if n != "adamw"])
def test_weight_decay_adds_to_the_gradient_of_weights_and_biases(name):
    w, expected = worked(name, {"weight_decay": 0.1}), looped(name, {}, decay=0.1)
    for k in range(1, N + 1):
        assert parameters(w, k) == pytest.approx(expected[k], rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", PUBLISHED)
def test_biases_that_are_not_trained_stay_and_everything_else_moves(name):
    w, expected = worked(name, {}, train_biases=False), looped(name, {}, biases=False)
    for k in range(1, N + 1):
        assert parameters(w, k) == pytest.approx(expected[k], rel=1e-12, abs=1e-14)
        assert w[f"it{k}.new_b[1][1]"] == START[2]
        assert w[f"it{k}.step_b[1][1]"] == 0.0
        assert w[f"it{k}.grad_b[1][1]"] != 0.0


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_step_is_the_new_parameter_minus_the_old(name):
    w = worked(name, OTHER[name])
    before = START
    for k in range(1, N + 1):
        after = parameters(w, k)
        steps = [w[f"it{k}.step_{n}"] for n in ("w[1][1,1]", "w[1][1,2]", "b[1][1]")]
        assert steps == pytest.approx(
            [b - a for a, b in zip(before, after, strict=True)], abs=1e-15
        )
        before = after


def test_memories_are_shown_under_their_names():
    w = worked("adam", {})
    g = gradient(START)[0]
    assert w["first_moment_w[1][1,1]"] == pytest.approx(0.1 * g, rel=1e-12)
    assert w["second_moment_w[1][1,1]"] == pytest.approx(0.001 * g * g, rel=1e-12)
    assert w["first_unbiased_w[1][1,1]"] == pytest.approx(g, rel=1e-12)
    assert w["second_unbiased_w[1][1,1]"] == pytest.approx(g * g, rel=1e-12)
    assert worked("momentum", {})["it2.velocity_b[1][1]"] == pytest.approx(
        0.9 * g_of(2, 1) + g_of(2, 2), rel=1e-12
    )


def g_of(i, k):
    return gradient(looped("momentum", {})[k - 1])[i]


@pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="PyTorch is not installed")
@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("name", PUBLISHED)
def test_five_iterations_are_those_of_pytorch(name, decay):
    import torch

    optim = torch.optim
    make = {
        "sgd": lambda p: optim.SGD(p, RATE, weight_decay=decay),
        "momentum": lambda p: optim.SGD(p, RATE, momentum=0.9, weight_decay=decay),
        "nesterov": lambda p: optim.SGD(p, RATE, momentum=0.9, nesterov=True, weight_decay=decay),
        "adagrad": lambda p: optim.Adagrad(p, RATE, eps=1e-8, weight_decay=decay),
        "rmsprop": lambda p: optim.RMSprop(p, RATE, alpha=0.9, eps=1e-8, weight_decay=decay),
        "adam": lambda p: optim.Adam(p, RATE, eps=1e-8, weight_decay=decay),
        "adamw": lambda p: optim.AdamW(p, RATE, eps=1e-8, weight_decay=decay),
    }
    p = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = make[name]([p])
    x, t = torch.tensor(X, dtype=torch.float64), torch.tensor(T, dtype=torch.float64)
    w = worked(name, {"weight_decay": decay})
    for k in range(1, N + 1):
        optimizer.zero_grad()
        loss = ((x @ p[:2] + p[2] - t) ** 2 / 2).mean()
        assert w.losses[k - 1] == pytest.approx(loss.item(), rel=1e-12)
        loss.backward()
        optimizer.step()
        assert parameters(w, k) == pytest.approx(p.detach().tolist(), rel=1e-12, abs=1e-12)
