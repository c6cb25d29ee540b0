"""What the verbs do, apart from how their options are spelled."""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from chalkgrad import examples as builtin
from chalkgrad.errors import RequestError, nearest, one_of
from chalkgrad.files import write_bytes, write_text
from chalkgrad.formats import FORMATS, Options, by_suffix
from chalkgrad.light import replace
from chalkgrad.problem import LIMITS
from chalkgrad.problem_file import load
from chalkgrad.rounding import MOST_DIGITS, POLICIES, Policy
from chalkgrad.sentences import counted
from chalkgrad.solving import solve

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from chalkgrad.problem import Problem


def _is_there(name: str) -> bool:
    """Whether a file of that name exists; Path.exists raises where a name is too long."""
    return os.path.exists(name)  # noqa: PTH110


def find_problem(name: str, limits: Mapping[str, float] | None = None) -> Problem:
    """A problem by file, ``-`` for stdin, or the name of a built-in example.

    Raises:
        RequestError: neither a file nor an example.
    """
    if name == "-" or "/" in name or name.endswith(".toml") or _is_there(name):
        return load(name, limits)
    if name in builtin.names():
        return load(builtin.file(name), limits)
    hint = nearest(name, builtin.names())
    raise RequestError(
        f'there is no file and no built-in example "{name}"'
        + (f"; {hint}" if hint else "; chalkgrad examples lists what is built in")
    )


def _is_run(name: str) -> bool:
    """Whether a name is the folder of a training run."""
    from chalkgrad.train_folders import is_run

    return name != "-" and is_run(name)


def read_limits(given: Sequence[str]) -> dict[str, float]:
    """``NAME=N`` options as a mapping.

    >>> read_limits(["iterations=1e7"])
    {'iterations': 10000000.0}
    """
    limits = {}
    for text in given:
        name, equals, number = text.partition("=")
        if name not in LIMITS or not equals:
            hint = nearest(name, LIMITS) or "the limits are " + " ".join(LIMITS)
            if name in LIMITS:
                hint = f"as --limit {name}={LIMITS[name]}"
            raise RequestError(f'--limit must be NAME=N, got "{text}"; {hint}')
        try:
            limits[name] = float(number)
        except ValueError:
            limits[name] = math.nan
        if not limits[name] >= 0:
            raise RequestError(f'--limit {name} must be a number from 0 up, got "{number}"')
    return limits


def arithmetic(
    policy: Policy, mode: str | None, decimals: int | None, significant: int | None
) -> Policy:
    """A problem's arithmetic with what was asked on the command line.

    Digits that are asked for hold for every quantity, also for those with digits of their own.
    """
    if mode is not None:
        one_of("--policy", mode, POLICIES)
    if decimals is not None and significant is not None:
        raise RequestError("--decimals and --significant exclude each other: give one")
    count = decimals if decimals is not None else significant
    if count is not None:
        least = 0 if decimals is not None else 1
        if not least <= count <= MOST_DIGITS:
            option = "--decimals" if decimals is not None else "--significant"
            raise RequestError(f"{option} must be {least} to {MOST_DIGITS}, got {count}")
        kind: Literal["decimals", "significant"] = (
            "decimals" if decimals is not None else "significant"
        )
        policy = replace(policy, digits=replace(policy.digits, kind=kind, count=count), by_name=())
    if mode:  # what is asked for holds for every quantity
        named = tuple((name, replace(digits, carried=None)) for name, digits in policy.by_name)
        policy = replace(policy, mode=mode, by_name=named)
    return policy


def choose_format(
    name: str | None, output: str | None, valid: Collection[str] = tuple(FORMATS)
) -> str:
    """The format by name, else by the ending of the output file, else the first of the valid ones."""
    if name is None:
        if not output:
            return next(iter(valid))
        found = by_suffix(output)
        ending = Path(output).suffix.lower()
        name = found.name if found else ending.lstrip(".")
        if name not in valid:
            endings = [FORMATS[key].suffixes[0] if key in FORMATS else f".{key}" for key in valid]
            hint = nearest(ending, endings)
            raise RequestError(
                f'"{output}" must end in one of {" ".join(endings)}, or --format be given'
                + (f"; {hint}" if hint else "")
            )
    if name in valid:
        return name
    hint = nearest(name, valid) or "the formats are " + " ".join(valid)
    raise RequestError(f'no format "{name}"; {hint}')


