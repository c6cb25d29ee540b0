"""Checkpoints: whole or refused, and runs that go on after kills, cuts and full disks."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import sys
import time

import pytest

np = pytest.importorskip("numpy")

from chalkgrad import RequestError
from chalkgrad.training.checkpoint import Checkpoint, Keeper, to_bytes
from chalkgrad.training.data import Data, one_hot
from chalkgrad.training.loop import train
from chalkgrad.training.model import network_problem
from chalkgrad.training.saving import load_network, save_network
from killing import VARIANTS, finished, killed


def blobs(rows=120, seed=0):
    """Three clouds, far enough apart."""
    rng = np.random.default_rng(seed)
    labels = np.arange(rows) % 3
    x = rng.normal(size=(rows, 2)) * 0.3 + np.array([[0, 0], [2, 0], [0, 2]])[labels]
    return Data(x, one_hot(labels, 3), ("a", "b", "c"))


def problem_of(data, hidden=8, **options):
    return network_problem(data, (hidden,), **{"learning_rate": 0.2, **options})


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path_factory.getbasetemp() / "code"))


def test_a_checkpoint_is_a_file_that_safetensors_reads():
    safetensors = pytest.importorskip("safetensors.numpy")
    data = to_bytes(
        Checkpoint({"p": np.arange(3.0), "w": np.ones((2, 2), np.float32)}, {"step": 1})
    )
    read = safetensors.load(data)
    assert read["p"].tolist() == [0, 1, 2]
    assert read["w"].dtype == np.float32


@pytest.mark.parametrize("damage", ["cut", "flip", "header", "empty", "foreign", "other"])
def test_a_checkpoint_that_is_not_whole_is_refused_and_the_one_before_used(tmp_path, damage):
    keeper = Keeper(tmp_path)
    for step in (1, 2, 3):
        keeper.save(Checkpoint({"p": np.full(4, float(step))}, {"step": step}))
    keeper.wait()
    assert [path.name for path in keeper.files()] == [
        "step-000000000002.safetensors",
        "step-000000000003.safetensors",
    ]
    last = keeper.files()[-1]
    data = bytearray(last.read_bytes())
    if damage == "cut":
        data = data[:-5]
    elif damage == "flip":
        data[-3] ^= 1
    elif damage == "header":
        data[40] ^= 1
    elif damage == "empty":
        data = bytearray()
    elif damage == "foreign":
        data = bytearray(b"PK\3\4" + bytes(100))
    else:
        data = bytearray(to_bytes(Checkpoint({"p": np.ones(1)}, {"step": 3}), "another/1"))
    last.write_bytes(bytes(data))
    checkpoint, refused = keeper.last()
    assert checkpoint.facts["step"] == 2
    assert len(refused) == 1
    assert last.name in refused[0]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("engine", ["numpy", "llvm"])
def test_a_run_that_goes_on_ends_in_the_same_bytes(tmp_path, engine, optimizer):
    if engine == "llvm":
        pytest.importorskip("llvmlite")
    data = blobs()
    options = {"epochs": 12, "validation": 0.2, "patience": 50, "engine": engine, "seed": 4}
    problem = problem_of(data, optimizer=optimizer, learning_rate=0.05)
    whole = train(problem, data, **options)
    asked = iter([False, False, False, False, True])
    part = train(problem, data, folder=tmp_path, interrupted=lambda: next(asked), **options)
    assert part.history.stopped == "interrupted"
    assert len(part.history.epochs) < 12
    rest = train(problem, data, folder=tmp_path, resume=True, **options)
    assert rest.p.tobytes() == whole.p.tobytes()
    assert rest.history.losses == whole.history.losses
    assert rest.history.stopped == ""


def test_checkpoints_of_another_run_are_refused(tmp_path):
    data = blobs()
    train(problem_of(data), data, epochs=2, folder=tmp_path)
    with pytest.raises(RequestError, match="checkpoints of another run"):
        train(problem_of(data, learning_rate=0.1), data, epochs=2, folder=tmp_path, resume=True)
    more = train(problem_of(data), data, epochs=4, folder=tmp_path, resume=True)
    assert more.p.tobytes() == train(problem_of(data), data, epochs=4).p.tobytes()


def test_steps_that_are_made_again_take_the_place_of_refused_ones(tmp_path):
    """A damaged step 30, gone on with from 20: what is kept is 20 and 25, not 25 and the damaged one."""
    keeper = Keeper(tmp_path)
    for step in (20, 30):
        keeper.save(Checkpoint({"p": np.ones(2)}, {"step": step}))
    keeper.wait()
    (tmp_path / "step-000000000030.safetensors").write_bytes(b"x" * 50)
    (tmp_path / "step-by-hand.safetensors").write_bytes(b"not ours")
    keeper.save(Checkpoint({"p": np.ones(2)}, {"step": 25}))
    keeper.wait()
    assert [path.name[5:17] for path in keeper.files()] == ["000000000020", "000000000025"]
    assert (tmp_path / "step-by-hand.safetensors").exists()


@pytest.mark.parametrize(
    "damaged", ["run.json", "run.json, still JSON", "model.json", "every checkpoint"]
)
def test_damaged_files_of_a_run_are_refused_by_name(tmp_path, damaged):
    def chalkgrad(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "chalkgrad", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    np.savez(tmp_path / "d.npz", x=blobs().x, y=np.arange(120) % 3)
    run = tmp_path / "run"
    made = chalkgrad(
        "train", str(tmp_path / "d.npz"), "--epochs", "2", "--engine", "numpy", "-o", str(run)
    )
    assert made.returncode == 0, made.stderr
    if damaged == "model.json":
        (run / damaged).write_text('{"schema": ["chalk')
        with pytest.raises(RequestError, match="model.json. is damaged"):
            load_network(run)
        return
    if damaged == "run.json, still JSON":
        text = (run / "run.json").read_text()
        (run / "run.json").write_text(text.replace('"epochs": 2', '"epochs": "x"'))
    for path in run.glob("step-*") if damaged == "every checkpoint" else [run / damaged]:
        if path.exists():
            path.write_bytes(path.read_bytes()[:-9])
    again = chalkgrad("train", "--resume", str(run))
    assert again.returncode == 2
    said = "no checkpoint can be used" if damaged == "every checkpoint" else 'run.json" is damaged'
    assert said in again.stderr
    assert "Traceback" not in again.stderr


# ---------------------------------------------------------------- a disk that is full
@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 512 KB."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("a small disk is made by mount, which root may do on Linux")
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("mount may not make a small disk here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk):
    with (disk / "filler").open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC


def test_a_disk_that_fills_up_costs_a_checkpoint_and_nothing_else(small_disk):
    data = blobs()
    problem = problem_of(data, 64, optimizer="adam", learning_rate=0.01)
    options = {"epochs": 12, "engine": "numpy", "checkpoint_seconds": 0.0}
    whole = train(problem, data, **options)
    troubles, folder = [], small_disk / "run"

    def listen(event):
        if event.kind == "epoch" and event.facts["epoch"] >= 2:
            while not list(folder.glob("step-*")):  # the first is written in the background
                time.sleep(0.001)
            fill(small_disk)
        if event.kind == "checkpoint" and event.facts["trouble"]:
            troubles.append(event.facts["trouble"])
        return event.kind == "epoch" and event.facts["epoch"] == 9

    part = train(problem, data, folder=folder, listen=listen, **options)
    assert "No space left on device" in part.history.note
    assert troubles and all("No space left on device" in text for text in troubles)
    assert len(part.history.epochs) == 9
    assert not list(folder.glob(".*.tmp"))
    with pytest.raises(RequestError, match="No space left on device"):
        save_network(part, folder)
    (small_disk / "filler").unlink()
    rest = train(problem, data, folder=folder, resume=True, **options)
    assert rest.p.tobytes() == whole.p.tobytes()
    assert rest.history.losses == whole.history.losses


def test_a_command_whose_results_find_no_room_says_how_to_go_on(small_disk, tmp_path):
    np.savez(tmp_path / "d.npz", x=blobs().x, y=np.arange(120) % 3)
    command = [sys.executable, "-m", "chalkgrad", "train"]
    asked = [str(tmp_path / "d.npz"), "--hidden", "8", "--epochs", "20", "--engine", "numpy"]
    subprocess.run(
        [*command, *asked, "-o", str(tmp_path / "whole")], check=True, capture_output=True
    )
    folder = small_disk / "run"
    with subprocess.Popen(
        [*command, *asked, "-o", str(folder)], stderr=subprocess.PIPE, text=True
    ) as child:
        while not (folder / "run.json").exists():  # the first that is written
            time.sleep(0.0005)
        fill(small_disk)
        said = child.stderr.read()
    assert child.returncode == 2
    assert (
        f"No space left on device; make room, and go on from the last checkpoint with: chalkgrad train --resume {folder}"
        in said
    )
    (small_disk / "filler").unlink()
    subprocess.run([*command, "--resume", str(folder)], check=True, capture_output=True)
    for name in ("model.safetensors", "model.json"):
        assert (folder / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_the_oldest_checkpoint_gives_its_room_to_the_newest(small_disk):
    """Checkpoints of 200 KB: two of them fit on the disk and a third does not."""
    keeper = Keeper(small_disk)
    for step in (1, 2, 3):
        keeper.save(Checkpoint({"p": np.full(25_000, float(step))}, {"step": step}))
    keeper.wait()
    assert not keeper.trouble
    assert [keeper.last()[0].facts["step"], len(keeper.files())] == [3, 2]


# ---------------------------------------------------------------- kills
@pytest.mark.parametrize("options", VARIANTS, ids=lambda o: f"{o['engine']}-{o['optimizer']}")
def test_a_run_that_is_killed_ends_in_the_same_bytes(tmp_path, options):
    """The short form: four kills each; the long one is `make kills`."""
    if options["engine"] == "llvm":
        pytest.importorskip("llvmlite")
    whole = finished(tmp_path / "whole" / "run", options)
    left, count = killed(tmp_path / "killed" / "run", options, 4, random.Random(2), 1.5)
    assert count.kills
    assert left == whole
    assert not list((tmp_path / "killed" / "run").glob(".*.tmp"))
