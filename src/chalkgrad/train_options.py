"""The options of ``chalkgrad train`` as a table: what each does, which names it takes, and its default.

Names and defaults are read from where they are used, and only where this verb is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from chalkgrad.activations import ACTIVATIONS
from chalkgrad.inits import INITS
from chalkgrad.light import dataclass
from chalkgrad.losses import LOSSES, NO_LOSS
from chalkgrad.training.offered import DTYPES, ENGINES, MISSING, SCALINGS, TASKS
from chalkgrad.training.schedules import SCHEDULES
from chalkgrad.training.settings import Settings
from chalkgrad.training.usual import CHECKPOINT_SECONDS, HELD_BACK, RATE, RATES, USUAL
from chalkgrad.updates import UPDATES

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class TrainOption:
    """One option.

    Attributes:
        name: as it is typed.
        kind: what it takes: text, a whole number or a number.
        words: what it does.
        names: those that it takes, where it takes names.
        default: what holds without it, where neither `USUAL` nor `Settings` says it.
    """

    name: str
    kind: type
    words: str
    names: Iterable[str] = ()
    default: str = ""

    def option(self) -> click.Option:
        """The option as click has it: none of them has a value unless it is given."""
        text = ": ".join(filter(None, (self.words, " ".join(self.names))))
        key = self.name.strip("-").replace("-", "_")
        usual = self.default or str(USUAL.get(key) or getattr(_SETTINGS, key, "") or "")
        text += f"  [default: {usual}]" if usual else ""
        return click.Option([self.name], type=self.kind, help=text)


_SETTINGS = Settings()
_SCALINGS = ("data", *SCALINGS)
_RATES = ", ".join([f"{RATE:g}", *(f"{rate:g} for {rule}" for rule, rate in RATES.items())])

OPTIONS = tuple(
    TrainOption(*row)
    for row in (
        ("--hidden", str, "sizes of the hidden layers, as 64,32", (), "none"),
        ("--activation", str, "of the hidden layers", ACTIVATIONS),
        ("--output-activation", str, "of the outputs, one of the same", (),
         "softmax for classes, identity for numbers"),
        ("--loss", str, "what is made small", [name for name in LOSSES if name != NO_LOSS],
         "cross_entropy for classes, half_squared_error for numbers"),
        ("--init", str, "how weights are drawn", INITS, "as suits the activation"),
        ("--data", str, "the samples, where SOURCE is a problem file"),
        ("--target", str, "the column to predict, or several with commas", (), "the last one"),
        ("--task", str, "what the target is", TASKS, TASKS[0]),
        ("--missing", str, "what to do with missing values", MISSING, MISSING[0]),
        ("--scaling", str, "how inputs are scaled; data is as suits them", _SCALINGS),
        ("--target-scaling", str, "how targets that are numbers are scaled", _SCALINGS),
        ("--test", float, "the part that is held back, from 0 to 1", (), f"{HELD_BACK:g}"),
        ("--epochs", int, "passes over the data"),
        ("--iterations", int, "updates, where SOURCE is a problem file", (), "what the file says"),
        ("--batch-size", int, "samples an update; 0 is all"),
        ("--learning-rate", float, "how far an update goes", (), _RATES),
        ("--optimizer", str, "the update rule, as momentum:momentum=0.95", UPDATES),
        ("--schedule", str, "the course of the learning rate", SCHEDULES),
        ("--warmup", float, "epochs over which the learning rate rises from 0", (), "0"),
        ("--clip", float, "the largest norm of the gradient", (), "none"),
        ("--patience", int, "epochs without a lower loss (held back, if a part is) before training stops", (),
         "no end"),
        ("--stop-loss", float, "stop at this loss of an epoch"),
        ("--stop-gradient", float, "stop where no entry of the gradient is larger"),
        ("--stop-seconds", float, "stop after so many seconds"),
        ("--class-weights", str, "balanced, or CLASS=NUMBER,...", (), "all 1"),
        ("--seed", int, "of weights, split and shuffling", (), str(USUAL["seed"])),
        ("--dtype", str, "how wide numbers are", DTYPES),
        ("--engine", str, "what computes", ENGINES),
        ("--threads", int, "threads of the llvm engine; 0 measures what is quicker", (), "0"),
        ("--checkpoint-seconds", float, "between two checkpoints; the first comes within a second", (),
         f"{CHECKPOINT_SECONDS:g}"),
    )
)  # fmt: skip
"""In the order in which they are listed."""
