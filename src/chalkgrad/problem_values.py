"""Values of a problem file: taken if they are of the right type, else reported and replaced.

What is broken is reported, replaced by something harmless, and noted as lost, so that the rest can
be checked as well and nothing is said of what merely follows from it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from chalkgrad.activations import ACTIVATION_ALIASES
from chalkgrad.errors import Fault, LimitError, nearest, place
from chalkgrad.light import dataclass, field
from chalkgrad.records import Choice
from chalkgrad.rounding import Given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalkgrad.toml_places import Path

Raw: TypeAlias = object
"""Anything that a TOML text can hold."""
_T = TypeVar("_T")

NUMBERS = "a list of numbers"
# Whole numbers beyond this are slips of the keyboard, and larger than what limits are printed with.
MOST_WHOLE = 10**18
_MOST_BITS = 1100  # of an integer that a float64 may hold


def written(text: str) -> Given:
    """A number as TOML writes it, its digits kept; plus signs and separators are left out.

    >>> written("+1_000.50").text
    '1000.50'
    """
    return Given(text.replace("_", "").removeprefix("+"))


def describe(value: Raw) -> str:
    """What a value of a TOML text is, in words.

    >>> describe("0.5"), describe([1, 2]), describe(True), describe({})
    ('the string "0.5"', 'a list of 2', 'true', 'a table')
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'the string "{value[:40]}{"..." if len(value) > 40 else ""}"'
        case Given():
            return value.text[:40]
        case int():
            return str(value) if value.bit_length() < _MOST_BITS else "a number beyond all bounds"
        case list():
            return f"a list of {len(value)}" if value else "an empty list"
        case dict():
            return "a table"
        case _:
            return "a date or time"


