"""A working in another language: every word of it, in every format, whoever else asks at the same time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from html import unescape

import pytest

import chalkgrad
from chalkgrad import example, render, solve
from chalkgrad.compose import compose
from chalkgrad.errors import RequestError
from chalkgrad.examples import names
from chalkgrad.formats import FORMATS, Options
from chalkgrad.marking.worksheet import marking_key, worksheet, written
from chalkgrad.records import Choice
from chalkgrad.sentences import ENGLISH
from chalkgrad.view import make_view

# what no German text has, whatever it is about: written down here, not read from a table
ENGLISH_WORDS = re.compile(
    r"\b(the|of|is|are|and|with|by|where|from|for|if|because|its|to|loss|layer|layers|weights?|rate"
    r"|learning|digits|decimals|pass|sum|mean|over|exact|carried|note|given|sample|samples|update)\b",
    re.IGNORECASE,
)
PLAIN = Options(width=100_000)
STYLES = ("chain", "delta", "matrix")


def bare(name: str) -> chalkgrad.Problem:
    """An example without the words of its own file."""
    return example(name).with_(title="", note="")


@cache
def sentences() -> tuple[re.Pattern[str], ...]:
    """Each English sentence of more than two words, with anything in its slots."""
    long = [s for s in ENGLISH.values() if len(re.findall(r"[A-Za-z]{2,}", s)) > 2]
    pieces = (map(re.escape, re.split(r"\{\w+\}", s)) for s in long)
    return tuple(re.compile(".{1,200}?".join(p)) for p in pieces)


def english(text: str) -> list[str]:
    """Whatever is English in a text, apart from a key of the problem file."""
    text = text.replace("[arithmetic.digits]", "")
    return ENGLISH_WORDS.findall(text) + [p.pattern for p in sentences() if p.search(text)]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", names())
def test_a_german_working_has_no_english_in_it(name, style):
    working = solve(bare(name), style=style, language="de", work=[1])
    compared = Options(width=100_000, agreement=style == "delta")
    assert english(render(working, "text", compared)) == []


def test_the_same_search_finds_the_english_of_an_english_working():
    found = english(render(solve(bare("relu-bce")), "text", PLAIN))
    assert {"of", "loss", "if", "because"} < {word.lower() for word in found}
    assert len(found) > 30


VARIANTS = {
    "mean over outputs": {"over_outputs": "mean", "loss": Choice("huber", {"delta": 1.0})},
    "in place": {"update_order": "in_place"},
    "online": {"mode": "online", "iterations": 3},
    "sum": {"over_samples": "sum", "loss": Choice("absolute_error")},
    "other rule": {"optimizer": Choice("adagrad", {"epsilon": 1e-8})},
}


@pytest.mark.parametrize("change", VARIANTS.values(), ids=VARIANTS)
def test_conventions_are_said_in_german_too(change):
    problem = bare("tanh-batch").with_(**change)
    for style in ("chain", "matrix"):
        assert english(render(solve(problem, style=style, language="de"), "text", PLAIN)) == []


def test_a_rounding_is_said_in_german():
    policy = chalkgrad.Policy("carried", chalkgrad.Digits("decimals", 2, "truncate", up_to=True))
    text = render(solve(bare("tanh-batch"), policy=policy, language="de"), "text", PLAIN)
    assert "Rechnung schrittweise gerundet, bis zu 2 Nachkommastellen, abgeschnitten" in text
    assert english(text) == []


def test_the_passage_of_mazur_reads_as_it_was_written_by_hand():
    text = render(solve(example("mazur"), language="de"), "text", Options(width=80))
    assert PASSAGE in text
    assert ENDING in text


PASSAGE = """\
Gegeben
───────
Eingaben: x1 = 0.05, x2 = 0.10
Zielwerte: t1 = 0.01, t2 = 0.99
Gewichte der Schicht 1: w1 = 0.15, w2 = 0.20, w3 = 0.25, w4 = 0.30
Bias der Schicht 1 (gemeinsam für alle Neuronen): b1 = 0.35
Gewichte der Schicht 2: w5 = 0.40, w6 = 0.45, w7 = 0.50, w8 = 0.55
Bias der Schicht 2 (gemeinsam für alle Neuronen): b2 = 0.60
Konstanten: η = 0.5

Vorwärtsrechnung
────────────────

  net_h1 = w1 · x1 + w2 · x2 + b1
         = 0.15 · 0.05 + 0.20 · 0.10 + 0.35
         = 0.3775
"""
ENDING = """\
Der Verlust ist vor der Aktualisierung 0.298371109 und danach 0.291027774.

Hinweis: Exakte Rechnung; angezeigt werden 9 signifikante Stellen. Die Werte
         werden mit voller Genauigkeit weiterverwendet und nur für die Anzeige
         gerundet. Einige Größen haben eigene Stellenzahlen, aus
         [arithmetic.digits] der Aufgabendatei.

