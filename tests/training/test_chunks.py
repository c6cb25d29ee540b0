"""Data larger than memory: the same numbers and the same training, from the disk."""

from __future__ import annotations

import gzip
import os
import pickle
import struct
import subprocess
import sys

import pytest

np = pytest.importorskip("numpy")

from chalkgrad import RequestError
from chalkgrad.training.chunks import on_disk
from chalkgrad.training.loop import train
from chalkgrad.training.model import network_problem
from chalkgrad.training.readers import load_data

ROWS = 300


def idx(array):
    head = bytes([0, 0, 8, array.ndim]) + b"".join(struct.pack(">I", n) for n in array.shape)
    return head + array.astype(np.uint8).tobytes()


def made(kind, folder):
    """A source of that kind with 300 rows of 6 numbers and three classes."""
    rng = np.random.default_rng(5)
    labels = np.arange(ROWS) % 3
    x = rng.integers(0, 90, (ROWS, 6)) + 40 * (np.arange(6) % 3 == labels[:, None])
    if kind.startswith("idx"):
        pack, end = (gzip.compress, ".gz") if kind.endswith("gz") else (bytes, "")
        (folder / f"train-images.idx3-ubyte{end}").write_bytes(pack(idx(x.reshape(ROWS, 2, 3))))
        (folder / f"train-labels.idx1-ubyte{end}").write_bytes(pack(idx(labels)))
        (folder / f"t10k-images-idx3-ubyte{end}").write_bytes(pack(idx(x[:9].reshape(9, 2, 3))))
        (folder / f"t10k-labels-idx1-ubyte{end}").write_bytes(pack(idx(labels[:9])))
        return folder
    if kind == "npz":
        np.savez(folder / "d.npz", x=x / 7, y=labels)
    elif kind == "packed.npz":
        np.savez_compressed(folder / "d.npz", x=(x / 7).astype(np.float32), y=labels)
    elif kind == "npy":
        np.save(folder / "d.npy", np.asfortranarray(np.column_stack([labels, x])))
    else:
        text = "".join(",".join(map(str, row)) + f",{'abc'[k]}\n" for row, k in zip(x, labels))
        (folder / "d.csv").write_text("p,q,r,s,t,u,y\n" + text)
    return next(folder.glob("d.*"))


KINDS = ["idx", "idx gz", "npz", "packed.npz", "npy", "csv"]


def read(kind, folder, **options):
    if kind == "npy":
        options |= {"target": "c1", "task": "classes"}
    return load_data(made(kind, folder), **options)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_on_the_disk_are_those_in_memory(tmp_path, kind):
    here, there = (read(kind, tmp_path, mapped=mapped) for mapped in (False, True))
    assert on_disk(there.x) and on_disk(there.t) and not on_disk(here.x)
    assert there.x.shape == here.x.shape and there.x.dtype == here.x.dtype
    assert np.array_equal(np.asarray(there.x), here.x) and np.array_equal(
        np.asarray(there.t), here.t
    )
    assert there.classes == here.classes
    order = np.random.default_rng(0).permutation(ROWS)[:50]
    assert np.array_equal(there.x[order], here.x[order])
    kept, held = there.split(0.2, seed=3)
    assert on_disk(kept.x) and on_disk(held.x)
    assert np.array_equal(np.asarray(held.x), here.split(0.2, seed=3)[1].x)
    if kind.startswith("idx"):
        assert len(there.held_back) == 9


@pytest.mark.parametrize("engine", ["numpy", "llvm"])
@pytest.mark.parametrize("kind", ["idx", "csv"])
def test_training_from_the_disk_ends_in_the_same_bytes(tmp_path, monkeypatch, kind, engine):
    if engine == "llvm":
        pytest.importorskip("llvmlite")
    monkeypatch.setenv("CHALKGRAD_CACHE", str(tmp_path / "code"))
    monkeypatch.setattr(
        "chalkgrad.training.disk_engine._AT_HAND", 7000
    )  # several gatherings an epoch
    ends = []
    for mapped in (False, True):
        data = read(kind, tmp_path, mapped=mapped)
        network = train(
            network_problem(data, (5,), optimizer="adam", learning_rate=0.01), data, epochs=4,
            validation=0.2, scaling="standard", class_weights="balanced", engine=engine, stop_gradient=1e-9,
        )  # fmt: skip
        ends.append((network.p.tobytes(), network.history.losses, network.score(data)))
        assert network.history.epochs[-1].validation_score is not None
    assert ends[0] == ends[1]


