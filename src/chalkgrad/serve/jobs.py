"""What the page asks for: a view, an edit, an export, an audit. Every function here runs in a worker.

A job takes the object of a request and bytes, and returns an object and bytes. Problems come and go as the
text of a problem file: the server keeps none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad import examples
from chalkgrad.errors import RequestError
from chalkgrad.formats import FORMATS, Options, render
from chalkgrad.problem_file import loads
from chalkgrad.problem_writer import dump
from chalkgrad.sentences import LANGUAGES
from chalkgrad.serve.editing import apply_edit
from chalkgrad.serve.form import form
from chalkgrad.serve.labels import LABELS
from chalkgrad.serve.quick import numbers
from chalkgrad.solving import solve
from chalkgrad.view import make_view, view_part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalkgrad.problem import Problem

LIMITS: Mapping[str, float] = {
    "bytes": 1_000_000,
    "layers": 20,
    "width": 1_000,
    "weights": 50_000,
    "iterations": 20_000,
    "cost": 20_000_000,
    "lines": 20_000,
}
"""What the page takes on; larger problems are for the command line."""
EXPORTS = ("toml", "latex", "markdown", "text", "json")
MOST_PATHS = 20
"""Paths that a page shows at a time."""
MOST_NOTES = 500_000
"""Characters of notes that are audited."""


def text_of(args: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """A text of a request."""
    got = args.get(key, default)
    if not isinstance(got, str):
        raise RequestError(f'"{key}" must be a text')
    return got


def problem_of(args: Mapping[str, Any]) -> Problem:
    """The problem of a request: ``problem`` as text, or ``example`` by name."""
    if "example" in args:
        return loads(
            examples.path(text_of(args, "example")).read_text(encoding="utf-8"), "", LIMITS
        )
    return loads(text_of(args, "problem"), "problem", LIMITS)


def language_of(args: Mapping[str, Any]) -> str:
    """The language of a request, English where it asks for one that there is not."""
    asked = args.get("language")
    return asked if isinstance(asked, str) and asked in LANGUAGES else "en"


def page_language(args: Mapping[str, Any]) -> str:
    """The language of the page's own words."""
    asked = args.get("language")
    return asked if isinstance(asked, str) and asked in LABELS else "en"


def settings_of(problem: Problem, args: Mapping[str, Any]) -> dict[str, Any]:
    """What of a view is asked for: language, neurons opened, sample; what does not fit is left out."""
    opened, sample = args.get("opened"), args.get("sample")
    sizes = problem.sizes
    fits = (
        isinstance(opened, list)
        and len(opened) == len(sizes)
        and all(isinstance(j, int) and 1 <= j <= n for j, n in zip(opened, sizes, strict=True))
    )
    there = isinstance(sample, int) and 1 <= sample <= len(problem.samples)
    return {
        "language": language_of(args),
        "opened": opened if fits else (),
        "sample": sample if there else 1,
    }


def shown(problem: Problem, args: Mapping[str, Any]) -> dict[str, object]:
    """A problem as the page has it: its file, what can be edited, and the view."""
    view, language = make_view(problem, **settings_of(problem, args)), page_language(args)
    return {
        "problem": dump(problem),
        "title": problem.title,
        "form": form(problem, language),
        "view": view,
    }


def part(args: Mapping[str, Any], _: bytes = b"") -> tuple[object, bytes]:
    """More quantities of a view, by name."""
    names, problem = args.get("names"), problem_of(args)
    if not isinstance(names, list) or len(names) > 50 or not all(isinstance(n, str) for n in names):
        raise RequestError('"names" must be a list of at most 50 names')
    return view_part(problem, names, **settings_of(problem, args)), b""


def view(args: Mapping[str, Any], _: bytes = b"") -> tuple[object, bytes]:
    """The view of a problem."""
    made = shown(problem_of(args), args)
    return {**made, "example": args["example"]} if "example" in args else made, b""


def edit(args: Mapping[str, Any], _: bytes = b"") -> tuple[object, bytes]:
    """A problem after an edit, and its view; of a single number in a view of one iteration, all numbers.

    The page says in ``its`` and ``digits`` which iterations and digits its view has, and in ``paths`` which
    products along paths it shows, by name with their factors.
    """
    asked = args.get("edit")
    if not isinstance(asked, dict):
        raise RequestError('"edit" must be an object')
    changed = apply_edit(problem_of(args), asked)
    digits = args.get("digits")
    known = isinstance(digits, list) and all(d in ("own", "4", "6") for d in digits)
    if asked.get("do") == "number" and known and args.get("its") == [1]:
        found = numbers(changed, digits or [], _paths(args.get("paths")))
        if found is not None:
            # the form comes with the whole view, which the page asks for once it rests
            return {"problem": dump(changed), "title": changed.title, "numbers": found}, b""
    return shown(changed, args), b""


def _paths(asked: object) -> dict[str, list[str]]:
    """Products that are asked for, by name; what is no list of names is left out."""
    pairs = asked.items() if isinstance(asked, dict) and len(asked) <= MOST_PATHS else ()
    return {
        name: factors
        for name, factors in pairs
        if isinstance(factors, list) and all(isinstance(factor, str) for factor in factors)
    }


def export(args: Mapping[str, Any], _: bytes = b"") -> tuple[object, bytes]:
    """A problem in another format: its file, or the working."""
    problem, wanted = problem_of(args), text_of(args, "format")
    if wanted not in EXPORTS:
        raise RequestError(f'the format must be one of {" ".join(EXPORTS)}, got "{wanted[:40]}"')
    if wanted == "toml":
        return {"text": dump(problem), "suffix": ".toml"}, b""
    working = solve(problem, style=text_of(args, "style", "chain"), language=language_of(args))
    return {"text": render(working, wanted, Options()), "suffix": FORMATS[wanted].suffixes[0]}, b""


def audit(args: Mapping[str, Any], _: bytes = b"") -> tuple[object, bytes]:
    """Notes with what is wrong in them, line by line."""
    from chalkgrad.serve.notes import audit_notes

    notes = text_of(args, "notes")
    if len(notes) > MOST_NOTES:
        raise RequestError(f"notes must be at most {MOST_NOTES:,} characters, got {len(notes):,}")
    return audit_notes(notes, problem_of(args) if args.get("with_problem") else None), b""
