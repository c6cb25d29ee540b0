"""What ``chalkgrad train --help`` says of values and defaults is what the command does."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import pytest

pytest.importorskip("numpy")

from chalkgrad.__main__ import main


def said_of_options(capsys):
    """What the help says of each option, on one line."""
    assert main(["train", "--help"]) == 0
    text = capsys.readouterr().out.split("Options:\n")[1]
    entries = re.split(r"\n  (?=-)", "\n" + text)
    found = (" ".join(entry.split()) for entry in entries if entry.strip())
    return {re.search(r"--[\w-]+", entry)[0]: entry for entry in found}


def result(capsys, *argv):
    code = main(["train", *map(str, argv), "--json"])
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    return code, {k: v for k, v in last.items() if k not in ("seconds", "folder", "engine")}


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [f"{k % 7},{(k * k) % 5},{'high' if k % 7 > 3 else 'low'}" for k in range(50)]
    (tmp_path / "t.csv").write_text("size,width,kind\n" + "\n".join(rows) + "\n")
    return tmp_path / "t.csv"


def test_the_defaults_in_the_help_are_those_that_hold(data, capsys):
    said = said_of_options(capsys)
    words = {name: re.search(r"\[default: ([^\]]*)\]", text) for name, text in said.items()}
    defaults = {name: found[1] for name, found in words.items() if found}
    assert "0.003 for adam" in defaults["--learning-rate"]
    given = {
        name: value.partition(",")[0]
        for name, value in defaults.items()
        if re.fullmatch(r"[\w.]+", value.partition(",")[0]) and value not in ("none",)
    }
    assert {"--activation", "--optimizer", "--schedule", "--scaling", "--epochs", "--batch-size",
            "--learning-rate", "--warmup", "--test", "--seed", "--dtype", "--engine", "--task",
            "--missing", "--target-scaling", "--threads", "--checkpoint-seconds"} == given.keys()  # fmt: skip
    plain = result(capsys, data, "--hidden", "4")
    assert plain[0] == 0
    assert result(capsys, data, "--hidden", "4", *(w for p in given.items() for w in p)) == plain


@pytest.mark.parametrize(
    "option",
    ["--task", "--missing", "--scaling", "--optimizer", "--schedule", "--dtype", "--engine", "--init"],
)  # fmt: skip
def test_every_name_in_the_help_is_taken(data, capsys, option):
    text = said_of_options(capsys)[option]
    names = text.partition("[default")[0].rpartition(": ")[2].split()
    assert len(names) >= 2
    for name in names:
        if (option, name) == ("--task", "numbers"):  # this table has words
            continue
        assert result(capsys, data, "--hidden", "4", "--epochs", "1", option, name)[0] == 0
    with pytest.raises(AssertionError):
        assert main(["train", str(data), option, "no_such"]) == 0


def test_a_run_that_is_killed_long_before_its_second_checkpoint_can_be_gone_on_with(
    data, tmp_path, capsys
):
    argv = [data, "--epochs", "9000000", "-o", "run", "--checkpoint-seconds", "86400", "--json"]
    child = subprocess.Popen(
        [sys.executable, "-m", "chalkgrad", "train", *map(str, argv)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    begun = 0  # the step of the first checkpoint
    for line in child.stdout:
        event = json.loads(line)
        begun = event["step"] if event["event"] == "checkpoint" else begun
        written = begun and list((tmp_path / "run").glob("step-*.safetensors"))
        if written or event.get("seconds", 0) > 20:
            break
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=60)
    assert begun > 0
    assert main(["train", "--resume", "run", "--stop-seconds", "0", "--json", "--no-report"]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert first["step"] == begun
