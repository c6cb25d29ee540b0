"""Boxes and their writers: plain text, TeX and MathML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.boxes import (
    Box,
    Fence,
    Frac,
    Grid,
    Id,
    Named,
    Number,
    Op,
    Root,
    Row,
    Script,
    Words,
    asciify,
    tall,
    to_plain,
)
from chalkgrad.mathml import to_mathml
from chalkgrad.tex import tex_text, to_tex
from chalkgrad.typesetting import numeral

X = Id("x")
HALF = Frac(Number("1"), Number("2"))


@pytest.mark.parametrize(
    ("box", "plain", "tex"),
    [
        (Number("-1.5e-7"), "−1.5e−7", r"-1.5 \times 10^{-7}"),
        (numeral("nan"), "nan", r"\text{undefined}"),
        (numeral("nan", "de"), "nan", r"\text{nicht definiert}"),
        (Number("2.5e-07"), "2.5e−7", r"2.5 \times 10^{-7}"),
        (Number("-1.5e+12"), "−1.5e12", r"-1.5 \times 10^{12}"),
        (Number("-inf"), "−∞", r"-\infty "),
        (Id("delta"), "δ", r"\delta "),
        (Id("out"), "out", r"\mathrm{out}"),
        (Row((Op("neg"), X, Op("-"), X)), "−x − x", "-x-x"),
        (Script(Script(X, sup=Id("2")), sup=Id("3")), "x^2^3", "(x^{2})^{3}"),
        (Script(HALF, sup=Id("3")), "(1/2)^3", r"\left(\frac{1}{2}\right)^{3}"),
        (Root(X), "√(x)", r"\sqrt{x}"),
        (Named("x′", X), "x′", "x"),
        (Fence(Number("-3"), "|", "|"), "|−3|", r"\lvert -3\rvert "),
        (Fence(X, "{", "}"), "{x}", r"\{x\}"),
        (Fence(X, "⟨", "⟩"), "⟨x⟩", r"\langle x\rangle "),
        (Fence(HALF, "⟨", "⟩"), "⟨1/2⟩", r"\left\langle \frac{1}{2}\right\rangle "),
        (Fence(HALF, "{", ""), "{1/2", r"\left\{\frac{1}{2}\right."),
        (Fence(X, "&", "%"), "&x%", r"\text{\&}x\text{\%}"),
        (Grid(((X, X),)), "[x x]", r"\begin{bmatrix} x & x \end{bmatrix}"),
        (Grid(((X, X),), "(", ")"), "(x x)", r"\begin{pmatrix} x & x \end{pmatrix}"),
        (Grid(((X, Words("if")),), "{", ""), "{x if", r"\begin{cases} x & \text{if} \end{cases}"),
    ],
)
def test_a_box_is_spelled_alike_in_plain_text_and_in_tex(box: Box, plain: str, tex: str) -> None:
    assert to_plain(box) == plain
    assert to_tex(box) == tex


@pytest.mark.parametrize(
    ("box", "grows"),
    [
        (X, False),
        (Script(X, X, X), False),
        (Script(X, sup=HALF), True),
        (Named("n", Root(Row((X, HALF)))), True),
        (Grid(((X,),)), True),
    ],
)
def test_brackets_grow_around_fractions_and_grids_alone(box: Box, grows: bool) -> None:
    assert tall(box) is grows
    assert (r"\left(" in to_tex(Fence(box))) is grows
    assert ('stretchy="false">(<' in to_mathml(Fence(box))) is not grows


def test_a_grid_of_more_than_10_columns_is_an_array_without_a_limit() -> None:
    assert r"\begin{bmatrix}" in to_tex(Grid(((X,) * 10,)))
    assert r"\left[\!\begin{array}{ccccccccccc} " in to_tex(Grid(((X,) * 11,)))


def test_a_row_that_begins_with_a_bracket_is_no_argument_of_the_line_before() -> None:
    assert r"\\ {}[x]" in to_tex(Grid(((X,), (Fence(X, "[", "]"),))))


def test_a_hat_stands_above_its_letter() -> None:
    hat = Script(Id("m"), sup=Words("^"))
    assert to_tex(hat) == r"\hat{m}"
    assert to_mathml(hat) == ('<mover><mi>m</mi><mo stretchy="false">^</mo></mover>')


def test_words_are_set_as_the_reader_of_the_tex_asks() -> None:
    box = Row((Words("50%"), Id("out"), numeral("nan")))
    assert to_tex(box, lambda command, words: f"<{command} {words}>") == (
        "<text 50%><mathrm out><text undefined>"
    )


@given(st.text())
def test_words_for_tex_have_no_line_breaks_and_balanced_braces(text: str) -> None:
    tex = tex_text(text)
    bare = re.sub(r"\\[\\{}$&%#_]", "", tex)
    assert not re.search(r"[\n\r\v\f\x85\u2028\u2029]", tex)
    assert bare.count("{") == bare.count("}")
    assert tex.isascii() or all("À" <= c <= "ÿ" for c in tex if not c.isascii())


@pytest.mark.parametrize(
    ("words", "kept"),
    [(" because ", "\xa0because\xa0"), ("a b", "a b"), (" ", "\xa0"), ("", "")],
)
def test_spaces_at_the_ends_of_words_are_kept_in_mathml(words: str, kept: str) -> None:
    assert to_mathml(Words(words)) == f"<mtext>{kept}</mtext>"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_words_of_any_content_are_well_formed_mathml(text: str) -> None:
    body = Row((Words(text), Id(text), X))
    for box in (Fence(body, text, text), Grid(((body,),), "<", "&")):
        ET.fromstring(to_mathml(box))  # noqa: S314  our own writing


def test_ascii_has_names_for_signs_and_a_question_mark_for_other_letters() -> None:
    assert asciify("∂E/∂w₅ ≤ ∞ 日") == "dE/dw? <= inf ?"
