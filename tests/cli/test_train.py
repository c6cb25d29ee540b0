"""The verb train as a user meets it: sources, what it says, Ctrl-C, going on, and solve of its runs."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time

import pytest

pytest.importorskip("numpy")

from chalkgrad.__main__ import main

COMMAND = [sys.executable, "-m", "chalkgrad", "train"]
ENDLESS = ["mazur", "--iterations", "900000000"]


@pytest.fixture
def cg(capsys, tmp_path, monkeypatch):
    """Run the command in this process, in a folder of its own: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    rows = [f"{k % 7},{(k * k) % 5},{'high' if k % 7 > 3 else 'low'}" for k in range(70)]
    (tmp_path / "table.csv").write_text("size,width,kind\n" + "\n".join(rows) + "\n")

    def run(*argv: object) -> tuple[int, str, str]:
        code = main([str(a) for a in argv])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def table(*more):
    return ("train", "table.csv", "--hidden", "6", "--epochs", "8", "--no-report", *more)


# ---------------------------------------------------------------- what it says
def test_a_table_is_trained_on_with_the_result_on_stdout_and_the_course_on_stderr(cg):
    code, out, err = cg(*table("-o", "run"))
    assert code == 0
    assert re.match(r"mean loss of the last epoch, before each update: 0\.\d+; 16 updates in", out)
    assert re.search(r"held back: \d\.\d{4} right of 14 rows", out)
    assert out.endswith("written to run\n")
    assert "2-6-2 on 56 rows, 14 held back; 16 steps in 8 epochs; float64, engine" in err
    assert err.splitlines()[-1].startswith("epoch 8/8  loss ")


def test_a_folder_of_a_run_holds_its_report(cg, tmp_path):
    pytest.importorskip("matplotlib")
    cg("train", "table.csv", "--hidden", "6", "--epochs", "8", "-o", "run", "--quiet")
    page = (tmp_path / "run" / "report.html").read_text()
    assert "chalkgrad train table.csv --hidden 6 --epochs 8" in page
    assert page.count('role="img"') == 3


def test_an_example_by_name_gives_the_losses_of_solve(cg):
    code, out, _ = cg("train", "mazur", "--iterations", "200", "--json")
    assert code == 0
    events = [json.loads(line) for line in out.splitlines()]
    trained = [event["loss"] for event in events if event["event"] == "epoch"]
    _, out, _ = cg("solve", "mazur", "--iterations", "200", "--policy", "exact", "--json")
    losses = json.loads(out)["losses"]
    assert trained == pytest.approx([sum(losses[k : k + 2]) / 2 for k in range(0, 200, 2)])


def test_json_is_one_object_a_line_from_start_to_result(cg):
    code, out, err = cg(*table("--json", "-o", "run"))
    assert code == 0
    assert err == ""
    events = [json.loads(line) for line in out.splitlines()]
    assert {event["schema"] for event in events} == {"chalkgrad.train/1"}
    kinds = [event["event"] for event in events]
    assert kinds[0] == "start"
    assert kinds.count("epoch") == 8
    assert kinds[-3:] == ["checkpoint", "end", "result"]
    last = [event for event in events if event["event"] == "epoch"][-1]
    assert last["step"] == last["steps"] == 16
    assert events[-1]["score"] == last["validation_score"]


def test_quiet_says_only_the_result(cg):
    code, out, err = cg(*table("--quiet"))
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == 2


def test_a_long_run_without_a_terminal_is_told_in_at_most_twenty_odd_lines(cg):
    _, _, err = cg("train", "table.csv", "--epochs", "500")
    assert 15 < len(err.splitlines()) < 25


