"""What students are given and how they write: random problems, and habits of rounding.

Nothing here reads a formula or a plan: only the records of a problem come from the library.
"""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from chalkgrad import Choice, Layer, Problem, Sample, Training

HABITS = ("exact", "carried", "exact_cut", "carried_cut", "mixed", "varied", "no_zeros")
HIDDEN = ("sigmoid", "sigmoid", "sigmoid", "tanh", "tanh", "relu", "relu", "leaky_relu", "elu", "softplus", "silu",
          "gelu", "identity", "linear")  # fmt: skip
OPTIMIZERS = ("momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw")


def written(v, style, cut=False):
    kind, d = style
    x = Decimal(repr(v))
    if kind == "sig":
        d = 0 if v == 0 else max(0, d - 1 - math.floor(math.log10(abs(v))))
    t = x.quantize(Decimal(1).scaleb(-d), rounding=ROUND_DOWN if cut else ROUND_HALF_UP)
    s = format(t, "f")
    return s[1:] if s.startswith("-") and not t else s


class Paper:
    """Keeps what is written; hands on what is carried."""

    def __init__(self, rng, habit="exact", style=("dec", 4)):
        self.rng, self.habit, self.style, self.text = rng, habit, style, {}

    def __call__(self, name, v):
        style = self.style
        if not math.isfinite(v) or abs(v) > 1e12:
            raise ValueError(name)
        if self.habit == "mixed":
            cut, carry = self.rng.random() < 0.3, self.rng.random() < 0.5
        else:
            cut, carry = self.habit.endswith("cut"), self.habit.startswith("carried")
        if self.habit == "varied":  # another number of digits on every line, carried as written
            cut, carry, style = self.rng.random() < 0.2, True, ("sig", self.rng.randint(2, 5))
        s = written(v, style, cut)
        if self.habit == "no_zeros":
            carry = True
            if "." in s:  # a spreadsheet drops the zeros at the end
                s = s.rstrip("0").rstrip(".")
        self.text[name] = s
        return float(s) if carry else v


def random_problem(rng, **fixed):
    """A random problem; `plain` keeps to one sample, one iteration and plain descent."""
    plain = fixed.get("plain", False)
    depth = rng.choice((1, 2, 2, 2, 3))
    size = list(fixed.get("size") or [rng.randint(1, 4) for _ in range(depth + 1)])
    depth = len(size) - 1

    def w():
        return rng.choice((-1, 1)) * rng.randint(5, 95) / 100

    hidden = ("sigmoid", "sigmoid", "tanh", "relu") if plain else HIDDEN
    acts = [fixed.get("hidden") or rng.choice(hidden) for _ in range(depth)]
    losses = ("half_squared_error",) * 4 + (
        "squared_error",
        "binary_cross_entropy",
        "cross_entropy",
    )
    if not plain:
        losses += ("absolute_error", "huber", "output", "squared_error", "binary_cross_entropy")
    loss = fixed.get("loss") or rng.choice(losses)
    if loss == "binary_cross_entropy":
        acts[-1] = "sigmoid"
    elif loss == "cross_entropy":
        size[-1] = max(2, size[-1])
        acts[-1] = "softmax"
    else:
        acts[-1] = rng.choice(
            ("sigmoid", "sigmoid", "tanh", "identity") + (() if plain else HIDDEN + ("step",))
        )
    layers = []
    for l in range(1, depth + 1):
        kind = rng.random()
        bias = None if kind < 0.1 else w() if kind < 0.45 else tuple(w() for _ in range(size[l]))
        rows = tuple(tuple(w() for _ in range(size[l - 1])) for _ in range(size[l]))
        params = {}
        if acts[l - 1] == "linear":
            params = {"slope": rng.choice((1.0, 0.5))}
        elif acts[l - 1] == "sigmoid" and not plain and rng.random() < 0.1:
            params = {"gain": 2.0}
        layers.append(Layer(rows, bias, Choice(acts[l - 1], params)))
    samples = []
    count = 1 if plain else rng.choice((1, 1, 1, 1, 2, 3))
    for _ in range(count):
        x = tuple(rng.randint(5, 150) / 100 for _ in range(size[0]))
        if loss == "cross_entropy":
            k = rng.randrange(size[-1])
            t = tuple(float(j == k) for j in range(size[-1]))
        elif loss == "binary_cross_entropy":
            t = tuple(float(rng.random() < 0.5) for _ in range(size[-1]))
        elif loss == "output":
            t = ()
        else:
            t = tuple(
                rng.choice((0.01, 0.99, 0.1, 0.9, 0.5, 0.25, 1.0, 0.0)) for _ in range(size[-1])
            )
        samples.append(Sample(x, t))
    more = {}
    if not plain and rng.random() < 0.3:
        more["optimizer"] = Choice(
            rng.choice(OPTIMIZERS), {"weight_decay": 0.01} if rng.random() < 0.2 else {}
        )
    if not plain and rng.random() < 0.3:
        more["iterations"] = 2
        if count > 1 and rng.random() < 0.5:
            more["mode"] = "online"
    if not plain:
        more["update_order"] = rng.choice(("simultaneous",) * 5 + ("in_place",))
        more["train_biases"] = rng.random() < 0.85
        more["over_outputs"] = (
            rng.choice(("sum", "sum", "sum", "mean")) if loss != "output" else "sum"
        )
        more["over_samples"] = rng.choice(("mean", "sum"))
    training = Training(
        loss=Choice(loss), learning_rate=rng.choice((0.5, 0.1, 0.25, 0.05, 1.0)),
        bias_input=rng.choice((1, 1, 1, 1, -1)), **more,
    )  # fmt: skip
    return Problem(tuple(layers), tuple(samples), training)
