"""The loss after the last update, and what counts as diverged; by arithmetic written out in plain loops."""

from __future__ import annotations

import json
import math

import pytest

np = pytest.importorskip("numpy")

from chalkgrad import solve, train
from chalkgrad.__main__ import main
from chalkgrad.problem_file import load
from chalkgrad.training.data import Data
from chalkgrad.training.model import network_problem

LINE = """
[[layer]]
weights = [[0.2]]
bias = [0.1]
activation = "identity"
[training]
learning_rate = {rate}
iterations = {count}
mode = "{mode}"
{stop}
[[sample]]
input = [1.0]
target = [0.9]
[[sample]]
input = [-2.0]
target = [0.3]
"""
SAMPLES = [(1.0, 0.9), (-2.0, 0.3)]


def line(tmp_path, *, rate=0.05, count=7, mode="batch", stop=""):
    path = tmp_path / "line.toml"
    path.write_text(LINE.format(rate=rate, count=count, mode=mode, stop=stop))
    return path


def by_hand(*, rate=0.05, count=7, online=False, least=None):
    """The losses of w x + b, one before each update and one after the last."""
    w, b, losses = 0.2, 0.1, []
    for k in range(count + 1):
        taken = [SAMPLES[k % 2]] if online else SAMPLES
        errors = [(w * x + b - t, x) for x, t in taken]
        losses.append(sum(e * e / 2 for e, _ in errors) / len(taken))
        if least is not None and losses[-1] <= least:
            break
        w -= rate * sum(e * x for e, x in errors) / len(taken)
        b -= rate * sum(e for e, _ in errors) / len(taken)
    return losses


@pytest.mark.parametrize("online", [False, True])
@pytest.mark.parametrize("count", [1, 2, 7, 340])
def test_the_loss_after_the_last_update_is_that_of_the_weights_it_left(tmp_path, count, online):
    path = line(tmp_path, count=count, mode="online" if online else "batch")
    want = by_hand(count=count, online=online)
    history = train(load(path), epochs=count).history
    assert history.loss_after == pytest.approx(want[-1], rel=1e-12)
    assert history.updates == count
    assert history.loss_after == solve(load(path)).losses[-1]


def test_the_command_says_the_loss_that_solve_ends_with(tmp_path, capsys):
    path = str(line(tmp_path, count=2))
    want = by_hand(count=2)
    assert main(["train", path, "--quiet"]) == 0
    assert capsys.readouterr().out.startswith(f"loss {want[-1]:.6g} after 2 updates in ")
    for more in ([], ["-o", str(tmp_path / "run"), "--no-report"]):  # without arrays, and with
        main(["train", path, "--json", *more])
        result = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert result["loss"] == pytest.approx(want[-1], rel=1e-12)
        assert (result["loss_is"], result["updates"]) == ("after the last update", 2)
    main(["train", path, "--iterations", "1"])
    said = capsys.readouterr()
    assert said.out.startswith(f"loss {want[1]:.6g} after 1 update in ")
    assert f"update 1/1  loss before it {want[0]:.4g}" in said.err


def test_a_run_that_a_bound_ends_says_the_loss_that_met_it(tmp_path, capsys):
    path = str(line(tmp_path, count=300, mode="online", stop="stop = { loss = 0.01 }"))
    want = by_hand(count=300, online=True, least=0.01)
    assert 3 < len(want) < 300
    for more in ([], ["-o", str(tmp_path / "run"), "--no-report"]):
        main(["train", path, "--json", *more])
        result = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert result["loss"] == pytest.approx(want[-1], rel=1e-12)
        assert (result["stopped"], result["updates"]) == ("loss", len(want) - 1)


def test_on_data_the_loss_is_said_to_be_a_mean_over_the_last_epoch(tmp_path, capsys):
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{k},{3 * k}.5\n" for k in range(30)))
    argv = ["train", str(tmp_path / "t.csv"), "--hidden", "3", "--epochs", "2", "--quiet"]
    assert main(argv) == 0
    assert capsys.readouterr().out.startswith("mean loss of the last epoch, before each update: ")


# ---------------------------------------------------------------- divergence
@pytest.mark.parametrize("more", [[], ["-o", "RUN", "--no-report"]])
def test_growth_ends_a_run_at_the_step_that_passes_a_million_times_the_start(
    tmp_path, capsys, more
):
    want = by_hand(rate=1.5, count=60)
    step = next(k for k, loss in enumerate(want, 1) if loss > 1e6 * want[0])
    argv = [str(tmp_path / "run") if word == "RUN" else word for word in more]
    path = str(line(tmp_path, rate=1.5, count=60))
    assert main(["train", path, "--json", *argv]) == 1
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["stopped"] == "diverged"
    assert result["note"].startswith(f"at step {step} the loss is {want[step - 1]:.3g}, ")
    assert result["note"].endswith(f"; the weights are those before step {step - 1}")
    assert result["updates"] == step - 2
    assert result["loss"] == pytest.approx(want[step - 2], rel=1e-9)


def test_numbers_without_scaling_end_with_weights_from_before_they_broke():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3)) * 50
    data = Data(x, (x @ [[3.0], [-2.0], [9.0]]) + 1e5)
    problem = network_problem(data, (4,), learning_rate=1e-3)
    network = train(problem, data, epochs=50, batch_size=16)
    assert network.history.stopped == "diverged"
    assert network.history.note.startswith("at step ")
    start = float(np.mean(data.t**2)) / 2  # of the start, about: its outputs are far smaller
    now = float(np.mean((network.outputs(data.x) - data.t) ** 2)) / 2
    assert now < 1e8 * start


def test_a_first_sample_that_happens_to_fit_is_no_measure(tmp_path):
    text = LINE.format(rate=0.01, count=40, mode="online", stop="").replace("0.9", "0.3000000001")
    (tmp_path / "fits.toml").write_text(text)
    assert train(load(tmp_path / "fits.toml"), epochs=40).history.stopped == ""
    assert main(["train", str(tmp_path / "fits.toml"), "--quiet"]) == 0


def test_the_score_of_one_row_of_numbers_is_undefined(tmp_path, capsys):
    rows = "".join(f"{k},{k * 1.5}\n" for k in range(6))
    (tmp_path / "few.csv").write_text("x,y\n" + rows)
    argv = ["train", str(tmp_path / "few.csv"), "--epochs", "2", "--test", "0.17"]
    assert main(argv) == 0
    said = capsys.readouterr()
    assert "held back: R squared of 1 row is undefined: the targets do not vary" in said.out
    assert "score undefined" in said.err
    main([*argv, "--json"])
    events = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert events[-1]["score"] is None
    assert [e["validation_score"] for e in events if e["event"] == "epoch"] == [None, None]
    data = Data(np.ones((1, 1)), np.ones((1, 1)))
    assert math.isnan(train(network_problem(data), data, epochs=1).score(data))
