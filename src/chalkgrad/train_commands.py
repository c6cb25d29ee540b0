"""What ``chalkgrad train`` does, apart from how its options are spelled."""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.files import write_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

    from chalkgrad.problem import Problem
    from chalkgrad.training.data import Data
    from chalkgrad.training.history import Event
    from chalkgrad.training.model import Network

RUN_FILE, SCHEMA = "run.json", "chalkgrad.train/1"
DIVERGED, INTERRUPTED = 1, 130


def train_command(
    source: str | None,
    *,
    resume: str | None = None,
    output: str | None = None,
    force: bool = False,
    as_json: bool = False,
    quiet: bool = False,
    **options: Any,
) -> int:
    """Train, tell about it while it runs, and return the exit code.

    Args:
        source: a problem file, or data.
        resume: a run folder to go on with, in place of a source.
        output: the folder of the run.
        force: begin anew in a folder that holds a run.
        as_json: one JSON object a line on stdout, in place of text.
        quiet: nothing but the end.
        **options: see `request_of`.
    """
    if (source is None) == (resume is None):
        raise RequestError("train takes one source (a problem file or data), or --resume DIR")
    given = {key: value for key, value in options.items() if value is not None}
    if resume is not None:
        folder: Path | None = Path(resume)
        known = _read_run(Path(resume))
        free = {"epochs", "iterations", "threads", "patience", "stop_loss", "stop_seconds", "test"}
        for key, value in given.items():
            if key not in free and value != known.get(key):
                raise RequestError(
                    f"--{key.replace('_', '-')} cannot be changed when a run is resumed"
                )
        request = {**known, **given}
    else:
        folder = Path(output) if output is not None else None
        request = {"source": source, **given}
        if folder is not None:
            _open_folder(folder, force=force)
    network, data = _run(request, folder, resume=resume is not None, as_json=as_json, quiet=quiet)
    if folder is not None:
        _write_results(folder, network)
    _tell_end(network, data, folder, as_json=as_json)
    if network.history.stopped == "interrupted":
        return INTERRUPTED
    return DIVERGED if network.history.stopped == "diverged" else 0


