"""A class: files of every kind, broken ones too; gradebook, feedback, summary, schemes of marks."""

from __future__ import annotations

import csv
import io
import json
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest

from chalkgrad import ProblemError, RequestError, example
from chalkgrad.check_commands import check_command, sheet_command
from chalkgrad.marking.asking import asked_names
from chalkgrad.marking.blank import blank_sheet
from chalkgrad.marking.checking import check
from chalkgrad.marking.gradebook import plain_cell
from chalkgrad.marking.report import decimal
from chalkgrad.marking.scheme import read_scheme
from chalkgrad.marking.selftest import self_test
from chalkgrad.marking.sheets import read_bytes

GOOD = "quantity,answer\nz[1][1],0.3775\nout_h1,0.5933\nloss,0.2984\n"


def known(name):
    try:
        example("mazur").symbol(name)
    except RequestError:
        return False
    return True


def rows_of(data, name="x.csv"):
    return read_bytes(data if isinstance(data, bytes) else data.encode(), name, known)


def workbook(rows, text=True):
    strings = sorted({c for row in rows for c in row})
    cells = "".join(
        "<row>"
        + "".join(
            f'<c r="{chr(65 + k)}{n}" t="s"><v>{strings.index(c)}</v></c>'
            for k, c in enumerate(row)
        )
        + "</row>"
        for n, row in enumerate(rows, 1)
    )
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(
            "xl/worksheets/sheet1.xml",
            f"<worksheet {space}><sheetData>{cells}</sheetData></worksheet>",
        )
        z.writestr(
            "xl/sharedStrings.xml",
            f"<sst {space}>" + "".join(f"<si><t>{s}</t></si>" for s in strings) + "</sst>",
        )
    return out.getvalue()


# ---------------------------------------------------------------- reading
@pytest.mark.parametrize(
    ("data", "name"),
    [
        (GOOD, "a.csv"),
        (GOOD.replace(",", ";").replace(".", ","), "a.csv"),
        (GOOD.replace(",", "\t"), "a.tsv"),
        (GOOD.upper().replace("QUANTITY", "Quantity"), "a.csv"),
        ("\ufeff" + GOOD, "a.csv"),
        (GOOD.encode("utf-16"), "a.csv"),
        ('{"z[1][1]": "0.3775", "out_h1": 0.5933, "loss": "0.2984"}', "a.json"),
        ('[{"quantity": "z[1][1]", "answer": "0.3775"}, {"name": "out_h1", "value": 0.5933}, {"name": "loss", "value": "0.2984"}]', "a.json"),
        ('"z[1][1]" = "0.3775"\nout_h1 = 0.5933\nloss = "0.2984"\n', "a.toml"),
        ("| quantity | answer |\n|---|---:|\n| `z[1][1]` | 0.3775 |\n| out_h1 | 0.5933 |\n| loss | 0,2984 |\n", "a.md"),
        ("student,z[1][1],out_h1,loss\nann,0.3775,0.5933,0.2984\n", "a.csv"),
        (workbook([["quantity", "answer"], ["z[1][1]", "0.3775"], ["out_h1", "0.5933"], ["loss", "0.2984"]]), "a.xlsx"),
        (workbook([["name", "z[1][1]", "out_h1", "loss"], ["ann", "0.3775", "0.5933", "0.2984"]]), "a.xlsx"),
    ],
)  # fmt: skip
def test_sheets_of_every_form_are_read(data, name, tmp_path):
    file = tmp_path / name
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    report = check(example("mazur"), file)
    assert report.clean
    assert [a.name for a in report.sheets[0].answers] == ["z[1][1]", "a[1][1]", "loss"]


def test_names_with_a_comma_need_no_quotes():
    (raw,) = rows_of("quantity,answer\nw[1][1,2],0.20\nnew_w[2][1,1],0,3589\n")
    assert raw.rows == (("w[1][1,2]", "0.20"), ("new_w[2][1,1]", "0,3589"))
    (raw,) = rows_of("student,w[1][1,2],loss\nann,0.20,0.2984\n")
    assert raw.rows == (("w[1][1,2]", "0.20"), ("loss", "0.2984"))


def test_an_unquoted_decimal_comma_is_mended_and_said():
    (raw,) = rows_of("quantity,answer\nz[1][1],0,3775\nloss,-0,2984\n")
    assert raw.rows == (("z[1][1]", "0,3775"), ("loss", "-0,2984")) and raw.notes