Hinweis: Die Biaswerte bleiben fest: Ihre Gradienten werden gezeigt, aber nichts
         wird aktualisiert.
"""


def test_the_numbers_are_the_same_in_every_language():
    numbers = [
        re.findall(r"\d+\.\d+", render(solve(example("xor"), language=code), "markdown"))
        for code in ("en", "de")
    ]
    assert len(numbers[0]) > 100
    assert numbers[0] == numbers[1]


def test_ascii_spells_umlauts_out():
    text = render(solve(bare("mazur"), language="de"), "text", Options(ascii_only=True))
    assert text.isascii()
    assert "Rueckwaertsrechnung, Schicht 1" in text
    assert "?" not in text


# ---------------------------------------------------------------- formats
def test_an_html_file_says_its_language_and_has_no_english_to_read():
    page = render(solve(bare("relu-bce"), language="de"), "html")
    assert '<html lang="de">' in page
    data = json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page)[1])
    seen = re.sub(r"<(style|script|svg|math)\b.*?</\1>", " ", page, flags=re.DOTALL)
    labels = " ".join(re.findall(r'(?:aria-label|title)="([^"]*)"', seen))
    assert english(unescape(re.sub(r"<[^>]+>", " ", seen)) + labels) == []
    assert data["language"] == "de"
    words = [q["words"] for q in data["quantities"].values()]
    steps = [step["text"] for step in data["steps"]]
    said = [*data["words"].values(), *words, *steps, *data["says"], data["conventions"]]
    assert english(" ; ".join(re.sub(r"\{\w+\}", "7", text) for text in said)) == []
    assert not any(">if <" in t or "because" in t for t in data["templates"])
    assert any("falls" in t for t in data["templates"])


@pytest.mark.parametrize("format_name", ["markdown", "latex", "typst", "notebook"])
def test_every_text_format_speaks_german(format_name):
    made = render(solve(bare("momentum"), language="de"), format_name)
    for words in ("Vorwärtsrechnung", "Rückwärtsrechnung, Ausgabeschicht", "Alle Iterationen"):
        assert words in made
    assert not any(p.search(made) for p in sentences())


def test_json_has_the_words_of_case_distinctions_in_german():
    made = json.loads(render(solve(bare("relu-bce"), style="delta", language="de"), "json"))
    lines = {q["name"]: q for q in made["quantities"]}
    assert lines["da_dz[1][1]"]["formula"] == "{1 falls z[1][1] > 0; 0 falls z[1][1] <= 0"
    assert lines["da_dz[1][1]"]["substituted"] == "0, da -0.1 <= 0"


def test_a_pdf_is_tagged_as_german():
    pytest.importorskip("typst")
    made = FORMATS["pdf"].render(solve(bare("single-neuron"), language="de"), Options())
    assert b"/Lang(de)" in made.replace(b" ", b"")


def test_latex_of_another_language_divides_no_words_by_english_rules():
    german, plain = (render(solve(bare("mazur"), language=code), "latex") for code in ("de", "en"))
    assert r"\hyphenpenalty=10000" in german and "/Lang (de)" in german
    assert r"\hyphenpenalty" not in plain and "/Lang" not in plain
    assert "babel" not in german


def test_worksheet_and_key_are_in_german():
    sheet = written(worksheet(bare("relu-bce"), ["a", "loss"], "de"), "typst")
    key = written(marking_key(bare("tanh-batch"), ["z"], language="de"), "text")
    assert "Gesucht" in sheet and '#set text(lang: "de")' in sheet
    assert "(Beispiel 2)" in key and "Punkte" in key
    assert english(key) == []
    assert not any(p.search(sheet) for p in sentences())


# ---------------------------------------------------------------- how it is chosen
def test_a_language_that_there_is_not_is_refused():
    with pytest.raises(RequestError, match='language must be one of en de, got "fr"'):
        solve(example("mazur"), language="fr")
    with pytest.raises(RequestError, match='language must be one of en de, got "fr"'):
        make_view(example("mazur"), language="fr")


def test_two_languages_at_once_do_not_meet():
    codes = ["en", "de"] * 8
    alone = {c: render(solve(example("relu-bce"), language=c), "markdown") for c in ("en", "de")}
    with ThreadPoolExecutor(8) as pool:
        made = pool.map(lambda c: render(solve(example("relu-bce"), language=c), "markdown"), codes)
        assert list(made) == [alone[c] for c in codes]


def test_the_anchors_of_german_headings_are_plain_and_unlike():
    headings = [p for p in compose(solve(bare("xor"), language="de")).parts if hasattr(p, "anchor")]
    anchors = [h.anchor for h in headings]
    assert "rueckwaertsrechnung--ausgabeschicht" in anchors
    assert len(set(anchors)) == len(anchors)


def test_the_second_table_is_read_only_when_it_is_asked_for():
    script = (
        "import sys, chalkgrad; w = chalkgrad.solve(chalkgrad.example('mazur'));"
        "chalkgrad.render(w, 'html'); assert 'chalkgrad.sentences.german' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
