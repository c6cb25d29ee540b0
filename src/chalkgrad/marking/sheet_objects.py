"""Sheets in JSON and TOML: mappings of answers, and lists of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.marking.raw_sheets import ANSWER, MOST_CELL, MOST_ROWS, QUANTITY, Raw

if TYPE_CHECKING:
    from collections.abc import Iterator


def from_object(data: object, name: str) -> Iterator[Raw]:
    """A mapping of answers, a list of {quantity, answer}, or a mapping or list of such sheets."""
    if isinstance(data, dict):
        inner = data.get("answers", data)
        if isinstance(inner, dict) and inner and all(isinstance(v, dict) for v in inner.values()):
            for student, answers in inner.items():
                yield _mapping(str(student), answers)
            return
        if isinstance(inner, dict):
            yield _mapping(name, inner)
            return
        data = inner
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        if any("answers" in row for row in data):
            for number, row in enumerate(data[:MOST_ROWS], 1):
                student = str(
                    row.get("student") or row.get("sheet") or row.get("name") or f"row {number}"
                )
                for raw in from_object(row.get("answers"), student):
                    yield Raw(student, raw.rows, raw.notes, raw.fault)
            return
        rows = []
        for row in data[:MOST_ROWS]:
            quantity = next((row[k] for k in QUANTITY if k in row), None)
            answer = next((row[k] for k in ANSWER if k in row), None)
            if quantity is not None:
                rows.append((str(quantity)[:MOST_CELL], _cell(answer)))
        if rows:
            yield Raw(name, tuple(rows))
            return
    yield Raw(name, fault="no answers in it: a mapping from quantity to answer is expected")


def _mapping(name: str, answers: dict[str, object]) -> Raw:
    rows = []
    for quantity, answer in list(answers.items())[:MOST_ROWS]:
        if isinstance(
            answer, dict
        ):  # TOML reads a[1] as a key only in quotes; nested tables are no answers
            return Raw(
                name,
                fault=f'"{quantity}" holds a table: quote names with brackets, "a[1][1]" = 0.59',
            )
        rows.append((str(quantity)[:MOST_CELL], _cell(answer)))
    return Raw(name, tuple(rows)) if rows else Raw(name, fault="it holds no answers")


def _cell(answer: object) -> str:
    if answer is None:
        return ""
    if isinstance(answer, bool):
        return str(answer).lower()
    if isinstance(answer, float):
        return repr(answer)
    return str(answer)[:MOST_CELL]
