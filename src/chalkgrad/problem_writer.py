"""From a `Problem` to the text of its file: keys in order, no defaults, digits as written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.files import write_text
from chalkgrad.inits import INITS, draw_weights
from chalkgrad.losses import LOSSES
from chalkgrad.problem import expect_problem
from chalkgrad.records import Choice, Layer, Training
from chalkgrad.rounding import Digits, Policy, plain
from chalkgrad.toml_places import quoted
from chalkgrad.updates import UPDATES, update_params

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from chalkgrad.problem import Problem

_WIDTH = 88
_INTEGER = re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII)
_FLOAT = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?", re.ASCII)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ORDER: dict[str, Mapping[str, float]] = {
    **{row.name: row.params for row in ACTIVATIONS.values()},
    **{row.name: row.params for row in LOSSES.values()},
    **{name: update_params(row) for name, row in UPDATES.items()},
}


def save(problem: Problem, path: str | os.PathLike[str], force: bool = False) -> None:
    """Write the file of a problem, whole or not at all.

    Raises:
        RequestError: the file is there already and `force` is not given, or it cannot be written.
    """
    write_text(path, dump(problem), force)


def dump(problem: Problem) -> str:
    """The text of a problem file; reading it gives an equal problem.

    A layer that drew its weights is written as units, init and seed, as long as it still has them;
    else with its weights. Of two equal patterns of digits the last is written.

    >>> from chalkgrad import Choice, Layer, Problem, Sample
    >>> layer = Layer(((0.5, 0.2),), bias=0.1, activation=Choice("linear", {"slope": 2}))
    >>> print(dump(Problem((layer,), (Sample((1, 2), (0.5,)),), title='a "small" one')))
    title = "a \\"small\\" one"
    <BLANKLINE>
    [[layer]]
    weights = [[0.5, 0.2]]
    bias = 0.1
    activation = { name = "linear", slope = 2 }
    <BLANKLINE>
    [[sample]]
    input = [1, 2]
    target = [0.5]
    <BLANKLINE>
    """
    expect_problem(problem)
    blocks: list[list[str]] = [
        [f"{key} = {_text(value)}" for key, value in _head(problem) if value]
    ]
    sizes = problem.sizes
    blocks += [
        ["[[layer]]", *_layer(layer, inputs)]
        for layer, inputs in zip(problem.layers, sizes, strict=False)
    ]
    blocks.append(_table("training", _training(problem.training)))
    stop = problem.training.stop
    bounds = (("loss", stop.loss), ("gradient", stop.gradient), ("change", stop.change))
    blocks.append(
        _table(
            "training.stop",
            [f"{key} = {number(bound)}" for key, bound in bounds if bound is not None],
        )
    )
    blocks.append(_table("arithmetic", _arithmetic(problem.arithmetic)))
    blocks.append(_table("arithmetic.digits", _patterns(problem.arithmetic)))
    for sample in problem.samples:
        lines = ["[[sample]]", f"input = {_list(map(number, sample.input))}"]
        if sample.target:
            lines.append(f"target = {_list(map(number, sample.target))}")
        blocks.append(lines)
    names = problem.names.items()
    blocks.append(_table("names", [f"{_key(name)} = {quoted(target)}" for name, target in names]))
    blocks.append(_table("marks", [f"{_key(k)} = {_value(v)}" for k, v in problem.marks.items()]))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def number(value: float) -> str:
    """A number as TOML takes it: its written digits where it has some, else the shortest text.

    >>> from chalkgrad.rounding import Given
    >>> number(Given("0.20")), number(Given(".5")), number(0.1), number(3)
    ('0.20', '0.5', '0.1', '3')
    """
    text = getattr(value, "text", None) or plain(float(value))
    text = text.removeprefix("+")
    if _INTEGER.fullmatch(text):
        # A TOML integer has no negative zero, and Python reads none of more than 4300 digits.
        return "0" if text == "-0" else text if len(text) < 400 else plain(float(value))
    return text if _FLOAT.fullmatch(text) else plain(float(value))


def _head(problem: Problem) -> tuple[tuple[str, str], ...]:
    return (("title", problem.title), ("note", problem.note))


def _table(name: str, lines: list[str]) -> list[str]:
    return [f"[{name}]", *lines] if lines else []


def _text(text: str) -> str:
    """A string; several lines stay several lines."""
    if "\n" not in text.strip("\n"):
        return quoted(text)
    lines = [quoted(line)[1:-1].replace('\\"', '"') for line in text.split("\n")]
    body = re.sub(r'"(?="|\Z)', r'\\"', "\n".join(lines))  # three in a row would end the string
    return f'"""\n{body}"""'


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else quoted(name)


def _list(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"


def _value(value: object) -> str:
    """Any value of a table that is kept as it was read, such as ``[marks]``."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number(value)
        case str():
            return quoted(value)
        case list() | tuple():
            return _list(map(_value, value))
        case dict():
            inner = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items())
            return f"{{ {inner} }}" if inner else "{}"
        case _:  # dates and times, which no table of ours takes
            return quoted(str(value))


