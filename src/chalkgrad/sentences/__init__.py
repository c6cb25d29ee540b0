"""Every sentence and heading that a working shows, by key: one table a language, chosen by its code.

A new language is a new table with the same keys, and a row of `LANGUAGES`; what it leaves out is said
in English. A table is read when its language is first asked for.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from string import Formatter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from chalkgrad.sentences import english

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "english", "de": "german"})
"""Codes of languages as HTML and PDF have them, and the module of each table."""
ENGLISH = english.SENTENCES
"""The table that every other falls back to."""


@cache
def table(language: str) -> Mapping[str, str]:
    """The sentences of a language by key.

    >>> table("de")["forward"]
    'Vorwärtsrechnung'
    """
    made: Mapping[str, str] = _module(language).SENTENCES
    return made


def say(key: str, language: str = "en", **slots: object) -> str:
    """A sentence with its slots filled.

    >>> say("iteration", k=3), say("sample", "de", s=2)
    ('Iteration 3', 'Beispiel 2')
    >>> say("digits_decimals", count=1), say("digits_decimals", count=4)
    ('1 decimal', '4 decimals')
    """
    return _COUNTING.vformat(table(language).get(key, ENGLISH[key]), (), slots)


class _Counting(Formatter):
    """Fills slots; one with two words, as in ``{n:update|updates}``, is its number with the word that fits."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, bar, many = format_spec.partition("|")
        return counted(value, one, many) if bar else str(super().format_field(value, format_spec))


_COUNTING = _Counting()


def counted(number: object, one: str, many: str = "") -> str:
    """A number and what is counted; without a word for many, with an s.

    >>> counted(1, "sheet"), counted(2, "sheet"), counted("1,024", "row"), counted(1, "entry", "entries")
    ('1 sheet', '2 sheets', '1,024 rows', '1 entry')
    """
    return f"{number} {one if str(number) == '1' else many or one + 's'}"


def named(words: str, language: str = "en") -> str:
    """What a row of another table is called, or remarks, in a language; the row itself has it in English.

    >>> named("half squared error", "de"), named("half squared error")
    ('halber quadratischer Fehler', 'half squared error')
    """
    rows: Mapping[str, str] = {} if language == "en" else _module(language).ROWS
    return rows.get(words, words)


def _module(language: str) -> Any:
    return import_module(f"chalkgrad.sentences.{LANGUAGES[language]}")
