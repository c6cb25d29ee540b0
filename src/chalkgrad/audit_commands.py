"""What ``chalkgrad audit`` does, apart from how its options are spelled."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from chalkgrad import __version__
from chalkgrad.auditing.baseline import baseline_text
from chalkgrad.auditing.front import audit_originals
from chalkgrad.auditing.objects import to_object
from chalkgrad.auditing.originals import LIMITS, STDIN, limits_of, read_originals
from chalkgrad.auditing.patch import corrected, unified_diff
from chalkgrad.auditing.report import coverage_line, to_text
from chalkgrad.auditing.settling import settled
from chalkgrad.errors import RequestError, nearest, visible
from chalkgrad.files import write_text
from chalkgrad.light import dataclass
from chalkgrad.problem import LIMITS as OF_PROBLEMS
from chalkgrad.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chalkgrad.auditing.originals import Original
    from chalkgrad.auditing.patch import Edit
    from chalkgrad.auditing.records import Audit
    from chalkgrad.problem import Problem


@dataclass(frozen=True, slots=True)
class Output:
    """A form that an audit can be written in: its text, and the endings of files that mean it."""

    render: Callable[[Audit, bool], str]
    suffixes: tuple[str, ...]


def _json(audit: Audit, every: bool) -> str:
    return json.dumps(to_object(audit, every=every), ensure_ascii=False) + "\n"


def _sarif(audit: Audit, every: bool) -> str:
    from chalkgrad.auditing.sarif import to_sarif

    return json.dumps(to_sarif(audit, every=every, version=__version__), indent=1) + "\n"


def _html(audit: Audit, _: bool) -> str:
    from chalkgrad.auditing.page import to_page

    return to_page(audit)


OUTPUTS = {
    "text": Output(lambda audit, every: to_text(audit, every=every), (".txt",)),
    "json": Output(_json, (".json",)),
    "sarif": Output(_sarif, (".sarif", ".sarif.json")),
    "html": Output(_html, (".html", ".htm")),
}


def parted_limits(given: Sequence[str]) -> tuple[list[str], dict[str, float]]:
    """``NAME=N`` options: those of a problem as they are, and those of an audit as a mapping.

    >>> parted_limits(["lines=9", "figures=1e6"])
    (['lines=9'], {'figures': 1000000.0})
    """
    of_problem, limits = [], {}
    for text in given:
        name, equals, number = text.partition("=")
        if name in OF_PROBLEMS:
            of_problem.append(text)
            continue
        if name not in LIMITS or not equals:
            known = (*LIMITS, *OF_PROBLEMS)
            hint = nearest(name, known) or "the limits are " + " ".join(known)
            raise RequestError(f'--limit must be NAME=N, got "{text}"; {hint}')
        try:
            limits[name] = float(number)
        except ValueError:
            limits[name] = math.nan
        if not limits[name] >= 0:
            raise RequestError(f'--limit {name} must be a number from 0 up, got "{number}"')
    return of_problem, limits


def find_known(name: str, limits: Sequence[str]) -> Problem:
    """The problem of ``--problem``; without it nothing is imported that works problems."""
    from chalkgrad.commands import find_problem, read_limits

    return find_problem(name, read_limits(limits))


def audit_command(
    documents: tuple[str, ...],
    *,
    problem: Problem | None = None,
    write_problem: str | None = None,
    every: bool = False,
    formats: tuple[str, ...] = (),
    output: str | None = None,
    fix: bool = False,
    force: bool = False,
    baseline: str | None = None,
    write_baseline: str | None = None,
    limits: Mapping[str, float] | None = None,
) -> int:
    """Audit documents and write what was found; return the exit code: 1 if a figure is wrong.

    Args:
        documents: files; ``-`` is stdin.
        problem: what they are about.
        write_problem: a file for the problem that the givens of the one document make.
        every: report every figure, not the wrong ones alone.
        formats: what was asked for of `OUTPUTS`; at most one.
        output: a file for the report, or for the diff.
        fix: write a diff that corrects the documents; with `force` and no `output` correct them in place.
        force: overwrite files.
        baseline: a file of wrong figures that are known.
        write_baseline: a file for all wrong figures as they are now.
        limits: how much of a document is read.
    """
    output = None if output == "-" else output
    _check(documents, problem, write_problem, formats, fix=fix)
    form = _form(formats, output)
    bounds = limits_of(limits)
    originals, faults = read_originals(documents, bounds)
    for fault in faults:
        sys.stderr.write(f"{visible(fault)}\n")
    if not originals:
        return 2
    if write_problem:
        problem = _written_problem(next(iter(originals.values())), write_problem, force=force)
    seconds = bounds["seconds"]
    found = audit_originals(originals.values(), problem, baseline, seconds=seconds)
    if write_baseline:
        write_text(write_baseline, baseline_text(found, write_baseline), force=True)
    if fix:

        def again(texts: Iterable[Original]) -> Audit:
            return audit_originals(texts, problem, baseline, seconds=seconds)

        made, corrected_ones = settled(found, originals, again)
    if fix and force and not output:
        _correct_in_place(made, originals)
        found, fix = corrected_ones, False
    if fix:
        text = "".join(unified_diff(o.name, o.text, made[name]) for name, o in originals.items())
        sys.stderr.write(coverage_line(found) + "\n")
    else:
        text = _rendered(form, found, every=every, to_file=output is not None)
    if output:
        write_text(output, text, force=force)
        if not fix:
            sys.stderr.write(coverage_line(found) + "\n")
    else:
        _print(text)
    if write_baseline:
        return 2 if faults else 0
    return 2 if faults else int(not found.clean)


def _check(
    documents: tuple[str, ...],
    problem: Problem | None,
    write_problem: str | None,
    formats: tuple[str, ...],
    *,
    fix: bool,
) -> None:
    """Refuse what cannot be meant."""
    if not documents:
        raise RequestError("no documents: name files, or - for stdin")
    if len(formats) + fix > 1:
        given = [f"--{name}" for name in (*formats, *(["fix"] if fix else []))]
        raise RequestError(f"{' and '.join(given)} exclude each other: give one")
    if write_problem and problem is not None:
        raise RequestError("--problem and --write-problem exclude each other: give one")
    if write_problem and len(documents) != 1:
        raise RequestError(f"--write-problem reads one document, got {len(documents)}")


def _form(formats: tuple[str, ...], output: str | None) -> Output:
    """What was asked for, else what the ending of the output file means, else text."""
    if formats:
        return OUTPUTS[formats[0]]
    ending = Path(output).suffix.lower() if output else ""
    return next((row for row in OUTPUTS.values() if ending in row.suffixes), OUTPUTS["text"])


def _written_problem(original: Original, file: str, *, force: bool) -> Problem:
    """The problem that the givens of a document make, after its file was written."""
    from chalkgrad.auditing.givens import problem_text
    from chalkgrad.problem_file import load

    write_text(file, problem_text(original.name, original.text), force=force)
    sys.stderr.write(f"the givens of {visible(original.name)} are in {visible(file)}\n")
    return load(file)


# ---------------------------------------------------------------- output
def _rendered(form: Output, found: Audit, *, every: bool, to_file: bool) -> str:
    if form is not OUTPUTS["text"] or to_file:
        return form.render(found, every)
    from chalkgrad.rendering.terminal import text_width, wants_colour

    terminal = sys.stdout.isatty()
    width = text_width(terminal=terminal)
    return to_text(found, every=every, width=width, colour=wants_colour(terminal=terminal))


def _print(text: str) -> None:
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:  # letters of a document that this terminal has not
        encoding = sys.stdout.encoding
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


# ---------------------------------------------------------------- corrections
def _correct_in_place(
    made: Mapping[str, tuple[Edit, ...]], originals: Mapping[str, Original]
) -> None:
    """Write the corrected documents."""
    for name, changes in made.items():
        if changes:
            _refuse(originals[name])
    for name, changes in made.items():
        if not changes:
            continue
        mark = "\ufeff" if originals[name].encoding == "utf-8-sig" else ""
        write_text(name, mark + corrected(originals[name].text, changes), force=True)
        sys.stderr.write(f"{visible(name)}: {counted(len(changes), 'figure')} corrected\n")


def _refuse(original: Original) -> None:
    """What cannot be corrected in place: nothing is written then."""
    if original.name == STDIN:
        raise RequestError("- (stdin) cannot be corrected in place; leave out --force")
    if not original.whole or original.encoding not in ("utf-8", "utf-8-sig"):
        why = "is not written in UTF-8" if original.whole else "was not read to its end"
        raise RequestError(f"{original.name}: it {why}, and is not corrected in place")
