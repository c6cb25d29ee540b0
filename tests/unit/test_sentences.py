"""Sentences: one table, every key used, every slot filled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import chalkgrad
from chalkgrad.sentences import ENGLISH, LANGUAGES, say
from chalkgrad.serve.labels import LABELS

SOURCES = "\n".join(
    f.read_text(encoding="utf-8")
    for f in Path(chalkgrad.__file__).parent.rglob("*.py")
    if f.name != "sentences.py"
)


def test_a_sentence_has_its_slots_filled():
    assert say("iteration", k=3) == "Iteration 3"
    assert "{" not in say("before_after_many", before="1", after="0.5", updates=9)


@pytest.mark.parametrize("key", ENGLISH)
def test_a_sentence_needs_exactly_the_slots_it_names(key):
    slots = set(re.findall(r"\{(\w+)\}", ENGLISH[key]))
    assert "{" not in say(key, **dict.fromkeys(slots, "7"))
    if slots:
        with pytest.raises(KeyError):
            say(key)


def test_every_key_that_is_said_is_in_the_table():
    said = set(re.findall(r"""\bsays?\(\s*["'](\w+)["']""", SOURCES))
    assert len(said) > 20
    assert said <= set(ENGLISH) | set(LABELS["en"])  # the page has a table of its own words


def test_an_unknown_key_is_an_error_and_not_silence():
    with pytest.raises(KeyError):
        say("no_such_sentence")


def test_every_language_has_only_keys_of_the_english_table():
    for code, table in LANGUAGES.items():
        assert set(table) <= set(ENGLISH), code
        for key, text in table.items():
            assert set(re.findall(r"\{(\w+)\}", text)) == set(
                re.findall(r"\{(\w+)\}", ENGLISH[key])
            ), (code, key)
