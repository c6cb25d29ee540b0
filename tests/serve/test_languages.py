"""The page in German: what is worked, edited, asked and copied on it, without a server or a browser."""

from __future__ import annotations

from chalkgrad import dump, example
from chalkgrad.serve.jobs import edit, export, view
from chalkgrad.serve.quiz import hint, quiz
from chalkgrad.serve.skeleton import skeleton

MAZUR = {"problem": dump(example("mazur")), "language": "de"}
RELU = {"problem": dump(example("relu-bce")), "language": "de"}


def texts(element):
    """All texts of an element and of those in it."""
    for kid in element[2:] if isinstance(element, tuple) else element:
        if isinstance(kid, str):
            yield kid
        elif kid is not None:
            yield from texts(kid)


def test_the_view_of_a_page_is_in_its_language():
    made, _ = view(MAZUR)
    assert made["view"]["quantities"]["z[1][1]"]["words"] == "Netzeingabe von Neuron 1"
    assert made["view"]["conventions"].startswith("2-2-2 · sigmoid · Verlust: halber quadratischer")


def test_an_edit_keeps_the_language():
    made, _ = edit({**MAZUR, "edit": {"do": "add_neuron", "layer": 1}})
    assert made["view"]["language"] == "de"
    assert made["view"]["steps"][0]["text"] == "Netzeingabe und Aktivierung von Neuron 1"


def test_choices_of_the_form_are_in_german():
    found = set(texts(view(MAZUR)[0]["form"]))
    assert {"halber quadratischer Fehler", "Summe", "Mittelwert", "gleichzeitig", "exakt"} <= found
    assert not {"half squared error", "sum", "mean", "simultaneous", "exact"} & found


def test_what_is_copied_is_in_german():
    made, _ = export({**MAZUR, "format": "markdown"})
    assert "## Vorwärtsrechnung" in made["text"]
    assert "## Forward pass" in export({**MAZUR, "format": "markdown", "language": "en"})[0]["text"]


def test_the_quiz_asks_in_german():
    made, _ = quiz({**RELU, "kinds": ["da_dz", "loss"]})
    asked = [item["words"] for item in made["items"]]
    assert asked[0] == "Verlust" and "Ableitung der Aktivierung von Neuron 1" in asked
    assert "falls" in hint({**RELU, "name": "da_dz[1][1]"})[0]["plain"]
    assert "Gradient des Gewichts" in skeleton("de") and "net input" not in skeleton("de")
