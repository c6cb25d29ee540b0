"""The JSON Schema of the problem file, made from the tables: editors complete and check by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.inits import INITS
from chalkgrad.losses import LOSSES, NO_LOSS
from chalkgrad.notation import KINDS
from chalkgrad.problem_reader import (
    ACTIVATION_PARAMS,
    DEFAULT_INIT,
    LOSS_PARAMS,
    UPDATE_PARAMS,
)  # fmt: skip
from chalkgrad.records import BIAS_INPUTS, MODES, OVER, UPDATE_ORDERS
from chalkgrad.rounding import MOST_DIGITS, POLICIES, ROUNDINGS
from chalkgrad.updates import UPDATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Schema = dict[str, Any]

_NUMBER: Schema = {"type": "number"}
_BOUND: Schema = {"type": "number", "minimum": 0}


def schema() -> Schema:
    """The JSON Schema (draft 2020-12) of a problem file.

    It knows names, types and ranges; that sizes fit each other, only reading the file tells.

    >>> sorted(schema()["properties"]["layer"]["items"]["properties"])
    ['activation', 'bias', 'init', 'seed', 'units', 'weights']
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "chalkgrad problem file",
        **_object(
            "A network, its samples and how it is to be worked.",
            {
                "title": _string("What the problem is called."),
                "note": _string("Anything worth saying about it."),
                "layer": _some(
                    _layer(), "The layers, from the first after the input to the output."
                ),
                "training": _training(),
                "arithmetic": _arithmetic(),
                "sample": _some(_sample(), "The samples: inputs and targets."),
                "names": {
                    **_string_map("The name of a quantity, as in w[2][1,1].", {"type": "string"}),
                    "description": "How the document calls things: its name = quantity.",
                },
                "marks": {
                    "type": "object",
                    "description": "What answers are worth when a sheet is checked.",
                },
            },
            required=("layer", "sample"),
        ),
    }


def _object(text: str, properties: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    made: Schema = {
        "type": "object",
        "description": text,
        "properties": dict(properties),
        "additionalProperties": False,
    }
    return made | ({"required": list(required)} if required else {})


def _string(text: str) -> Schema:
    return {"type": "string", "description": text}


def _string_map(text: str, value: Schema) -> Schema:
    return {"type": "object", "additionalProperties": {**value, "description": text}}


def _some(items: Schema, text: str) -> Schema:
    return {"type": "array", "minItems": 1, "items": items, "description": text}


def _numbers(text: str, least: int = 1) -> Schema:
    return {"type": "array", "minItems": least, "items": _NUMBER, "description": text}


def _one_of(names: Iterable[str], default: str, text: str) -> Schema:
    return {"enum": list(names), "default": default, "description": text}


def _whole(text: str, least: int, **more: object) -> Schema:
    return {"type": "integer", "minimum": least, "description": text, **more}


def _choice(
    params: Mapping[str, Mapping[str, float]],
    aliases: Mapping[str, Iterable[str]],
    default: str,
    text: str,
) -> Schema:
    """A name of a table, or a table of that name and its parameters."""
    names = [spelling for name in params for spelling in (name, *aliases.get(name, ()))]
    tables = [
        _object(
            f"{name} with its parameters",
            {
                "name": {"enum": [name, *aliases.get(name, ())]},
                **{key: {**_NUMBER, "default": value} for key, value in row.items()},
            },
            required=("name",),
        )
        for name, row in params.items()
    ]
    return {"anyOf": [{"enum": names}, *tables], "default": default, "description": text}


def _layer() -> Schema:
    weights = _some(
        _numbers("One row: the weights into one neuron, one per input."),
        "One row per neuron of this layer.",
    )
    drawn = ("units", "init", "seed")
    properties = {
        "weights": weights,
        "bias": {
            "anyOf": [_NUMBER, _numbers("One bias per neuron.")],
            "description": "A number shared by the layer, or a list, one per neuron; absent: none.",
        },
        "activation": _choice(
            ACTIVATION_PARAMS,
            {name: row.aliases for name, row in ACTIVATIONS.items()},
            "identity",
            "a = f(z): " + " ".join(ACTIVATIONS) + ".",
        ),
        "units": _whole("How many neurons, where weights are drawn and not given.", 1),
        "init": _one_of(INITS, DEFAULT_INIT, "How weights are drawn."),
        "seed": _whole("The same seed draws the same weights.", 0, default=0),
    }
    given = {"required": ["weights"], "not": {"anyOf": [{"required": [key]} for key in drawn]}}
    return {
        **_object("One layer.", properties),
        "oneOf": [given, {"required": ["units"], "not": {"required": ["weights"]}}],
    }


def _training() -> Schema:
    names = " ".join((*LOSSES, NO_LOSS))
    properties = {
        "loss": _choice(LOSS_PARAMS, {}, "half_squared_error", f"The loss: {names}."),
        "over_outputs": _one_of(
            OVER, "sum", "How the losses of the outputs make that of a sample."
        ),
        "over_samples": _one_of(
            OVER, "mean", "How the losses of the samples make that of the batch."
        ),
        "learning_rate": {**_BOUND, "description": "Absent: gradients, and no update."},
        "optimizer": _choice(UPDATE_PARAMS, {}, "sgd", f"The update rule: {' '.join(UPDATES)}."),
        "iterations": _whole("How many updates.", 1, default=1),
        "train_biases": {
            "type": "boolean",
            "default": True,
            "description": "Whether biases learn.",
        },
        "update_order": _one_of(
            UPDATE_ORDERS,
            "simultaneous",
            "in_place: hidden gradients see the output weights already updated.",
        ),
        "mode": _one_of(MODES, "batch", "online: one sample per iteration, in order."),
        "bias_input": {
            "enum": list(BIAS_INPUTS),
            "default": 1,
            "description": "What enters a bias; -1: thresholds.",
        },
        "stop": _object(
            "When training ends early.",
            {
                "loss": {**_BOUND, "description": "At a loss that is this small."},
                "gradient": {**_BOUND, "description": "At a largest gradient that is this small."},
                "change": {**_BOUND, "description": "At a change of the loss that is this small."},
            },
        ),
    }
    return _object("Loss, update rule and conventions.", properties)


def _arithmetic() -> Schema:
    roundings = "|".join(ROUNDINGS)
    places = (
        r"^\s*(up\s+to\s+)?((1[0-7]|\d)\s+decimals?|(1[0-7]|[1-9])\s+significants?)"
        rf"(\s+({roundings}))?(\s+(carried|exact))?\s*$"
    )
    digits = _string_map(
        "As in 4 decimals, up to 3 significant or 2 decimals truncate carried.",
        {"type": "string", "pattern": places},
    )
    properties = {
        "policy": _one_of(POLICIES, "exact", "carried: each stored value is rounded and reused."),
        "decimals": _whole("Places after the point.", 0, maximum=MOST_DIGITS),
        "significant": _whole(
            "Digits from the first that is not 0.", 1, maximum=MOST_DIGITS, default=6
        ),
        "rounding": _one_of(ROUNDINGS, "half_up", "What becomes of a half."),
        "digits": {
            **digits,
            "description": "Digits of some quantities: a kind ("
            + " ".join(KINDS)
            + ') or a name with *, as in "it2.new_w[1][*]"; the last that fits holds.',
        },
    }
    both = {"required": ["decimals", "significant"]}
    return {**_object("How values are stored and shown.", properties), "not": both}


def _sample() -> Schema:
    return _object(
        "One sample.",
        {
            "input": _numbers("One number per input."),
            "target": _numbers("One number per output; left out where the loss takes none.", 0),
        },
        required=("input",),
    )
