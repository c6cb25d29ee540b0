"""What the page can change in a problem: one row an edit, each a pure function from problem to problem.

An edit comes from the page as an object such as ``{"do": "number", "name": "w[1][2,1]", "text": "0.25"}``.
What an edit would make that is no problem is refused with every fault, by the same rules as a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.errors import RequestError, nearest
from chalkgrad.inits import INITS, draw_weights
from chalkgrad.losses import LOSSES, NO_LOSS, PAIRINGS
from chalkgrad.records import BIAS_INPUTS, MODES, OVER, UPDATE_ORDERS, Choice, Init
from chalkgrad.rounding import MOST_DIGITS, POLICIES, Given
from chalkgrad.serve import reshaping
from chalkgrad.serve.reshaping import NOUGHT, put, written
from chalkgrad.updates import UPDATES, update_params

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chalkgrad.problem import Problem

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_LONGEST = 60
_MOST_TITLE = 200


def read_number(text: str, what: str = "a number") -> Given:
    """A number as it is typed, its digits kept; comma and the true minus sign are read too.

    >>> read_number("−0,50").text
    '-0.50'
    """
    plain = text.strip().replace("−", "-").replace(",", ".")
    if len(plain) > _LONGEST or not _NUMBER.fullmatch(plain):
        raise RequestError(f'{what} must be a number such as 0.25 or -1e-3, got "{text[:40]}"')
    return Given(plain.removeprefix("+"))


def _whole(text: str, what: str, least: int, most: int) -> int:
    if not re.fullmatch(r"\s*\d{1,9}\s*", text, re.ASCII) or not least <= int(text) <= most:
        raise RequestError(
            f'{what} must be a whole number from {least} to {most:,}, got "{text[:40]}"'
        )
    return int(text)


def _one_of(text: str, valid: Sequence[str], what: str) -> str:
    if text not in valid:
        hint = nearest(text, valid)
        known = " ".join(valid)
        raise RequestError(
            f'{what} must be one of {known}, got "{text[:40]}"' + (f"; {hint}" if hint else "")
        )
    return text


# ---------------------------------------------------------------- numbers
def set_number(problem: Problem, name: str, text: str) -> Problem:
    """The problem with another number for a weight, bias, input, target or the learning rate ``eta``.

    >>> from chalkgrad.examples import example
    >>> set_number(example("mazur"), "w[1][1,2]", "0.7").layers[0].weights[0]
    (0.15, 0.7)
    """
    if name == "eta":
        rate = read_number(text, "the learning rate") if text.strip() else None
        return problem.with_(learning_rate=rate)
    symbol = problem.symbol(name)
    kind, index = symbol.kind, symbol.index
    if kind not in ("w", "b", "x", "t") or symbol.iteration > 1:
        raise RequestError(f"{name} is worked out: only what the problem gives can be changed")
    number = read_number(text, name)
    if kind in ("w", "b"):
        l = index[0] - 1
        layer = problem.layers[l]
        if kind == "w":
            row = put(layer.weights[index[1] - 1], index[2] - 1, number)
            layer = replace(layer, weights=put(layer.weights, index[1] - 1, row), init=None)
        elif layer.bias is None:
            raise RequestError(f"layer {l + 1} has no bias")
        else:
            own = isinstance(layer.bias, tuple)
            bias = put(layer.bias, index[1] - 1, number) if own else number  # type: ignore[arg-type]
            layer = replace(layer, bias=bias)
        return problem.with_(layers=put(problem.layers, l, layer))
    s = max(symbol.sample, 1) - 1
    sample = problem.samples[s]
    if kind == "x":
        sample = replace(sample, input=put(sample.input, index[0] - 1, number))
    elif not sample.target:
        raise RequestError(f"the loss {problem.training.loss.name} has no targets")
    else:
        sample = replace(sample, target=put(sample.target, index[0] - 1, number))
    return problem.with_(samples=put(problem.samples, s, sample))


def randomise(problem: Problem, seed: str, scheme: str, decimals: str) -> Problem:
    """New weights in every layer, by a scheme and a seed; biases stay.

    With `decimals` the weights are rounded, as for working by hand; without, all digits stay and the file
    says how they were drawn.

    >>> from chalkgrad.examples import example
    >>> randomise(example("mazur"), "1", "xavier_uniform", "1").layers[0].weights[0]
    (1.1, 1.1)
    """
    first = _whole(seed, "the seed", 0, 999_999_999)
    _one_of(scheme, tuple(INITS), "the scheme")
    places = _whole(decimals, "decimals", 0, MOST_DIGITS) if decimals.strip() else None
    layers = []
    for l, (layer, inputs) in enumerate(zip(problem.layers, problem.sizes, strict=False), 1):
        init = Init(scheme, first + l)
        weights = draw_weights(init, inputs, len(layer.weights))
        if places is not None:
            layer = replace(layer, weights=written(weights, places), init=None)
        else:
            layer = replace(layer, weights=weights, init=init)
        layers.append(layer)
    return problem.with_(layers=tuple(layers))


# ---------------------------------------------------------------- choices from tables
def set_activation(problem: Problem, layer: int, name: str) -> Problem:
    """A layer with another activation; with softmax outputs the loss becomes its partner, and back."""
    _one_of(name, tuple(ACTIVATIONS), "the activation")
    if not 1 <= layer <= len(problem.layers):
        raise RequestError(f"there is no layer {layer}; there are {len(problem.layers)}")
    layers = put(
        problem.layers, layer - 1, replace(problem.layers[layer - 1], activation=Choice(name))
    )
    loss = problem.training.loss
    if ACTIVATIONS[name].whole_layer and layer == len(layers):
        partner = next(to for of, to in PAIRINGS if of == name)
        loss = loss if loss.name in (partner, NO_LOSS) else Choice(partner)
    return problem.with_(layers=layers, loss=loss)


def set_loss(problem: Problem, name: str) -> Problem:
    """Another loss; outputs and targets that it cannot take are changed with it."""
    _one_of(name, (*LOSSES, NO_LOSS), "the loss")
    layers, samples = problem.layers, problem.samples
    last = layers[-1]
    if ACTIVATIONS[last.activation.name].whole_layer and name != NO_LOSS:
        partners = [to for of, to in PAIRINGS if of == last.activation.name]
        if name not in partners:
            layers = (*layers[:-1], replace(last, activation=Choice("sigmoid")))
    row = LOSSES.get(name)
    if row and not row.takes:
        samples = tuple(replace(s, target=()) for s in samples)
    elif row and not samples[0].target:
        first = Given("1") if row.proper else NOUGHT
        target = (first,) + (NOUGHT,) * (problem.sizes[-1] - 1)
        samples = tuple(replace(s, target=target) for s in samples)
    training = replace(problem.training, loss=Choice(name))
    return replace(problem, layers=layers, samples=samples, training=training)


def set_param(problem: Problem, where: str, key: str, text: str) -> Problem:
    """A parameter of a layer's activation (`where` is its number), of the ``loss`` or the ``optimizer``."""
    number = read_number(text, key)

    def changed(choice: Choice) -> Choice:
        if choice.params.get(key) == number:
            return choice
        usual = params_of(problem, usual=True)[where].get(key)
        params = {k: v for k, v in choice.params.items() if k != key}
        # the default is left out, as a problem file leaves it out
        return Choice(choice.name, params if number == usual else {**params, key: number})

    if where in ("loss", "optimizer"):
        return problem.with_(**{where: changed(getattr(problem.training, where))})
    l = _whole(where, "the layer", 1, len(problem.layers)) - 1
    layer = replace(problem.layers[l], activation=changed(problem.layers[l].activation))
    return problem.with_(layers=put(problem.layers, l, layer))


