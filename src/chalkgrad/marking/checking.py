"""`check`: the one call that marks answers, given as a mapping, a file, files or a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError
from chalkgrad.marking.asking import asked_names
from chalkgrad.marking.classroom import mark_files, mark_raw
from chalkgrad.marking.marker import Marker
from chalkgrad.marking.raw_sheets import Raw
from chalkgrad.marking.records import Report
from chalkgrad.marking.scheme import Scheme, scheme_of
from chalkgrad.problem import expect_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor

    from chalkgrad.problem import Problem


def check(
    problem: Problem,
    answers: Mapping[str, object] | str | Path | Sequence[str | Path],
    *,
    ask: Sequence[str] = (),
    marks: Mapping[str, object] | Scheme | None = None,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Mark answers with follow-through, and name the slips behind what is wrong.

    Args:
        problem: what was asked.
        answers: a mapping from quantities to answers (text keeps its digits: ``"0.50"``), a file, a
            folder, or a list of files and folders.
        ask: names, kinds or patterns that must be there; what is not is ``missing``.
        marks: the scheme, as in the table ``[marks]`` of a problem file; one mark an answer by default.
        executor: where to mark a class; any `concurrent.futures.Executor`.
        progress: called with the number of files done and of all.

    Raises:
        RequestError: a file that is not there, or a name in `ask` that the problem has not.
        ProblemError: faults of `marks`.

    >>> from chalkgrad.examples import example
    >>> report = check(example("mazur"), {"a[1][1]": "0.5933", "loss": "0.298"})
    >>> report.clean, [answer.verdict for answer in report.sheets[0].answers]
    (True, ['right', 'right'])
    """
    expect_problem(problem)
    scheme = scheme_of(problem, marks)
    asked = tuple(ask) or scheme.ask
    names = asked_names(problem, asked) if asked else []
    if isinstance(answers, Mapping):
        raw = Raw(
            "answers", tuple((str(k), "" if v is None else str(v)) for k, v in answers.items())
        )
        return Report(problem.title, (mark_raw(Marker(problem, scheme, names), raw),))
    places = [answers] if isinstance(answers, (str, Path)) else list(answers)
    if not places:
        raise RequestError("no answers: give a file or a folder")
    made = mark_files(
        problem, places, scheme=scheme, ask=names, executor=executor, progress=progress
    )
    return Report(problem.title, tuple(made))
