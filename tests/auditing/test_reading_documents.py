"""What is read of a document, and where it stands."""

from __future__ import annotations

import json
import math

import pytest

from chalkgrad.auditing.auditor import audit
from chalkgrad.auditing.chains import chains_of
from chalkgrad.auditing.documents import read_document
from chalkgrad.formula import evaluate


def side_values(text: str, name: str = "n.md") -> list[float | str | None]:
    """The sides of the first chain: numbers worked out, names as they are, None for what is not read."""
    chain = chains_of(read_document(name, text))[0][0]
    out: list[float | str | None] = []
    for side in chain.sides:
        if side.numeric:
            out.append(evaluate(side.value, lambda s: math.nan))  # type: ignore[arg-type]
        else:
            out.append(side.name or None)
    return out


@pytest.mark.parametrize(
    ("tex", "value"),
    [
        (r"0.5 \times 0.3", 0.5 * 0.3),
        (r"2 \cdot \frac{1}{4}", 0.5),
        (r"\frac12 (0.2)", 0.1),
        (r"0.5(0.2)(3)", 0.5 * 0.2 * 3),
        (r"-(0.01 - 0.75)", 0.74),
        (r"\frac{1}{1+e^{-2}}", 1 / (1 + math.exp(-2))),
        (r"\frac{1}{1 + \frac{1}{e^{2}}}", 1 / (1 + math.exp(-2))),
        (r"\text{Sigmoid}(-0.4)", 1 / (1 + math.exp(0.4))),
        (r"\sigma(0.3)", 1 / (1 + math.exp(-0.3))),
        (r"-\log(0.5)", math.log(2)),
        (r"\ln 0.5 + 1", math.log(0.5) + 1),
        (r"\tanh(0.5)^2", math.tanh(0.5) ** 2),
        (r"\max(0, -0.1)", 0.0),
        (r"\sqrt{0.25}", 0.5),
        (r"25\,\%", 0.25),
        (r".5 - .25", 0.25),
        (r"10{,}000 \cdot 2", 20000.0),
        (r"0{,}25", 0.25),
        (r"3 - -2", 5.0),
        (r"\left( 1 - 0.25 \right)^{2}", 0.5625),
        (r"\mathbf{0.74 \dots \dots (4)}", 0.74),
        (r"2^{3-1}", 4.0),
    ],
)
def test_an_expression_has_the_value_that_its_typesetting_means(tex: str, value: float) -> None:
    assert side_values(f"$x = {tex}$")[1] == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("tex", "name"),
    [
        ("w_{5}^{new}", "w5^new"),
        (r"\hat{y}", "yhat"),
        (r"\mathrm{net}_{\mathrm{h1}}", "neth1"),
        ("z_1^{(2)}", "z1^(2)"),
        (r"\frac{\partial E}{\partial w_5}", "d(E)/d(w5)"),
        (r"\partial E / \partial w_5", "d(E)/d(w5)"),
        (r"\text{New } w_6", "New:w6"),
        ("w_1(new)", "w1^new"),
    ],
)
def test_a_name_has_one_spelling(tex: str, name: str) -> None:
    assert side_values(f"${tex} = 0.5$") == [name, 0.5]


def test_a_chain_goes_on_over_lines_and_blocks() -> None:
    text = "$$\\begin{aligned} z &= 0.1 \\times 0.5 \\\\ &\\quad \\times 2 \\\\ &= 0.1 \\end{aligned}$$\n\n$$z = 0.1$$"
    assert side_values(text)[:3] == ["z", pytest.approx(0.1), 0.1]


def test_words_part_a_chain() -> None:
    text = r"$$w = 0.4 - 0.5 \times 0.2 \text{ Here, } \eta = 0.5$$"
    assert side_values(text) == ["w", pytest.approx(0.3)]


@pytest.mark.parametrize(
    "tex",
    [
        r"\sum_{i} 0.5",
        "0.5!",
        "2^{3^2}^2",
        r"\unknown{0.5}",
        "0.5 0.3",
        "0.5 +",
        r"\begin{cases} 0.5 \end{cases}",
    ],
)
def test_what_is_not_understood_is_not_guessed(tex: str) -> None:
    assert side_values(f"$x = {tex}$")[1] is None


def test_macros_of_the_document_are_expanded() -> None:
    text = r"\newcommand{\half}{\frac{1}{2}}\newcommand{\by}[2]{#1 \cdot #2} $x = \by{\half}{0.5} = 0.45$"
    (wrong,) = audit({"n.tex": text}).wrong
    assert (wrong.printed, wrong.expected) == ("0.45", "0.25")


def test_code_comments_and_pictures_are_left_alone() -> None:
    fence = "```python\n0.5 * 0.3 = 0.18\n```\n"
    text = f"{fence}`$0.5 \\cdot 0.3 = 0.18$` <!-- $0.5 \\cdot 0.3 = 0.18$ -->"
    assert not audit({"n.md": text}).figures
    tex = "% $0.5 \\cdot 0.3 = 0.18$\n\\begin{verbatim}\n$0.5 \\cdot 0.3 = 0.18$\n\\end{verbatim}\n"
    assert not audit({"n.tex": tex}).figures


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("n.md", "a\n\n  $0.5 \\cdot 0.3 = 0.18$"),
        ("n.md", "a\n\n$$\n0.5 \\cdot 0.3 = 0.18\n$$"),
        ("n.md", "a\n\n```math\n0.5 \\cdot 0.3 = 0.18\n```"),
        ("n.md", "a\n\n$`0.5 \\cdot 0.3 = 0.18`$"),
        ("n.tex", "a\n\n\\begin{align}\n0.5 \\cdot 0.3 &= 0.18\n\\end{align}"),
        ("n.tex", "a\n\n\\[ 0.5 \\cdot 0.3 = 0.18 \\]"),
        ("n.txt", "a\n\nz = 0.5*0.3 = 0.18"),
    ],
)
def test_a_figure_is_where_the_document_has_it(name: str, text: str) -> None:
    (wrong,) = audit({name: text}).wrong
    line = text.split("\n")[wrong.line - 1]
    assert line[wrong.column - 1 : wrong.end - 1] == "0.18"


def test_a_notebook_is_read_cell_by_cell_and_placed_in_its_file() -> None:
    cells = [
        {"cell_type": "code", "source": ["0.5 * 0.3 == 0.18"], "outputs": [{"text": "$1 = 2.5$"}]},
        {"cell_type": "markdown", "source": ["so\n", "$0.5 \\cdot 0.3 = 0.18$ \u00e9"]},
    ]
    text = json.dumps({"cells": cells, "nbformat": 4}, indent=1)
    (wrong,) = audit({"n.ipynb": text}).wrong
    assert text.split("\n")[wrong.line - 1][wrong.column - 1 : wrong.end - 1] == "0.18"
