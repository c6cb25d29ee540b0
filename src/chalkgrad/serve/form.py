"""The form in which a problem is edited: every number as it is written, and what can be chosen.

Each control carries the edit that it makes, as the object that `editing.apply_edit` takes; ``data-put`` says
which of its fields the text that was entered goes to. So the page knows no edit by name.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.inits import INITS
from chalkgrad.losses import LOSSES, NO_LOSS
from chalkgrad.rounding import as_given
from chalkgrad.serve.editing import params_of, settings_of
from chalkgrad.serve.elements import Element, button, choice, el, field, plainly
from chalkgrad.serve.labels import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalkgrad.problem import Problem

MOST_NUMBERS = 400
"""Numbers of one layer, or of all samples, that are listed; more are changed in the drawing."""
_CONVENTIONS = (
    "over_outputs", "over_samples", "update_order", "mode", "bias_input", "train_biases", "policy",
)  # fmt: skip


def _edit(put: str, /, **edit: Any) -> dict[str, str]:
    return {"data-edit": json.dumps(edit), "data-put": put}


def _number(name: str, value: float | str, words: str = "") -> Element:
    text = value if isinstance(value, str) else as_given(value)
    made = _edit("text", do="number", name=name)
    return el("input", {"class": "pg-num", "value": text, "aria-label": words or name,
                        "autocomplete": "off", "data-key": name, **made})  # fmt: skip


def _typed(key: str, value: str, words: str, /, **edit: Any) -> Element:
    made = _edit("text", **edit)
    return el("input", {"class": "pg-num", "value": value, "aria-label": words,
                        "autocomplete": "off", "data-key": key, **made})  # fmt: skip


def _act(sign: str, words: str, off: bool = False, /, **edit: Any) -> Element:
    short = len(sign) == 1
    return button(sign, "", aria_label=words, title=words if short else None, disabled=off,
                  class_="pg-step" if short else None, data_edit=json.dumps(edit))  # fmt: skip


def _pick(key: str, options: Any, value: str, put: str, /, **edit: Any) -> Element:
    return choice(options, value, data_key=key, data_edit=json.dumps(edit), data_put=put)


def _grid(words: str, rows: list[Element]) -> Element:
    table = el("table", {}, el("caption", {}, words), el("tbody", {}, rows))
    return el(
        "div", {"class": "pg-scroll", "tabindex": 0, "role": "region", "aria-label": words}, table
    )


def _card(title: str, *kids: Any) -> Element:
    return el("section", {"class": "pg-card"}, el("h2", {}, title), *kids)


def form(problem: Problem, language: str = "en") -> list[Element]:
    """The form of a problem, card by card.

    >>> from chalkgrad.examples import example
    >>> [card[2][2] for card in form(example("mazur"))]
    ['Network', 'Layer 1', 'Layer 2', 'Training', 'Samples']
    """
    say = partial(label, language=language)
    layers = [_layer(problem, l, say) for l in range(1, len(problem.layers) + 1)]
    return [_network(problem, say), *layers, _training(problem, language), _samples(problem, say)]


def _size(problem: Problem, l: int, say: Callable[..., str]) -> Element:
    count = problem.sizes[l]
    more, less = ("neuron_more", "neuron_less") if l else ("input_more", "input_less")
    return el(
        "span", {"class": "pg-size"},
        _act("−", say(less, layer=l), count == 1, do="remove_neuron", layer=l, neuron=count),
        el("b", {}, f"{count} {say('neurons' if l else 'inputs_counted')}"),
        _act("+", say(more, layer=l), do="add_neuron", layer=l),
    )  # fmt: skip


def _network(problem: Problem, say: Callable[..., str]) -> Element:
    title = el(
        "input",
        {"value": problem.title, "data-key": "title", "maxlength": 200,
         **_edit("text", do="setting", key="title")},
    )  # fmt: skip
    parts = [
        field(say("seed"), el("input", {"class": "pg-num", "value": "1", "data-part": "seed"})),
        field(say("scheme"), choice(plainly(INITS), "xavier_uniform", data_part="scheme")),
        field(
            say("decimals"),
            el("input", {"class": "pg-num", "value": "2", "data-part": "decimals",
                         "placeholder": say("all_digits")}),
        ),
        _act(say("draw"), say("draw"), do="randomise"),
    ]  # fmt: skip
    return _card(
        say("network"),
        el(
            "div", {"class": "pg-row"},
            field(say("title"), title, wide=True),
            _size(problem, 0, say),
            _act(say("layer_more"), say("layer_more_name", layer=0), do="add_layer", after=0),
        ),
        el("fieldset", {"class": "pg-set"}, el("legend", {}, say("randomise")), *parts),
    )  # fmt: skip


def _params(problem: Problem, where: str) -> list[Element]:
    return [
        field(key, _typed(f"{where}.{key}", as_given(v), key, do="param", where=where, key=key))
        for key, v in params_of(problem)[where].items()
    ]


def _layer(problem: Problem, l: int, say: Callable[..., str]) -> Element:
    layer, hidden = problem.layers[l - 1], l < len(problem.layers)
    rows = layer.weights
    kind = "none" if layer.bias is None else "own" if isinstance(layer.bias, tuple) else "shared"
    kinds = [k for k in ("none", "shared", "own") if k != "shared" or len(rows) > 1]
    row = el(
        "div", {"class": "pg-row"},
        _size(problem, l, say),
        field(
            say("activation"),
            _pick(f"act{l}", plainly(ACTIVATIONS), layer.activation.name, "name",
                  do="activation", layer=l),
        ),
        _params(problem, str(l)),
        field(
            say("bias"),
            _pick(f"bias{l}", [(k, say(f"bias_{k}")) for k in kinds], kind, "kind", do="bias", layer=l),
        ),
        hidden and _act(say("layer_less"), say("layer_less_name", layer=l), do="remove_layer", layer=l),
        hidden and _act(say("layer_more"), say("layer_more_name", layer=l), do="add_layer", after=l),
    )  # fmt: skip
    if len(rows) * len(rows[0]) > MOST_NUMBERS:
        return _card(say("layer", layer=l), row, el("p", {"class": "pg-note"}, say("too_many")))
    cells = [
        el("tr", {}, [el("td", {}, _number(f"w[{l}][{j},{i}]", v)) for i, v in enumerate(line, 1)])
        for j, line in enumerate(rows, 1)
    ]
    biases: list[tuple[str, float]] = []
    if isinstance(layer.bias, tuple):
        biases = [(f"b[{l}][{j}]", v) for j, v in enumerate(layer.bias, 1)]
    elif layer.bias is not None:
        biases = [(f"b[{l}]", layer.bias)]
    line = el("tr", {}, [el("td", {}, _number(*pair)) for pair in biases])
    return _card(
        say("layer", layer=l), row, _grid(say("weights_of", layer=l), cells),
        _grid(say("biases", layer=l), [line]) if biases else None,
    )  # fmt: skip


def _training(problem: Problem, language: str) -> Element:
    say = partial(label, language=language)
    training, digits = problem.training, problem.arithmetic.digits
    rate = training.learning_rate
    words = settings_of()

    def setting(key: str) -> Element:
        value = getattr(training, key, problem.arithmetic.mode)
        value = str(value).lower() if key == "train_biases" else str(getattr(value, "name", value))
        options = plainly(words[key], language)
        if key == "train_biases":
            options = [("true", say("yes")), ("false", say("no"))]
        return field(say(key), _pick(key, options, value, "text", do="setting", key=key))

    def typed(key: str, text: str, setting: str) -> Element:
        return field(say(key), _typed(key, text, say(key), do="setting", key=setting))

    # the other way of counting digits is chosen with the number that is there
    kinds = [(k, say(k)) for k in ("decimals", "significant")]
    return _card(
        say("training"),
        el(
            "div", {"class": "pg-row"},
            field(say("loss"), _pick("loss", plainly((*LOSSES, NO_LOSS), language), training.loss.name,
                                     "name", do="loss")),
            _params(problem, "loss"),
            field(say("eta"), _number("eta", "" if rate is None else as_given(rate), say("eta"))),
            setting("optimizer"),
            _params(problem, "optimizer"),
            typed("iterations", str(training.iterations), "iterations"),
            [setting(key) for key in _CONVENTIONS],
            typed("digits", str(digits.count), digits.kind),
            field(say("places"), _pick("places", kinds, digits.kind, "key", do="setting",
                                       text=str(digits.count))),
        ),
    )  # fmt: skip


def _samples(problem: Problem, say: Callable[..., str]) -> Element:
    samples, several = problem.samples, len(problem.samples) > 1
    more = _act(say("sample_more"), say("sample_more"), do="add_sample")
    if sum(len(s.input) + len(s.target) for s in samples) > MOST_NUMBERS:
        return _card(say("samples"), el("p", {"class": "pg-note"}, say("too_many")), more)
    heads = [f"{say('input')} {i}" for i in range(1, problem.sizes[0] + 1)]
    heads += [f"{say('target')} {j}" for j in range(1, len(samples[0].target) + 1)]
    rows = [el("tr", {}, el("td"), [el("th", {"scope": "col"}, head) for head in heads], el("td"))]
    for s, sample in enumerate(samples, 1):
        prefix = f"s{s}." if several else ""
        cells = [_number(f"{prefix}x[{i}]", v) for i, v in enumerate(sample.input, 1)]
        cells += [_number(f"{prefix}t[{j}]", v) for j, v in enumerate(sample.target, 1)]
        less = _act("×", say("sample_less", sample=s), do="remove_sample", sample=s)
        rows.append(
            el("tr", {}, el("th", {"scope": "row"}, str(s)), [el("td", {}, c) for c in cells],
               el("td", {}, less if several else None))
        )  # fmt: skip
    return _card(say("samples"), _grid(say("samples_table"), rows), more)