def _choice(choice: Choice) -> str:
    if not choice.params:
        return quoted(choice.name)
    order = list(_ORDER.get(choice.name, ()))
    keys = sorted(choice.params, key=lambda key: order.index(key) if key in order else len(order))
    params = ", ".join(f"{_key(key)} = {number(choice.params[key])}" for key in keys)
    return f"{{ name = {quoted(choice.name)}, {params} }}"


def _layer(layer: Layer, inputs: int) -> list[str]:
    lines = _drawn(layer, inputs) or [_weights(layer)]
    if layer.bias is not None:
        bias = (
            _list(map(number, layer.bias)) if isinstance(layer.bias, tuple) else number(layer.bias)
        )
        lines.append(f"bias = {bias}")
    if layer.activation != Choice("identity"):
        lines.append(f"activation = {_choice(layer.activation)}")
    return lines


def _drawn(layer: Layer, inputs: int) -> list[str]:
    """``units``, ``init`` and ``seed``, if they give the weights that the layer has."""
    init, units = layer.init, len(layer.weights)
    if init is None or init.name not in INITS or init.seed < 0:
        return []
    if draw_weights(init, inputs, units) != layer.weights:
        return []
    return [f"units = {units}", f"init = {quoted(init.name)}", f"seed = {init.seed}"]


def _weights(layer: Layer) -> str:
    rows = [_list(map(number, row)) for row in layer.weights]
    line = f"weights = {_list(rows)}"
    if len(line) <= _WIDTH or len(rows) == 1:
        return line
    return "weights = [\n" + "".join(f"  {row},\n" for row in rows) + "]"


def _training(training: Training) -> list[str]:
    usual = Training()
    written = {
        "loss": _choice(training.loss),
        "over_outputs": quoted(training.over_outputs),
        "over_samples": quoted(training.over_samples),
        "learning_rate": "" if training.learning_rate is None else number(training.learning_rate),
        "optimizer": _choice(training.optimizer),
        "iterations": str(training.iterations),
        "train_biases": "true" if training.train_biases else "false",
        "update_order": quoted(training.update_order),
        "mode": quoted(training.mode),
        "bias_input": str(training.bias_input),
    }
    return [
        f"{key} = {text}"
        for key, text in written.items()
        if getattr(training, key) != getattr(usual, key)
    ]


def _arithmetic(policy: Policy) -> list[str]:
    digits, usual = policy.digits, Digits()
    lines = []
    if policy.mode != "exact":
        lines.append(f"policy = {quoted(policy.mode)}")
    if (digits.kind, digits.count) != (usual.kind, usual.count):
        lines.append(f"{digits.kind} = {digits.count}")
    if digits.rounding != usual.rounding:
        lines.append(f"rounding = {quoted(digits.rounding)}")
    return lines


def _patterns(policy: Policy) -> list[str]:
    lines = []
    last = {pattern: at for at, (pattern, _) in enumerate(policy.by_name)}
    for at, (pattern, digits) in enumerate(policy.by_name):
        if last[pattern] == at:
            text = f"{'up to ' if digits.up_to else ''}{digits.count} {digits.kind}"
            if digits.rounding != policy.digits.rounding:
                text += f" {digits.rounding}"
            if digits.carried is not None:
                text += " carried" if digits.carried else " exact"
            lines.append(f"{_key(pattern)} = {quoted(text)}")
    return lines
