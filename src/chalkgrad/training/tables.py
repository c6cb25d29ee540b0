"""CSV and TSV files as data: what is a number, what is a category, and what is missing.

The file is read twice: once to see what its columns hold, once to write them down as numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalkgrad.errors import RequestError, nearest, one_of
from chalkgrad.training.chunks import Rows, as_array, free_memory, spooled, too_large
from chalkgrad.training.columns import Column, Survey, encode, encode_columns, parse
from chalkgrad.training.data import Data, class_rows
from chalkgrad.training.extra import Array, np
from chalkgrad.training.offered import MISSING, TASKS
from chalkgrad.training.sheet import Sheet, absent, number, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["encode", "read_table"]

_FEW_CLASSES = 20


def read_table(
    path: Path,
    *,
    target: str | None = None,
    task: str = "auto",
    missing: str = "refuse",
    mapped: bool | None = None,
) -> Data:
    """The data of a CSV or TSV file: comma, semicolon or tab; a header is found by itself.

    Raises:
        RequestError: with the line where it goes wrong.
    """
    for what, given, known in (("missing", missing, MISSING), ("task", task, TASKS)):
        one_of(what, given, known)
    sheet = Sheet.open(path)
    targets = _targets(sheet, target)
    drop = missing == "drop"
    surveys = {name: Survey(name, path) for name in sheet.header}
    for lines, rows in sheet.blocks(drop=drop):
        for survey, cells in zip(surveys.values(), zip(*rows, strict=True), strict=True):
            survey.add(cells, lines)
    count = next(iter(surveys.values())).rows
    if not count:
        if any(sheet.blocks()):
            raise RequestError(f"{path}: every row misses a value")
        raise RequestError(f"{path}:2: a header and no rows")
    for name in targets:  # a target is never made up
        if surveys[name].missing:
            raise RequestError(f'{path}:{surveys[name].missing}: the target "{name}" is missing')
    inputs = [survey for name, survey in surveys.items() if name not in targets]
    if not inputs:
        raise RequestError(f"{path}: there is no column beside the target")
    middles = _medians(sheet, inputs) if missing == "median" else {}
    columns = tuple(survey.column(missing, middles.get(survey.name)) for survey in inputs)
    classes, places = _classes(surveys[targets[0]], task) if len(targets) == 1 else ((), {})
    if not classes:
        for name in targets:
            surveys[name].must_be_numbers()
    return _written(sheet, columns, targets, count, classes, places, drop=drop, mapped=mapped)


def _written(
    sheet: Sheet, columns: tuple[Column, ...], targets: tuple[str, ...], count: int,
    classes: tuple[str, ...], places: Mapping[str, int], *, drop: bool, mapped: bool | None,
) -> Data:  # fmt: skip
    """The second walk: inputs and targets as numbers."""
    width = sum(len(column.names) for column in columns)
    stays = too_large(count * width) if mapped is None else mapped
    at = {name: k for k, name in enumerate(sheet.header)}
    picked = [at[column.name] for column in columns]
    t = np.empty(count, np.int64) if classes else np.empty((count, len(targets)))

    def parts() -> Iterator[Array]:
        done = 0
        for _, rows in sheet.blocks(drop=drop):
            by_column = list(zip(*rows, strict=True))
            for k, name in enumerate(targets):
                cells = by_column[at[name]]
                if classes:
                    t[done : done + len(rows)] = [places[cell] for cell in cells]
                else:
                    t[done : done + len(rows), k] = parse(cells)[0]
            done += len(rows)
            yield encode_columns(columns, [by_column[k] for k in picked], len(rows))

    if stays:
        dtype = np.dtype(float)
        stored = spooled(parts(), dtype, (count, width))
        x = as_array(Rows(stored, width, dtype, np.asarray))
    else:
        x = np.concatenate(list(parts()))
    made = class_rows(t, len(classes), mapped=stays) if classes else t
    return Data(x, made, classes, columns, targets, title=sheet.path.stem)


def _targets(sheet: Sheet, target: str | None) -> tuple[str, ...]:
    header = sheet.header
    if target is None:
        return (header[-1],)
    names = (target,) if target in header else tuple(part.strip() for part in target.split(","))
    for name in names:
        if name not in header:
            hint = nearest(name, header) or "the columns are " + " ".join(map(short, header[:20]))
            raise RequestError(f'{sheet.path}: there is no column "{short(name)}"; {hint}')
    return tuple(dict.fromkeys(names))


def _in_order(value: str) -> tuple[int, float, str]:
    known = number(value)
    return (0, known, value) if known is not None else (1, 0.0, value)


def _classes(survey: Survey, task: str) -> tuple[tuple[str, ...], dict[str, int]]:
    """The classes of a target and the place of each way to write them; none if it is a number."""
    counts = survey.counts
    if task == "numbers" or (task == "auto" and not survey.word and counts is None):
        return (), {}
    if counts is None:
        survey.too_many()
    values = {text: number(text) for text in counts}
    if task == "auto" and survey.odd and any(value is not None for value in values.values()):
        survey.word = survey.odd
        survey.must_be_numbers()
    if task == "auto" and not survey.word:
        found = set(values.values())
        few = len(found) <= min(_FEW_CLASSES, max(2, survey.rows // 5))
        if not few or any(v is None or v != int(v) for v in found):
            return (), {}
    if survey.word:
        names = {text: text for text in counts}
    else:  # 1 and 1.0 are the same class
        texts = sorted(counts, key=lambda text: (len(text), text))
        shortest = {values[text]: text for text in reversed(texts)}
        names = {text: shortest[values[text]] for text in counts}
    classes = tuple(sorted(set(names.values()), key=_in_order))
    if len(classes) < 2:
        raise RequestError(
            f'{survey.path}: the target "{survey.name}" is "{short(classes[0])}" in every row: '
            "there is nothing to tell apart; --task numbers takes it as a number"
        )
    return classes, {text: classes.index(name) for text, name in names.items()}


def _medians(sheet: Sheet, surveys: Sequence[Survey]) -> dict[str, float]:
    """The medians of the columns of numbers that miss some: as many columns at a time as there is room for."""
    wanted = [s for s in surveys if s.missing and not s.word and s.there]
    room = max(1, free_memory() // (32 * max(1, surveys[0].rows)))
    found: dict[str, float] = {}
    for first in range(0, len(wanted), room):
        values: dict[str, list[Array]] = {s.name: [] for s in wanted[first : first + room]}
        for _, rows in sheet.blocks():
            for name, parts in values.items():
                k = sheet.header.index(name)
                there = [number(row[k]) for row in rows if not absent(row[k])]
                parts.append(np.array(there, dtype=float))
        found |= {name: float(np.median(np.concatenate(parts))) for name, parts in values.items()}
    return found
