"""Sheets made of the figures that five lecture documents print."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest

from chalkgrad import example
from chalkgrad.marking.marker import Marker

FIGURES = Path(__file__).parent.parent / "books" / "figures.csv"
SLIPS = {
    "165": ("other_neuron", "copied"),
    "325": ("convention:in_place",),
    "327": ("convention:in_place", "convention:in_place+point_shifted"),
    "59": ("point_shifted",),
    "107": ("point_shifted",),
    "109": ("point_shifted",),
    "36": ("log10",),
    "70": ("operand_misread",),
}
"""Line of the document: what the wrong figure on it must be called."""

MISPRINTED = {"example": "nptel", "line": "125", "quantity": "w[2][1,2]", "printed": "0.8"}
"""The one given that a document prints again wrongly (1.6 is right); what follows is worked with it."""

BESIDE = {"185": "0.00134", "195": "0.2406"}


@cache
def figures():
    rows = list(csv.DictReader(FIGURES.read_text(encoding="utf-8").splitlines()))
    return [r for r in rows if "*" not in r["quantity"]]  # a sheet shows answers, not operands


@cache
def marker(name):
    return Marker(example(name))


def sheet_up_to(row):
    """What the document had printed when it came to a figure: of each quantity the last right form."""
    sheet = {}
    for r in figures():
        if r is row:
            break
        if r["example"] == row["example"] and r["verdict"] != "wrong":
            sheet[r["quantity"]] = r["printed"]
    if row["example"] == MISPRINTED["example"] and int(row["line"]) > int(MISPRINTED["line"]):
        sheet[MISPRINTED["quantity"]] = MISPRINTED["printed"]
    sheet.pop(row["quantity"], None)
    return [*sheet.items(), (row["quantity"], row["printed"])]


def answer(row):
    return marker(row["example"]).mark("document", sheet_up_to(row)).answers[-1]


@pytest.mark.parametrize("name", sorted({r["example"] for r in figures()}))
def test_no_right_figure_is_called_wrong(name):
    rows = [r for r in figures() if r["example"] == name and r["verdict"] != "wrong"]
    wrong = {(r["line"], r["quantity"], r["printed"]) for r in rows if answer(r).verdict == "wrong"}
    assert wrong == set()


def test_a_given_that_is_printed_again_wrongly_is_the_origin_of_what_follows():
    sheet = marker("nptel").mark(
        "document",
        [
            ("a[1][2]", "0.27"),
            ("delta[2][1]", "-0.137"),
            ("delta[2][2]", "0.045"),
            ("w[2][1,2]", "0.8"),  # an entry of the first layer; 1.6 is right
            ("delta[1][2]", "-0.02"),  # 0.27 * 0.73 * (-0.137 * 0.8 + 0.045 * -0.2), cut
        ],
    )
    got = {a.name: a for a in sheet.answers}
    assert got["w[2][1,2]"].verdict == "wrong"
    assert [(s.slip, s.explanation[-11:]) for s in got["w[2][1,2]"].slips] == [
        ("copied", " w[1][1,2].")
    ]
    assert got["delta[1][2]"].verdict == "follow_through"
    assert got["delta[1][2]"].cause == "w[2][1,2]"


@pytest.mark.parametrize(
    "row", [r for r in figures() if r["verdict"] == "wrong"], ids=lambda r: r["line"]
)
def test_wrong_figures_are_found_and_named(row):
    got = answer(row)
    if row["line"] in BESIDE:  # one unit beside, less than one per cent: forgiven, and said
        assert got.verdict == "right"
        assert got.remarks == (
            f"from your figures as they are written it is {BESIDE[row['line']]}",
        )
        return
    assert got.verdict == "wrong"
    known = SLIPS.get(row["line"], ())
    assert any(s.slip in known for s in got.slips if s.reading == 0) if known else not got.slips
