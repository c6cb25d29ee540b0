"""`check` and `sheet` from the command line: codes, streams, and what the four people meet."""

from __future__ import annotations

import json
import pickle

import pytest

from chalkgrad import example, loads
from chalkgrad.__main__ import main

GOOD = "quantity,answer\nnet_h1,0.3775\nout_h1,0.5933\nnet_o1,1.1059\nloss,0.2984\n"


@pytest.fixture
def run(capsys):
    def call(*args):
        code = main([str(arg) for arg in args])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_a_right_sheet_is_exit_0(run, tmp_path):
    (tmp_path / "ann.csv").write_text(GOOD)
    code, out, err = run("check", "mazur", tmp_path / "ann.csv")
    assert (code, err) == (0, "")
    assert "4 of 4 marks" in out


def test_a_slip_is_exit_1_costs_once_and_is_named(run, tmp_path):
    text = GOOD.replace("0.3775", "0.0275").replace("0.5933", "0.5069").replace("1.1059", "1.0714")
    (tmp_path / "bob.csv").write_text(text)
    code, out, _ = run("check", "mazur", tmp_path / "bob.csv", "--json")
    assert code == 1
    made = json.loads(out)
    assert made["schema"] == "chalkgrad.check/1"
    (sheet,) = made["sheets"]
    assert set(sheet) >= {"sheet", "marks", "out_of", "answers"}
    verdicts = {a["name"]: (a["verdict"], a["cause"]) for a in sheet["answers"]}
    assert verdicts["z[1][1]"] == ("wrong", None)
    assert verdicts["a[1][1]"] == ("follow_through", "z[1][1]")
    assert verdicts["z[2][1]"][0] == "follow_through"
    slips = next(a["slips"] for a in sheet["answers"] if a["name"] == "z[1][1]")
    assert slips[0]["slip"] == "bias_omitted"
    assert "bias" in slips[0]["explanation"]
    assert run("check", "mazur", tmp_path / "bob.csv", "--exit-zero")[0] == 0


def test_a_class_with_broken_files_is_marked_to_the_end(run, tmp_path):
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "ann.csv").write_text(GOOD)
    (folder / "bin.csv").write_bytes(bytes(range(256)) * 20)
    (folder / "empty.csv").write_text("")
    code, _, err = run("check", "mazur", folder, "-o", tmp_path / "marks")
    assert code == 1
    assert "bin.csv" in err and "empty.csv" in err
    rows = (tmp_path / "marks" / "gradebook.csv").read_text().splitlines()
    assert len(rows) == 4
    assert run("check", "mazur", folder, "-o", tmp_path / "marks")[0] == 2  # not empty: --force


def test_a_key_is_written_in_the_language_asked_for(run):
    code, out, _ = run("sheet", "mazur", "--key", "--language", "de", "--ask", "loss")
    assert code == 0
    assert "Lösung mit Punkten" in out and "Ergebnis   Punkte" in out
    code, _, err = run("sheet", "mazur", "--key", "--language", "fr", "--ask", "loss")
    assert (code, err) == (2, 'chalkgrad: language must be one of en de, got "fr"\n')


def test_the_blank_sheet_can_be_filled_in(run, tmp_path):
    code, out, err = run("sheet", "mazur", "--ask", "loss, w[2][1,1], new_w[2][1,1]")
    assert (code, err) == (0, "")
    assert out.splitlines() == ["quantity,answer", "w5,", "loss,", '"new_w[2][1,1]",']
    filled = out.replace("loss,", "loss,0.2984").replace("w5,", "w5,0.4")
    (tmp_path / "s.csv").write_text(filled)
    assert "1 of 2 marks" in run("check", "mazur", tmp_path / "s.csv")[1]  # w5 is given


def test_no_answers_is_a_bad_request(run):
    code, out, err = run("check", "mazur")
    assert (code, out) == (2, "")
    assert "no answers" in err


def test_the_scheme_of_a_problem_file_counts(run, tmp_path):
    from chalkgrad.problem_writer import dump

    text = dump(example("mazur")) + '\n[marks]\ndefault = 2\nkinds = { loss = "1/2" }\n'
    (tmp_path / "p.toml").write_text(text)
    (tmp_path / "ann.csv").write_text(GOOD)
    assert "6.5 of 6.5 marks" in run("check", tmp_path / "p.toml", tmp_path / "ann.csv")[1]
    assert loads(dump(loads(text))) == loads(text)


def test_a_problem_can_be_sent_to_another_process():
    problem = example("mazur")
    again = pickle.loads(pickle.dumps(problem))
    assert again == problem
    assert again.limits == problem.limits
    assert again.arithmetic.digits_for("z", "it1.s1.z[1][1]").count == 9
