"""What ``chalkgrad train`` does, and ``chalkgrad solve`` of a run, apart from how options are spelled."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from chalkgrad.errors import RequestError
from chalkgrad.sentences import counted
from chalkgrad.train_requests import command_of, course_of, filled, own_run
from chalkgrad.train_telling import SCHEMA, teller
from chalkgrad.training.history import score_text
from chalkgrad.training.usual import CHECKPOINT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import FrameType

    from chalkgrad.rounding import Policy
    from chalkgrad.train_telling import Teller
    from chalkgrad.training.course import Course
    from chalkgrad.training.data import Data
    from chalkgrad.training.history import History
    from chalkgrad.training.model import Network
    from chalkgrad.working import Working

DIVERGED, INTERRUPTED = 1, 130


def train_command(
    source: str | None,
    *,
    resume: str | None = None,
    output: str | None = None,
    force: bool = False,
    as_json: bool = False,
    quiet: bool = False,
    report: bool = True,
    **options: Any,
) -> int:
    """Train, tell about it while it runs, and return the exit code.

    Args:
        source: a problem file, an example, or data.
        resume: a run folder to go on with, in place of a source.
        output: the folder of the run.
        force: begin anew in a folder that holds a run.
        as_json: one JSON object a line on stdout, in place of text.
        quiet: nothing but the end.
        report: write the page of the run into its folder.
        **options: see `parts_of`.
    """
    if (source is None) == (resume is None):
        raise RequestError("train takes one source (a problem file or data), or --resume DIR")
    given = {key: value for key, value in options.items() if value is not None}
    if resume is None and output is None:
        asked = {"source": source, **given}
        if history := _short(asked, as_json=as_json, quiet=quiet):
            _tell_end(history, None, None, None, as_json=as_json)
            return _code(history)
    from pathlib import Path

    from chalkgrad.train_folders import open_folder, resumed, write_run

    if resume is not None:
        if output is not None or force:
            raise RequestError(
                "--resume goes on in the folder of the run; leave -o and --force out"
            )
        folder: Path | None = Path(resume)
        request = resumed(Path(resume), given)
    else:
        folder = Path(output) if output is not None else None
        request = filled({"source": source, **given})
    course, held = course_of(request)
    if _helped(course):
        return 0
    if folder is not None:
        if resume is None:
            open_folder(folder, force=force)
        write_run(folder, request)
    telling = teller(as_json=as_json, quiet=quiet)
    often = float(request.get("checkpoint_seconds", CHECKPOINT_SECONDS))
    network = _run(course, folder, telling, resume=resume is not None, often=often)
    if folder is not None:
        _write_results(folder, network)
        if report and network.history.stopped != "interrupted":
            _write_report(folder, network, held, request)
    _tell_end(network.history, network, held, folder, as_json=as_json)
    return _code(network.history)


def _code(history: History) -> int:
    if history.stopped == "interrupted":
        return INTERRUPTED
    return DIVERGED if history.stopped == "diverged" else 0


def _short(request: Mapping[str, Any], *, as_json: bool, quiet: bool) -> History | None:
    """The record of a run that is over before arrays are imported; None where a run is another."""
    from chalkgrad.training.short_run import is_short, short_run

    own = own_run(request) if os.environ.get("WORLD_SIZE", "1") == "1" else None
    if own is None or not is_short(*own):
        return None
    telling, stop = teller(as_json=as_json, quiet=quiet), _Stop()
    try:
        with stop:
            return short_run(*own, telling.hear, stop.asked)
    finally:
        telling.close()


def _run(
    course: Course, folder: Path | None, telling: Teller, *, resume: bool, often: float
) -> Network:
    from chalkgrad.training.loop import train_course

    stop = _Stop()
    try:
        with stop:
            return train_course(
                course, folder=folder, resume=resume, listen=telling.hear, interrupted=stop.asked,
                checkpoint_seconds=often,
            )  # fmt: skip
    finally:
        telling.close()


def _helped(course: Course) -> bool:
    """Whether this was one of several processes, and not the first, which alone tells and writes."""
    from chalkgrad.training.distributed import help_first, rank

    if rank() > 0:
        help_first(course)
    return rank() > 0


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


def _write_results(folder: Path, network: Network) -> None:
    import json

    from chalkgrad.files import write_text
    from chalkgrad.training.saving import save_network

    text = json.dumps(network.history.to_object(), indent=1)
    try:
        save_network(network, folder)
        write_text(folder / "history.json", text + "\n", force=True)
    except RequestError as error:
        raise RequestError(
            f"{error}; make room, and go on from the last checkpoint with: "
            f"chalkgrad train --resume {folder}"
        ) from error


def _write_report(
    folder: Path, network: Network, held: Data | None, request: Mapping[str, Any]
) -> None:
    from chalkgrad.files import write_text
    from chalkgrad.training.report import report

    page = report(network, held, command_of(request))
    write_text(folder / "report.html", page, force=True)


def _tell_end(
    history: History,
    network: Network | None,
    held: Data | None,
    folder: Path | None,
    *,
    as_json: bool,
) -> None:
    score = network.score(held) if network and held is not None else None
    last = history.epochs[-1] if history.epochs else None
    own = network is None or (network.course is not None and network.course.own)
    loss = history.loss_after if own else last.loss if last else None
    facts: dict[str, Any] = {
        "loss": loss,
        "loss_is": "after the last update" if own else "mean of the last epoch, before each update",
        "score": None if score is None or score != score else score,
        "epochs": len(history.epochs),
        "updates": history.updates,
        "seconds": last.seconds if last else 0.0,
        "stopped": history.stopped,
        "note": history.note,
        "engine": history.engine,
        "folder": str(folder) if folder else None,
    }
    if as_json:
        import json

        sys.stdout.write(json.dumps({"schema": SCHEMA, "event": "result", **facts}) + "\n")
        return

    def say(text: str) -> object:
        return sys.stdout.write(text + "\n")

    if last:
        made = counted(history.updates, "update")
        spent = f"{last.seconds:.2f} s"
        if not own:
            say(f"mean loss of the last epoch, before each update: {loss:.6g}; {made} in {spent}")
        elif loss is None:
            say(f"no finite loss after {made} in {spent}")
        else:
            say(f"loss {loss:.6g} after {made} in {spent}")
    if network and score is not None and held is not None:
        rows = counted(len(held), "row")
        text = f"{score_text(score)} {'right' if network.classes else 'R squared'} of {rows}"
        if score != score:
            text = f"R squared of {rows} is undefined: the targets do not vary"
        say(f"held back: {text}")
    if history.stopped:
        say(f"stopped: {history.stopped}" + (f"; {history.note}" if history.note else ""))
    elif history.note:
        say(history.note)
    if history.stopped == "interrupted":
        said = f"go on with: chalkgrad train --resume {folder}"
        say(said if folder else "nothing is kept: -o FOLDER keeps a run, to go on with")
    elif folder:
        say(f"written to {folder}")


# ---------------------------------------------------------------- one step by hand
def solve_run(
    folder: str,
    iteration: int | None,
    *,
    only: Sequence[str],
    style: str,
    notation: str,
    language: str,
    policy: Policy,
) -> Working:
    """The hand working of one training step of a run.

    Args:
        folder: of the run.
        iteration: the step, from 1; None for the last one.
        only: names or patterns of quantities.
        style: as of ``solve``.
        notation: the same.
        language: the same.
        policy: the same; only the digits may be chosen.
    """
    from pathlib import Path

    from chalkgrad.train_folders import read_run
    from chalkgrad.training.replay import step_of, steps_made

    if policy.mode != "exact":
        raise RequestError("a training step is worked exactly: leave --policy out")
    course, _ = course_of(read_run(Path(folder)))
    made = steps_made(Path(folder))
    step = step_of(course, made if iteration is None else iteration, made, folder)
    return step.working(only=only, style=style, notation=notation, language=language, policy=policy)
