"""Plain loops that work a network, written apart from the library: the oracle of many tests.

Nothing here imports chalkgrad. A network is a dictionary:
    W[l][j][i], B[l] (None, a float that the layer shares, or a list), act[l] = (name, params),
    samples [(x, t)], loss = (name, params), over_outputs, over_samples, bias_input
"""

from __future__ import annotations

import math
import random

ACTIVATIONS = {
    "identity": {}, "linear": {"slope": 1.0}, "sigmoid": {"gain": 1.0}, "tanh": {}, "relu": {},
    "leaky_relu": {"slope": 0.01}, "elu": {"alpha": 1.0}, "softplus": {}, "silu": {}, "gelu": {},
    "softmax": {}, "step": {},
}  # fmt: skip
LOSSES = {
    "half_squared_error": {}, "squared_error": {}, "absolute_error": {}, "huber": {"delta": 1.0},
    "binary_cross_entropy": {}, "cross_entropy": {}, "output": {},
}  # fmt: skip


def activate(name, p, z):
    """One neuron's activation, by the textbook."""
    if name == "identity":
        return z
    if name == "linear":
        return p["slope"] * z
    if name == "sigmoid":
        return 1 / (1 + math.exp(-p["gain"] * z))
    if name == "tanh":
        return math.tanh(z)
    if name == "relu":
        return max(0.0, z)
    if name == "leaky_relu":
        return z if z > 0 else p["slope"] * z
    if name == "elu":
        return z if z > 0 else p["alpha"] * (math.exp(z) - 1)
    if name == "softplus":
        return math.log(1 + math.exp(z))
    if name == "silu":
        return z / (1 + math.exp(-z))
    if name == "gelu":
        return z * 0.5 * (1 + math.erf(z / math.sqrt(2)))
    if name == "step":
        return 1.0 if z >= 0 else 0.0
    raise ValueError(name)


def layer_out(net, l, a):
    zs = []
    for j, row in enumerate(net["W"][l]):
        z = sum(w * v for w, v in zip(row, a, strict=True))
        b = net["B"][l]
        if b is not None:
            z += net["bias_input"] * (b[j] if isinstance(b, list) else b)
        zs.append(z)
    name, p = net["act"][l]
    if name == "softmax":
        top = max(zs)
        es = [math.exp(z - top) for z in zs]
        return zs, [e / sum(es) for e in es]
    return zs, [activate(name, p, z) for z in zs]


def forward(net, x):
    a, zs, activations = list(x), [], [list(x)]
    for l in range(len(net["W"])):
        z, a = layer_out(net, l, a)
        zs.append(z)
        activations.append(a)
    return zs, activations


def loss_of_sample(net, x, t):
    out = forward(net, x)[1][-1]
    name, p = net["loss"]
    total = 0.0
    for j, a in enumerate(out):
        if name == "output":
            total += a
            continue
        y = t[j]
        e = a - y
        if name == "half_squared_error":
            total += e * e / 2
        elif name == "squared_error":
            total += e * e
        elif name == "absolute_error":
            total += abs(e)
        elif name == "huber":
            d = p["delta"]
            total += e * e / 2 if abs(e) <= d else d * (abs(e) - d / 2)
        elif name == "binary_cross_entropy":
            total += -(y * math.log(a) if y else 0) - ((1 - y) * math.log(1 - a) if y != 1 else 0)
        elif name == "cross_entropy":
            total += -y * math.log(a) if y else 0.0
    return total / len(out) if net["over_outputs"] == "mean" else total


def loss(net):
    parts = [loss_of_sample(net, x, t) for x, t in net["samples"]]
    return sum(parts) / len(parts) if net["over_samples"] == "mean" else sum(parts)


def slope(f, at, h=1e-5):
    """Central difference of fourth order: its error is h^4, so h may be large enough to keep digits."""
    return (8 * (f(at + h) - f(at - h)) - (f(at + 2 * h) - f(at - 2 * h))) / (12 * h)