# ---------------------------------------------------------------- the folder of a run
def _read_run(folder: Path) -> dict[str, Any]:
    try:
        made = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        if made["schema"] != SCHEMA:
            raise RequestError(f'"{folder}" was made by something else: schema {made["schema"]}')
        return dict(made["request"])
    except OSError as error:
        raise RequestError(
            f'"{folder}" holds no run: cannot read {RUN_FILE}: {error.strerror or error}'
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise RequestError(f'"{folder / RUN_FILE}" is damaged: {error}') from error


def _open_folder(folder: Path, *, force: bool) -> None:
    if (folder / RUN_FILE).exists():
        if not force:
            raise RequestError(
                f'"{folder}" holds a run already: --resume {folder} goes on with it, '
                "--force begins anew"
            )
        for old in folder.glob("step-*.safetensors"):
            old.unlink(missing_ok=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(f'cannot write to "{folder}": {error.strerror or error}') from error


def _write_results(folder: Path, network: Network) -> None:
    from chalkgrad.training.saving import save_network

    save_network(network, folder)
    text = json.dumps(network.history.to_object(), indent=1)
    write_text(folder / "history.json", text + "\n", force=True)


# ---------------------------------------------------------------- what is asked
def request_of(request: Mapping[str, Any]) -> tuple[Problem, Data | None, dict[str, Any]]:
    """Problem, data (None for the problem's own samples) and settings of a request.

    A request holds ``source`` and the options that were given: ``data target task missing hidden
    activation loss output_activation learning_rate optimizer init test iterations`` and the fields of
    `Settings`.
    """
    from chalkgrad.training.model import network_problem
    from chalkgrad.training.readers import load_data
    from chalkgrad.training.settings import Settings

    names = {field.name for field in fields(Settings)}
    settings = {key: value for key, value in request.items() if key in names}
    source = str(request["source"])
    reading = {key: request[key] for key in ("target", "task", "missing") if key in request}
    if source.endswith(".toml"):
        from chalkgrad.problem_file import load

        problem = load(source)
        changes: dict[str, Any] = {}
        if "learning_rate" in request:
            changes["learning_rate"] = request["learning_rate"]
        if "optimizer" in request:
            changes["optimizer"] = read_choice(request["optimizer"])
        problem = problem.with_(**changes) if changes else problem
        if "data" in request:
            return problem, load_data(request["data"], **reading), settings
        if "iterations" in request or "epochs" not in settings:
            settings["epochs"] = request.get("iterations", problem.training.iterations)
        return problem, None, settings
    data = load_data(source, **reading)
    settings.setdefault("scaling", "data")
    hidden = [int(part) for part in str(request.get("hidden", "")).split(",") if part.strip()]
    problem = network_problem(
        data,
        hidden,
        activation=read_choice(request.get("activation", "relu")),
        loss=read_choice(request["loss"]) if "loss" in request else "",
        output=read_choice(request["output_activation"]) if "output_activation" in request else "",
        learning_rate=float(request.get("learning_rate", 0.1)),
        optimizer=read_choice(request.get("optimizer", "sgd")),
        init=str(request.get("init", "")),
        seed=int(request.get("seed", 0)),
    )
    return problem, data, settings


def read_choice(text: str) -> Any:
    """A row of a table with parameters, as ``momentum:momentum=0.95``.

    >>> read_choice("momentum:momentum=0.95")
    Choice(name='momentum', params={'momentum': 0.95})
    """
    from chalkgrad.records import Choice

    name, _, rest = text.partition(":")
    params = {}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        try:
            params[key.strip()] = float(value)
        except ValueError:
            raise RequestError(f'"{text}" must be NAME or NAME:KEY=NUMBER,...') from None
        if not equals:
            raise RequestError(f'"{text}" must be NAME or NAME:KEY=NUMBER,...')
    return Choice(name.strip(), params)


# ---------------------------------------------------------------- the run
def _run(
    request: Mapping[str, Any], folder: Path | None, *, resume: bool, as_json: bool, quiet: bool
) -> tuple[Network, Data | None]:
    from chalkgrad.training.loop import train

    problem, data, settings = request_of(request)
    held = None
    part = float(request.get("test", 0.0 if data is None or data.held_back else 0.2))
    if data is not None and data.held_back is not None and "test" not in request:
        held = data.held_back
    elif data is not None and part:
        data, held = data.split(part, int(request.get("seed", 0)))
    weights = request.get("class_weights")
    if folder is not None and not resume:
        text = json.dumps({"schema": SCHEMA, "request": dict(request)}, indent=1)
        write_text(folder / RUN_FILE, text + "\n", force=True)
    teller = _Json() if as_json else _Quiet() if quiet else _Bar() if _terminal() else _Lines()
    stop = _Stop()
    try:
        with stop:
            network = train(
                problem, data, validation_data=held, class_weights=weights, folder=folder,
                resume=resume, listen=teller.hear, interrupted=stop.asked, **settings,
            )  # fmt: skip
    finally:
        teller.close()
    return network, held


def _terminal() -> bool:
    return sys.stderr.isatty()


class _Stop:
    """Ctrl-C and SIGTERM: the first asks the run to stop, the second breaks it off."""

    def __init__(self) -> None:
        self._asked = False
        self._before: dict[int, Any] = {}

    def asked(self) -> bool:
        return self._asked

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._hear)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True


# ---------------------------------------------------------------- telling
def _err(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _opening(facts: Mapping[str, Any]) -> str:
    held = f", {facts['validation_rows']} held back" if facts["validation_rows"] else ""
    begun = f", from step {facts['step']}" if facts["step"] else ""
    return (
        f"{facts['network']} on {facts['rows']} rows{held}; {facts['steps']} steps in "
        f"{facts['epochs']} epochs{begun}; {facts['dtype']}, engine {facts['engine']} ({facts['why']})"
    )


def _epoch_text(facts: Mapping[str, Any]) -> str:
    text = f"epoch {facts['epoch']}/{facts['epochs']}  loss {facts['loss']:.6g}"
    if facts["validation_loss"] is not None:
        text += f"  held back {facts['validation_loss']:.6g}"
        text += f"  score {facts['validation_score']:.4f}"
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
        sys.stdout.write(json.dumps({"schema": SCHEMA, "event": event.kind, **event.facts}) + "\n")
        sys.stdout.flush()

    def close(self) -> None:
        pass


class _Lines:
    """Plain lines on stderr, at most some fifty over the run."""

    def hear(self, event: Event) -> None:
        facts = event.facts
        if event.kind == "start":
            _err(_opening(facts))
        elif event.kind == "epoch":
            every = max(1, facts["epochs"] // 50)
            if facts["epoch"] % every == 0 or facts["epoch"] == facts["epochs"]:
                speed = facts["step"] / facts["seconds"] if facts["seconds"] else 0.0
                _err(f"{_epoch_text(facts)}  {speed:,.0f} steps/s")

    def close(self) -> None:
        pass


class _Bar:
    """A progress bar on stderr: loss, score, steps a second, time left."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None

    def hear(self, event: Event) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        facts = event.facts
        if event.kind == "start":
            _err(_opening(facts))
            self._bar = Progress(
                BarColumn(30), TextColumn("{task.description}"), TextColumn("{task.fields[speed]}"),
                TimeRemainingColumn(), console=Console(stderr=True),
            )  # fmt: skip
            self._task = self._bar.add_task(
                "", total=facts["steps"], completed=facts["step"], speed=""
            )
            self._bar.start()
        elif event.kind in ("epoch", "progress") and self._bar:
            speed = facts["step"] / facts["seconds"] if facts["seconds"] else 0.0
            text = _epoch_text(facts) if event.kind == "epoch" else None
            self._bar.update(
                self._task, completed=facts["step"], speed=f"{speed:,.0f} steps/s",
                **({"description": text} if text else {}),
            )  # fmt: skip

    def close(self) -> None:
        if self._bar:
            self._bar.stop()


def _tell_end(network: Network, held: Data | None, folder: Path | None, *, as_json: bool) -> None:
    history = network.history
    score = network.score(held) if held is not None else None
    last = history.epochs[-1] if history.epochs else None
    facts: dict[str, Any] = {
        "loss": last.loss if last else None,
        "score": score,
        "epochs": len(history.epochs),
        "updates": last.updates if last else 0,
        "seconds": last.seconds if last else 0.0,
        "stopped": history.stopped,
        "note": history.note,
        "engine": history.engine,
        "folder": str(folder) if folder else None,
    }
    if as_json:
        sys.stdout.write(json.dumps({"schema": SCHEMA, "event": "result", **facts}) + "\n")
        return

    def say(text: str) -> object:
        return sys.stdout.write(text + "\n")

    if last:
        say(f"loss {last.loss:.6g} after {last.updates} updates in {last.seconds:.2f} s")
    if score is not None and held is not None:
        what = "right" if network.classes else "R squared"
        say(f"held back: {score:.4f} {what} of {len(held)} rows")
    if history.stopped:
        say(f"stopped: {history.stopped}" + (f"; {history.note}" if history.note else ""))
    elif history.note:
        say(history.note)
    if folder:
        if history.stopped == "interrupted":
            say(f"go on with: chalkgrad train --resume {folder}")
        else:
            say(f"written to {folder}")
