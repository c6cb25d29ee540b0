"""The report of a run as one page: what was asked, how it went, how good the network is."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import MissingExtra, RequestError
from chalkgrad.rendering.document import (
    Curve,
    Document,
    Heading,
    Inline,
    Note,
    Part,
    Prose,
    Table,
)
from chalkgrad.sentences import say
from chalkgrad.training.history import score_text
from chalkgrad.training.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalkgrad.training.course import Course
    from chalkgrad.training.data import Data, Scaling
    from chalkgrad.training.model import Network
    from chalkgrad.training.pictures import Picture

_MOST_CLASSES = 40
"""Classes whose confusions are counted out; of more only the worst are."""
_MOST_EPOCHS = 12


def report(network: Network, held: Data | None = None, command: str = "") -> str:
    """A run as a self-contained HTML page; with the extra ``plot`` its pictures are drawn, else the curve alone.

    Args:
        network: with the history and the course of its run.
        held: the part that was held back, to be judged on.
        command: how the run can be had again.

    Raises:
        RequestError: the network was read from a file, without its run.
    """
    if network.course is None:
        raise RequestError("a report needs the run, not only the network that it left")
    from chalkgrad.rendering.html import to_html

    parts = _Parts(network, network.course, held)
    document = Document(parts.title, parts.subtitle, tuple(parts.made(command)))
    return to_html(document, parts.pictures())


class _Parts:
    """The parts of one report."""

    def __init__(self, network: Network, course: Course, held: Data | None) -> None:
        self.network, self.held, self.course = network, held, course
        self.history = network.history
        sizes = "-".join(map(str, network.architecture.sizes))
        self.title = self.course.problem.title or say("report_title")
        self.subtitle = f"{sizes} · " + ", ".join(
            dict.fromkeys(choice.name for choice in network.architecture.activations)
        )

    def made(self, command: str) -> list[Part]:
        """All parts in order."""
        parts: list[Part] = [*self._outcome()]
        if command:
            parts.append(Prose((say("report_command", command=command),)))
        parts += [_heading("report_course"), *self._course()]
        if self.held is not None and self.network.classes:
            parts += [_heading("report_confusion"), *self._confusion(self.held)]
        if self._drawn:
            parts += [_heading("report_gradients"), Prose((say("report_gradients_are"),))]
        parts += [_heading("report_settings"), self._settings()]
        return parts

    # ---------------------------------------------------------------- what came of it
    def _outcome(self) -> list[Part]:
        history, epochs = self.history, self.history.epochs
        parts: list[Part] = []
        if epochs:
            last = epochs[-1]
            after = history.loss_after
            text = say(
                "report_outcome" if after is None else "report_outcome_own",
                updates=f"{history.updates:,}", epochs=len(epochs), seconds=f"{last.seconds:.2f}",
                loss=f"{last.loss if after is None else after:.6g}",
            )  # fmt: skip
            if self.held is not None:
                key = "report_right" if self.network.classes else "report_explained"
                score = score_text(self.network.score(self.held))
                text += " " + say(key, score=score, rows=f"{len(self.held):,}")
            parts.append(Prose((text,)))
        else:
            parts.append(Prose((say("report_nothing"),)))
        why = [say(f"report_stopped_{history.stopped or 'epochs'}")]
        why += [history.note[0].upper() + history.note[1:] + "."] if history.note else []
        why += [say("report_kept", best=history.best)] if history.best else []
        kind = "warning" if history.stopped == "diverged" else "note"
        parts.append(Note((" ".join(why),), kind))
        parts.append(Prose((say("report_engine", engine=history.engine),)))
        return parts

    def _course(self) -> list[Part]:
        epochs = self.history.epochs
        if not epochs:
            return []
        at = sorted(
            {round(k * (len(epochs) - 1) / (_MOST_EPOCHS - 1)) for k in range(_MOST_EPOCHS)}
        )
        names = ["report_epoch", "k", "report_rate", "report_loss"]
        held = epochs[-1].validation_loss is not None
        names += ["report_held_loss", "report_held_score"] if held else []
        rows = []
        for k in at:
            epoch = epochs[k]
            cells = [str(epoch.epoch), str(epoch.updates), f"{epoch.rate:.4g}", f"{epoch.loss:.4g}"]
            if held:
                cells += [f"{epoch.validation_loss:.4g}", score_text(epoch.validation_score)]
            rows.append(tuple((cell,) for cell in cells))
        table = Table(tuple((say(name),) for name in names), tuple(rows), (True,) * len(names))
        if self._drawn:
            return [table]
        losses = tuple(self.history.losses)
        low, high = min(losses), max(losses)
        logarithmic = low > 0 and high > 30 * low
        before, after = (f"{loss:.4g}" for loss in (losses[0], losses[-1]))
        alt = say("alt_curve", updates=epochs[-1].updates, before=before, after=after)
        xs = tuple(epoch.updates for epoch in epochs)
        return [Curve(xs, losses, say("k"), say("loss"), logarithmic, alt), table]

    def _confusion(self, held: Data) -> list[Part]:
        classes = self.network.classes
        counts = self.network.confusion(held)
        rows: list[tuple[Inline, ...]] = []
        for k, name in enumerate(classes):
            here, said = int(counts[k].sum()), int(counts[:, k].sum())
            right = int(counts[k, k])
            wrong = [
                (int(counts[k, j]), classes[j])
                for j in range(len(classes))
                if j != k and counts[k, j]
            ]
            worst = ", ".join(f"{other} ({n})" for n, other in sorted(wrong, reverse=True)[:3])
            shares = (f"{right / n:.4f}" if n else "–" for n in (here, said))
            rows.append(((name,), (str(here),), *((share,) for share in shares), (worst,)))
        header = (
            "report_class",
            "report_rows",
            "report_recall",
            "report_precision",
            "report_taken_for",
        )
        numeric = (False, True, True, True, False)
        return [Table(tuple((say(key),) for key in header), tuple(rows[:_MOST_CLASSES]), numeric)]

    # ---------------------------------------------------------------- what was asked
    def _settings(self) -> Table:
        course = self.course
        training, settings = course.problem.training, course.settings
        said: dict[str, object] = {
            "loss": training.loss.name,
            "optimizer": _chosen(training.optimizer.name, training.optimizer.params),
            "learning_rate": course.rate,
            "rows": len(course.x),
            "held_back": len(course.validation[0]) if course.validation else 0,
        }
        default = Settings()
        for key, value in settings.to_object().items():
            always = key in ("epochs", "batch_size", "seed", "dtype", "scaling", "schedule")
            if key == "epochs" and course.own:
                said["iterations"] = value
            elif always or value != getattr(default, key):
                said[key] = json.dumps(value) if isinstance(value, dict) else value
        for key, scaling in (
            ("scaling", course.scaling),
            ("target_scaling", course.target_scaling),
        ):
            said[key] = _kind(scaling)
        if course.own:
            for key in ("batch_size", "seed", "schedule", "scaling", "target_scaling"):
                said.pop(key, None)
        rows = tuple(((key.replace("_", " "),), (str(value),)) for key, value in said.items())
        return Table(((say("report_setting"),), (say("value"),)), rows, (False, False))

    # ---------------------------------------------------------------- pictures
    @property
    def _drawn(self) -> bool:
        from importlib.util import find_spec

        return find_spec("matplotlib") is not None

    def pictures(self) -> dict[str, str]:
        """The pictures, by the anchor of the heading under which they stand."""
        if not self._drawn:
            return {}
        from chalkgrad.training import plots

        network = self.network
        made: dict[str, Callable[[], Picture]] = {
            "report-course": lambda: plots.curves(self.history)
        }
        if self.held is not None and 1 < len(network.classes) <= _MOST_CLASSES:
            held = self.held
            made["report-confusion"] = lambda: network.plot_confusion(held)
        made["report-gradients"] = self._last_step
        found = {}
        for anchor, draw in made.items():
            try:
                picture = draw()
                found[anchor] = (
                    '<figure class="drawing">\n<div class="scroll" tabindex="0" role="group" '
                    f'aria-label="{escape(say(anchor.replace("-", "_")))}">{picture.inline_svg(anchor)}'
                    "</div>\n</figure>\n"
                )
            except (RequestError, MissingExtra) as error:  # nothing to draw: the page says why
                found[anchor] = f"<p>{escape(str(error))}</p>\n"
        return found

    def _last_step(self) -> Picture:
        from chalkgrad.training.replay import TrainingStep

        network, course = self.network, self.course
        made = max(1, network.updates - (course.start.updates if course.start else 0))
        # At the numbers that the run left, on the batch of its last step: nothing has to be made anew.
        last = TrainingStep(
            made, course, network.p, {}, network.updates, course.batch(made - 1), course.rate
        )
        return last.plot()


def _kind(scaling: Scaling | None) -> str:
    """What kind of scaling it is, whatever was asked."""
    if scaling is None:
        return "none"
    return "standard" if any(scaling.shift) else f"divided by {scaling.scale[0]:g}"


def _heading(key: str) -> Heading:
    return Heading(1, say(key), key.replace("_", "-"))


def _chosen(name: str, params: Mapping[str, Any]) -> str:
    return name + (f" ({', '.join(f'{k} = {v:g}' for k, v in params.items())})" if params else "")