BROKEN = {
    "binary.csv": (bytes(range(256)) * 20, "text file"),
    "empty.csv": (b"", "empty"),
    "latin.csv": ("quantity,answer\nüé,1\n".encode("cp1252"), ""),
    "utf16.csv": ("quantity".encode("utf-16-le"), "zero bytes"),
    "huge.csv": (b"quantity,answer\n" + b"z[1][1],0.3775\n" * 3_400_000, "too many"),
    "rows.csv": (b"quantity,answer\n" + b"loss,1\n" * 1_000_000, ""),
    "twice.csv": (b"quantity,answer\nloss,1\nloss,0.2984\n", ""),
    "formula.csv": (b'quantity,answer\n"=HYPERLINK(""x"")",1\nloss,=1+1\n', ""),
    "bad.json": (b'{"a": ', "valid JSON"),
    "deep.json": (b"[" * 100_000, ""),
    "bad.toml": (b"a = = 1", "valid TOML"),
    "bad.xlsx": (b"PK\x03\x04 no zip", "not a workbook"),
    "old.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "old .xls"),
    "text.txt": (b"I did not understand the question.", "no header"),
    "bomb.xlsx": (workbook([["quantity", "answer"], ["loss", "1"]]).replace(b"<sst", b"<!DO"), ""),
}


def test_a_class_with_broken_files_is_marked_to_the_end(tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    for name, (data, _) in BROKEN.items():
        (folder / name).write_bytes(data)
    (folder / "good.csv").write_text(GOOD)
    started = time.monotonic()
    code = check_command(example("mazur"), (str(folder),), output=str(tmp_path / "out"))
    assert code == 1
    assert time.monotonic() - started < 60
    with (tmp_path / "out" / "gradebook.csv").open(newline="") as stream:
        book = {row["sheet"]: row for row in csv.DictReader(stream)}
    assert book["good"]["marks"] == "3"
    said = capsys.readouterr().err
    for name, (_, reason) in BROKEN.items():
        if reason:
            assert reason in book[name]["fault"] and f"{name}: " in said
    assert (tmp_path / "out" / "summary.html").exists()
    assert len(list((tmp_path / "out" / "feedback").iterdir())) == len(BROKEN) + 1


def test_of_two_answers_the_last_counts_and_it_is_said():
    (sheet,) = check(example("mazur"), {"loss": "9", "Loss": "0.2984"}).sheets
    assert [a.verdict for a in sheet.answers] == ["right"] and "more than once" in sheet.notes[0]


def test_formulas_come_out_as_text():
    assert (
        plain_cell("=1+1") == "'=1+1" and plain_cell("@x") == "'@x" and plain_cell("-0.5") == "-0.5"
    )
    assert plain_cell("+cmd|' /C calc'!A0").startswith("'")


def test_an_executor_gives_the_same_report(tmp_path):
    for k in range(5):
        (tmp_path / f"s{k}.csv").write_text(GOOD.replace("0.5933", f"0.59{k}3"))
    with ThreadPoolExecutor(2) as executor:
        assert check(example("mazur"), tmp_path, executor=executor) == check(
            example("mazur"), tmp_path
        )


# ---------------------------------------------------------------- marks
def test_marks_are_exact_and_follow_the_scheme():
    scheme = {
        "default": "0.1",
        "kinds": {"a": 2},
        "quantities": {"loss": "1/3"},
        "follow_through": 0.5,
        "follow_through_cap": 1,
    }
    answers = {
        "z[1][1]": "0.0275",
        "a[1][1]": "0.5069",
        "z[2][1]": "1.0714",
        "a[2][1]": "0.7449",
        "loss": "0.2953",
    }
    sheet = check(example("mazur"), answers, marks=scheme).sheets[0]
    assert [a.marks for a in sheet.answers] == [0, 1, 0, 0, 0]
    assert sheet.out_of == Fraction(1, 10) * 2 + 4 + Fraction(1, 3)


def test_method_marks_are_for_digits_alone():
    scheme = {"default": 2, "method": "0.5"}
    assert check(example("mazur"), {"z[1][1]": "3.775"}, marks=scheme).sheets[0].marks == 1
    assert check(example("mazur"), {"z[1][1]": "0.0275"}, marks=scheme).sheets[0].marks == 0


def test_fewer_digits_are_said_and_cost_only_if_the_scheme_says_so():
    for scheme, marks in (
        ({"digits": "4 decimals"}, 1),
        ({"digits": "4 decimals", "fewer_digits": 0.25}, Fraction(3, 4)),
    ):
        (answer,) = check(example("mazur"), {"a[1][1]": "0.59"}, marks=scheme).sheets[0].answers
        assert answer.verdict == "right" and answer.marks == marks
        assert "fewer digits than asked for" in answer.remarks


def test_all_faults_of_a_scheme_are_told():
    with pytest.raises(ProblemError) as error:
        read_scheme(
            {"defalt": 1, "method": 2, "digits": "many", "kinds": {"q": 1}, "conventions": "x"}
        )
    assert len(error.value.faults) == 5


def test_marks_are_written_as_exact_decimals():
    assert [decimal(Fraction(x)) for x in ("0.1", "7", "2.5", "1/3", "0.125")] == [
        "0.1",
        "7",
        "2.5",
        "1/3",
        "0.125",
    ]


# ---------------------------------------------------------------- asking
def test_what_is_asked_for_and_missing_is_said():
    sheet = check(example("mazur"), {"loss": "0.2984"}, ask=["loss", "a"]).sheets[0]
    assert [a.verdict for a in sheet.answers] == ["right", *["missing"] * 4] and sheet.out_of == 5


def test_a_blank_sheet_comes_back_as_missing(tmp_path):
    for form, name in (("csv", "a.csv"), ("markdown", "a.md")):
        file = tmp_path / name
        file.write_text(blank_sheet(example("mazur"), form and [], form))
        (sheet,) = check(example("mazur"), file).sheets
        assert {a.verdict for a in sheet.answers} == {"missing"} and len(sheet.answers) == len(
            asked_names(example("mazur"))
        )
    assert "<table" in blank_sheet(example("mazur"), [], "html")


def test_asking_for_what_is_not_there_is_refused():
    with pytest.raises(RequestError):
        asked_names(example("mazur"), ["nonsense"])


# ---------------------------------------------------------------- commands
def test_the_json_keeps_the_contract(tmp_path, capsys):
    file = tmp_path / "ann.csv"
    file.write_text("quantity,answer\nz[1][1],0.0275\na[1][1],0.5069\nloss,x\nnew_w[2][1,1],\n")
    assert check_command(example("mazur"), (str(file),), as_json=True) == 1
    made = json.loads(capsys.readouterr().out)
    assert made["schema"] == "chalkgrad.check/1"
    (sheet,) = made["sheets"]
    assert (sheet["sheet"], sheet["marks"], sheet["out_of"]) == ("ann.csv", 1.0, 4)
    one, two, three, four = sheet["answers"]
    assert (
        one["verdict"] == "wrong"
        and one["slips"][0]["slip"] == "bias_omitted"
        and one["cause"] is None
    )
    assert two["verdict"] == "follow_through" and two["cause"] == "z[1][1]"
    assert two["followed_through"] == pytest.approx(0.50687, abs=1e-4)
    assert (three["verdict"], four["verdict"]) == ("unread", "missing")


def test_a_clean_sheet_exits_with_0_and_a_wrong_one_with_1(tmp_path, capsys):
    file = tmp_path / "ann.csv"
    file.write_text(GOOD)
    assert check_command(example("mazur"), (str(file),)) == 0
    file.write_text(GOOD.replace("0.5933", "0.6933"))
    assert check_command(example("mazur"), (str(file),)) == 1
    assert "✗ wrong" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        'quantity,answer\n"w[1][1,2]",0.25\nloss, .5 \n',
        'quantity,answer\r\n"w[1][1,2]",0.25\r\nloss,.5',
        'quantity,answer\n"w[1][1,2]","0.25"\n" loss ",.5\n',
        'quantity,answer\n\n"w[1][1,2]",0.25\n\nloss,.5\n\n',
        "quantity;answer\nw[1][1,2];0.25\nloss;.5\n",
    ],
)
def test_a_sheet_reads_the_same_however_its_csv_is_written(text):
    (raw,) = read_bytes(text.encode(), "ann.csv", lambda name: True)
    assert raw.rows == (("w[1][1,2]", "0.25"), ("loss", ".5"))
    assert not raw.fault and not raw.notes


