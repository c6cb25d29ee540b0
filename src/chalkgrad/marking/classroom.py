"""A whole class: any number of sheets, a gradebook, one page of feedback each, and a summary."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from chalkgrad.errors import ChalkgradError
from chalkgrad.light import dataclass, replace
from chalkgrad.marking.gradebook import Tally, gradebook_row
from chalkgrad.marking.marker import Marker
from chalkgrad.marking.records import Sheet
from chalkgrad.marking.sheets import find_sheets, read_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from chalkgrad.marking.raw_sheets import Raw
    from chalkgrad.marking.scheme import Scheme
    from chalkgrad.problem import Problem

_AHEAD = 8
_CHUNK = 200
"""Files of one job: enough to make the ground worth its while."""


def mark_raw(marker: Marker, raw: Raw) -> Sheet:
    """One sheet as it was read, marked; a fault of any kind becomes the sheet's fault."""
    if raw.fault:
        return Sheet(raw.name, fault=raw.fault)
    try:
        notes = raw.notes
        for head in raw.unknown:
            reason = marker.layouts.resolve(head)
            notes = (*notes, f"the column {reason}" if isinstance(reason, str) else head)
        sheet = marker.mark(raw.name, raw.rows, notes)
        return replace(sheet, id=raw.id, mail=raw.mail) if raw.id or raw.mail else sheet
    except ChalkgradError as error:
        return Sheet(raw.name, fault=str(error))
    except (ArithmeticError, ValueError, RecursionError, MemoryError) as error:
        return Sheet(raw.name, fault=f"it could not be marked: {type(error).__name__}: {error}")


def mark_files(
    problem: Problem,
    places: Sequence[str | Path],
    *,
    scheme: Scheme | None = None,
    ask: Sequence[str] = (),
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Sheet]:
    """The marked sheets of files and folders, in order; each file is read when its turn comes.

    Args:
        problem: what was asked.
        places: files and folders.
        scheme: what answers are worth.
        ask: names that must be there.
        executor: where to mark; any `concurrent.futures.Executor`.
        progress: called with how many files are done, and how many there are.
    """
    files = find_sheets(places)
    chunks = [files[k : k + _CHUNK] for k in range(0, len(files), _CHUNK)]
    done = 0
    if executor is None:
        marker = Marker(problem, scheme, ask)
        for chunk in chunks:
            for file in chunk:
                for raw in read_file(file, lambda name: knows(marker, name)):
                    yield mark_raw(marker, raw)
                done += 1
                if progress:
                    progress(done, len(files))
        return
    jobs = [executor.submit(mark_chunk, problem, chunk, scheme, tuple(ask)) for chunk in chunks]
    for chunk, job in zip(chunks, jobs, strict=True):
        yield from job.result()
        done += len(chunk)
        if progress:
            progress(done, len(files))


def mark_chunk(
    problem: Problem, files: Sequence[Path], scheme: Scheme | None, ask: tuple[str, ...]
) -> list[Sheet]:
    """The marked sheets of some files: one job of an executor."""
    marker = _marker(problem, scheme, ask)
    return [
        mark_raw(marker, raw)
        for file in files
        for raw in read_file(file, lambda name: knows(marker, name))
    ]


@dataclass(frozen=True, slots=True)
class Digest:
    """What is kept of some sheets: a line of the gradebook and a page for each, and what the summary needs."""

    rows: list[tuple[str, list[str], str]]
    tally: Tally


def digest_chunk(
    problem: Problem,
    files: Sequence[Path],
    scheme: Scheme | None,
    ask: tuple[str, ...],
    page: Callable[[Sheet, str, Mapping[str, str]], str],
) -> Digest:
    """Mark some files and write their pages: one job of an executor. Sheets themselves are not kept."""
    marker = _marker(problem, scheme, ask)
    tally, rows = Tally(), []
    for file in files:
        for raw in read_file(file, lambda name: knows(marker, name)):
            sheet = mark_raw(marker, raw)
            tally.add(sheet)
            rows.append(
                (
                    sheet.name,
                    gradebook_row(sheet, marker.asked),
                    page(sheet, marker.problem.title, marker.problem.names),
                )
            )
    return Digest(rows, tally)


def digests(
    problem: Problem,
    places: Sequence[str | Path],
    page: Callable[[Sheet, str, Mapping[str, str]], str],
    *,
    scheme: Scheme | None = None,
    ask: Sequence[str] = (),
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Digest]:
    """Files and folders marked chunk by chunk, in order; arguments as those of `mark_files`."""
    files = find_sheets(places)
    chunks = [files[k : k + _CHUNK] for k in range(0, len(files), _CHUNK)]
    done = 0
    waiting: deque[tuple[int, Callable[[], Digest]]] = deque()

    def start(chunk: list[Path]) -> None:
        if executor:
            job = executor.submit(digest_chunk, problem, chunk, scheme, tuple(ask), page)
            waiting.append((len(chunk), job.result))
        else:
            waiting.append(
                (len(chunk), partial(digest_chunk, problem, chunk, scheme, tuple(ask), page))
            )

    for chunk in chunks:
        start(chunk)
        if len(waiting) >= _AHEAD:  # no more pages wait than this, however large the class is
            count, result = waiting.popleft()
            yield result()
            done += count
            if progress:
                progress(done, len(files))
    for count, result in waiting:
        yield result()
        done += count
        if progress:
            progress(done, len(files))


_MARKERS: list[tuple[object, Marker]] = []


def _marker(problem: Problem, scheme: Scheme | None, ask: tuple[str, ...]) -> Marker:
    """The marker of this process for a problem; the next job finds it warm."""
    key = (problem, scheme, ask)
    if not _MARKERS or _MARKERS[0][0] != key:
        _MARKERS[:] = [(key, Marker(problem, scheme, ask))]
    return _MARKERS[0][1]


def knows(marker: Marker, name: str) -> bool:
    """Whether a text is the name of a quantity of the problem."""
    return not isinstance(marker.layouts.resolve(name), str)
