"""What must hold in a problem: every rule reports through one sink, so that all faults come at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, SupportsIndex, TypeAlias

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.errors import nearest
from chalkgrad.losses import LOSSES, NO_LOSS, PAIRINGS
from chalkgrad.records import BIAS_INPUTS, MODES, OVER, UPDATE_ORDERS, Choice
from chalkgrad.rounding import as_given
from chalkgrad.sentences import counted
from chalkgrad.updates import UPDATES, update_params

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

from chalkgrad.records import Layer, Sample, Training

FaultSink: TypeAlias = "Callable[..., None]"


def check(
    layers: tuple[Layer, ...], samples: tuple[Sample, ...], training: Training, fault: FaultSink
) -> None:
    """Report every fault of the parts and of how they fit through ``fault(path, must, got, hint)``."""
    if not layers:
        fault(("layer",), "at least one [[layer]]", "none")
        return
    _check_layers(layers, fault)
    _check_training(training, fault)
    _check_pair(layers, training, fault)
    _check_samples(layers, samples, training, fault)


def _check_layers(layers: tuple[Layer, ...], fault: FaultSink) -> None:
    before: int | None = None
    for k, layer in enumerate(layers):
        rows = layer.weights
        at = ("layer", k, "weights")
        widths = [len(row) for row in rows]
        if not rows or not widths[0]:
            fault(at, "one row of numbers per neuron", "an empty list")
        else:
            for j, width in enumerate(widths):
                if width == widths[0]:
                    continue
                hint = _comma(rows[0], width)
                if hint:
                    fault((*at, 0), f"a row of {_numbers(width)}", _numbers(widths[0]), hint)
                    break
                fault(
                    (*at, j), f"a row of {_numbers(widths[0])} as the first", _numbers(width),
                    _comma(rows[j], widths[0]),
                )  # fmt: skip
            if before is not None and widths[0] != before:
                text = f"rows of {_numbers(before)}, one per neuron of layer {k}"
                fault(at, text, f"rows of {widths[0]}")
        for j, row in enumerate(rows):
            for i, number in enumerate(row):
                if not math.isfinite(number):
                    fault((*at, j, i), "a finite number", _bad_number(number))
        before = len(rows) or None
        biases = layer.bias if isinstance(layer.bias, tuple) else ()
        if isinstance(layer.bias, tuple) and len(biases) != len(rows):
            text = f"a number or a list of {_numbers(len(rows))}, one per neuron"
            fault(("layer", k, "bias"), text, f"a list of {len(biases)}")
        for j, number in enumerate(biases):
            if not math.isfinite(number):
                fault(("layer", k, "bias", j), "a finite number", _bad_number(number))
        if isinstance(layer.bias, (int, float)) and not math.isfinite(layer.bias):
            fault(("layer", k, "bias"), "a finite number", _bad_number(layer.bias))
        choice(
            ("layer", k, "activation"), layer.activation, ACTIVATIONS, lambda row: row.params, fault
        )


def choice(
    path: tuple[str | int, ...],
    got: Choice,
    table: Mapping[str, object],
    params: Callable[..., Mapping[str, float]],
    fault: FaultSink,
) -> None:
    """Check that a choice names a row of a table and only parameters that the row has."""
    row = table.get(got.name)
    if row is None:
        fault(path, "one of " + " ".join(table), f'"{got.name}"', nearest(got.name, table))
        return
    valid = params(row)
    for key, value in got.params.items():
        if key not in valid:
            most = "no parameters" if not valid else "parameters " + " ".join(valid)
            fault(
                (*path, key), f"left out ({got.name} has {most})", f"{value}", nearest(key, valid)
            )
        elif not math.isfinite(value):
            fault((*path, key), "a finite number", _bad_number(value))


def _comma(numbers: Sequence[float], count: int) -> str:
    """A hint, where a list has more numbers than it must because of commas that are meant as points.

    >>> _comma((0, 5, 0.2), 2)
    'a decimal point is a point: 0,5 is two numbers, write 0.5'
    """
    texts = [as_given(number) for number in numbers]
    point = any("." in text for text in texts)
    pairs: list[tuple[str, str]] = []
    k = 0
    while k < len(texts) - 1:
        first, second = texts[k : k + 2]
        if first.lstrip("-").isdigit() and second.isdigit() and (point or first in ("0", "-0")):
            pairs.append((first, second))
            k += 1
        k += 1
    if not pairs or len(texts) - len(pairs) != count:
        return ""
    whole, part = pairs[0]
    return f"a decimal point is a point: {whole},{part} is two numbers, write {whole}.{part}"


def _numbers(n: int) -> str:
    return counted(n, "number")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))


def _is_whole(value: object) -> bool:
    return isinstance(value, SupportsIndex)


def _written(number: float) -> str:
    return as_given(number)


def _bad_number(number: float) -> str:
    return (
        "nan" if number != number else f"{number} (beyond the range of a float64, or written inf)"
    )


def _check_training(training: Training, fault: FaultSink) -> None:
    at = "training"
    if training.loss.name != NO_LOSS:
        table = {**LOSSES, NO_LOSS: None}
        choice((at, "loss"), training.loss, table, lambda row: row.params, fault)
    choice((at, "optimizer"), training.optimizer, UPDATES, update_params, fault)
    for key, valid in (
        ("over_outputs", OVER), ("over_samples", OVER), ("update_order", UPDATE_ORDERS), ("mode", MODES),
    ):  # fmt: skip
        got = getattr(training, key)
        if got not in valid:
            fault((at, key), "one of " + " ".join(valid), f'"{got}"', nearest(str(got), valid))
    if training.bias_input not in BIAS_INPUTS:
        fault((at, "bias_input"), "1 or -1", training.bias_input)
    rate = training.learning_rate
    if rate is not None and not (_is_number(rate) and math.isfinite(rate) and rate >= 0):
        got = _written(rate) if _is_number(rate) else repr(rate)
        fault((at, "learning_rate"), "a finite number from 0 up", got)
    if not _is_whole(training.iterations) or training.iterations < 1:
        fault((at, "iterations"), "a whole number from 1 up", training.iterations)
    elif rate is None and training.iterations > 1:
        fault((at, "learning_rate"), "given where there are several iterations", "none")
    for key in ("loss", "gradient", "change"):
        bound = getattr(training.stop, key)
        if bound is not None and not (math.isfinite(bound) and bound >= 0):
            fault((at, "stop", key), "a finite number from 0 up", _written(bound))


def _check_pair(layers: tuple[Layer, ...], training: Training, fault: FaultSink) -> None:
    last = len(layers) - 1
    loss = training.loss.name
    for k, layer in enumerate(layers):
        row = ACTIVATIONS.get(layer.activation.name)
        if not row or not row.whole_layer:
            continue
        if k < last:
            names = [r.name for r in ACTIVATIONS.values() if not r.whole_layer]
            fault(
                ("layer", k, "activation"),
                "one of " + " ".join(names) + " in a hidden layer",
                f'"{row.name}"',
            )
        elif loss != NO_LOSS and not paired(layers, training):
            partners = [name for activation, name in PAIRINGS if activation == row.name]
            fault(
                ("training", "loss"),
                f'"{partners[0]}" or "{NO_LOSS}" with {row.name} outputs',
                f'"{loss}"',
            )


def _check_samples(
    layers: tuple[Layer, ...], samples: tuple[Sample, ...], training: Training, fault: FaultSink
) -> None:
    loss = LOSSES.get(training.loss.name)
    outputs = len(layers[-1].weights)
    inputs = len(layers[0].weights[0]) if layers[0].weights else 0
    if not samples:
        fault(("sample",), "at least one [[sample]]", "none")
    for k, sample in enumerate(samples):
        at = ("sample", k, "input")
        given = len(sample.input)
        if given != inputs:
            rows = [_comma(row, given) for row in layers[0].weights]
            if rows and all(rows):  # it is the weights that are at fault
                must = f"a row of {_numbers(given)}, one per input"
                fault(("layer", 0, "weights", 0), must, _numbers(inputs), rows[0])
                break
            fault(
                at, f"a list of {_numbers(inputs)}, one per input", f"a list of {given}",
                _comma(sample.input, inputs),
            )  # fmt: skip
        for i, number in enumerate(sample.input):
            if not math.isfinite(number):
                fault((*at, i), "a finite number", _bad_number(number))
        at = ("sample", k, "target")
        if not loss or not loss.takes:
            if sample.target and loss:
                fault(at, f"left out with the loss {loss.name}", "a target")
            continue
        if len(sample.target) != outputs:
            got = f"a list of {len(sample.target)}" if sample.target else "none"
            fault(at, f"a list of {_numbers(outputs)}, one per output", got)
            continue
        for j, number in enumerate(sample.target):
            if not math.isfinite(number):
                fault((*at, j), "a finite number", _bad_number(number))
            elif not loss.accepts(number):
                fault((*at, j), f"{loss.takes} with {loss.name}", _written(number))
        total = math.fsum(sample.target)
        if (
            loss.proper
            and paired(layers, training)
            and math.isfinite(total)
            and abs(total - 1) > 1e-9
        ):
            fault(at, "numbers that add up to 1", f"a sum of {total:g}")


def paired(layers: tuple[Layer, ...], training: Training) -> bool:
    """Whether output activation and loss are a pair with a delta of its own."""
    return (layers[-1].activation.name, training.loss.name) in PAIRINGS
