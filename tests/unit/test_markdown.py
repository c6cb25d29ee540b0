"""Markdown for GitHub."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chalkgrad.boxes import Id, Number, Op, Row, Script, Words
from chalkgrad.rendering.document import (
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
from chalkgrad.rendering.markdown import mathjax, to_markdown

READER = MarkdownIt("commonmark", {"html": True}).enable("table")


def shown(document: Document) -> str:
    """What a reader of the Markdown sees, without any markup."""
    return unescape(re.sub(r"<[^>]*>", "", READER.render(to_markdown(document)))).strip()


def body(*parts: Part) -> str:
    """The Markdown of parts alone."""
    return to_markdown(Document("", "", parts))


@pytest.mark.parametrize(
    "title",
    [
        "# <script>alert(1)</script> *x* [a](javascript:x)",
        "`code` $x$ \\(y\\) &amp; ~~z~~ | _u_ ![i](j)",
        "- not a list",
        "1. not a list",
        "ends with hashes ##",
        "{% include %} https://example.org www.example.org",
    ],
)
def test_a_hostile_title_shows_as_itself(title: str) -> None:
    assert shown(Document(title, "", ())) == title
    assert shown(Document("", "", (Prose((title,)),))) == title
    assert "<script" not in READER.render(to_markdown(Document(title, title, ())))


# control characters have no shape to show, and NUL becomes another character by the standard
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]), min_size=1))
def test_words_show_as_themselves_with_spaces_folded(text: str) -> None:
    folded = " ".join(text.split())
    assert " ".join(shown(Document("", "", (Prose((text,)),))).split()) == folded


def test_equations_are_fenced_for_github() -> None:
    row = Equation("y", Id("y"), (Row((Id("x"), Op("+"), Number("1"))), Number("2")), marked=True)
    assert body(Equations((row,))) == (
        "```math\n\\begin{aligned}\ny &= x+1 \\\\[2pt]\n&= 2\\,{}^{\\dagger}\n\\end{aligned}\n```\n"
    )


def test_words_between_equations_stand_between_their_blocks() -> None:
    rows = tuple(Equation(n, Id(n), (Number("1"),), words=f"The {n}") for n in "ab")
    assert re.findall(r"^The .|```math", body(Equations(rows)), re.MULTILINE) == [
        "The a",
        "```math",
        "The b",
        "```math",
    ]


def test_neighbouring_mathematics_is_one_formula() -> None:
    assert body(Prose((Id("x"), Id("y"), " and ", Id("z")))) == "$`xy`$ and $`z`$\n"


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    table = Table((("a|b",), ("c",)), ((("|",), (Script(Id("x"), Words("|")),)),), (False, True))
    html = READER.render(body(table))
    assert html.count("<td") == 2
    assert html.count("<th") - html.count("<thead") == 2


def test_numeric_columns_are_set_to_the_right() -> None:
    table = Table((("a",), ("b",)), ((("1",), ("x",)),), (True, False), "Caption")
    assert body(table) == "**Caption**\n\n| a | b |\n| ---: | :--- |\n| 1 | x |\n"


@pytest.mark.parametrize(("kind", "alert"), [("note", "NOTE"), ("warning", "WARNING")])
def test_a_note_is_an_alert(kind: str, alert: str) -> None:
    assert body(Note(("Careful.",), kind)) == f"> [!{alert}]\n> Careful.\n"


def test_a_diagram_is_text_in_a_fence_longer_than_its_names() -> None:
    nodes = (Node(0, 0, Words("````")), Node(1, 0, Id("y")))
    text = body(Diagram(nodes, (Edge(0, 1, Id("w"), 1.0, "1"),), (), (), ""))
    assert text.startswith("`````text\n")
    assert text.endswith("\n`````\n")


def test_a_curve_is_its_words_and_at_most_12_points() -> None:
    curve = Curve(tuple(range(100)), tuple(map(float, range(100))), "update", "loss", False, "Up.")
    lines = body(curve).splitlines()
    assert lines[0] == "Up."
    assert len(lines) == 2 + 2 + 12
    assert lines[-1] == "| 99 | 99 |"


def test_a_curve_without_finite_values_is_its_words_alone() -> None:
    assert body(Curve((0,), (float("nan"),), "x", "y", False, "Nothing.")) == "Nothing.\n"


def test_headings_go_below_the_title() -> None:
    text = to_markdown(Document("T", "s", (Heading(1, "A", "a"), Heading(3, "B", "b"))))
    assert text == "# T\n\n*s*\n\n## A\n\n#### B\n"


def test_special_signs_stand_outside_of_text_in_mathematics() -> None:
    assert mathjax(Words("a-b 50%")) == r"\text{a-b 50}\%"
    assert mathjax(Id("out_1")) == r"\mathrm{out}\_\mathrm{1}"
    assert mathjax(Words("日本")) == r"\text{日本}"


@given(st.text())
def test_words_in_mathematics_leave_braces_balanced_and_no_line_or_fence(text: str) -> None:
    tex = mathjax(Words(text))
    bare = re.sub(r"\\[\\{}]", "", tex)
    assert bare.count("{") == bare.count("}")
    assert not re.search(r"[\n\r`]", tex)