def gradients(net, h=2e-4):
    """dE/dp of every parameter from the loss alone, by name."""
    out = {}
    for l, rows in enumerate(net["W"], 1):
        for j, row in enumerate(rows, 1):
            for i in range(1, len(row) + 1):

                def at(v, row=row, i=i):
                    old = row[i - 1]
                    row[i - 1] = v
                    try:
                        return loss(net)
                    finally:
                        row[i - 1] = old

                out[f"grad_w[{l}][{j},{i}]"] = slope(at, row[i - 1], h)
    for l, bias in enumerate(net["B"], 1):
        if bias is None:
            continue
        if isinstance(bias, list):
            for j in range(len(bias)):

                def at_bias(v, bias=bias, j=j):
                    old = bias[j]
                    bias[j] = v
                    try:
                        return loss(net)
                    finally:
                        bias[j] = old

                out[f"grad_b[{l}][{j + 1}]"] = slope(at_bias, bias[j], h)
        else:

            def at_shared(v, l=l):
                old = net["B"][l - 1]
                net["B"][l - 1] = v
                try:
                    return loss(net)
                finally:
                    net["B"][l - 1] = old

            out[f"grad_b[{l}]"] = slope(at_shared, bias, h)
    return out


def draw(rng: random.Random, *, smooth_only: bool = False, layers: int | None = None):
    """A random network in which every activation, loss, reduction and bias form has its turn."""
    depth = layers or rng.randint(1, 4)
    sizes = [rng.randint(1, 4) for _ in range(depth + 1)]
    loss_name = rng.choice(list(LOSSES))
    hidden = [n for n in ACTIVATIONS if n not in ("softmax", *(("step",) if smooth_only else ()))]
    act = [rng.choice(hidden) for _ in range(depth)]
    if loss_name == "cross_entropy":
        act[-1] = rng.choice(["softmax", "sigmoid"])
    elif loss_name == "binary_cross_entropy":
        act[-1] = "sigmoid"
    acts = []
    for name in act:
        p = dict(ACTIVATIONS[name])
        for key in p:
            if rng.random() < 0.5:
                p[key] = round(rng.uniform(0.2, 2.0), 2)
        acts.append((name, p))
    digits = rng.choice([1, 2, 3])
    number = lambda spread=1.0: round(rng.uniform(-spread, spread), digits)
    W = [[[number() for _ in range(sizes[l])] for _ in range(sizes[l + 1])] for l in range(depth)]
    B = []
    for l in range(depth):
        form = rng.choice(["none", "shared", "own"])
        if form == "shared" and sizes[l + 1] == 1:
            form = "own"
        B.append(
            {"none": None, "shared": number(), "own": [number() for _ in range(sizes[l + 1])]}[form]
        )
    samples = []
    for _ in range(rng.randint(1, 4)):
        x = [number(2.0) for _ in range(sizes[0])]
        if loss_name == "output":
            t = []
        elif loss_name == "cross_entropy":
            t = [0.0] * sizes[-1]
            t[rng.randrange(sizes[-1])] = 1.0
        elif loss_name == "binary_cross_entropy":
            t = [rng.choice([0.0, 1.0, 0.3]) for _ in range(sizes[-1])]
        else:
            t = [number(1.5) for _ in range(sizes[-1])]
        samples.append((x, t))
    p = dict(LOSSES[loss_name])
    if p and rng.random() < 0.5:
        p["delta"] = 0.4
    return {
        "W": W, "B": B, "act": acts, "samples": samples, "loss": (loss_name, p),
        "over_outputs": rng.choice(["sum", "mean"]), "over_samples": rng.choice(["sum", "mean"]),
        "bias_input": rng.choice([1, 1, -1]),
    }  # fmt: skip


def near_kink(net, margin=5e-3):
    """Whether a difference quotient would straddle a kink of an activation or of the loss."""
    for x, t in net["samples"]:
        zs, acts = forward(net, x)
        for (name, p), z in zip(net["act"], zs, strict=True):
            kinked = name in ("relu", "leaky_relu", "step") or (name == "elu" and p["alpha"] != 1)
            if kinked and any(abs(v) < margin for v in z):
                return True
            if name == "elu" and any(abs(v) < margin for v in z):
                return True
        name, p = net["loss"]
        for a, y in zip(acts[-1], t, strict=False):
            if name == "absolute_error" and abs(a - y) < margin:
                return True
            if name == "huber" and abs(abs(a - y) - p["delta"]) < margin:
                return True
            if name in ("binary_cross_entropy", "cross_entropy") and not 1e-3 < a < 1 - 1e-3:
                return True
    return False