_WORDS: dict[str, tuple[str, ...]] = {
    "over_outputs": OVER,
    "over_samples": OVER,
    "update_order": UPDATE_ORDERS,
    "mode": MODES,
    "bias_input": tuple(map(str, BIAS_INPUTS)),
    "train_biases": ("true", "false"),
}
_READ: dict[str, Callable[[str], object]] = {
    "bias_input": int,
    "train_biases": lambda text: text == "true",
}


def set_setting(problem: Problem, key: str, text: str) -> Problem:
    """A convention of the working, the number of iterations, the digits, or the title."""
    if key in _WORDS:
        value = _READ.get(key, str)(_one_of(text, _WORDS[key], key))
        return problem.with_(**{key: value})
    if key == "iterations":
        most = int(problem.limits["iterations"])
        return problem.with_(iterations=_whole(text, "iterations", 1, most))
    if key == "optimizer":
        return problem.with_(optimizer=Choice(_one_of(text, tuple(UPDATES), "the update rule")))
    if key == "title":
        return problem.with_(title=" ".join(text.split())[:_MOST_TITLE])
    policy = problem.arithmetic
    if key == "policy":
        mode = _one_of(text, POLICIES, "the policy")
        return problem.with_(arithmetic=replace(policy, mode=mode))
    if key in ("decimals", "significant"):
        count = _whole(text, key, 0 if key == "decimals" else 1, MOST_DIGITS)
        kind: Literal["decimals", "significant"] = key  # type: ignore[assignment]
        digits = replace(policy.digits, kind=kind, count=count)
        if digits == policy.digits:
            return problem
        return problem.with_(arithmetic=replace(policy, digits=digits, by_name=()))
    keys = (*_WORDS, "iterations", "optimizer", "title", "policy", "decimals", "significant")
    raise RequestError(f'there is no setting "{key[:40]}"; they are {" ".join(keys)}')


