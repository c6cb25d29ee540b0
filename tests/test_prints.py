"""The printed sheet compiles, says what the working says, and can be read aloud."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess

import pytest

from chalkgrad import example, solve
from chalkgrad.examples import names

typst = pytest.importorskip("typst", reason="typst is not installed")

from chalkgrad.boxes import Fence, Frac, Grid, Id, Number, Op, Row, Script, Words  # noqa: E402
from chalkgrad.compose import compose  # noqa: E402
from chalkgrad.formats import render  # noqa: E402
from chalkgrad.marking.scheme import read_scheme  # noqa: E402
from chalkgrad.marking.worksheet import marking_key, worksheet  # noqa: E402
from chalkgrad.printing import printed  # noqa: E402
from chalkgrad.rendering.document import Document, Equation, Equations, Heading, Prose, Table  # noqa: E402
from chalkgrad.rendering.typst import to_typst_page  # noqa: E402
from large_nets import large_net  # noqa: E402

PDFTOTEXT = shutil.which("pdftotext")
WORST = [
    '"#\\',
    "]",
    "$x$",
    "*_`@<a>",
    "#import",
    "//",
    "\x00\x1b[31m",
    "\u202eabc",
    "=",
    "\\\n\n",
    "日本 ∂",
]


def text_of(pdf, tmp_path):
    (tmp_path / "a.pdf").write_bytes(pdf)
    run = ["pdftotext", "-layout", str(tmp_path / "a.pdf"), "-"]
    return subprocess.run(run, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", names())
def test_every_example_is_a_pdf_that_can_be_read_aloud(name):
    pdf = render(solve(example(name), work=[1]), "pdf")
    assert pdf.startswith(b"%PDF-") and b"/StructTreeRoot" in pdf and b"/Lang" in pdf
    assert b"pdfuaid" in pdf  # it declares PDF/UA, and the compiler has checked it


def test_the_same_problem_gives_the_same_bytes():
    assert render(solve(example("mazur")), "pdf") == render(solve(example("mazur")), "pdf")


@pytest.mark.skipif(not PDFTOTEXT, reason="pdftotext is not installed")
@pytest.mark.parametrize("name", ["mazur", "nptel", "relu-bce"])
def test_every_value_stands_on_the_page(name, tmp_path):
    working = solve(example(name), work=[1])
    page = re.sub(r"\s", "", text_of(render(working, "pdf"), tmp_path).replace("−", "-"))
    steps = [s for i in working.iterations for _, worked, _ in i.groups for s in worked]
    missing = [s.text for s in steps if "e" not in s.text and s.text not in page]
    assert not missing


@pytest.mark.skipif(not PDFTOTEXT, reason="pdftotext is not installed")
@pytest.mark.parametrize(
    ("sizes", "samples"), [((10, 12, 5), 1), ((26, 4, 2), 3), ((2, 30, 2), 1), ((40, 17, 3), 1)]
)
def test_matrices_of_any_size_stand_within_the_page_with_every_number(sizes, samples, tmp_path):
    working = solve(large_net(sizes, samples), style="matrix")
    (tmp_path / "a.pdf").write_bytes(render(working, "pdf"))
    run = ["pdftotext", "-bbox", str(tmp_path / "a.pdf"), "-"]
    made = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    word = r'<word xMin="(\S+)" yMin="(\S+)" xMax="(\S+)" yMax="(\S+)">(.*?)</word>'
    words = re.findall(word, made)
    outside = [w for w in words if not (50 < float(w[0]) and float(w[2]) < 545)]
    outside += [w for w in words if not (40 < float(w[1]) and float(w[3]) < 825)]
    assert not outside
    shown = set(re.findall(r"[\d.]+", " ".join(w[4] for w in words)))
    steps = [s for i in working.iterations for _, worked, _ in i.groups for s in worked]
    assert not [s.text for s in steps if "e" not in s.text and s.text.strip("-") not in shown]


def test_words_of_any_content_are_words():
    parts = [Heading(1, w, f"h{k}") for k, w in enumerate(WORST)]
    parts += [Prose((w, Words(w), Id(w))) for w in WORST]
    parts.append(
        Table((("a",), ("b",)), tuple(((w,), (w,)) for w in WORST), (False, True), WORST[0])
    )
    document = Document(WORST[0], WORST[1], tuple(parts))
    assert printed(document, "pdf").startswith(b"%PDF-")


def test_mathematics_that_looks_like_arguments_of_a_function_stays_mathematics():
    comma = Row((Id("x"), Op(","), Id("y")))
    boxes = (
        Frac(
            comma, Script(Fence(comma, "⌊", "]"), Id("net"), Frac(Number("-1.5e-7"), Number("2")))
        ),
        Grid(((comma, Words("a; b, c")), (Number("inf"), Op("T"))), "[", "]"),
        Grid(
            (
                (Id("z"), Row((Words("if "), Id("z"), Op(">"), Number("0")))),
                (Number("0"), Words("else")),
            ),
            "{",
            "",
        ),
    )
    items = tuple(Equation("", Id("f"), (box, box), marked=True) for box in boxes)
    assert printed(Document("", "", (Equations(items),)), "pdf").startswith(b"%PDF-")


def test_a_picture_is_one_page_as_long_as_it_needs():
    working = solve(example("vanishing"), work=[1])
    png = render(working, "png")
    wide, high = struct.unpack(">II", png[16:24])
    assert png.startswith(b"\x89PNG") and high > 2 * wide
    svg = render(working, "svg")
    assert svg.startswith(b"<svg") and svg.count(b"<svg") < 3 and b"</svg>" in svg[-20:]


def test_letter_is_wider_than_a4():
    def width(paper):
        document = Document("t", "", (Prose(("x",)),))
        return float(re.search(rb"/MediaBox ?\[0 0 ([\d.]+)", printed(document, "pdf", paper))[1])

    assert width("letter") == 612 and 595 < width("a4") < 596


@pytest.mark.skipif(not PDFTOTEXT, reason="pdftotext is not installed")
def test_the_worksheet_has_no_answer_and_the_key_has_them_all(tmp_path):
    p = example("mazur")
    sheet = printed(worksheet(p), "pdf")
    page = text_of(sheet, tmp_path)
    assert page.count("\f") == 2 and "0.75136507" not in page and "0.298371109" not in page
    key = text_of(
        printed(marking_key(p, scheme=read_scheme({"kinds": {"loss": 3}})), "pdf"), tmp_path
    )
    assert re.search(r"0\.298371109\s+3\n", key) and re.search(r"0\.75136507\s+1\n", key)
    assert re.search(r"total\s+37\n", key)  # 35 lines, one of them worth three


@pytest.mark.skipif(not PDFTOTEXT, reason="pdftotext is not installed")
@pytest.mark.parametrize("lines", range(36, 42))
def test_no_page_ends_between_a_heading_and_what_it_is_about(lines, tmp_path):
    """The heading comes near the foot of the page, a line lower each time."""
    above = (Prose((Words("line"),)),) * lines
    chain = Equation("e", Id("left"), (Frac(Id("top"), Id("bottom")), Number("1")))
    about = (Heading(1, "Heading", "h"), Prose(("One.",)), Prose(("Two.",)), Equations((chain,)))
    page = text_of(printed(Document("t", "", (*above, *about)), "pdf"), tmp_path)
    of = {
        word: page[: page.index(word)].count("\f") for word in ("Heading", "One.", "Two.", "bottom")
    }
    assert len(set(of.values())) == 1, of


@pytest.mark.skipif(not PDFTOTEXT, reason="pdftotext is not installed")
def test_a_german_page_has_its_letters_as_text(tmp_path):
    pdf = printed(compose(solve(example("mazur"), language="de")), "pdf")
    assert "Rückwärtsrechnung, Schicht 1" in text_of(pdf, tmp_path)


def test_nothing_is_fetched():
    assert "@preview" not in to_typst_page(Document("t", "", (Prose(("@preview",)),))).replace(
        '#"@preview"', ""
    )
