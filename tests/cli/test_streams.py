"""chalkgrad as a process: Ctrl-C, pipes, colours, full and closed streams."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from command import COMMAND, PLAIN, process


def test_ctrl_c_is_exit_130_and_quiet(tmp_path):
    rows = ", ".join(["[" + ", ".join(["0.01"] * 40) + "]"] * 40)
    file = tmp_path / "long.toml"
    file.write_text(
        f"[[layer]]\nweights = [{rows}]\nactivation = 'tanh'\n[[layer]]\nweights = [{rows}]\n[training]\n"
        f"learning_rate = 0.001\niterations = 100000\n[[sample]]\ninput = {[0.1] * 40}\ntarget = {[0.2] * 40}\n"
    )
    with subprocess.Popen(
        [*COMMAND, "solve", str(file), "--only", "loss"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN, start_new_session=True,
    ) as running:  # fmt: skip
        time.sleep(1.5)
        assert running.poll() is None, running.stderr.read()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=20)
    assert running.returncode == 130
    assert out == b""
    assert b"Traceback" not in err


def test_a_reader_that_goes_away_is_no_complaint():
    with subprocess.Popen(
        [*COMMAND, "solve", "mazur", "--iterations", "40", "--format", "html"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=PLAIN,
    ) as running:  # fmt: skip
        running.stdout.read(10)
        running.stdout.close()
        err = running.stderr.read()
        running.wait(timeout=30)
    assert err == b""
    assert running.returncode == 0


def test_standard_input_is_a_problem_file(small):
    done = process("solve", "-", "--json", input=small.read_bytes())
    assert done.returncode == 0
    assert json.loads(done.stdout)["title"] == "One neuron"
    bad = process("solve", "-", input=b"[[layer]]\nwieghts = [[1]]\n")
    assert (bad.returncode, bad.stdout) == (2, b"")
    assert b"<stdin>:2: " in bad.stderr


def test_a_pipe_gets_no_colour_whatever_the_terminal_says():
    done = process(
        "solve", "single-neuron", env={**PLAIN, "TERM": "xterm-256color", "FORCE_COLOR": "1"}
    )
    assert (done.returncode, b"\x1b" in done.stdout) == (0, False)


@pytest.mark.parametrize(
    ("extra", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_a_terminal_gets_colour_unless_no_color_is_set_and_not_empty(extra, coloured):
    import pty

    main_end, terminal = pty.openpty()
    env = {**PLAIN, "TERM": "xterm", "PYTHONUTF8": "1", **extra}
    with subprocess.Popen(
        [*COMMAND, "solve", "single-neuron"], stdout=terminal, env=env
    ) as running:
        os.close(terminal)
        seen = b""
        while True:
            try:
                block = os.read(main_end, 65536)
            except OSError:  # the other end is closed
                break
            if not block:
                break
            seen += block
    os.close(main_end)
    assert running.returncode == 0
    assert (b"\x1b[" in seen) is coloured


def test_a_terminal_without_unicode_gets_ascii():
    done = process(
        "solve", "single-neuron", env={**PLAIN, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("ascii").startswith("One sigmoid neuron")


def test_a_full_disk_behind_stdout_is_exit_2_with_the_cause():
    for argv in (["solve", "mazur"], ["examples"]):
        with open("/dev/full", "wb") as full:
            done = process(*argv, capture_output=False, stdout=full, stderr=subprocess.PIPE)
        assert done.returncode == 2
        assert (
            done.stderr == b"chalkgrad: cannot write to standard output: No space left on device\n"
        )


def test_closed_streams_are_no_bug():
    shell = lambda text: subprocess.run(
        ["sh", "-c", text, "sh", sys.executable],
        capture_output=True,
        check=False,
        timeout=60,
        env=PLAIN,
    )
    assert shell('"$1" -m chalkgrad solve mazur >&-').returncode == 0
    assert shell('"$1" -m chalkgrad solve nowhere 2>&-').returncode == 2
    done = shell('"$1" -m chalkgrad solve - <&-')
    assert (done.returncode, b"an empty file" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "name",
    ["momentum", "beta1", "velocity_w[1][1,1]", "decayed_w[1][1,1]", "it2.first_moment_b[1]"],
)
def test_what_another_update_rule_remembers_is_refused(cg, name):
    code, out, err = cg("solve", "mazur", "--only", name)
    assert (code, out) == (2, ""), err


@pytest.mark.parametrize("number", ["nan", "-1", "many", ""])
def test_a_limit_is_a_number_from_0_up(cg, number):
    code, out, err = cg("solve", "mazur", "--limit", f"lines={number}")
    assert (code, out) == (2, "")
    assert "a number from 0 up" in err
