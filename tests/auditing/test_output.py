"""What is written of an audit: text, data, page, patch, comments and baseline, from findings written by hand."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from dataclasses import replace

import html5lib
import pytest

from chalkgrad.auditing.baseline import baseline_text, fingerprints, heed_baseline
from chalkgrad.auditing.excerpt import excerpt
from chalkgrad.auditing.grouping import groups
from chalkgrad.auditing.ignoring import heed_comments, ignored_lines
from chalkgrad.auditing.objects import to_object
from chalkgrad.auditing.page import to_page
from chalkgrad.auditing.patch import corrected, edits, unified_diff
from chalkgrad.auditing.records import (
    ARITHMETIC,
    CARRIED,
    DAMAGE,
    OK,
    UNREAD,
    VALUE,
    WRONG,
    Audit,
    Finding,
)
from chalkgrad.auditing.report import to_text
from chalkgrad.errors import RequestError

NOTES = r"""# One neuron

$$
z = 0.1 \cdot 0.5 + 0.3 \cdot 0.2 + 1.83 = 1.94
a = \frac{1}{1 + e^{-1.94}} = 0.8734
E = \frac12 (0.1 - 0.8734)^2 = 0.2991
$$

The slope is $0.8734 (1 - 0.8734) = 0.1106$, and -7414 is damaged.
The step is $0.5 \cdot 0.0085 = 0.0425$; $\foo{0.3}$.
"""


def figure(line, printed, verdict, kind="", text=NOTES, nth=0, **more):
    source = text.split("\n")[line - 1]
    at = -1
    for _ in range(nth + 1):
        at = source.index(printed, at + 1)
    name = more.pop("name", None)
    return Finding(
        more.pop("document", "notes.md"), line, at + 1, at + 1 + len(printed), printed, name, verdict, kind, **more
    )  # fmt: skip


SLIP = figure(
    5, "0.8734", WRONG, ARITHMETIC, name="a[1][1]", expected="0.8744", explanation="It is 0.87435…."
)
LOSS = figure(6, "0.2991", CARRIED, expected="0.2998", cause=5)
SLOPE = figure(9, "0.1106", WRONG, VALUE, expected="0.1098", cause=6)
DAMAGED = figure(9, "-7414", WRONG, DAMAGE, expected="0.7414")
STEP = figure(10, "0.0425", WRONG, ARITHMETIC, expected="0.0043")
UNKNOWN = figure(10, "0.3", UNREAD, explanation="\\foo is not known")
RIGHT = figure(4, "1.94", OK, name="z[1][1]")


@pytest.fixture
def audit():
    figures = (RIGHT, SLIP, LOSS, SLOPE, DAMAGED, STEP, UNKNOWN)
    return Audit(
        {"notes.md": tuple(NOTES.split("\n"))}, figures,
        conventions={"log": "logarithms are natural"}, names={"z": "z[1][1]"}, notes=("a note",),
    )  # fmt: skip


# ---------------------------------------------------------------- groups
def test_what_follows_is_grouped_under_its_origin_also_through_others(audit):
    made = groups(audit.figures)
    assert [(g.origin, g.follow) for g in made] == [
        (SLIP, (LOSS, SLOPE)),
        (DAMAGED, ()),
        (STEP, ()),
    ]


def test_no_wrong_figure_is_lost_where_causes_go_round_in_a_ring():
    ring = [replace(SLIP, cause=9), replace(SLOPE, cause=5), replace(STEP, cause=10)]
    made = groups(ring)
    assert {id(f) for g in made for f in (g.origin, *g.follow)} == set(map(id, ring))


# ---------------------------------------------------------------- text
def test_text_gives_place_line_underline_reason_and_coverage(audit):
    text = to_text(audit)
    lines = text.splitlines()
    assert lines[0] == "notes.md:5:31: wrong: 0.8734 should be 0.8744 [a[1][1]]"
    assert lines[1].endswith(r"a = \frac{1}{1 + e^{-1.94}} = 0.8734")
    assert lines[2].index("^") == lines[1].index("0.8734")
    assert lines[2].count("^") == len("0.8734")
    assert "It is 0.87435" in text
    assert "Convention: log: logarithms are natural" in text
    assert lines[-1] == "7 figures: 6 checked, 1 not read; 4 wrong, 1 carried"
    assert max(map(len, lines)) <= 80


def test_text_lists_what_is_not_wrong_only_on_demand(audit):
    assert "not read: 0.3" not in to_text(audit)
    every = to_text(audit, every=True)
    assert "notes.md:10:48: not read: 0.3: \\foo is not known" in every
    assert "notes.md:4:44: ok: 1.94 [z[1][1]]" in every
    assert "Names: z = z[1][1]." in every


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("\ta = 0.25", "    a = 0.25"),
        ("日本 = 0.25", "日本 = 0.25"),
        ("\u202ea\u202c = 0.25\u200b", "\\u202ea\\u202c = 0.25\\u200b"),
        ("\x1b[31m\x00 = 0.25", "\\x1b[31m\\x00 = 0.25"),
        ("e\u0301 = 0.25\r", "e\u0301 = 0.25"),
    ],
)  # fmt: skip
def test_a_figure_is_underlined_where_it_is_seen(line, shown):
    at = line.index("0.25")
    made = excerpt(line, at + 1, at + 5, 70)
    assert made.line == shown
    wide = {"日": 2, "本": 2, "\u0301": 0}
    before = shown[: shown.index("0.25")]
    assert made.underline == " " * sum(wide.get(c, 1) for c in before) + "^^^^"


@pytest.mark.parametrize("before", [0, 1, 60, 70, 1000, 1_000_000])
@pytest.mark.parametrize("after", [0, 1, 60, 1_000_000])
def test_of_a_long_line_as_much_as_fits_is_shown_around_the_figure(before, after):
    made = excerpt("x" * before + "0.25" + "y" * after, before + 1, before + 5, 72)
    assert made.figure == "0.25"
    assert len(made.line) <= 72
    assert len(made.line) == min(72, before + 4 + after)
    assert made.before.startswith("...") == (len(made.before) < before)
    assert made.after.endswith("...") == (len(made.after) < after)


def test_a_figure_longer_than_the_line_is_cut():
    made = excerpt("7" * 1_000_000, 1, 1_000_001, 72)
    assert len(made.line) <= 72
    assert len(made.underline) <= 72


# ---------------------------------------------------------------- data
def test_the_object_keeps_to_the_contract(audit):
    made = json.loads(json.dumps(to_object(audit)))
    assert made["schema"] == "chalkgrad.audit/1"
    assert made["coverage"] == {"figures": 7, "checked": 6, "unread": 1}
    assert made["conventions"] == {"log": "logarithms are natural"}
    keys = {"line", "column", "printed", "name", "verdict", "expected", "explanation", "cause"}
    assert all(set(f) >= keys for f in made["findings"])
    assert [f["printed"] for f in made["findings"]] == [
        "0.8734",
        "0.2991",
        "0.1106",
        "-7414",
        "0.0425",
        "0.3",
    ]
    assert [f["cause"] for f in made["findings"]] == [None, 5, 6, None, None, None]
    assert len(to_object(audit, every=True)["findings"]) == 7


# ---------------------------------------------------------------- page
def test_the_page_shows_every_line_and_finding_and_is_well_formed(audit):
    page = to_page(audit)
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    for mark in tree.iter("mark"):
        for number in mark.findall("sup"):
            mark.remove(number)
    codes = ["".join(code.itertext()) for code in tree.iter("code")]
    assert codes == NOTES.split("\n")
    finds = [e for e in tree.iter("li") if "find" in e.get("class", "")]
    assert [e.get("id") for e in finds] == ["finding-1", "finding-2", "finding-3"]
    marks = {e.get("id") for e in tree.iter("mark")}
    for e in finds:
        (link,) = [a.get("href") for a in e.iter("a")]
        assert link[1:] in marks


def test_nothing_in_a_document_acts_on_the_page():
    text = '<script>alert(1)</script> & "0.5" = 0.6 </style>'
    name = '"><img src=x onerror=alert(1)>.md'
    found = figure(
        1,
        "0.6",
        WRONG,
        ARITHMETIC,
        text=text,
        expected="<b>",
        document=name,
        explanation="<i>why</i>",
    )
    page = to_page(Audit({name: (text,)}, (found,), names={"<u>": "a[1][1]"}))
    assert (
        "<script" not in page and "<img" not in page and "<i>why" not in page and "<u>" not in page
    )
    assert page.count("</style>") == 1
    assert html.escape("<script>alert(1)</script>") in page


def test_a_notebook_shows_the_findings_with_anchors_of_their_own(audit):
    shown = audit._repr_mimebundle_()
    assert shown["text/plain"] == to_text(audit)
    other = replace(audit, figures=audit.figures[:2])._repr_mimebundle_()["text/html"]
    anchors = [set(re.findall(r' id="([^"]+)"', page)) for page in (shown["text/html"], other)]
    assert all(anchors) and not anchors[0] & anchors[1]
    targets = set(re.findall(r"""href=["']#([^"']+)""", shown["text/html"]))
    assert targets <= anchors[0]


def test_a_page_of_a_huge_line_stays_small():
    text = "x" * 3_000_000 + " 0.5 = 0.6 " + "y" * 3_000_000
    page = to_page(Audit({"a.md": (text,)}, (figure(1, "0.6", WRONG, text=text, document="a.md"),)))
    assert len(page) < 400_000
    assert ">0.6<" in page


# ---------------------------------------------------------------- patch
def test_a_correction_writes_numbers_as_the_document_does():
    cases = [
        ("a = −.74", "−.74", "-0.75", "a = −.75"),
        ("a = 1,4", "1,4", "1.5", "a = 1,5"),
        ("3 - 0.5", "0.5", "-0.4", "3 - (-0.4)"),
        (r"3 \cdot 0.5", "0.5", "-0.4", r"3 \cdot (-0.4)"),
        ("a = 0.5", "0.5", "-0.5", "a = -0.5"),
        ("a = -0.5", "-0.5", "0.5", "a = 0.5"),
    ]
    for text, printed, expected, wanted in cases:
        found = figure(1, printed, WRONG, text=text, expected=expected)
        audit = Audit({"notes.md": (text,)}, (found,))
        assert corrected(text, edits(audit, "notes.md")) == wanted


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("name", ["notes.md", "with space ü.md", 'quo"te.md'])
def test_git_applies_the_diff_and_gets_the_corrected_copy(tmp_path, ends, last, name):
    text = NOTES.replace("\n", ends)
    text = text if last else text.rstrip()
    lines = tuple(text.split("\n"))
    figures = tuple(replace(f, document=name) for f in (SLIP, LOSS, SLOPE, DAMAGED, STEP))
    made = edits(Audit({name: lines}, figures), name)
    new = corrected(text, made)
    wanted = (
        text.replace("= 0.8734", "= 0.8744").replace("0.1106", "0.1098").replace("-7414", "0.7414")
    )
    assert new == wanted.replace("0.0425", "0.0043").replace("0.2991", "0.2998")
    (tmp_path / name).write_bytes(text.encode())
    (tmp_path / "fix.diff").write_bytes(unified_diff(name, text, made).encode())
    git = shutil.which("git")
    subprocess.run([git, "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(
        [git, "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "fix.diff"],
        cwd=tmp_path,
        check=True,
    )
    assert (tmp_path / name).read_bytes() == new.encode()


def test_a_figure_that_is_not_where_it_was_found_is_left_alone():
    stale = replace(SLIP, column=SLIP.column + 1, end=SLIP.end + 1)
    audit = Audit({"notes.md": tuple(NOTES.split("\n"))}, (stale,))
    assert edits(audit, "notes.md") == ()
    assert unified_diff("notes.md", NOTES, ()) == ""


# ---------------------------------------------------------------- comments
@pytest.mark.parametrize(
    ("text", "ignored"),
    [
        ("a = 1 <!-- chalkgrad: ignore -->\nb = 2", {1}),
        ("a = 1 % chalkgrad: ignore\nb = 2", {1}),
        ("a = 1 # chalkgrad: ignore\nb = 2", {1}),
        ("<!-- chalkgrad: ignore -->\na = 1\nb = 2", {1, 2}),
        ("% chalkgrad: ignore\n\\begin{align}\na = 1\nb = 2", {1, 2, 3}),
        ("<!-- chalkgrad: ignore -->\n\n$$\na = 1\n$$\nb = 2", {1, 2, 3, 4}),
        ("% chalkgrad: ignore-start\na\nb\n% chalkgrad: ignore-end\nc", {1, 2, 3, 4}),
        ("<!-- chalkgrad: ignore-start -->\na\nb", {1, 2, 3}),
        ("chalkgrad: ignore\na", set()),
        ("% chalkgrad: ignored\na", set()),
        ('   "<!-- chalkgrad: ignore -->\\n",\n   "a = 1\\n",\n "b"', {1, 2}),
    ],
)  # fmt: skip
def test_comments_pass_over_their_line_the_next_one_or_a_stretch(text, ignored):
    assert ignored_lines(text.split("\n")) == ignored


def test_an_ignored_origin_takes_along_what_follows_from_it(audit):
    text = NOTES.replace("= 0.8734", "= 0.8734 % chalkgrad: ignore")
    found = heed_comments(replace(audit, documents={"notes.md": tuple(text.split("\n"))}))
    assert SLIP in found.ignored
    assert DAMAGED in found.wrong
    assert found.coverage() == audit.coverage()
    assert "ignored by comments" in to_text(found)


# ---------------------------------------------------------------- baseline
def test_a_baseline_knows_figures_whose_lines_moved_and_no_others(audit, tmp_path):
    place = str(tmp_path / "baseline.json")
    own = {"notes.md": str(tmp_path / "notes.md")}
    audit = replace(
        audit,
        documents={own["notes.md"]: audit.documents["notes.md"]},
        figures=tuple(replace(f, document=own["notes.md"]) for f in audit.figures),
    )
    (tmp_path / "baseline.json").write_text(baseline_text(audit, place))
    assert heed_baseline(audit, place).wrong == ()
    moved = replace(
        audit,
        documents={k: ("", "new", *v) for k, v in audit.documents.items()},
        figures=tuple(
            replace(f, line=f.line + 2, cause=f.cause and f.cause + 2) for f in audit.figures
        ),
    )
    found = heed_baseline(moved, place)
    assert found.wrong == ()
    assert len(found.known) == 4
    twice = replace(moved, figures=(*moved.figures, replace(moved.figures[5], verdict=WRONG)))
    assert len(heed_baseline(twice, place).wrong) == 1
    other = replace(audit, figures=(replace(audit.figures[1], printed="0.8735"),))
    assert len(heed_baseline(other, place).wrong) == 1


def test_fingerprints_differ_where_equal_figures_repeat():
    lines = ("a = 0.5", "a = 0.5")
    figures = [figure(n, "0.5", WRONG, text="\n".join(lines)) for n in (1, 2)]
    marks = fingerprints(Audit({"notes.md": lines}, tuple(figures)), figures)
    assert len(set(marks)) == 2


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "x"}', "[" * 100_000,
    '{"schema": "chalkgrad.audit-baseline/1", "findings": [{"printed": 1}]}',
    '{"schema": "chalkgrad.audit-baseline/1", "findings": 7}'])  # fmt: skip
def test_what_is_no_baseline_is_named(text, audit, tmp_path):
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(RequestError, match=r"b\.json"):
        heed_baseline(audit, str(tmp_path / "b.json"))
