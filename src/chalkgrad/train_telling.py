"""What a run says while it runs: JSON events, plain lines, or a progress bar."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

from chalkgrad.sentences import counted
from chalkgrad.training.history import score_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.progress import Progress, TaskID

    from chalkgrad.training.history import Event

SCHEMA = "chalkgrad.train/1"
"""Of the events of a run, and of what its folder keeps of it."""
_LINES = 20
"""Plain lines of a run, at most."""
_WIDEST = 100
"""Columns of the bar and its text, at most."""
_REDRAWN = 0.1
"""Seconds between two drawings of the bar: a thread that draws by itself would take time from the run."""


class Teller(Protocol):
    """Hears the events of a run."""

    def hear(self, event: Event) -> None:
        """Say what there is to say."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def teller(*, as_json: bool, quiet: bool) -> Teller:
    """Who tells: JSON on stdout, nothing, a bar where stderr is a terminal, else lines there."""
    if as_json:
        return _Json()
    if quiet:
        return _Quiet()
    return _Bar() if sys.stderr.isatty() else _Lines()


class _Speed:
    """Steps a second and the time left, since this part of the run began."""

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None

    def text(self, facts: Mapping[str, Any]) -> str:
        step, seconds = facts["step"], facts["seconds"]
        if self._first is None:
            self._first = (0, 0.0) if facts.get("fresh") else (step, seconds)
        steps, spent = step - self._first[0], seconds - self._first[1]
        if not (steps > 0 and spent > 0):
            return ""
        speed = steps / spent
        return f"{speed:,.0f} steps/s  {clock((facts['steps'] - step) / speed)} left"


def clock(seconds: float) -> str:
    """A time as minutes and seconds, or hours, minutes and seconds.

    >>> clock(75.2), clock(3723)
    ('1:15', '1:02:03')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _err(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _opening(facts: Mapping[str, Any]) -> str:
    held = f", {facts['validation_rows']} held back" if facts["validation_rows"] else ""
    begun = f", from step {facts['step']}" if facts["step"] else ""
    epochs = f" in {counted(facts['epochs'], 'epoch')}" if facts["unit"] == "epoch" else ""
    steps = counted(f"{facts['steps']:,}", "step")
    return (
        f"{facts['network']} on {counted(facts['rows'], 'row')}{held}; {steps}{epochs}{begun}; "
        f"{facts['dtype']}, engine {facts['engine']} ({facts['why']})"
    )


def _epoch_text(facts: Mapping[str, Any], unit: str, *, brief: bool = False) -> str:
    at = (facts["epoch"], facts["epochs"]) if unit == "epoch" else (facts["step"], facts["steps"])
    what = "loss"
    if unit == "update":  # of a stretch of them
        what = "loss before it" if facts["epochs"] == facts["steps"] else "mean loss before each"
    text = f"{unit} {at[0]:,}/{at[1]:,}  {what} {facts['loss']:.4g}"
    if facts["validation_loss"] is not None:
        text += "" if brief else f"  held back {facts['validation_loss']:.4g}"
        text += f"  score {score_text(facts['validation_score'])}"
    return text


class _Quiet:
    """Says nothing."""

    def hear(self, event: Event) -> None:
        del event

    def close(self) -> None:
        pass


class _Json:
    """One JSON object a line on stdout."""

    def hear(self, event: Event) -> None:
        import json

        sys.stdout.write(json.dumps({"schema": SCHEMA, "event": event.kind, **event.facts}) + "\n")
        sys.stdout.flush()

    def close(self) -> None:
        pass


class _Lines:
    """Plain lines on stderr."""

    def __init__(self) -> None:
        self._speed, self._unit = _Speed(), ""

    def hear(self, event: Event) -> None:
        facts = event.facts
        if event.kind == "start":
            self._unit = facts["unit"]
            _err(_opening(facts))
        elif event.kind == "epoch":
            speed = self._speed.text({**facts, "fresh": facts["epoch"] == 1})
            every = -(-facts["epochs"] // _LINES)
            if facts["epoch"] % every == 0 or facts["epoch"] in (1, facts["epochs"]):
                _err(f"{_epoch_text(facts, self._unit)}  {speed}".rstrip())

    def close(self) -> None:
        pass


class _Bar:
    """A progress bar on stderr: loss, score, steps a second, time left."""

    def __init__(self) -> None:
        self._speed, self._unit, self._drawn = _Speed(), "", 0.0
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._epoch = ""

    def hear(self, event: Event) -> None:
        facts = event.facts
        if event.kind == "start":
            self._unit = facts["unit"]
            _err(_opening(facts))
            self._start(facts)
        elif event.kind in ("epoch", "progress"):
            fresh = facts.get("epoch", 1) == 1
            speed = self._speed.text({**facts, "fresh": fresh})
            if event.kind == "epoch":
                self._epoch = _epoch_text(facts, self._unit, brief=True)
            text = self._epoch or f"loss {facts['loss']:.4g}"
            self._draw(facts["step"], f"{text}  {speed}", last=facts["step"] == facts["steps"])

    def _start(self, facts: Mapping[str, Any]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        console = Console(stderr=True)
        console.width = min(console.width, _WIDEST)
        self._bar = Progress(
            BarColumn(None), TextColumn("{task.description}", markup=False),
            console=console, auto_refresh=False, expand=True,
        )  # fmt: skip
        self._task = self._bar.add_task("", total=facts["steps"], completed=facts["step"])
        self._bar.start()

    def _draw(self, step: int, text: str, *, last: bool) -> None:
        now = time.perf_counter()
        if self._bar is None or self._task is None or (now - self._drawn < _REDRAWN and not last):
            return
        self._drawn = now
        self._bar.update(self._task, completed=step, description=text, refresh=True)

    def close(self) -> None:
        if self._bar:
            self._bar.stop()
