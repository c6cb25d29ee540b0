"""The page: well-formed, complete, closed to the network, and harmless whatever it is given."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from chalkgrad.boxes import Box, Fence, Frac, Grid, Id, Number, Op, Row, Script, Words
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
    Prose,
    Table,
)
from chalkgrad.rendering.html import POLICY, to_fragment, to_html

if TYPE_CHECKING:
    from collections.abc import Callable

VOID = {"meta", "link", "input", "wbr", "br"}
NASTY = "</style><script>alert(1)</script>\"'&<b>]]>\x00\ud800"


class Reader(HTMLParser):
    """Elements in order with their attributes; fails where a tag is not closed in turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens an element."""
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), (tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes an element without content."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Closes the innermost element."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collects words."""
        self.words.append(data)

    def all(self, attribute: str) -> list[str]:
        """The values of an attribute, wherever it is."""
        return [str(a[attribute]) for _, a in self.elements if attribute in a]


def whole(text: str = "plain", language: str = "en") -> Document:
    """A document with every kind of part, and `text` wherever words may stand."""
    half: Box = Frac(Number("1"), Number("2"))
    long: Box = Row((Id("z"), *(box for k in range(20) for box in (Op("+"), Number(f"0.{k}")))))
    name = Script(Id("w"), Words(text))
    return Document(
        text,
        text,
        (
            Heading(1, text, "first"),
            Heading(3, "Deep", "deep"),
            Heading(2, "Middle", "middle"),
            Prose((text, half)),
            Equations(
                (
                    Equation(
                        "w[1][1,1]", name, (half, long, Number("-0.5e-7")), marked=True, words=text
                    ),
                    Equation("w[1][1,1]", name, (Number("1"),)),
                    Equation(text, name, ()),
                    Equation("first", name, (half,)),
                )
            ),
            Heading(1, "Second", "second"),
            Table(
                (("What",), (name,), ()),
                ((((text,)), ("-0.5",), ("1e-7",)),),
                (False, True, True),
                text,
            ),
            Note((text,), "warning"),
            Note((half,)),
            Diagram(
                (Node(0, 0, name, "0.1"), Node(1, 0, name)),
                (Edge(0, 1, name, -0.5, text),),
                (),
                (),
                text,
            ),
            Curve((0, 1), (0.3, 0.1), text, text, logarithmic=True, alt=text),
        ),
        language,
    )


@pytest.mark.parametrize("text", ["plain", NASTY, "", "ümläut 中文 ∂"])
@pytest.mark.parametrize("render", [to_html, to_fragment])
def test_tags_close_in_turn_whatever_the_words(
    text: str, render: Callable[[Document], str]
) -> None:
    """The page and the fragment are well-formed, and encode as UTF-8."""
    page = render(whole(text, text))
    Reader(page)
    page.encode("utf-8")


def test_words_are_escaped_everywhere() -> None:
    """No title, name, note, caption or label brings an element or an attribute of its own."""
    plain, nasty = Reader(to_html(whole())), Reader(to_html(whole(NASTY)))
    assert Counter(tag for tag, _ in plain.elements) == Counter(tag for tag, _ in nasty.elements)
    assert not [tag for tag, _ in nasty.elements if tag in ("script", "b")]
    assert [set(a) for _, a in plain.elements] == [set(a) for _, a in nasty.elements]


def test_every_equation_has_an_anchor_of_its_own() -> None:
    """Ids follow the names of the quantities and are unique, also against the headings."""
    reader = Reader(to_html(whole()))
    ids = reader.all("id")
    assert len(set(ids)) == len(ids)
    anchors = [str(a["id"]) for _, a in reader.elements if "data-name" in a]
    assert anchors == ["w-1-1-1", "w-1-1-1-2", "plain", "first-2"]
    assert reader.all("data-name") == ["w[1][1,1]", "w[1][1,1]", "plain", "first"]


def test_the_contents_list_the_headings_of_two_levels_in_order() -> None:
    """Each is linked once, and each link has its target; deeper headings are left out."""
    reader = Reader(to_html(whole()))
    links = [h for h in reader.all("href") if h.startswith("#")]
    assert links == ["#content", "#first", "#middle", "#second"]
    assert {link[1:] for link in links} <= set(reader.all("id"))


