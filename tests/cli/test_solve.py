"""The verb solve as a user meets it: exit codes, streams, formats, files and options."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chalkgrad.__main__ import main

COMMAND = [sys.executable, "-m", "chalkgrad"]
PLAIN = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "CHALKGRAD_DEBUG")}
SMALL = """\
title = "One neuron"
[[layer]]
weights = [[0.50, -0.25]]
bias = [0.1]
activation = "sigmoid"
[training]
learning_rate = 0.5
[[sample]]
input = [1, 2]
target = [0]
"""


@pytest.fixture
def cg(capsys):
    """Run the command in this process: exit code, stdout, stderr."""

    def run(*argv: object) -> tuple[int, str, str]:
        code = main([str(a) for a in argv])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def small(tmp_path):
    file = tmp_path / "small.toml"
    file.write_text(SMALL, encoding="utf-8")
    return file


def process(*argv: str, **options):
    options = {"capture_output": True, "timeout": 60, "env": PLAIN, **options}
    return subprocess.run([*COMMAND, *argv], check=False, **options)


# ---------------------------------------------------------------- exit codes and streams
def test_a_solved_problem_is_exit_0_with_the_working_on_stdout_alone(cg, small):
    code, out, err = cg("solve", small)
    assert (code, err) == (0, "")
    assert out.startswith("One neuron\n")
    assert "0.5 · 1 + (−0.25)" in out.replace("0.50", "0.5")


@pytest.mark.parametrize(
    "argv",
    [
        ("solve",),
        ("solve", "mazur", "--bogus"),
        ("slove", "mazur"),
        ("solve", "mazur", "extra"),
        ("solve", "no-such-file.toml"),
        ("solve", "mazurr"),
        ("solve", "mazur", "--format", "latx"),
        ("solve", "mazur", "--style", "deltas"),
        ("solve", "mazur", "--notation", "numbers"),
        ("solve", "mazur", "--language", "fr"),
        ("solve", "mazur", "--policy", "rounded"),
        ("solve", "mazur", "--decimals", "4", "--significant", "4"),
        ("solve", "mazur", "--decimals", "18"),
        ("solve", "mazur", "--decimals", "-1"),
        ("solve", "mazur", "--significant", "0"),
        ("solve", "mazur", "--decimals", "four"),
        ("solve", "mazur", "--iterations", "0"),
        ("solve", "mazur", "--iterations", "-1"),
        ("solve", "mazur", "--iterations", "1e3"),
        ("solve", "mazur", "--iterations", "1000000000000"),
        ("solve", "mazur", "--work", "1,two"),
        ("solve", "mazur", "--work", "2"),
        ("solve", "mazur", "--work", "0"),
        ("solve", "mazur", "--only", "q[1]"),
        ("solve", "mazur", "--only", "z[3][1]"),
        ("solve", "mazur", "--limit", "lines"),
        ("solve", "mazur", "--limit", "line=5"),
        ("solve", "mazur", "--limit", "lines=many"),
        ("solve", "mazur", "--limit", "lines=5"),
        ("solve", "mazur", "-o", "out.docx"),
        ("solve", "mazur", "-o", "out"),
        ("examples", "mazurr"),
    ],
)
def test_a_bad_request_is_exit_2_with_a_reason_and_nothing_on_stdout(
    cg, tmp_path, monkeypatch, argv
):
    monkeypatch.chdir(tmp_path)
    code, out, err = cg(*argv)
    assert (code, out) == (2, ""), err
    assert err.strip()
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (("solve", "mazurr"), 'did you mean "mazur"?'),
        (("solve", "mazur", "--format", "latx"), 'did you mean "latex"?'),
        (
            ("solve", "mazur", "--format", "word"),
            "the formats are text markdown latex html json notebook",
        ),
        (("solve", "mazur", "--only", "grad_q[1][1,1]"), 'did you mean "grad_'),
        (("solve", "mazur", "--only", "net_h3"), 'did you mean "net_h'),
        (("solve", "mazur", "--limit", "iteration=5"), 'did you mean "iterations"?'),
        (("solve", "mazur", "--iterations", "1000000000000"), "--limit iterations="),
        (("solve", "nowhere"), "chalkgrad examples lists what is built in"),
        (("examples", "xorr"), 'did you mean "xor"?'),
    ],
)
def test_a_bad_request_names_the_nearest_or_the_way_out(cg, argv, hint):
    assert hint in cg(*argv)[2]


@pytest.mark.parametrize("format_", ["pdf", "svg", "png"])
def test_a_format_whose_extra_is_missing_is_exit_3_and_named(cg, format_, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)  # what an import meets where it is not there
    code, out, err = cg("solve", "mazur", "--format", format_)
    assert (code, out) == (3, "")
    assert 'needs the optional part "pdf"' in err
    assert cg("solve", "mazur", "-o", tmp_path / f"x.{format_}")[0] == 3
    assert list(tmp_path.iterdir()) == []


def test_a_bug_is_exit_70_and_asks_for_a_report(cg, monkeypatch):
    """The last resort, met by breaking a table from outside."""
    from chalkgrad.formats import FORMATS

    monkeypatch.setitem(FORMATS, "text", None)
    monkeypatch.delenv("CHALKGRAD_DEBUG", raising=False)
    code, out, err = cg("solve", "mazur")
    assert (code, out) == (70, "")
    assert "please report it" in err
    assert "Traceback" not in err


def test_help_and_version_are_exit_0_on_stdout(cg):
    for argv in (("--help",), ("-h",), ("solve", "--help"), ("examples", "-h"), ("--version",)):
        code, out, err = cg(*argv)
        assert (code, err) == (0, ""), argv
        assert "chalkgrad" in out


# ---------------------------------------------------------------- real processes
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


# ---------------------------------------------------------------- JSON
def test_json_has_the_keys_of_the_contract(cg):
    code, out, _ = cg("solve", "mazur", "--json")
    made = json.loads(out)
    assert code == 0
    assert made["schema"] == "chalkgrad.solve/1"
    assert {"schema", "policy", "quantities", "losses"} <= set(made)
    assert len(made["losses"]) == 2
    for quantity in made["quantities"]:
        assert {
            "name",
            "iteration",
            "sample",
            "tex",
            "formula",
            "substituted",
            "value",
            "shown",
        } <= set(quantity)
        assert not re.match(r"(it|s)\d+\.", quantity["name"])
    by_name = {q["name"]: q for q in made["quantities"]}
    assert by_name["z[1][1]"]["value"] == 0.3775
    assert by_name["z[1][1]"]["shown"] == "0.3775"
    assert (by_name["z[1][1]"]["iteration"], by_name["z[1][1]"]["sample"]) == (1, 1)
    assert by_name["z[1][1]"]["formula"] == "w[1][1,1] * x[1] + w[1][1,2] * x[2] + b[1]"
    assert by_name["z[1][1]"]["substituted"] == "0.15 * 0.05 + 0.20 * 0.10 + 0.35"
    assert by_name["loss"]["sample"] is None
    assert by_name["grad_w[1][1,1]"]["sample"] is None


def test_json_names_every_quantity_of_the_vocabulary_once(cg):
    made = json.loads(cg("solve", "mazur", "--json")[1])
    names = [(q["name"], q["iteration"], q["sample"]) for q in made["quantities"]]
    assert len(set(names)) == len(names)
    kinds = {name.partition("[")[0] for name, _, _ in names}
    assert kinds == {
        "z", "a", "loss", "error", "grad_a", "da_dz", "delta", "grad_w", "grad_b", "new_w", "new_b", "step_w", "step_b",
    }  # fmt: skip


def test_json_of_a_batch_says_which_sample_and_null_for_the_batch(cg):
    made = json.loads(cg("solve", "tanh-batch", "--json")[1])
    samples = {}
    for q in made["quantities"]:
        samples.setdefault(q["name"].partition("[")[0], set()).add(q["sample"])
    assert samples["z"] == samples["delta"] == samples["error"] == {1, 2, 3}
    assert samples["grad_w"] == samples["grad_b"] == samples["loss"] == {None, 1, 2, 3}
    assert samples["new_w"] == {None}


def test_losses_are_complete_whatever_is_shown(cg):
    made = json.loads(
        cg(
            "solve",
            "mazur",
            "--json",
            "--iterations",
            "10000",
            "--only",
            "loss",
            "--policy",
            "exact",
        )[1]
    )
    assert len(made["losses"]) == 10_001
    assert {(q["name"], q["iteration"]) for q in made["quantities"]} == {
        ("loss", k) for k in (1, 2, 10_000)
    }
    assert made["losses"][10_000] == pytest.approx(3.510187782978859e-05, rel=1e-12)
    assert made["losses"][0] == made["quantities"][0]["value"]


def test_infinite_values_are_null_and_their_text_says_which(cg, tmp_path):
    file = tmp_path / "hot.toml"
    file.write_text(
        "[[layer]]\nweights = [[800]]\nactivation = 'sigmoid'\n[training]\nloss = 'binary_cross_entropy'\n"
        "[[sample]]\ninput = [1]\ntarget = [0]\n"
    )
    code, out, err = cg("solve", file, "--json", "--verify")
    made = {q["name"]: q for q in json.loads(out, parse_constant=pytest.fail)["quantities"]}
    assert code == 0, err
    assert (made["grad_a[1][1]"]["value"], made["grad_a[1][1]"]["shown"]) == (None, "inf")
    assert (made["loss"]["value"], made["delta[1][1]"]["value"]) == (800.0, 1.0)


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["z[1][1]"], {"z[1][1]"}),
        (["net_h1"], {"z[1][1]"}),
        (["net_*"], {"z[1][1]", "z[1][2]", "z[2][1]", "z[2][2]"}),
        (["delta*"], {"delta[1][1]", "delta[1][2]", "delta[2][1]", "delta[2][2]"}),
        (
            ["*[1][1]", "loss"],
            {"z[1][1]", "a[1][1]", "grad_a[1][1]", "da_dz[1][1]", "delta[1][1]", "loss"},
        ),
        (["grad_w[2][*,1]"], {"grad_w[2][1,1]", "grad_w[2][2,1]"}),
        (["grad_b[1][2]"], {"grad_b[1]"}),
        (["grad_w5"], set()),
    ],
)
def test_only_shortens_the_quantities_to_what_is_asked(cg, patterns, names):
    argv = ["solve", "mazur", "--json"]
    for pattern in patterns:
        argv += ["--only", pattern]
    code, out, err = cg(*argv)
    if not names:
        assert (code, out) == (2, "")
        return
    assert code == 0, err
    assert {q["name"] for q in json.loads(out)["quantities"]} == names


def test_only_with_a_prefix_means_that_iteration_or_sample(cg):
    made = json.loads(cg("solve", "single-neuron", "--json", "--only", "it2.z[1][1]")[1])
    assert [(q["name"], q["iteration"]) for q in made["quantities"]] == [("z[1][1]", 2)]
    made = json.loads(cg("solve", "tanh-batch", "--json", "--only", "s3.z[1][1]")[1])
    assert [(q["name"], q["sample"]) for q in made["quantities"]] == [("z[1][1]", 3)]
    made = json.loads(cg("solve", "tanh-batch", "--json", "--only", "z[1][1]")[1])
    assert [q["sample"] for q in made["quantities"]] == [1, 2, 3]


def test_work_chooses_the_iterations_in_full(cg):
    made = json.loads(
        cg(
            "solve",
            "mazur",
            "--json",
            "--iterations",
            "300",
            "--work",
            "7,3,300,7",
            "--only",
            "z[1][1]",
        )[1]
    )
    assert [q["iteration"] for q in made["quantities"]] == [3, 7, 300]
    assert len(made["losses"]) == 301


def test_many_iterations_are_worked_the_first_two_and_the_last(cg):
    made = json.loads(cg("solve", "mazur", "--json", "--iterations", "500")[1])
    assert {q["iteration"] for q in made["quantities"]} == {1, 2, 500}
    made = json.loads(cg("solve", "momentum", "--json")[1])
    assert {q["iteration"] for q in made["quantities"]} == {1, 2, 3}


def test_digits_and_policy_of_the_command_win(cg):
    shown = lambda *more: {
        q["name"]: (q["shown"], q["value"])
        for q in json.loads(cg("solve", "two-two-one", "--json", *more)[1])["quantities"]
    }
    assert shown()["a[2][1]"] == ("0.7514", 0.7514)
    assert shown("--policy", "exact")["a[2][1]"][0] == "0.7514"
    assert shown("--policy", "exact")["a[2][1]"][1] == pytest.approx(0.7513650696, abs=1e-10)
    assert shown("--policy", "exact", "--significant", "9")["a[2][1]"][0] == "0.751365070"
    assert shown("--decimals", "2")["a[2][1]"] == ("0.75", 0.75)


def test_the_policy_is_named_in_every_output(cg):
    for format_ in ("text", "markdown", "latex", "html", "notebook"):
        assert "exact arithmetic" in cg("solve", "softmax", "--format", format_)[1], format_
        assert (
            "carried arithmetic"
            in cg("solve", "softmax", "--policy", "carried", "--format", format_)[1]
        ), format_
    assert json.loads(cg("solve", "softmax", "--json")[1])["policy"]["mode"] == "exact"


def test_verify_says_so_on_stderr_and_compares_with_differences(cg):
    code, out, err = cg("solve", "mazur", "--verify")
    assert code == 0
    assert re.fullmatch(r"verified: \d+ lines of working keep every rule\n", err)
    assert "Agreement with central differences" in out
    made = json.loads(cg("solve", "mazur", "--verify", "--json")[1])
    assert made["agreement"]["worst"] < 1e-7
    assert len(made["agreement"]["gradients"]) == 10


# ---------------------------------------------------------------- files
BEGINNINGS = {
    ".txt": "One neuron\n", ".md": "# One neuron", ".markdown": "# One neuron", ".tex": "\\documentclass",
    ".html": "<!doctype html>", ".htm": "<!doctype html>", ".json": '{"schema": "chalkgrad.solve/1"', ".ipynb": "{",
}  # fmt: skip


@pytest.mark.parametrize("suffix", BEGINNINGS)
def test_the_ending_of_the_output_chooses_the_format(cg, small, tmp_path, suffix):
    for name in (f"out{suffix}", f"OUT{suffix.upper()}"):
        code, out, _ = cg("solve", small, "-o", tmp_path / name)
        assert (code, out) == (0, "")
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert text.lower().startswith(BEGINNINGS[suffix].lower())


def test_format_wins_over_the_ending_and_a_dash_is_stdout(cg, small, tmp_path):
    assert cg("solve", small, "-o", tmp_path / "x.tex", "--format", "json")[0] == 0
    assert json.loads((tmp_path / "x.tex").read_text())["title"] == "One neuron"
    assert cg("solve", small, "-o", "-")[1] == cg("solve", small)[1]


def test_an_existing_file_is_overwritten_only_when_forced(cg, small, tmp_path):
    target = tmp_path / "out.md"
    target.write_text("mine")
    code, out, err = cg("solve", small, "-o", target)
    assert (code, out, target.read_text()) == (2, "", "mine")
    assert "--force" in err
    assert cg("solve", small, "-o", target, "--force")[0] == 0
    assert target.read_text().startswith("# One neuron")


def test_the_problem_file_itself_is_not_overwritten(cg, small):
    assert cg("solve", small, "-o", small, "--format", "text")[0] == 2
    assert small.read_text() == SMALL


def test_a_failed_write_leaves_the_old_file_whole_and_nothing_else(small, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / "page.html"
    target.write_text("old")

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = process("solve", str(small), "-o", str(target), "--force", preexec_fn=small_files)
    assert done.returncode == 2
    assert b"cannot write" in done.stderr
    assert target.read_text() == "old"
    assert [p.name for p in folder.iterdir()] == ["page.html"]


@pytest.mark.parametrize(
    "where", ["missing/out.txt", ".", "small.toml/out.txt", "n" * 300 + ".txt"]
)
def test_a_place_that_cannot_be_written_is_exit_2_with_the_cause(cg, small, tmp_path, where):
    code, out, err = cg("solve", small, "-o", tmp_path / where, "--force", "--format", "text")
    assert (code, out) == (2, "")
    assert "cannot write" in err
    assert [p.name for p in tmp_path.iterdir()] == ["small.toml"]


# ---------------------------------------------------------------- text
@pytest.mark.parametrize("style", ["chain", "delta", "matrix"])
def test_ascii_is_ascii_alone_for_every_example(cg, style):
    from chalkgrad.examples import names

    for name in names():
        few = () if name == "nptel" else ("--iterations", 3)
        code, out, _ = cg("solve", name, "--ascii", "--style", style, *few)
        assert code == 0, name
        assert out.isascii(), (name, next(c for c in out if not c.isascii()))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_asked(cg, width):
    from chalkgrad.examples import names

    for name in names():
        code, out, _ = cg("solve", name, "--width", width)
        assert code == 0
        wide = [line for line in out.splitlines() if len(line) > width]
        assert wide == [], name


def test_fragments_leave_the_preamble_to_the_user(cg):
    out = cg("solve", "softmax", "--format", "latex", "--fragment")[1]
    assert "\\documentclass" not in out
    assert "\\begin{document}" not in out
    assert out.strip()


# ---------------------------------------------------------------- other verbs
def test_examples_are_listed_and_printed_as_files_that_work(cg, tmp_path):
    code, out, _ = cg("examples")
    names = [line.split()[0] for line in out.splitlines()]
    assert code == 0
    wanted = {
        "single-neuron",
        "two-two-one",
        "mazur",
        "nptel",
        "relu-bce",
        "xor",
        "softmax",
        "tanh-batch",
        "momentum",
    }
    assert wanted | {"adam", "threshold", "vanishing", "regression"} <= set(names)
    listed = json.loads(cg("examples", "--json")[1])
    assert [e["name"] for e in listed["examples"]] == names
    for name in names:
        file = tmp_path / f"{name}.toml"
        file.write_text(cg("examples", name)[1], encoding="utf-8")
        assert cg("solve", file, "--json", "--work", "1")[0] == 0


def test_the_examples_of_the_repository_are_those_of_the_package():
    from chalkgrad.examples import names, path

    folder = Path(__file__).parents[2] / "examples"
    assert {f.stem for f in folder.glob("*.toml")} == set(names())
    for name in names():
        assert (folder / f"{name}.toml").read_bytes() == path(name).read_bytes()


def test_the_schema_is_json(cg):
    code, out, err = cg("schema")
    assert (code, err) == (0, "")
    assert json.loads(out)["type"] == "object"


# ---------------------------------------------------------------- streams that fail
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
