"""The tables of a TOML text, whether or not all of it is TOML.

tomllib stops at its first error. Here a text that it refuses is mended statement by statement and
read on, so that every fault of a file can be reported at once.
"""

from __future__ import annotations

import bisect
import re
import tomllib
from typing import TYPE_CHECKING

from chalkgrad.errors import Fault
from chalkgrad.light import dataclass, field
from chalkgrad.problem_values import written
from chalkgrad.toml_places import MOST_DEPTH, Path, Places, Statement, places

if TYPE_CHECKING:
    from collections.abc import Mapping

_HINTS = {
    "Unclosed array": "a comma or a closing bracket is missing",
    "Invalid value": (
        "strings stand in quotes, numbers begin with a digit (0.5), true and false are small"
    ),
}
# tomllib takes quadratic time for a key of very many parts; no problem file has one.
_LONG_KEY = re.compile(rf"(?<![\w\"'.-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){{{MOST_DEPTH}}}")
# Python reads no integers of more than 4300 digits; as a float it is infinite, and refused as such.
_LONG_INTEGER = re.compile(r"(?<![\w.+-])[+-]?\d[\d_]{4000,}+(?![\w.])")
_MOST_RETRIES = 20
_MOST_RETRIED = 1_000_000  # characters: a broken file that is larger is not read twenty times


@dataclass(slots=True)
class Parsed:
    """The tables of a text, whether or not all of it is TOML.

    Attributes:
        text: the text.
        faults: where faults are added, with their lines.
        data: the tables; None if nothing could be read.
        lost: the paths of statements that could not be read.
        broken: whether some could not be read.
    """

    text: str
    faults: list[Fault]
    data: dict[str, object] | None = None
    lost: set[Path] = field(default_factory=set)
    broken: bool = False
    _places: Places | None = None

    @property
    def places(self) -> Places:
        """Scanned when first needed: a file without faults never is."""
        if self._places is None:
            self._places = places(self.text)
        return self._places

    def __post_init__(self) -> None:
        long = _LONG_KEY.search(self.text)
        if long:
            line = self.text.count("\n", 0, long.start()) + 1
            must = f"free of keys of more than {MOST_DEPTH} parts"
            self.faults.append(Fault((), must, "a longer one", "", line))
            return
        try:
            self.data = tomllib.loads(self.text, parse_float=written)
        except (ValueError, RecursionError):
            self._mend()

    def _mend(self) -> None:
        changes: dict[int, tuple[int, str]] = {}
        repeats: list[tuple[str, Statement]] = []
        for faulty in self.places.faulty:
            self._report(faulty)
            text = " "
            if faulty.header:
                name = f"written twice {faulty.line}"
                repeats.append((name, faulty))
                text = f'["{name}"]'
            changes[faulty.start] = (faulty.end, text)
        known_bad = {fault.line for fault in self.faults if not fault.path}
        tries = _MOST_RETRIES if len(self.text) < _MOST_RETRIED else 2
        for _ in range(tries):
            try:
                self.data = tomllib.loads(self._changed(changes), parse_float=written)
                break
            except tomllib.TOMLDecodeError as error:
                line, message = self._located(str(error))
            except RecursionError:
                line, message = self.places.deep or 1, f"nested more than {MOST_DEPTH} deep"
            except ValueError:
                self.text = _LONG_INTEGER.sub(lambda m: "1e999".ljust(len(m[0])), self.text)
                continue
            self.broken = True
            statement = self._at(line)
            if line not in known_bad:
                self._syntax(line, message, statement)
            if statement is None:
                break
            again = statement.header in ("", "[]") or statement.start in changes
            changes[statement.start] = (statement.end, " " if again else statement.header)
            self.lost.add(statement.path)
        if self.data is not None:
            for name, twice in repeats:
                self._merge(self.data.pop(name, None), twice)

    def _report(self, statement: Statement) -> None:
        path, line = statement.path, statement.line
        if not statement.closed:
            self.broken = True
            self.lost.add(path)
            got = "an open one"
            self.faults.append(
                Fault(path, "a list or table with all its brackets closed", got, "", line)
            )
        elif statement.header and path and isinstance(path[-1], int):
            got, must = (
                statement.header,
                f"written [{statement.header}], as on line {statement.first}",
            )
            self.faults.append(Fault(path, must, got, "", line))
        else:
            got = f"a second time (first on line {statement.first})"
            self.faults.append(Fault(path, "given once", got, "", line))

    def _changed(self, changes: Mapping[int, tuple[int, str]]) -> str:
        """The text with some statements replaced; every line keeps its number."""
        parts: list[str] = []
        done = 0
        for start, (end, text) in sorted(changes.items()):
            if start >= done:
                parts += [self.text[done:start], text, "\n" * self.text.count("\n", start, end)]
                done = end
        return "".join([*parts, self.text[done:]])

    def _located(self, message: str) -> tuple[int, str]:
        m = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", message)
        end = self.text.rstrip().count("\n") + 1
        return (min(int(m[1]), end) if m and m[1] else end), (
            message[: m.start()] if m else message
        )

    def _at(self, line: int) -> Statement | None:
        """The last statement that starts on a line or before it."""
        statements = self.places.statements
        at = bisect.bisect_right(statements, line, key=lambda statement: statement.line)
        return statements[at - 1] if at else None

    def _syntax(self, line: int, message: str, statement: Statement | None) -> None:
        hint = _HINTS.get(message, message[:1].lower() + message[1:])
        got = self.text.split("\n", line)[line - 1].strip()
        got = got[:60] + ("..." if len(got) > 60 else "")
        path = statement.path if statement and not statement.header else ()
        self.faults.append(Fault(path, "written as TOML", got, hint, line))

    def _merge(self, section: object, statement: Statement) -> None:
        """Put the keys of a table that was opened twice where they belong, to be checked."""
        here: object = self.data
        for part in statement.path:
            if isinstance(here, dict) and part in here:
                here = here[part]
            elif isinstance(here, list) and isinstance(part, int) and part <= len(here):
                if part == len(here):
                    here.append({})
                here = here[part]
            else:
                return
        if isinstance(here, dict) and isinstance(section, dict):
            for key, value in section.items():
                here.setdefault(key, value)