def test_a_gradient_of_all_rows_is_that_of_the_blocks(tmp_path, monkeypatch):
    """Oracle: the run in memory, whose gradient is that of one batch of all rows."""
    monkeypatch.setattr("chalkgrad.training.chunks.BLOCK", 4000)
    here, there = (read("csv", tmp_path, mapped=mapped) for mapped in (False, True))
    problem = network_problem(here, (5,), learning_rate=0.05)
    stopped = [
        train(problem, data, epochs=500, batch_size=50, stop_gradient=0.02, scaling="standard")
        for data in (here, there)
    ]
    assert [network.history.stopped for network in stopped] == ["gradient", "gradient"]
    assert len(stopped[0].history.epochs) == len(stopped[1].history.epochs)


LIMITED = """
import resource, sys
from chalkgrad.training import load_data, network_problem, train
limit = {limit} << 20
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))  # maps of files are not counted by it
data = load_data({source!r}, mapped={mapped})
network = train(network_problem(data, (4,), learning_rate=1e-7), data, epochs=1, batch_size=512, scaling="standard",
                validation=0.1, engine="numpy")
print(len(network.history.epochs))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of this kind are Linux's")
@pytest.mark.parametrize("kind", ["npy", "csv"])
def test_a_process_that_may_hold_less_than_the_data_trains_on_it(tmp_path, kind):
    """400 MB of numbers in 200 MB; 64 MB of them from a CSV file in 130, of which Python and NumPy take 50."""
    rows, limit = (500_000, 200) if kind == "npy" else (80_000, 130)
    source = tmp_path / f"large.{kind}"
    if kind == "npy":
        table = np.lib.format.open_memmap(source, "w+", np.float64, (rows, 100))
        for start in range(0, rows, 10_000):
            table[start : start + 10_000] = np.arange(100) * (1 + np.arange(10_000) % 7)[:, None]
        table.flush()
        del table
    else:
        block = "".join(",".join([str(k % 7)] * 100) + f",{k % 10}.5\n" for k in range(1000))
        with source.open("w") as stream:
            for _ in range(rows // 1000):
                stream.write(block)
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "TMPDIR": str(tmp_path)}

    def run(mapped):
        text = LIMITED.format(limit=limit, source=str(source), mapped=mapped)
        return subprocess.run(
            [sys.executable, "-c", text], env=env, capture_output=True, text=True, check=False
        )

    by_itself = run(None)
    assert (by_itself.returncode, by_itself.stdout) == (0, "1\n"), by_itself.stderr[-500:]
    if kind == "npy":  # the limit is a real one
        assert "MemoryError" in run(False).stderr


def test_rows_on_the_disk_are_not_handed_to_other_processes(tmp_path):
    with pytest.raises(RequestError, match="load the data there, or with mapped=False"):
        pickle.dumps(read("npz", tmp_path, mapped=True))


def test_a_batch_that_does_not_fit_in_memory_is_refused(tmp_path, monkeypatch):
    data = read("csv", tmp_path, mapped=True)
    monkeypatch.setattr("chalkgrad.training.disk_engine.free_memory", lambda: 5000)
    with pytest.raises(RequestError, match="a batch of 300 rows does not fit in memory"):
        train(network_problem(data), data, epochs=1, batch_size=0)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="/dev/full is Linux's")
def test_no_room_for_the_rows_of_a_table_is_said_with_the_folder(tmp_path, monkeypatch):
    """Every write to /dev/full finds no space left; it stands in for the file without a name."""
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: open("/dev/full", "wb"))
    with pytest.raises(
        RequestError, match=r"its 0 MB cannot be kept in .*No space left on device; TMPDIR names"
    ):
        read("csv", tmp_path, mapped=True)
