"""Training in two processes under torchrun: the same network as in one, and an end for all where one ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("torch", reason="training in several processes needs torch")

from chalkgrad import RequestError
from chalkgrad.training import load_data, network_problem, train
from chalkgrad.training.checkpoint import from_bytes
from chalkgrad.training.distributed import share

SCRIPT = """
import glob, json, os, sys, threading, time
from chalkgrad import RequestError
from chalkgrad.training import load_data, network_problem, train
source, folder, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
rank = int(os.environ["RANK"])
if options.pop("other data", False) and rank:
    source = source.replace("data", "other")
def die():  # as soon as there is a checkpoint
    while not glob.glob(folder + "/step-*"):
        time.sleep(0.01)
    os._exit(9)
if options.pop("dies", False) and rank:
    threading.Thread(target=die).start()
stop_at = options.pop("stop at", 0)
data = load_data(source, mapped=options.pop("mapped", False))
problem = network_problem(data, (12,), optimizer=options.pop("optimizer", "adam"), learning_rate=0.01)
network = train(problem, data, folder=folder, batch_size=50, validation=0.2, seed=5, checkpoint_seconds=0.0,
                listen=lambda e: e.kind == "epoch" and e.facts["epoch"] == stop_at, **options)
with open(f"{folder}/rank{rank}.json", "w") as stream:
    json.dump([network.p.tolist(), network.history.engine, len(network.history.epochs)], stream)
"""


@pytest.fixture
def source(tmp_path):
    rng = np.random.default_rng(0)
    labels = np.arange(503) % 3  # batches of 50: the last one has three rows fewer
    x = rng.normal(size=(503, 8)) + 2 * np.eye(8)[labels]
    np.savez(tmp_path / "data.npz", x=x, y=labels)
    np.savez(tmp_path / "other.npz", x=x + 1e-9, y=labels)
    return tmp_path / "data.npz"


def torchrun(*command):
    return subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", *command],
        capture_output=True, text=True, check=False, timeout=180, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def two(source, folder, **options):
    folder.mkdir(exist_ok=True)
    script = source.parent / "run.py"
    script.write_text(SCRIPT)
    return torchrun(str(script), str(source), str(folder), json.dumps(options))


def left(folder):
    return [json.loads((folder / f"rank{k}.json").read_text()) for k in (0, 1)]


@pytest.mark.parametrize(
    "options",
    [
        {"class_weights": {"0": 2.0, "1": 0.5, "2": 1.0}, "clip": 0.5, "engine": "numpy"},
        {"optimizer": "momentum", "schedule": "cosine", "mapped": True, "engine": "llvm"},
        {"dtype": "float32", "engine": "numpy"},
    ],
    ids=["weights and clipping", "compiled, from the disk", "float32"],
)
def test_two_processes_make_the_network_of_one(source, tmp_path, options):
    """Oracle: the NumPy engine in one process."""
    engine = options["engine"]
    if engine == "llvm":
        pytest.importorskip("llvmlite")
    made = two(source, tmp_path / "two", epochs=6, **options)
    assert made.returncode == 0, made.stderr[-800:]
    (p, said, epochs), (other, _, _) = left(tmp_path / "two")
    assert p == other
    assert said.startswith(f"{engine}/2: 2 processes")
    assert epochs == 6
    options = {key: value for key, value in options.items() if key not in ("mapped", "engine")}
    data = load_data(source)
    problem = network_problem(
        data, (12,), optimizer=options.pop("optimizer", "adam"), learning_rate=0.01
    )
    one = train(
        problem, data, epochs=6, batch_size=50, validation=0.2, seed=5, engine="numpy", **options
    )
    tolerance = 1e-4 if options.get("dtype") == "float32" else 1e-12
    assert np.abs(np.array(p) - one.p).max() < tolerance


def test_a_run_of_two_goes_on_to_the_same_bytes(source, tmp_path):
    for options in ({"epochs": 8, "stop at": 3}, {"epochs": 8, "resume": True}):
        made = two(source, tmp_path / "parts", **options)
        assert made.returncode == 0, made.stderr[-800:]
    assert two(source, tmp_path / "whole", epochs=8).returncode == 0
    assert left(tmp_path / "parts") == left(tmp_path / "whole")
    data = load_data(source)
    problem = network_problem(data, (12,), optimizer="adam", learning_rate=0.01)
    with pytest.raises(RequestError, match="begun with the engine .*/2, this one is"):
        train(
            problem, data, folder=tmp_path / "whole", resume=True, epochs=8, batch_size=50,
            validation=0.2, seed=5,
        )  # fmt: skip


def test_a_process_that_ends_ends_the_run_and_leaves_a_whole_checkpoint(source, tmp_path):
    folder = tmp_path / "run"
    made = two(source, folder, epochs=100_000, dies=True)
    assert made.returncode
    assert not (folder / "rank0.json").exists()
    newest = sorted(folder.glob("step-*"))[-1]
    assert from_bytes(newest.read_bytes()).facts["step"] > 0


def test_processes_with_different_data_are_refused(source, tmp_path):
    made = two(source, tmp_path / "run", epochs=2, **{"other data": True})
    assert made.returncode
    assert "were not given the same network, data and settings" in made.stderr


def test_the_command_writes_and_tells_once(source, tmp_path):
    arguments = [
        "train",
        str(source),
        "--hidden",
        "5",
        "--epochs",
        "3",
        "-o",
        str(tmp_path / "run"),
    ]
    made = torchrun("-m", "chalkgrad", *arguments)
    assert made.returncode == 0, made.stderr[-800:]
    assert made.stdout.count("written to") == 1
    assert made.stderr.count("engine numpy/2") == 1
    assert (tmp_path / "run" / "model.safetensors").exists()
    looked = [sys.executable, "-m", "chalkgrad", "solve", str(tmp_path / "run"), "--iteration", "2"]
    looked += ["--only", "new_w[1][1,1]"]
    assert (
        subprocess.run(looked, check=False, capture_output=True).returncode == 0
    )  # one follows two
    refused = torchrun("-m", "chalkgrad", *arguments)
    assert refused.returncode
    assert "holds a run already" in refused.stderr


def test_shares_cover_a_batch_and_do_not_overlap():
    for rows in (0, 1, 5, 64):
        for count in (1, 2, 3, 7):
            parts = [share(np.arange(rows), k, count) for k in range(count)]
            assert np.concatenate(parts).tolist() == list(range(rows))
            assert max(map(len, parts)) - min(map(len, parts)) <= 1
