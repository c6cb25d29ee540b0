"""From the tables of a problem file to a `Problem`, with every fault found on the way.

`Problem` checks what it is given, also where parts are lost; what merely follows is left out here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.errors import Fault, LimitError, ProblemError, nearest, place
from chalkgrad.inits import INITS, draw_weights
from chalkgrad.light import dataclass, field
from chalkgrad.losses import LOSSES, NO_LOSS
from chalkgrad.notation import KINDS
from chalkgrad.problem import Problem
from chalkgrad.problem_values import MOST_WHOLE, NUMBERS, Raw, Values, describe
from chalkgrad.records import (
    BIAS_INPUTS,
    Bias,
    Choice,
    Init,
    Layer,
    Matrix,
    Sample,
    Stop,
    Training,
)  # fmt: skip
from chalkgrad.rounding import MOST_DIGITS, POLICIES, ROUNDINGS, Digits, Policy
from chalkgrad.updates import UPDATES, update_params

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalkgrad.toml_places import Path

KEYS = ("title", "note", "layer", "training", "arithmetic", "sample", "names", "marks")
LAYER_KEYS = ("weights", "bias", "activation", "units", "init", "seed")
TRAINING_KEYS = (
    "loss", "over_outputs", "over_samples", "learning_rate", "optimizer", "iterations",
    "train_biases", "update_order", "mode", "bias_input", "stop",
)  # fmt: skip
STOP_KEYS = ("loss", "gradient", "change")
ARITHMETIC_KEYS = ("policy", "decimals", "significant", "rounding", "digits")
SAMPLE_KEYS = ("input", "target")
DEFAULT_INIT = "xavier_uniform"

LOSS_PARAMS: dict[str, Mapping[str, float]] = {
    **{name: row.params for name, row in LOSSES.items()},
    NO_LOSS: {},
}
ACTIVATION_PARAMS = {name: row.params for name, row in ACTIVATIONS.items()}
UPDATE_PARAMS = {name: update_params(row) for name, row in UPDATES.items()}

_DIGITS = (
    'written as "4 decimals", "up to 3 significant" or "4 decimals truncate carried" '
    "(half_up, half_even or truncate; carried or exact)"
)
_ROWS = "one row of numbers per neuron of the layer, as in [[0.15, 0.20], [0.25, 0.30]]"


@dataclass(slots=True)
class Reader:
    """Reads the tables of one file.

    Attributes:
        values: takes the values, and holds the faults.
        unknown: layers (from 0) of which not even the shape is known.
    """

    values: Values
    unknown: set[int] = field(default_factory=set)

    def problem(self, data: Mapping[str, Raw]) -> Problem | None:
        """The problem, or None if there are faults.

        Raises:
            LimitError: the network is larger than the limits allow.
        """
        data = self.values.table(data, (), KEYS)
        samples = self.values.tables(data, "sample")
        first = samples[0] if samples and isinstance(samples[0], dict) else {}
        layers = self._layers(self.values.tables(data, "layer"), first)
        training = self._training(data.get("training", {}))
        policy = self._policy(data.get("arithmetic", {}))
        title, note = (self.values.text(data, (), key) for key in ("title", "note"))
        names = {
            name: target if isinstance(target, str) else self._name(name, target)
            for name, target in self.values.table(data.get("names", {}), ("names",)).items()
        }
        marks = self.values.table(data.get("marks", {}), ("marks",))
        drawn = tuple(self._sample(raw, k) for k, raw in enumerate(samples))
        try:
            problem = Problem(
                layers, drawn, training, policy, title, note, names, marks,
                limits=self.values.limits,
            )  # fmt: skip
        except ProblemError as error:
            self.values.faults += [
                fault for fault in error.faults if not self._follows(fault, len(layers))
            ]
        except LimitError:
            if not self.values.faults:
                raise
        else:
            return None if self.values.faults else problem
        return None

    def _follows(self, fault: Fault, count: int) -> bool:
        """Whether a fault is there only because something else could not be read."""
        path = fault.path
        if self.values.is_lost(*path):
            return True
        match path:
            case ("layer", int(k), "weights"):
                return k - 1 in self.unknown
            case ("layer", int(k), "bias"):
                return k in self.unknown
            case ("sample", _, "input"):
                return 0 in self.unknown
            case ("sample", _, "target"):
                return count - 1 in self.unknown
            case (
                "training",
                "loss",
            ):  # softmax asks for its partner: said already, if the name is wrong
                said = {f.path for f in self.values.faults}
                return path in said
            case _:
                return False

    # ---- layers
    def _layers(self, raw: list[Raw], first: Mapping[str, Raw]) -> tuple[Layer, ...]:
        self.values.limit("layers", "layers", len(raw))
        inputs = first.get("input")
        before = len(inputs) if isinstance(inputs, list) else None
        layers: list[Layer] = []
        count = 0
        for k, item in enumerate(raw):
            path: Path = ("layer", k)
            table = self.values.table(item, path, LAYER_KEYS)
            rows: Matrix | None = None
            init: Init | None = None
            if "weights" in table:
                rows = self._weights(table["weights"], (*path, "weights"))
                for key in ("units", "init", "seed"):
                    if key in table:
                        got = describe(table[key])
                        self.values.fault((*path, key), "left out where weights are given", got)
            else:
                units = self._units(table, path)
                init = self._init(table, path)
                if units and before:
                    count += units * before
                    self.values.limit("weights", "weights", count)
                    rows = draw_weights(init, before, units)
                elif units and k == 0 and not self.values.is_lost("sample", 0, "input"):
                    self.values.fault(
                        (*path, "units"), "used with an input in the first [[sample]]", "none"
                    )
            bias = self._bias(table.get("bias"), path)
            raw_activation = table.get("activation", "identity")
            activation = self.values.choice(
                raw_activation, (*path, "activation"), ACTIVATION_PARAMS, "identity"
            )
            if rows is None:
                self.unknown.add(k)
                self.values.lost.add((*path, "weights"))
                rows = self._stand_in(before, first) if k == len(raw) - 1 else ()
            before = len(rows) or None
            layers.append(Layer(rows, bias, activation, init))
        if not layers:  # reported; a stand-in, so that the rest is checked
            self.values.lost.add(("layer",))
            self.unknown.add(0)
            layers.append(Layer(self._stand_in(before, first)))
        return tuple(layers)

    def _stand_in(self, inputs: int | None, first: Mapping[str, Raw]) -> Matrix:
        """Weights for a last layer that could not be read, as many rows as there are targets."""
        target = first.get("target")
        outputs = len(target) if isinstance(target, list) else 1
        return ((math.nan,) * min(inputs or 1, 1000),) * min(outputs or 1, 1000)

    def _weights(self, raw: Raw, path: Path) -> Matrix | None:
        if not isinstance(raw, list) or not raw:
            return self.values.wrong(path, _ROWS, raw, None)
        rows = [row for row in raw if isinstance(row, list)]
        if not rows:
            hint = "one neuron has one row: double brackets" if not isinstance(raw[0], dict) else ""
            self.values.fault(path, _ROWS, f"a list of {len(raw)} that are not rows", hint)
            return None
        width = len(rows[0])
        if not width:
            self.values.fault(
                (*path, 0), "a row of numbers, one per input of the layer", "an empty list"
            )
            return None
        self.values.limit("width", f"{place(path[:2])}: neurons", len(raw))
        self.values.limit("width", f"{place(path[:2])}: inputs", max(map(len, rows)))
        return tuple(
            self.values.numbers(row, (*path, j))
            if isinstance(row, list)
            else self.values.wrong((*path, j), f"a row of {width} numbers", row, (0.0,) * width)
            for j, row in enumerate(raw)
        )

    def _units(self, table: Mapping[str, Raw], path: Path) -> int:
        """How many neurons a layer draws weights for; 0 if it does not say."""
        if "units" not in table:
            if not self.values.is_lost(*path, "weights") and not self.values.is_lost(
                *path, "units"
            ):
                self.values.fault((*path, "weights"), "given, or units in their place", "none")
            return 0
        units = self.values.whole(table["units"], (*path, "units"), 1, MOST_WHOLE, 0)
        self.values.limit("width", f"{place(path)}: units", units)
        return units

    def _init(self, table: Mapping[str, Raw], path: Path) -> Init:
        names = sorted(INITS, key=lambda name: name != DEFAULT_INIT)
        name = self.values.one_of(table, path, "init", names)
        # Python draws the same numbers for 5 and -5; seeds from 0 up are all different.
        return Init(
            name, self.values.whole(table.get("seed", 0), (*path, "seed"), 0, MOST_WHOLE, 0)
        )

    def _bias(self, raw: Raw, path: Path) -> Bias:
        path = (*path, "bias")
        if raw is None:
            return None
        if isinstance(raw, list):
            return self.values.numbers(raw, path)
        return self.values.number(
            raw, path, "a number (shared by the layer) or a list, one per neuron"
        )

    # ---- the other tables
    def _training(self, raw: Raw) -> Training:
        path: Path = ("training",)
        table = self.values.table(raw, path, TRAINING_KEYS)
        plain = Training()
        loss_raw = table.get("loss", plain.loss.name)
        loss = self.values.choice(loss_raw, (*path, "loss"), LOSS_PARAMS, NO_LOSS)
        if self.values.is_lost("training", "loss"):  # which targets it takes is not known
            loss = Choice(NO_LOSS)
        rate = table.get("learning_rate")
        default = math.nan if self.values.is_lost("training", "learning_rate") else None
        biases = table.get("train_biases", True)
        if not isinstance(biases, bool):
            biases = self.values.wrong((*path, "train_biases"), "true or false", biases, True)
        bias_input = table.get("bias_input", 1)
        if isinstance(bias_input, bool) or bias_input not in BIAS_INPUTS:
            bias_input = self.values.wrong((*path, "bias_input"), "1 or -1", bias_input, 1)
        stop_path: Path = (*path, "stop")
        stop_table = self.values.table(table.get("stop", {}), stop_path, STOP_KEYS)
        stop = {
            key: self.values.number(value, (*stop_path, key)) for key, value in stop_table.items()
        }
        optimizer = table.get("optimizer", plain.optimizer.name)
        return Training(
            loss=loss,
            over_outputs=self.values.one_of(table, path, "over_outputs", ("sum", "mean")),
            over_samples=self.values.one_of(table, path, "over_samples", ("mean", "sum")),
            learning_rate=(
                default if rate is None else self.values.number(rate, (*path, "learning_rate"))
            ),
            optimizer=self.values.choice(optimizer, (*path, "optimizer"), UPDATE_PARAMS, "sgd"),
            iterations=self.values.whole(
                table.get("iterations", 1), (*path, "iterations"), 1, MOST_WHOLE, 1
            ),
            train_biases=biases,
            update_order=self.values.one_of(
                table, path, "update_order", ("simultaneous", "in_place")
            ),
            mode=self.values.one_of(table, path, "mode", ("batch", "online")),
            bias_input=int(bias_input),  # 1 or -1, however written
            stop=Stop(**stop),
        )

    def _policy(self, raw: Raw) -> Policy:
        path: Path = ("arithmetic",)
        table = self.values.table(raw, path, ARITHMETIC_KEYS)
        rounding = self.values.one_of(table, path, "rounding", tuple(ROUNDINGS))
        digits = Digits(rounding=rounding)
        if "decimals" in table:
            count = self.values.whole(table["decimals"], (*path, "decimals"), 0, MOST_DIGITS, 4)
            digits = Digits("decimals", count, rounding)
        if "significant" in table:
            count = self.values.whole(
                table["significant"], (*path, "significant"), 1, MOST_DIGITS, 6
            )
            if digits.kind == "decimals":
                self.values.fault(
                    (*path, "significant"), "left out where decimals is given", str(count)
                )
            else:
                digits = Digits("significant", count, rounding)
        patterns = self.values.table(table.get("digits", {}), (*path, "digits"))
        by_name = tuple(
            (pattern, self._digits(text, (*path, "digits", pattern), rounding))
            for pattern, text in patterns.items()
        )
        return Policy(self.values.one_of(table, path, "policy", POLICIES), digits, by_name)

    def _digits(self, raw: Raw, path: Path, rounding: str) -> Digits:
        pattern = str(path[-1])
        head = pattern.replace(" ", "").split("[", 1)[0].rsplit(".", 1)[-1]
        if "*" not in head and head not in KINDS:
            must = 'a kind such as da_dz, or a name such as "it2.new_w[1][*]" in quotes'
            hint = nearest(head, KINDS)
            self.values.fault(path, must, f'"{pattern}"', hint)
            return Digits()
        if not isinstance(raw, str):
            return self.values.wrong(path, _DIGITS, raw, Digits())
        try:
            return Digits.read(raw, rounding)
        except ValueError:
            return self.values.wrong(path, _DIGITS, raw, Digits())

    def _sample(self, raw: Raw, k: int) -> Sample:
        path: Path = ("sample", k)
        table = self.values.table(raw, path, SAMPLE_KEYS)
        if "input" not in table and not self.values.is_lost(*path, "input"):
            self.values.fault((*path, "input"), f"given, {NUMBERS}", "none")
        read = {key: self.values.numbers(table.get(key, []), (*path, key)) for key in SAMPLE_KEYS}
        return Sample(read["input"], read["target"])

    def _name(self, name: str, target: Raw) -> str:
        must = 'the name of a quantity in quotes, as in "w[2][1,1]"'
        return self.values.wrong(("names", name), must, target, "")