def solve_command(
    problem: str,
    format_: str | None,
    output: str | None,
    *,
    force: bool,
    iterations: int | None,
    iteration: int | None,
    work: list[int] | None,
    only: tuple[str, ...],
    style: str,
    notation: str | None,
    language: str,
    decimals: int | None,
    significant: int | None,
    policy: str | None,
    verify: bool,
    fragment: bool,
    ascii_: bool,
    paper: str,
    width: int | None,
    as_json: bool,
    limit: tuple[str, ...],
) -> None:
    """Solve and write: to stdout, or to a file."""
    output = None if output == "-" else output
    chosen = choose_format("json" if as_json else format_, output)
    if fragment and chosen != "latex":
        raise RequestError(f"--fragment is for LaTeX, and the format is {chosen}")
    if output and os.path.isfile(output) and not force:  # noqa: PTH113  as above
        raise RequestError(f"{output} exists already; --force overwrites it")
    if _is_run(problem):
        if iterations is not None or work is not None:
            raise RequestError("of a run one step is worked: --iteration N says which")
        from chalkgrad.train_commands import solve_run  # needs the extra fast

        working = whole = solve_run(
            problem, iteration, only=only, style=style, notation=notation or "index",
            language=language, policy=arithmetic(Policy(), policy, decimals, significant),
        )  # fmt: skip
    else:
        found = find_problem(problem, read_limits(limit))
        for option, number in (("--iterations", iterations), ("--iteration", iteration)):
            if number is not None and number < 1:
                raise RequestError(f"{option} must be a whole number from 1 up, got {number}")
        if iteration is not None:  # that one in full, as far as it takes to get there
            iterations = max(iteration, iterations or found.training.iterations)
            work = [*(work or []), iteration]
        working = whole = solve(
            found,
            iterations=iterations,
            work=work,
            only=only,
            style=style,
            notation=notation or "index",
            language=language,
            policy=arithmetic(found.arithmetic, policy, decimals, significant),
        )
        if verify and only:  # what is shown may be a selection; what is proved is the whole
            whole = solve(found, iterations=iterations, work=work, style=style)
    proved = 0
    if verify:
        whole.verify()
        proved = sum(1 for _ in whole.steps())
    agreement = verify and not _is_run(problem)  # that compares whole problems
    made = FORMATS[chosen].render(
        working, _options(width, output, agreement, fragment, ascii_, paper)
    )
    put(made, output, force=force)
    if verify:
        proof = (
            f"{counted(proved, 'line')} of working {'keeps' if proved == 1 else 'keep'} every rule"
        )
        print(f"verified: {proof}", file=sys.stderr)


def _options(
    width: int | None,
    output: str | None,
    verify: bool,
    fragment: bool,
    ascii_: bool,
    paper: str,
) -> Options:
    from chalkgrad.rendering.terminal import text_width, wants_colour

    terminal = output is None and sys.stdout.isatty()
    encodes = "utf" in (sys.stdout.encoding or "utf").lower() or output is not None
    return Options(
        width=width or text_width(terminal=terminal),
        ascii_only=ascii_ or not encodes,
        colour=wants_colour(terminal=terminal),
        fragment=fragment,
        agreement=verify,
        paper=paper,
    )


def put(made: str | bytes, output: str | None, *, force: bool) -> None:
    """Write what was rendered to a file, or to stdout."""
    if output and isinstance(made, bytes):
        write_bytes(output, made, force=force)
    elif output:
        write_text(output, str(made), force=force)
    elif isinstance(made, str):
        _print(made)
    elif sys.stdout.isatty():
        raise RequestError("this format is no text: give a file with -o")
    else:
        sys.stdout.buffer.write(made)
        sys.stdout.flush()


def _print(text: str) -> None:
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        # a title in letters that this terminal cannot show must not stop the working
        encoding = sys.stdout.encoding
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def examples_command(name: str | None, *, as_json: bool) -> str:
    """The list of built-in examples, or the file of one."""
    if name:
        text = builtin.path(name).read_text(encoding="utf-8")
        made = {"schema": "chalkgrad.examples/1", "name": name, "toml": text}
        return json.dumps(made) + "\n" if as_json else text
    rows = [(key, builtin.example(key)) for key in builtin.names()]
    if as_json:
        listed = [{"name": key, "title": p.title, "sizes": list(p.sizes)} for key, p in rows]
        return json.dumps({"schema": "chalkgrad.examples/1", "examples": listed}) + "\n"
    wide = max(len(key) for key, _ in rows)
    sizes = ["-".join(map(str, p.sizes)) for _, p in rows]
    widest = max(map(len, sizes))
    lines = [
        f"{key.ljust(wide)}  {size.ljust(widest)}  {p.title}"
        for (key, p), size in zip(rows, sizes, strict=True)
    ]
    return "\n".join(lines) + "\n"


def schema_command() -> str:
    """The JSON Schema of problem files."""
    from chalkgrad.schema import schema

    return json.dumps(schema(), indent=2) + "\n"