def test_the_page_refers_to_nothing_outside() -> None:
    """There is no address in the page, no script, and a policy forbids to load any."""
    page = to_html(whole())
    assert POLICY in page
    assert not re.search(
        r"https?:|//[a-z]|@import|<script|javascript:| on[a-z]+=", page.partition("</style>")[2]
    )
    assert not re.search(r"https?:|@import", page)
    urls = re.findall(r"url\(\"?(.{0,5})", page)
    assert urls == ["data:"]


def test_the_same_document_gives_the_same_page() -> None:
    """Rendering depends on nothing but the document."""
    assert to_html(whole()) == to_html(whole())
    assert to_fragment(whole()) == to_fragment(whole())


def test_a_value_that_does_not_follow_is_marked_by_a_sign_and_in_words() -> None:
    """A marked equation has one dagger, which is also told to those who listen."""
    page = to_html(whole())
    assert page.count("†") == 1
    assert page.count("does not follow from the printed digits") == 2


def test_long_steps_may_wrap_at_their_signs() -> None:
    """A long sum is broken before its signs, each set as an infix; a short one is one block."""
    page = to_html(whole())
    assert page.count("<wbr>") == 20
    assert page.count('<mo form="infix">+</mo>') == 20
    assert page.count('<math display="block"><mo form="infix">=</mo>') == 4


def test_a_long_sum_in_brackets_wraps_at_its_signs_too() -> None:
    """Brackets around a long sum are opened, so that no line of a phone is too long for it."""
    terms = tuple(box for k in range(9) for box in (Op("+"), Number(f"0.12{k}")))[1:]
    mean = Row((Frac(Number("1"), Id("n")), Op("*"), Fence(Row(terms))))
    page = to_html(Document("", "", (Equations((Equation("E", Id("E"), (mean,)),)),)))
    Reader(page)
    assert page.count("<wbr>") == 8
    assert page.count('<mo form="prefix" stretchy="false">(</mo>') == 1


def test_a_name_and_its_number_stay_on_one_line() -> None:
    """A line of text does not end before an equals sign."""
    page = to_html(Document("", "", (Prose(("At ", Id("x"), " = ", Number("2"), ".")),)))
    assert "<math><mrow><mrow><mi>x</mi><mo>=</mo></mrow><mn>2</mn></mrow></math>." in page


def test_numbers_in_numeric_columns_have_a_real_minus() -> None:
    """A numeric cell shows a minus and powers of ten as mathematics, and is set right."""
    page = to_html(whole())
    assert '<td class="num">−0.5</td>' in page
    assert "<msup><mn>10</mn><mn>−7</mn></msup>" in page


def test_a_warning_says_so_in_words() -> None:
    """Kinds of notes differ by a word, not by colour alone."""
    page = to_html(whole())
    assert "<strong>Warning.</strong>" in page
    assert "<strong>Note.</strong>" in page


def test_a_fragment_brings_no_page_and_no_ids() -> None:
    """Several fragments can stand on one page: no ids, no title, no font, all rules under .cg."""
    fragment = to_fragment(whole())
    reader = Reader(fragment)
    assert reader.all("id") == []
    assert not {"h1", "nav", "html", "body", "main"} & {tag for tag, _ in reader.elements}
    assert "base64" not in fragment
    assert len(fragment) < 20_000
    style = re.sub(
        r"/\*.*?\*/|@\w+[^{;]*(?=\{)", "", fragment.partition("<style>")[2].partition("</style>")[0]
    )
    for selector in re.findall(r"([^{}]+)\{[^{}]*:[^{}]*\}", style.replace("@media", "")):
        for one in re.sub(r"\([^)]*\)", "", selector).split(","):
            assert ".cg" in one, one


def test_the_language_is_the_documents() -> None:
    """The page declares its language for readers and hyphenation."""
    assert '<html lang="de">' in to_html(Document("Titel", "", (), "de"))


def test_a_wide_matrix_stands_in_blocks_of_columns_with_all_its_numbers() -> None:
    grid = Grid(tuple(tuple(Number(f"0.{r}{c:02}375") for c in range(12)) for r in range(3)))
    page = to_html(Document("", "", (Equations((Equation("w", Id("W"), (grid,)),)),)))
    rows = [re.findall(r"<mn>0\.(\d\d\d)375</mn>", row) for row in page.split("<mtr>")[1:]]
    assert max(map(len, rows)) <= 6
    for r in range(3):
        mine = [cell for row in rows for cell in row if cell[0] == str(r)]
        assert mine == [f"{r}{c:02}" for c in range(12)]
