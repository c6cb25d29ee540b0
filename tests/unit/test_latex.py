"""LaTeX: it compiles, stays on the page, and words mean nothing to TeX."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.boxes import Box, Fence, Frac, Grid, Id, Number, Op, Root, Row, Script, Words
from chalkgrad.rendering.document import (
    BiasTag,
    Curve,
    Diagram,
    Document,
    Edge,
    Equation,
    Equations,
    Heading,
    Node,
    Note,
    Part,
    Prose,
    Table,
)
from chalkgrad.rendering.latex import to_latex

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = (
    '\\input{/etc/passwd} % } { $ & # _ ^ ~ " | ` [x]* \\end{document} 日本 😀 é «\n\n--\t'
    + "W" * 90
)


def joined(sign: str, *boxes: Box) -> Row:
    """Boxes with an operator between them."""
    return Row(tuple(item for box in boxes for item in (Op(sign), box))[1:])


def products(count: int) -> Row:
    """A sum of products."""
    terms = (
        joined("*", Script(Id("w"), Id(str(k))), Fence(Number("-0.593270"))) for k in range(count)
    )
    return joined("+", *terms)


LONG = (
    products(40),
    joined("*", *(Script(Id("q"), Id(str(k))) for k in range(60))),
    joined("*", Number("0.5"), Fence(products(30))),
    Frac(products(30), Id("n")),
    Root(products(30)),
    Grid(tuple(tuple(Number(f"0.{r}{c}") for c in range(40)) for r in range(3))),
    Grid(((products(20),), (Number("0"),))),
    Grid(((products(9), Words("if " + "words " * 30)), (Number("0"), Id("x"))), "{", ""),
    Words(HOSTILE),
    *(
        Fence(body, left, right)
        for left, right in ("()", "[]", "{}", "||", "‖‖", "⟨⟩", "⌊⌉", "«»", ("", "]"), ("{", ""))
        for body in (Id("x"), Frac(Id("x"), Id("y")), products(30))
    ),
    *(
        Grid(((Number("1"),) * columns, (Fence(Id("x"), "[", "]"), Words("*"))), left, right)
        for left, right in ("[]", "()", "||", "{}", "⟨⟩", ("{", ""))
        for columns in (2, 12)
    ),
)
NETWORK = Diagram(
    (
        Node(0, 0, Id("x"), "-0.05"),
        Node(0, 1, Words(HOSTILE), "1000000"),
        Node(1, 0, Id("h")),
        Node(1, 1, Words("…"), "9 more", gap=True),
    ),
    (
        Edge(0, 2, Id("w"), -0.15, "-0.15"),
        Edge(1, 2, Id("w"), float("inf"), "inf"),
    ),
    (BiasTag(1, -1, Id("b"), "0.35"), BiasTag(1, 2, Id("c"), "0.1")),
    ((2, Id("t"), "0.01"),),
    HOSTILE,
)
EVERYTHING = Document(
    HOSTILE,
    HOSTILE,
    (
        Heading(1, HOSTILE, "a"),
        Heading(3, HOSTILE, "b"),
        Prose((HOSTILE, Words(HOSTILE), " and ", products(30), " = ", *LONG[-3:])),
        Equations(
            (
                Equation("z", Id("z"), LONG, marked=True, words=HOSTILE),
                Equation("f", joined("*", Id("f"), Fence(products(12))), LONG[:1], words=HOSTILE),
                Equation("[]", Fence(Id("x"), "[", "]"), ()),
            )
        ),
        Note((HOSTILE,), "warning"),
        Table((("k",), (HOSTILE,)), (((HOSTILE,), ("[x]*",)),) * 3, (False, False), HOSTILE),
        Table((("k",),) * 14, tuple(((f"{k}",),) * 14 for k in range(60)), (True,) * 14),
        NETWORK,
        Curve(tuple(range(900)), (1e300, -1e300, *[0.5] * 898), HOSTILE, "loss", False, ""),
        Curve(tuple(range(900)), tuple(0.98**k for k in range(900)), "k", HOSTILE, True, ""),
        Curve((3,), (2.0,), "x", "y", False, ""),
        Curve((0,), (float("nan"),), "x", "y", True, ""),
    ),
)
OWN = r"""\documentclass{article}\usepackage[utf8]{inputenc}\usepackage[T1]{fontenc}
\usepackage{amsmath}\begin{document}
%s\end{document}
"""


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(to_latex(EVERYTHING), id="with TikZ if it is installed"),
        pytest.param(to_latex(EVERYTHING).replace("tikz.sty", "no-such.sty"), id="without TikZ"),
        pytest.param(OWN % to_latex(EVERYTHING, fragment=True), id="fragment"),
        pytest.param(to_latex(Document("", "", ())), id="empty"),
    ],
)
def test_hostile_and_long_parts_compile_and_stay_on_the_page(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=100)
    log = (tmp_path / "a.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, log[-2000:]
    assert (tmp_path / "a.pdf").stat().st_size > 0
    assert not [w for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log) if float(w) > 10]


def unescaped(text: str, sign: str) -> int:
    """How often a sign stands in TeX as itself."""
    return re.sub(r"\\[\\{}$&%]", "", text).count(sign)


@given(st.text(), st.text())
def test_braces_and_dollars_balance_and_nothing_is_commented_out(one: str, two: str) -> None:
    parts: tuple[Part, ...] = (
        Heading(1, one, "a"),
        Prose((one, Words(two), two)),
        Equations((Equation("x", Words(one), (Id(two), Words(one)), words=two),)),
        Note((two,)),
        Table(((one,),), (((two,),),), (False,), one),
        Diagram((Node(0, 0, Words(one), two),), (), (BiasTag(0, 0, Id("b"), one),), (), two),
    )
    # the first line of a fragment is a comment on what it needs
    text = to_latex(Document(one, two, parts), fragment=True).partition("\n")[2]
    assert unescaped(text, "{") == unescaped(text, "}")
    assert unescaped(text, "$") % 2 == 0
    assert unescaped(text, "%") == 0


@given(st.text(), st.integers(1, 30))
def test_no_blank_line_stands_inside_align(words: str, count: int) -> None:
    row = Equation("x", Words(words), (Words(words), products(count)), words=words)
    text = to_latex(Document("", "", (Equations((row, row)),)))
    (inside,) = re.findall(r"\\begin\{align\*\}(.*?)\\end\{align\*\}", text, re.DOTALL)
    assert not re.search(r"\n[^\S\n]*\n", inside)


def test_each_step_is_a_line_at_its_equals_sign() -> None:
    row = Equation("y", Id("y"), (Id("x"), Number("2")), marked=True, words="The output")
    text = to_latex(Document("", "", (Equations((row, row)),)))
    assert "The output\n" in text
    assert "y &= x\\\\*[2pt]\n&= 2\\,{}^{\\dagger}" in text
    assert "\n\\intertext{The output}\n" in text


def test_a_long_sum_breaks_before_a_sign() -> None:
    text = to_latex(Document("", "", (Equations((Equation("y", Id("y"), (products(9),)),)),)))
    assert re.search(r"\n&\\quad \{\}\+w", text)


def test_a_wide_product_breaks_after_a_dot() -> None:
    text = to_latex(Document("", "", (Equations((Equation("y", Id("y"), (LONG[1],)),)),)))
    assert re.search(r"\\cdot \{\}\\\\\*\[2pt\]\n&\\quad q", text)


def test_a_matrix_of_more_than_10_columns_needs_no_counter_of_amsmath() -> None:
    matrix = Grid((tuple(Number("1") for _ in range(12)),))
    text = to_latex(Document("", "", (Equations((Equation("W", Id("W"), (matrix,)),)),)))
    assert r"\left[\!\begin{array}{cccccccccccc}" in text


def test_a_table_of_60_rows_goes_on_below_a_new_header() -> None:
    table = Table((("k",),), tuple(((str(k),),) for k in range(60)), (True,), "All")
    text = to_latex(Document("", "", (table,)))
    assert text.count(r"\begin{tabular}{r}") == 2
    assert text.count(r"\textbf{k}") == 2
    assert "All (continued)" in text


def test_a_curve_has_at_most_200_points() -> None:
    curve = Curve(tuple(range(5000)), tuple(map(float, range(5000))), "x", "y", False, "")
    path = max(to_latex(Document("", "", (curve,))).splitlines(), key=len)
    assert path.count(" -- ") == 199


def test_tikz_is_asked_for_only_by_a_drawing() -> None:
    assert "tikz" not in to_latex(Document("T", "", ()))
    assert r"\IfFileExists{tikz.sty}" in to_latex(Document("T", "", (NETWORK,)))
    first, *_ = to_latex(Document("T", "", (NETWORK,)), fragment=True).splitlines()
    assert first.startswith("% ")
    assert "amsmath" in first
    assert "tikz" in first


def test_numbers_in_the_drawing_have_the_minus_of_mathematics() -> None:
    text = to_latex(Document("", "", (NETWORK,)))
    assert "$-0.15$" in text
    assert "{-}0.15" not in text