@dataclass(slots=True)
class Values:
    """Takes values out of the tables of one file; holds what was found wrong and what was lost.

    Attributes:
        limits: the limits that hold.
        faults: every fault so far, without lines.
        lost: paths that could not be read: nothing more is said about them.
    """

    limits: Mapping[str, float]
    faults: list[Fault] = field(default_factory=list)
    lost: set[Path] = field(default_factory=set)

    def fault(self, path: Path, must: str, got: str, hint: str = "") -> None:
        """Report a fault; its path is lost."""
        self.faults.append(Fault(path, must, got, hint))
        self.lost.add(path)

    def wrong(self, path: Path, must: str, value: Raw, instead: _T) -> _T:
        """Report a value of the wrong type; gives what is taken instead."""
        hint = ""
        if isinstance(value, str) and must.startswith(("a number", "a whole number")):
            try:
                float(value)
                hint = "leave out the quotes"
            except ValueError:
                pass
        self.fault(path, must, describe(value), hint)
        return instead

    def table(self, raw: Raw, path: Path, keys: Sequence[str] = ()) -> dict[str, Raw]:
        """A table; keys that it must not have are reported, those that they look like are lost."""
        if not isinstance(raw, dict):
            name = place(path) if isinstance(path[-1], str) else f"[{path[0]}]"
            return self.wrong(path, f"a table, [{name}]", raw, {})
        if not keys:
            return raw
        for key in raw.keys() - set(keys):
            hint = nearest(key, keys)
            where = f"a key of {place(path)}" if path else "a key of a problem file"
            self.fault((*path, key), f"{where} ({' '.join(keys)})", "an unknown key", hint)
            meant = hint.split('"')[1] if hint else ""
            if meant and meant not in raw:
                self.lost.add((*path, meant))
        return {key: value for key, value in raw.items() if key in keys}

    def tables(self, data: Mapping[str, Raw], key: str) -> list[Raw]:
        """A list of tables, ``[[layer]]``; with single brackets it is reported and read as one."""
        raw = data.get(key)
        if isinstance(raw, dict):
            must = f"written [[{key}]], with double brackets"
            self.faults.append(Fault((key,), must, f"[{key}]"))
            return [raw]
        if raw is None and (key,) not in self.lost:
            self.fault((key,), f"given: at least one [[{key}]]", "none")
        if raw is not None and not isinstance(raw, list):
            self.wrong((key,), f"tables, [[{key}]]", raw, None)
        if raw == []:
            self.fault((key,), f"at least one [[{key}]]", "an empty list")
        return raw if isinstance(raw, list) else []

    def text(self, table: Mapping[str, Raw], path: Path, key: str, default: str = "") -> str:
        """A string."""
        raw = table.get(key, default)
        return raw if isinstance(raw, str) else self.wrong((*path, key), "a string", raw, default)

    def one_of(self, table: Mapping[str, Raw], path: Path, key: str, valid: Sequence[str]) -> str:
        """One of the names of `valid`, of which the first is the default."""
        raw = table.get(key, valid[0])
        if not isinstance(raw, str):
            return self.wrong((*path, key), "one of " + " ".join(valid), raw, valid[0])
        if raw not in valid:
            hint = nearest(raw, valid)
            self.fault((*path, key), "one of " + " ".join(valid), f'"{raw}"', hint)
            return valid[0]
        return raw

    def number(self, raw: Raw, path: Path, must: str = "a number") -> Given:
        """A number with its written digits; NaN where there is none: no check takes it for good."""
        if isinstance(raw, Given):
            return raw
        if isinstance(raw, int) and not isinstance(raw, bool):
            if raw.bit_length() >= _MOST_BITS:
                return Given(math.copysign(math.inf, raw >> raw.bit_length() - 8))
            return Given(str(raw))
        return self.wrong(path, must, raw, Given(math.nan))

    def numbers(self, raw: Raw, path: Path, must: str = NUMBERS) -> tuple[float, ...]:
        """A list of numbers; () where there is none."""
        if not isinstance(raw, list):
            return self.wrong(path, must, raw, ())
        return tuple(
            item if type(item) is Given else self.number(item, (*path, i))
            for i, item in enumerate(raw)
        )

    def whole(self, raw: Raw, path: Path, least: int, most: int, instead: int) -> int:
        """A whole number from `least` to `most`; 2.0 is one."""
        must = f"a whole number from {least} up" if most == MOST_WHOLE else ""
        must = must or f"a whole number from {least} to {most}"
        whole = isinstance(raw, int) and not isinstance(raw, bool)
        if isinstance(raw, Given) and raw.is_integer():
            raw, whole = int(raw), True
        if not whole or not isinstance(raw, int):
            return self.wrong(path, must, raw, instead)
        if not least <= raw <= most:
            far = " (at most 10^18)" if most == MOST_WHOLE and raw > most else ""
            return self.wrong(path, must + far, raw, instead)
        return raw

    def choice(
        self, raw: Raw, path: Path, table: Mapping[str, Mapping[str, float]], instead: str
    ) -> Choice:
        """A name, or a table of a name and parameters; `Problem` checks the name."""
        must = f'a name or a table such as {{ name = "{instead}" }}'
        if isinstance(raw, str):
            return Choice(_folded(raw))
        if not isinstance(raw, dict):
            return self.wrong(path, must, raw, Choice(instead))
        name = raw.get("name")
        if not isinstance(name, str):
            if name is None:
                self.fault((*path, "name"), "given", "none")
            else:
                self.wrong((*path, "name"), "a string", name, None)
            return Choice(instead)
        name = _folded(name)
        params: dict[str, float] = {}
        for key, value in raw.items():
            if key == "name":
                continue
            if name in table and key not in table[name]:
                valid = table[name]
                has = "parameters " + " ".join(valid) if valid else "no parameters"
                hint = nearest(key, valid)
                self.fault((*path, key), f"left out ({name} has {has})", describe(value), hint)
            else:
                params[key] = self.number(value, (*path, key))
        return Choice(name, params)

    def is_lost(self, *path: str | int) -> bool:
        """Whether a path, or something that it is part of, could not be read."""
        return any(path[:end] in self.lost for end in range(1, len(path) + 1))

    def limit(self, name: str, what: str, got: float) -> None:
        """Refuse what is over a limit."""
        if got > self.limits[name]:
            raise LimitError(name, what, got, self.limits[name])


def _folded(name: str) -> str:
    """A name as the tables have it: in small letters, and no alias."""
    name = name.strip().casefold()
    return ACTIVATION_ALIASES.get(name, name)
