"""The engine that is always there: forward, loss, gradients and update written out as NumPy.

The text is made once for an architecture, from the rows of the tables, and run batch by batch.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from chalkgrad.training.arrays import Lines, namespace
from chalkgrad.training.engines import Batches, State
from chalkgrad.training.extra import Array, np
from chalkgrad.training.layer_formulas import loss_formulas, slope_of, value_of
from chalkgrad.training.update_code import NUMBERS, update_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.formula import Formula
    from chalkgrad.training.architecture import Architecture


# ---------------------------------------------------------------- code
def _forward(architecture: Architecture) -> list[str]:
    body: list[str] = []
    sign = "-" if architecture.training.bias_input == -1 else "+"
    for l in range(1, architecture.depth + 1):
        body.append(f"z{l} = a{l - 1} @ W{l}.mT")  # .mT: also for many networks at once
        if architecture.bias_sizes[l - 1]:
            body.append(f"z{l} {sign}= b{l}")
        lines = Lines({"z": f"z{l}", "layer": f"z{l}"})
        name = lines.write(value_of(architecture, l))
        body += _own(lines.text, f"f{l}_")
        body.append(f"a{l} = {_renamed(name, f'f{l}_')}")
    return body


def _renamed(text: str, prefix: str) -> str:
    return prefix + text if text.startswith("v") and text[1:].isdigit() else text


def _whole(text: str, prefix: str, layer: int) -> str:
    """A value for every output of every row, also where the formula is a number."""
    if text[0].isdigit():
        return f"np.full_like(a{layer}, {text})"
    return _renamed(text, prefix)


def _own(lines: list[str], prefix: str) -> list[str]:
    """Lines whose temporaries carry a prefix, so that layers do not share names."""
    return [re.sub(r"\bv(\d+)\b", rf"{prefix}v\1", line) for line in lines]


def step_source(architecture: Architecture) -> str:
    """The text of one batch: loss and gradients, and the updates between them where they are in place."""
    L = architecture.depth
    value, delta = loss_formulas(architecture)
    names = {"z": f"z{L}", "layer": f"z{L}", "a": f"a{L}", "t": "t"}
    body = _forward(architecture)
    lines = Lines(names)
    e = lines.write(value)
    body += _own(lines.text, "e_")
    body.append(f"rows = {_whole(e, 'e_', L)}.sum(axis=1)")
    body.append("loss = float((rows if weights is None else rows * weights).sum() * factor)")
    lines = Lines(names)
    d = lines.write(delta, guarded=False)
    body += _own(lines.text, "d_")
    body += [
        f"d{L} = {_whole(d, 'd_', L)} * factor",
        f"if weights is not None: d{L} *= weights[:, None]",
    ]
    in_place = architecture.training.update_order == "in_place"
    minus = architecture.training.bias_input == -1
    for l in range(L, 0, -1):
        body.append(f"matmul(d{l}.T, a{l - 1}, out=gW{l})")
        size = architecture.bias_sizes[l - 1]
        if size:
            # one neuron or one bias for all: the sum over everything
            body.append(
                f"gb{l}[...] = d{l}.sum({'axis=0' if size == architecture.sizes[l] else ''})"
            )
            if minus:
                body.append(f"np.negative(gb{l}, out=gb{l})")
        if in_place:
            body.append(f"between({l})")
        if l > 1:
            body.append(f"d{l - 1} = d{l} @ W{l}")
            lines = Lines({"z": f"z{l - 1}", "a": f"a{l - 1}"})
            slope = lines.write(slope_of(architecture, l - 1), guarded=False)
            body += _own(lines.text, f"s{l}_")
            if slope != "1.0":
                body.append(f"d{l - 1} *= {_renamed(slope, f's{l}_')}")
    body.append("return loss")
    args = [f"{kind}{l}" for kind in ("W", "b", "gW", "gb") for l in range(1, L + 1)]
    head = f"def step(a0, t, weights, factor, between, {', '.join(args)}):"
    text = "\n    ".join(body)
    forward = "\n    ".join(_forward(architecture))
    given = [f"{kind}{l}" for kind in ("W", "b") for l in range(1, L + 1)]
    return (
        f"{head}\n    {text}\n"
        f"def outputs(a0, {', '.join(given)}):\n    {forward}\n    return a{L}\n"
        f"def losses(a0, t, {', '.join(given)}):\n    {forward}\n"
        + "".join(f"    {line}\n" for line in _loss_lines(names, value))
        + f"    return {_whole(e, 'e_', L)}.sum(axis=-1), a{L}\n"
    )


def _loss_lines(names: dict[str, str], value: Formula) -> list[str]:
    lines = Lines(names)
    lines.write(value)
    return _own(lines.text, "e_")


def update_source(architecture: Architecture) -> str:
    """The text of one update of a stretch of the flat vector."""
    code = update_code(architecture)
    names = {"p": "p", "g": "g", "lr": "lr", "update": "k"}
    names |= {name: repr(value) for name, value in code.constants.items()}
    names |= {f"before_{name}": f"m_{name}" for name in code.kept}
    lines = Lines(names, (*NUMBERS, *code.constants))
    lines.names["decayed"] = lines.write(code.gradient)
    after = []
    for name, formula in code.memory:
        lines.names[name] = lines.write(formula)
        if name in code.kept:
            after.append(f"m_{name}[...] = {lines.names[name]}")
    decrease = lines.write(code.decrease)
    body = [*lines.text, *after, f"np.subtract(p, {decrease}, out=p)"]
    memory = "".join(f", m_{name}" for name in code.kept)
    return f"def update(p, g, lr, k{memory}):\n    " + "\n    ".join(body) + "\n"


# ---------------------------------------------------------------- engine
class NumpyEngine:
    """The NumPy engine of one architecture.

    Attributes:
        name: ``numpy``.
        why: what decided for it.
        source: the text that is run.
    """

    name = "numpy"
    stopped = ""

    def __init__(self, architecture: Architecture, dtype: np.dtype[Any], why: str = "") -> None:
        self.architecture, self.dtype, self.why = architecture, dtype, why
        self.source = step_source(architecture) + update_source(architecture)
        space: dict[str, Any] = {
            **namespace(),
            "broadcast": np.broadcast_to,
            "matmul": np.matmul,
        }
        exec(compile(self.source, "<training>", "exec"), space)  # noqa: S102  text made of own names
        self._step: Callable[..., float] = space["step"]
        self._update: Callable[..., None] = space["update"]
        self._outputs: Callable[..., Array] = space["outputs"]
        self._losses: Callable[..., Array] = space["losses"]
        self.kept = update_code(architecture).kept
        outputs = architecture.sizes[-1]
        self._mean = architecture.training.over_samples == "mean"
        self._over = 1 / outputs if architecture.training.over_outputs == "mean" else 1.0

    def start(self, p: Array) -> State:
        """A state before the first update, with nothing remembered."""
        size = self.architecture.trained
        p = np.array(p, dtype=self.dtype)
        return State(p, {name: np.zeros(size, self.dtype) for name in self.kept})

    def packed(self, flat: Array) -> Array:
        """A flat vector as this engine stores it: as it is."""
        return np.array(flat, dtype=self.dtype)

    def plain(self, stored: Array) -> Array:
        """What `packed` was made of."""
        return stored.copy()

    def _factor(self, rows: int, weights: Array | None) -> float:
        if not self._mean:
            return self._over
        total = rows if weights is None else float(weights.sum())
        return self._over / total if total else 0.0

    def run(self, state: State, batches: Batches) -> Array:
        """Make one update a batch; return the loss of each batch before its update."""
        in_place = self.architecture.training.update_order == "in_place"
        grad = np.zeros_like(state.p)
        views = self._views(state.p, grad)
        found = np.empty(len(batches.rates))

        def between(layer: int) -> None:
            if in_place:
                self._update_layer(state, grad, layer, rate)

        with np.errstate(all="ignore"):
            for n, rate in enumerate(batches.rates.tolist()):
                rows = batches.rows(n)
                weights = None if batches.weights is None else batches.weights[rows]
                factor = self._factor(len(rows), weights)
                found[n] = self._step(
                    batches.x[rows], batches.t[rows], weights, factor, between, *views
                )
                if in_place:
                    state.updates += 1
                else:
                    self.learn(state, grad, rate, batches.clip)
        return found

    def learn(self, state: State, grad: Array, rate: float, clip: float | None) -> None:
        """Make the update of a batch whose gradient is known; where that is too long, it is clipped."""
        size = self.architecture.trained
        g = grad[:size]
        with np.errstate(all="ignore"):
            if clip is not None:
                norm = float(np.sqrt(np.dot(g, g)))
                if norm > clip:
                    g *= clip / norm
            self._update(state.p[:size], g, rate, state.updates + 1, *state.memory.values())
        state.updates += 1

    def _update_layer(self, state: State, grad: Array, layer: int, rate: float) -> None:
        made = self.architecture
        parts = [made.weight_slice(layer)]
        if made.training.train_biases and made.bias_sizes[layer - 1]:
            parts.append(made.bias_slice(layer))
        for part in parts:
            memory = [values[part] for values in state.memory.values()]
            self._update(state.p[part], grad[part], rate, state.updates + 1, *memory)

    def _views(self, p: Array, grad: Array) -> list[Array]:
        W, b = self.architecture.views(p)
        gW, gb = self.architecture.views(grad)
        return [*W, *b, *gW, *gb]

    def outputs(self, p: Array, x: Array) -> Array:
        """The activations of the last layer, one row a sample."""
        W, b = self.architecture.views(p)
        out = np.empty((len(x), self.architecture.sizes[-1]), self.dtype)
        with np.errstate(all="ignore"):
            for rows in self._blocks(len(x)):
                out[rows] = self._outputs(x[rows], *W, *b)
        return out

    def evaluate(self, p: Array, x: Array, t: Array) -> tuple[Array, Array]:
        """The loss of each sample, and the activations of the last layer."""
        W, b = self.architecture.views(p)
        out = np.empty((len(x), self.architecture.sizes[-1]), self.dtype)
        losses = np.empty(len(x))
        with np.errstate(all="ignore"):
            for rows in self._blocks(len(x)):
                losses[rows], out[rows] = self._losses(x[rows], t[rows], *W, *b)
        return losses * self._over, out

    def many_losses(self, many: Array, x: Array, t: Array) -> Array:
        """The loss of each sample under each of many flat vectors: one row a vector."""
        made = self.architecture
        W, b = [], []
        for l in range(1, made.depth + 1):
            shape = (len(many), made.sizes[l], made.sizes[l - 1])
            W.append(many[:, made.weight_slice(l)].reshape(shape))
            b.append(many[:, None, made.bias_slice(l)])
        with np.errstate(all="ignore"):
            losses: Array = self._losses(x[None], t[None], *W, *b)[0]
        return losses * self._over

    def _blocks(self, count: int) -> list[slice]:
        """Rows that are worked at once.

        Small products stay below the size from which OpenBLAS calls its threads: on a busy machine they
        cost milliseconds where the product takes microseconds.
        """
        sizes = self.architecture.sizes
        work = max(a * b for a, b in itertools.pairwise(sizes))
        size = max(16, 200_000 // work) if work < 12_500 else 1024
        return [slice(k, k + size) for k in range(0, count, size)]

    def gradients(
        self, p: Array, x: Array, t: Array, weights: Array | None = None
    ) -> tuple[float, Array]:
        """Loss and gradient of one batch; the gradient is a flat vector."""
        grad = np.zeros_like(p)
        factor = self._factor(len(x), weights)
        with np.errstate(all="ignore"):
            loss = self._step(x, t, weights, factor, lambda layer: None, *self._views(p, grad))
        return loss, grad