def in_terminal(argv, *, send=None):
    """What a command writes to a terminal of 100 columns, and its exit code."""
    fd, its = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    child = subprocess.Popen(
        argv, stdin=its, stdout=its, stderr=its, env=env, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  no threads here
    )  # fmt: skip
    os.close(its)
    shown, asked = b"", False
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([fd], [], [], 0.05)[0]:
            try:
                part = os.read(fd, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
        if send and not asked and send[0] in shown:
            asked = True
            os.write(fd, send[1])
    os.close(fd)
    return shown.decode("utf-8", "replace"), child.wait(timeout=10)


def test_on_a_terminal_a_bar_shows_loss_score_speed_and_time_left(cg):
    shown, code = in_terminal([*COMMAND, *table("--test", "0.3")[1:]])
    assert code == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert re.search(r"━+ epoch 8/8  loss \S+  score \d\.\d{4}  [\d,]+ steps/s  0:00 left", plain)


def test_ctrl_c_in_a_terminal_ends_with_a_checkpoint_and_how_to_go_on(cg, tmp_path):
    argv = [*COMMAND, *ENDLESS, "-o", str(tmp_path / "run")]
    shown, code = in_terminal(argv, send=(b"steps/s", b"\x03"))
    assert code == 130
    assert "go on with: chalkgrad train --resume" in re.sub(r"\s+", " ", shown)
    assert list((tmp_path / "run").glob("step-*.safetensors"))
    assert "Traceback" not in shown


# ---------------------------------------------------------------- stopping and going on
def test_an_interrupted_run_goes_on_to_the_bytes_of_one_without_interruption(cg, tmp_path):
    options = [
        "table.csv",
        "--hidden",
        "30",
        "--epochs",
        "6000",
        "--engine",
        "numpy",
        "--no-report",
    ]
    child = subprocess.Popen(
        [*COMMAND, *options, "-o", "part"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    child.stderr.readline()
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "stopped: interrupted" in out
    assert out.splitlines()[-1] == "go on with: chalkgrad train --resume part"
    assert cg("train", "--resume", "part", "--quiet", "--no-report")[0] == 0
    assert cg("train", *options, "-o", "whole", "--quiet")[0] == 0
    part, whole = (tmp_path / name / "model.safetensors" for name in ("part", "whole"))
    assert part.read_bytes() == whole.read_bytes()


def test_an_interrupted_run_without_a_folder_says_that_nothing_is_kept(cg):
    child = subprocess.Popen(
        [*COMMAND, *ENDLESS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    child.stderr.readline()
    child.send_signal(signal.SIGTERM)
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "nothing is kept: -o FOLDER keeps a run" in out


def test_a_run_may_be_made_longer(cg, tmp_path):
    cg(*table("-o", "run", "--quiet", "--schedule", "constant"))
    code, out, _ = cg("train", "--resume", "run", "--epochs", "12", "--quiet", "--no-report")
    assert code == 0
    assert "; 24 updates in " in out
    assert json.loads((tmp_path / "run" / "run.json").read_text())["request"]["epochs"] == 12
    assert "steps 1 to 24" in cg("solve", "run", "--iteration", "25")[2]


def test_a_cosine_run_cannot_be_made_longer(cg):
    cg(*table("-o", "run", "--quiet"))
    code, _, err = cg("train", "--resume", "run", "--epochs", "12")
    assert code == 2
    assert "under the schedule cosine every learning rate depends on it" in err
    assert cg("train", "--resume", "run", "--epochs", "8", "--quiet", "--no-report")[0] == 0


def test_what_was_left_out_is_written_down_with_the_run(cg, tmp_path):
    cg(*table("-o", "run", "--quiet", "--optimizer", "adam"))
    request = json.loads((tmp_path / "run" / "run.json").read_text())["request"]
    assert request["learning_rate"] == 0.003
    assert request["schedule"] == "cosine"


def test_the_bound_on_the_change_of_the_loss_holds_across_an_interruption(cg, tmp_path):
    text = """
[[layer]]
weights = [[0.5, -0.3]]
bias = [0.1]
activation = "sigmoid"
[training]
learning_rate = 0.5
iterations = 5000
[training.stop]
change = 1e-6
[[sample]]
input = [1, 2]
target = [0.2]
"""
    (tmp_path / "one.toml").write_text(text)
    _, out, _ = cg("train", "one.toml", "--json")
    updates = json.loads(out.splitlines()[-1])["updates"]
    assert 20 < updates < 5000
    stops = updates - 1  # the last update before the change is small enough
    cg("train", "one.toml", "--iterations", str(stops), "-o", "run", "--quiet", "--no-report")
    _, out, _ = cg("train", "--resume", "run", "--iterations", "5000", "--json", "--no-report")
    result = json.loads(out.splitlines()[-1])
    assert (result["stopped"], result["updates"]) == ("change", updates)


# ---------------------------------------------------------------- the working of a step
def test_one_number_of_one_step_is_worked_from_the_folder(cg):
    cg(*table("-o", "run", "--quiet"))
    code, out, _ = cg("solve", "run", "--iteration", "4", "--only", "w[1][3,2]")
    assert code == 0
    assert "Step 4 of the run: epoch 2, batch 2 of 2." in " ".join(out.split())
    assert "w[1][3,2]_new = w[1][3,2] − η · v(w[1][3,2])" in out
    _, out, _ = cg("solve", "run", "--iteration", "4", "--only", "new_w[1][3,2]", "--json")
    after = json.loads(out)["quantities"][0]["value"]
    _, out, _ = cg("solve", "run", "--iteration", "5", "--only", "w[1][3,2]", "--json")
    assert json.loads(out)["quantities"][0]["value"] == pytest.approx(after, abs=1e-15)


def test_without_an_iteration_the_last_step_is_worked(cg):
    cg(*table("-o", "run", "--quiet"))
    _, out, _ = cg("solve", "run", "--only", "loss", "--json")
    assert json.loads(out)["quantities"][0]["iteration"] == 16


def test_rows_of_a_working_are_those_of_the_table(cg, tmp_path):
    cg(*table("-o", "run", "--batch-size", "3", "--scaling", "none", "--quiet"))
    _, text, _ = cg("solve", "run", "--iteration", "7", "--only", "z[1][1]")
    rows = [int(n) for n in re.search(r"rows ([\d, ]+) of", " ".join(text.split()))[1].split(",")]
    lines = (tmp_path / "table.csv").read_text().splitlines()[1:]
    _, out, _ = cg("solve", "run", "--iteration", "7", "--only", "z[1][1]", "--json")
    given = {(q["sample"], q["name"]): q["value"] for q in json.loads(out)["given"]}
    for sample, row in enumerate(rows, 1):
        cells = [float(cell) for cell in lines[row - 1].split(",")[:2]]
        assert [given[sample, "x[1]"], given[sample, "x[2]"]] == cells


def test_a_run_can_be_asked_from_another_folder(cg, tmp_path, monkeypatch):
    cg(*table("-o", "run", "--quiet"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert cg("solve", "../run", "--only", "loss")[0] == 0


def test_one_iteration_of_a_problem_file_is_worked_by_its_number(cg):
    _, out, _ = cg("solve", "xor", "--iteration", "3", "--only", "loss", "--json")
    assert [q["iteration"] for q in json.loads(out)["quantities"] if not q["sample"]] == [3]


# ---------------------------------------------------------------- what is wrong is said in a line
@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["train"], "train takes one source (a problem file or data), or --resume DIR"),
        (["train", "mazr"], 'no file, no data set and no example "mazr"; did you mean "mazur"?'),
        (["train", "table.csvx"], 'no file and no data set "table.csvx"'),
        (["train", "-"], "a run must find its source again"),
        (["train", "table.csv", "--hidden", "6;4"], '--hidden must be whole numbers as 64,32, got "6;4"'),
        (["train", "table.csv", "--hidden", "1000000000"], "4,000,000,000 weights, the most is 100,000,000"),
        (["train", "table.csv", "--iterations", "9"], "--iterations does nothing here: it is for problem files"),
        (["train", "mazur", "--hidden", "9"], "--hidden does nothing here: the problem file says it"),
        (["train", "table.csv", "--hidden", "0"], "layers must have at least one neuron"),
        (["train", "table.csv", "--epochs", "0"], "epochs must be a whole number from 1 up, got 0"),
        (["train", "table.csv", "--optimizer", "adm"], 'did you mean "adam"'),
        (["train", "table.csv", "--activation", "rleu"], 'got "rleu"; did you mean "relu"?'),
        (["train", "table.csv", "--init", "he_unifrm"], 'did you mean "he_uniform"'),
        (["train", "table.csv", "--task", "classification"], "one of auto classes numbers, got"),
        (["train", "table.csv", "--missing", "men"], 'did you mean "mean"'),
        (["train", "table.csv", "--engine", "lvm"], 'did you mean "llvm"'),
        (["train", "table.csv", "--dtype", "float23"], 'did you mean "float'),
        (["train", "table.csv", "-o", "new", "--checkpoint-seconds", "-1"], "must be from 0 up, got -1"),
        (["train", "table.csv", "--optimizer", "adam:beta1=x"], "must be NAME or NAME:KEY=NUMBER"),
        (["train", "table.csv", "--class-weights", "high=2,tall=1"], 'there is no class "tall"'),
        (["train", "table.csv", "--schedule", "cosin"], 'did you mean "cosine"'),
        (["train", "--resume", "nothing"], '"nothing" holds no run'),
        (["train", "--resume", "run", "-o", "x"], "--resume goes on in the folder of the run"),
        (["train", "--resume", "run", "--hidden", "3"], "--hidden cannot be changed"),
        (["train", "table.csv", "-o", "run"], '"run" holds a run already: --resume run goes on with it'),
        (["train", "table.csv", "-o", "table.csv/run"], 'cannot write to "table.csv/run"'),
        (["solve", "run", "--iteration", "99"], "there is no step 99: the run made the steps 1 to 16"),
        (["solve", "run", "--iterations", "9"], "of a run one step is worked"),
        (["solve", "run", "--policy", "carried"], "a training step is worked exactly"),
        (["solve", "run", "--only", "w[1][9,1]"], "9 is not between 1 and 6"),
    ],
)  # fmt: skip
def test_a_bad_request_is_exit_2_and_one_line(cg, argv, said):
    if "run" in argv:
        cg(*table("-o", "run", "--quiet"))
    code, out, err = cg(*argv)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert said in err


def test_a_refused_option_leaves_no_folder_behind(cg, tmp_path):
    assert cg("train", "table.csv", "--epochs", "0", "-o", "run")[0] == 2
    assert not (tmp_path / "run").exists()


def test_a_damaged_run_file_is_named(cg, tmp_path):
    cg(*table("-o", "run", "--quiet"))
    (tmp_path / "run" / "run.json").write_text('{"schema": "chalkgrad.train/1"')
    assert 'run.json" is damaged' in cg("train", "--resume", "run")[2]


def test_data_that_changed_since_is_refused(cg, tmp_path):
    cg(*table("-o", "run", "--quiet"))
    with (tmp_path / "table.csv").open("a") as file:
        file.write("3,3,high\n")
    for argv in (("train", "--resume", "run"), ("solve", "run", "--iteration", "1")):
        code, _, err = cg(*argv)
        assert code == 2
        assert "network, data or settings are not the same" in err


def test_a_run_that_diverges_is_exit_1_and_names_the_step(cg, tmp_path):
    rows = "\n".join(f"{k * 50},{k * k * 900}" for k in range(40))
    (tmp_path / "wild.csv").write_text("x,y\n" + rows + "\n")
    argv = ["train", "wild.csv", "--task", "numbers", "--scaling", "none", "--learning-rate", "9"]
    code, out, _ = cg(*argv, "--hidden", "4", "--quiet")
    assert code == 1
    assert "stopped: diverged; " in out


def test_the_page_of_a_step_has_no_view_of_iterations_from_a_start(cg, tmp_path):
    cg("train", "mazur", "--iterations", "9", "-o", "run", "--quiet", "--no-report")
    cg("solve", "run", "--iteration", "7", "-o", "step.html")
    page = (tmp_path / "step.html").read_text()
    assert "Iteration 7" in page
    assert "view-data" not in page
