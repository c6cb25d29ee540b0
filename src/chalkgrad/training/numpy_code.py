"""Forward, loss, gradients and update of one architecture, written out as NumPy from the rows of the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.formula import Cases, Num
from chalkgrad.training.arrays import Lines
from chalkgrad.training.layer_formulas import loss_formulas, slope_of, value_of
from chalkgrad.training.update_code import NUMBERS, update_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalkgrad.formula import Formula
    from chalkgrad.training.architecture import Architecture


def source(architecture: Architecture) -> str:
    """The functions ``step``, ``outputs``, ``losses`` and ``update``."""
    parts = (_step(architecture), _reading(architecture), _update(architecture))
    return "".join(parts)


def _function(name: str, args: Sequence[str], lines: Sequence[str]) -> str:
    return "\n    ".join((f"def {name}({', '.join(args)}):", *lines)) + "\n"


def _numbered(architecture: Architecture, *kinds: str) -> list[str]:
    return [f"{kind}{l}" for kind in kinds for l in range(1, architecture.depth + 1)]


def _layer(lines: Lines, architecture: Architecture, l: int, room: str = "") -> None:
    """Net inputs and activations of a layer; what they share with the formulas after them stays known."""
    sign = "-" if architecture.training.bias_input == -1 else "+"
    lines.rename(z=f"z{l}", layer=f"z{l}", a=f"a{l}", t="t")
    # .mT: also for many networks at once
    lines.text.append(f"z{l} = matmul(a{l - 1}, W{l}.mT{f', out={room}{l}' if room else ''})")
    if architecture.bias_sizes[l - 1]:
        lines.text.append(f"z{l} {sign}= b{l}")
    lines.text.append(f"a{l} = {lines.write(value_of(architecture, l))}")


def _whole(text: str, layer: int) -> str:
    """A value for every output of every row, also where the formula is a number."""
    return f"np.full_like(a{layer}, {text})" if text[0].isdigit() else text


def _slope(lines: Lines, node: Formula) -> str:
    """By what a gradient is multiplied; a slope of 1 or 0 is the condition itself, "" is 1."""
    match node:
        case Cases(left, relation, right, Num(1.0), Num(0.0)):
            return f"({lines.write(left)} {relation} {lines.write(right)})"
        case _:
            text = lines.write(node, guarded=False)
            return "" if text == "1.0" else text


def _step(architecture: Architecture) -> str:
    """One batch: loss and gradients, and the updates between them where they are in place."""
    L, training = architecture.depth, architecture.training
    value, delta = loss_formulas(architecture)
    lines, slopes = Lines({}), {}
    for l in range(1, L + 1):
        _layer(lines, architecture, l, "Z")
        if l < L:
            slopes[l] = _slope(lines, slope_of(architecture, l))
    body = lines.text
    rows = f"{_whole(lines.write(value), L)}.sum(axis=1)"
    body.append(f"rows = {rows}")
    body.append("loss = float((rows if weights is None else rows * weights).sum() * factor)")
    body.append(f"d{L} = {_whole(lines.write(delta, guarded=False), L)} * factor")
    body.append(f"if weights is not None: d{L} *= weights[:, None]")
    for l in range(L, 0, -1):
        body.append(f"matmul(d{l}.T, a{l - 1}, out=gW{l})")
        size = architecture.bias_sizes[l - 1]
        if size:
            if size == architecture.sizes[l]:
                body.append(f"matmul(ones, d{l}, out=gb{l})")
            else:  # one bias for all
                body.append(f"gb{l}[...] = d{l}.sum()")
            if training.bias_input == -1:
                body.append(f"np.negative(gb{l}, out=gb{l})")
        if training.update_order == "in_place":
            body.append(f"between({l})")
        if l > 1:
            body.append(f"d{l - 1} = matmul(d{l}, W{l}, out=D{l - 1})")
            if slopes[l - 1]:
                body.append(f"d{l - 1} *= {slopes[l - 1]}")
    body.append("return loss")
    args = ["a0", "t", "weights", "factor", "between", "ones"]
    return _function("step", args + _numbered(architecture, "W", "b", "gW", "gb", "Z", "D"), body)


def _reading(architecture: Architecture) -> str:
    """The activations of the last layer, and with them the loss of each row."""
    L, given = architecture.depth, _numbered(architecture, "W", "b")
    lines = Lines({})
    for l in range(1, L + 1):
        _layer(lines, architecture, l)
    outputs = _function("outputs", ["a0", *given], [*lines.text, f"return a{L}"])
    loss = _whole(lines.write(loss_formulas(architecture)[0]), L)
    body = [*lines.text, f"return {loss}.sum(axis=-1), a{L}"]
    return outputs + _function("losses", ["a0", "t", *given], body)


def _update(architecture: Architecture) -> str:
    """One update of a stretch of the flat vector."""
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
    return _function("update", ["p", "g", "lr", "k", *(f"m_{name}" for name in code.kept)], body)