# ---------------------------------------------------------------- the table
@dataclass(frozen=True, slots=True)
class Edit:
    """One kind of edit.

    Attributes:
        name: as in ``do``.
        apply: the problem after it.
        takes: the fields of the object beside ``do``, and what each must be.
    """

    name: str
    apply: Callable[..., Problem]
    takes: Mapping[str, type]


EDITS: dict[str, Edit] = {
    row.name: row
    for row in (
        Edit("number", set_number, {"name": str, "text": str}),
        Edit("activation", set_activation, {"layer": int, "name": str}),
        Edit("loss", set_loss, {"name": str}),
        Edit("param", set_param, {"where": str, "key": str, "text": str}),
        Edit("setting", set_setting, {"key": str, "text": str}),
        Edit("randomise", randomise, {"seed": str, "scheme": str, "decimals": str}),
        Edit("bias", reshaping.set_bias, {"layer": int, "kind": str}),
        Edit("add_neuron", reshaping.add_neuron, {"layer": int}),
        Edit("remove_neuron", reshaping.remove_neuron, {"layer": int, "neuron": int}),
        Edit("add_layer", reshaping.add_layer, {"after": int}),
        Edit("remove_layer", reshaping.remove_layer, {"layer": int}),
        Edit("add_sample", reshaping.add_sample, {}),
        Edit("remove_sample", reshaping.remove_sample, {"sample": int}),
    )
}


def apply_edit(problem: Problem, edit: Mapping[str, object]) -> Problem:
    """The problem after an edit.

    Raises:
        RequestError: there is no such edit, or a field is missing or of another kind.
        ProblemError: what comes out would be no problem.

    >>> from chalkgrad.examples import example
    >>> apply_edit(example("mazur"), {"do": "add_neuron", "layer": 0}).sizes
    (3, 2, 2)
    """
    name = str(edit.get("do"))
    row = EDITS[_one_of(name, tuple(EDITS), "an edit")]
    fields = {key: value for key, value in edit.items() if key != "do"}
    for key, kind in row.takes.items():
        got = fields.get(key)
        if not isinstance(got, kind) or isinstance(got, bool):
            must = "a whole number" if kind is int else "a text"
            raise RequestError(f'"{key}" of the edit {name} must be {must}')
    unknown = set(fields) - set(row.takes)
    if unknown:
        raise RequestError(f'the edit {name} has no field "{min(unknown)[:40]}"')
    return row.apply(problem, **fields)


def settings_of() -> dict[str, tuple[str, ...]]:
    """The settings that are a choice of words, and the words."""
    return {**_WORDS, "policy": POLICIES, "optimizer": tuple(UPDATES)}


def params_of(problem: Problem, *, usual: bool = False) -> dict[str, dict[str, float]]:
    """All parameters of activations, loss and update rule, by where they stand; `usual`: their defaults.

    >>> from chalkgrad.examples import example
    >>> params_of(example("mazur"))["2"]
    {'gain': 1.0}
    """
    training = problem.training
    loss = LOSSES.get(training.loss.name)
    tables: dict[str, tuple[Choice, Mapping[str, float]]] = {
        "loss": (training.loss, loss.params if loss else {}),
        "optimizer": (training.optimizer, update_params(UPDATES[training.optimizer.name])),
    }
    for l, layer in enumerate(problem.layers, 1):
        tables[str(l)] = (layer.activation, ACTIVATIONS[layer.activation.name].params)
    return {
        where: dict(known) if usual else choice.filled(known)
        for where, (choice, known) in tables.items()
    }