@pytest.mark.parametrize("answer", ['"0,5"', '"0.5 ""or so"""', '"two\nlines"', "'"])
def test_an_answer_in_quotes_is_read_as_the_csv_module_reads_it(answer):
    text = f'quantity,answer\n"w[1][1,2]",0.25\nloss,{answer}\n'
    (raw,) = read_bytes(text.encode(), "ann.csv", lambda name: True)
    assert raw.rows == tuple(map(tuple, csv.reader(io.StringIO(text, newline=""))))[1:]


def test_the_sheet_is_written(tmp_path, capsys):
    sheet_command(example("mazur"), ask=("loss",))
    assert capsys.readouterr().out == "quantity,answer\nloss,\n"
    sheet_command(example("mazur"), output=str(tmp_path / "s.md"))
    assert "\n| quantity" in (tmp_path / "s.md").read_text()


@pytest.mark.parametrize("key", [True, False])
@pytest.mark.parametrize("ending", ["docx", "xlsx", ""])
def test_an_ending_that_means_no_format_of_a_sheet_is_refused(tmp_path, key, ending):
    file = tmp_path / f"k.{ending}".rstrip(".")
    with pytest.raises(RequestError, match=r"must end in one of .* \.html \.tex \.typ \.pdf"):
        sheet_command(example("mazur"), key=key, output=str(file))
    assert not file.exists()


@pytest.mark.parametrize("name", ["mazur", "softmax", "momentum", "nptel"])
def test_the_self_test_accuses_no_right_sheet(name):
    counts = self_test(example(name), 12)
    assert sum(c.right for c in counts.values()) > 0 and not sum(c.accused for c in counts.values())


def test_sheets_with_the_same_wrong_figures_are_told(tmp_path, capsys):
    for name in ("ann", "bob"):
        (tmp_path / f"{name}.csv").write_text("quantity,answer\nz[1][1],0.4811\nz[1][2],0.1234\n")
    (tmp_path / "mia.csv").write_text("quantity,answer\nz[1][1],0.3775\nz[1][2],0.3925\n")
    check_command(example("mazur"), (str(tmp_path),))
    assert "ann.csv, bob.csv" in capsys.readouterr().out
