"""Sentences: one table a language, every key used, every slot filled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import chalkgrad
from chalkgrad.activations import ACTIVATIONS
from chalkgrad.losses import LOSSES
from chalkgrad.rounding import POLICIES, ROUNDINGS
from chalkgrad.sentences import ENGLISH, LANGUAGES, named, say, table
from chalkgrad.serve.labels import LABELS

SOURCES = "\n".join(
    f.read_text(encoding="utf-8")
    for f in Path(chalkgrad.__file__).parent.rglob("*.py")
    if f.parent.name != "sentences"
)


def test_a_sentence_has_its_slots_filled():
    assert say("iteration", k=3) == "Iteration 3"
    assert "{" not in say("before_after_many", before="1", after="0.5", updates=9)


@pytest.mark.parametrize("key", ENGLISH)
def test_a_sentence_needs_exactly_the_slots_it_names(key):
    named_ = slots(ENGLISH[key])
    assert "{" not in say(key, **dict.fromkeys(named_, "7"))
    if named_:
        with pytest.raises(KeyError):
            say(key)


@pytest.mark.parametrize(
    ("code", "one", "many"),
    [("en", "1 decimal", "3 decimals"), ("de", "1 Nachkommastelle", "3 Nachkommastellen")],
)
def test_what_is_counted_is_one_or_many(code, one, many):
    assert say("digits_decimals", code, count=1) == one
    assert say("digits_decimals", code, count=3) == many


def test_every_key_that_is_said_is_in_the_table():
    said = set(re.findall(r"""\bsays?\(\s*["'](\w+)["']""", SOURCES))
    assert len(said) > 20
    assert said <= set(ENGLISH) | set(LABELS["en"])  # the page has a table of its own words


def test_an_unknown_key_is_an_error_and_not_silence():
    with pytest.raises(KeyError):
        say("no_such_sentence")


def slots(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)(?::[^|}]+\|[^|}]+)?\}", text))


OTHERS = [code for code in LANGUAGES if code != "en"]


@pytest.mark.parametrize("code", OTHERS)
def test_another_language_has_every_key_with_the_same_slots(code):
    said = table(code)
    assert list(said) == list(ENGLISH)
    assert {key: slots(text) for key, text in said.items()} == {
        key: slots(text) for key, text in ENGLISH.items()
    }


@pytest.mark.parametrize("code", OTHERS)
def test_no_sentence_of_another_language_is_left_in_english(code):
    same = [key for key, text in table(code).items() if text == ENGLISH[key]]
    assert all(len(re.findall(r"[^\W\d_]+", re.sub(r"\{\w+\}", "", ENGLISH[k]))) < 2 for k in same)


@pytest.mark.parametrize("code", OTHERS)
def test_what_other_tables_say_of_their_rows_has_words_in_every_language(code):
    remarks = [row.kink for row in (*ACTIVATIONS.values(), *LOSSES.values()) if row.kink]
    rounded = [name for name in ROUNDINGS if name != "half_up"]  # the usual one is not said
    names = [*LOSSES, *POLICIES, *rounded, "sum", "mean"]
    assert len(remarks) >= 5
    for words in (*remarks, *(name.replace("_", " ") for name in names)):
        assert named(words, code) != words


def test_what_no_table_calls_otherwise_keeps_its_name():
    assert named("sigmoid", "de") == "sigmoid"


@pytest.mark.parametrize("code", OTHERS)
def test_a_line_of_print_can_hold_every_word(code):
    """LaTeX divides no word of another language, and words of more than 24 letters would be cut."""
    counted_ = re.sub(r"\{\w+:([^|}]+)\|([^|}]+)\}", r"\1 \2", " ".join(table(code).values()))
    words = counted_.split()
    assert max(map(len, words)) <= 24
