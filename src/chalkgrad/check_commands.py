"""What ``chalkgrad check`` and ``chalkgrad sheet`` do, apart from how their options are spelled."""

from __future__ import annotations

import csv
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from chalkgrad.commands import choose_format, put
from chalkgrad.errors import RequestError
from chalkgrad.files import write_text
from chalkgrad.marking import worksheet
from chalkgrad.marking.asking import asked_names
from chalkgrad.marking.blank import FORMATS, blank_sheet
from chalkgrad.marking.classroom import Digest, digests, mark_files, mark_raw
from chalkgrad.marking.gradebook import GRADEBOOK, Tally, summary_document
from chalkgrad.marking.marker import Marker
from chalkgrad.marking.pages import PAGES, safe_name
from chalkgrad.marking.records import Report, Sheet
from chalkgrad.marking.report import sheet_document, to_object
from chalkgrad.marking.scheme import scheme_of
from chalkgrad.marking.sheets import find_sheets, read_bytes
from chalkgrad.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chalkgrad.problem import Problem

_PARALLEL = 400
"""From so many files on, marking is spread over processes."""


def check_command(
    problem: Problem,
    answers: tuple[str, ...],
    *,
    ask: tuple[str, ...] = (),
    output: str | None = None,
    pages: str = "html",
    as_json: bool = False,
    self_test: bool = False,
    force: bool = False,
    jobs: int | None = None,
) -> int:
    """Mark sheets and write what was found; return the exit code: 1 if something is wrong.

    Args:
        problem: what was asked.
        answers: files and folders; ``-`` is one sheet from stdin.
        ask: what must be there.
        output: a folder for gradebook, feedback pages and summary.
        pages: the format of the feedback pages: ``html``, ``markdown`` or ``text``.
        as_json: write the object of the contract to stdout.
        self_test: draw sheets of this problem instead, and say how they are judged.
        force: write into a folder that is not empty.
        jobs: processes; by default one for each core where there are many files.
    """
    if self_test:
        from chalkgrad.marking.selftest import self_test_text

        text, fine = self_test_text(problem)
        sys.stdout.write(text)
        return 0 if fine else 70
    if not answers:
        raise RequestError("no answers: give files or folders of answers, or - for stdin")
    if pages not in PAGES:
        raise RequestError(f'--pages must be one of {" ".join(PAGES)}, got "{pages}"')
    scheme = scheme_of(problem, None)
    asked = ask or scheme.ask
    names = asked_names(problem, asked) if asked else []
    if "-" in answers:
        if len(answers) > 1:
            raise RequestError("- (stdin) is one sheet: give it alone")
        marker = Marker(problem, scheme, names)
        data = sys.stdin.buffer.read()
        raws = read_bytes(data, "-", lambda name: not isinstance(marker.layouts.resolve(name), str))
        sheets: Iterable[Sheet] = (mark_raw(marker, raw) for raw in raws)
        return _deliver(problem, sheets, as_json=as_json)
    files = find_sheets(answers)
    if not files:
        raise RequestError("there are no files in " + ", ".join(answers))
    count = jobs if jobs is not None else (os.cpu_count() or 1) if len(files) >= _PARALLEL else 1
    progress = _progress() if len(files) > 50 else None
    pool = ProcessPoolExecutor(count) if count > 1 else nullcontext()
    with pool as executor:
        if output is None:
            sheets = mark_files(
                problem, files, scheme=scheme, ask=names, executor=executor, progress=progress
            )
            return _deliver(problem, sheets, as_json=as_json)
        folder = _folder(output, force=force)
        suffix, page = PAGES[pages]
        made = digests(
            problem, files, page, scheme=scheme, ask=names, executor=executor, progress=progress
        )
        return _write_folder(problem, made, folder, suffix)


def _progress() -> Callable[[int, int], None] | None:
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        width = 30 * done // max(1, total)
        end = "\n" if done == total else ""
        sys.stderr.write(f"\r[{'#' * width}{'.' * (30 - width)}] {done}/{total}{end}")
        sys.stderr.flush()

    return show


def _deliver(problem: Problem, sheets: Iterable[Sheet], *, as_json: bool) -> int:
    """Write reports to stdout."""
    kept = tuple(sheets)
    tally = Tally()
    for sheet in kept:
        tally.add(sheet)
    if as_json:
        json.dump(
            to_object(Report(problem.title, kept)), sys.stdout, ensure_ascii=False, allow_nan=False
        )
        sys.stdout.write("\n")
        return int(tally.findings)
    from chalkgrad.rendering.terminal import text_width, to_text

    width = text_width(terminal=sys.stdout.isatty())
    pages = [
        to_text(sheet_document(sheet, problem.title, problem.names), width=width) for sheet in kept
    ]
    if len(kept) > 2:
        pages.append(to_text(summary_document(tally, problem.title), width=width))
    sys.stdout.write("\n".join(pages))
    sys.stdout.flush()
    return int(tally.findings)


def _folder(output: str, *, force: bool) -> Path:
    """The folder to write into, empty or forced."""
    folder = Path(output)
    try:
        if folder.exists() and not force and any(folder.iterdir()):
            raise RequestError(f'"{folder}" is not empty; --force writes into it')
        (folder / "feedback").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(f'cannot write to "{folder}": {error.strerror or error}') from error
    return folder


def _write_folder(problem: Problem, made: Iterable[Digest], folder: Path, suffix: str) -> int:
    """Gradebook, feedback pages and summary; chunk by chunk, so that memory stays flat."""
    from chalkgrad.rendering.html import to_html
    from chalkgrad.rendering.markdown import to_markdown

    tally, taken = Tally(), set[str]()
    try:
        with (folder / "gradebook.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(GRADEBOOK)
            for digest in made:
                tally.merge(digest.tally)
                for name, row, page in digest.rows:
                    writer.writerow(row)
                    (folder / "feedback" / (safe_name(name, taken) + suffix)).write_text(
                        page, encoding="utf-8"
                    )
    except OSError as error:
        raise RequestError(f'cannot write to "{folder}": {error.strerror or error}') from error
    summary = summary_document(tally, problem.title)
    write_text(folder / "summary.md", to_markdown(summary), force=True)
    write_text(folder / "summary.html", to_html(summary), force=True)
    broken = f", {len(tally.faults)} of them could not be read" if tally.faults else ""
    sys.stderr.write(
        f"{counted(tally.sheets, 'sheet')}{broken}: gradebook.csv, summary and feedback are in {folder}\n"
    )
    for name, fault in tally.faults[:20]:
        sys.stderr.write(f"{name}: {fault}\n")
    return int(tally.findings)


def sheet_command(
    problem: Problem,
    *,
    ask: tuple[str, ...] = (),
    key: bool = False,
    format_: str | None = None,
    output: str | None = None,
    paper: str = "a4",
    style: str = "chain",
    language: str = "en",
    force: bool = False,
) -> None:
    """Write the blank sheet, the worksheet to print or the key; a file's ending chooses the format."""
    output = None if output == "-" else output
    format_ = choose_format(format_, output, worksheet.FORMATS if key else FORMATS)
    if key:
        scheme = scheme_of(problem, None)
        document = worksheet.marking_key(problem, ask or scheme.ask, scheme, language, style)
        made = worksheet.written(document, format_, paper)
    else:
        made = blank_sheet(problem, ask, format_, style=style, language=language, paper=paper)
    put(made, output, force=force)
