"""Files that are broken or hostile: one line each, that names the place; and what is stored with a network."""

from __future__ import annotations

import gzip
import struct
import subprocess
import sys

import pytest

np = pytest.importorskip("numpy")

from chalkgrad import RequestError
from chalkgrad.training import load_data, network_problem, train
from chalkgrad.training.saving import load_network, save_network

MANY = "".join(f"{k}.5,{k % 2}\n" for k in range(100))
TABLES = {
    "ragged": ("a,b,y\n1,2,3\n1,2\n", ":3: 2 cells, the first line has 3"),
    "longer row": ("a,b,y\n1,2,3\n1,2,3,4\n", ":3: 4 cells, the first line has 3"),
    "huge cell": ("a,y\n" + "9" * 200_000 + ",1\n", ":2: a cell is longer than 131,072 characters"),
    "quote never closed": ('a,y\n1,2\n"3,4\n5,6\n', ":3: a quote is opened and never closed"),
    "zero byte": ("a,y\n1,2\n3,\0\n", ":3: a zero byte: this is no text"),
    "latin-1": ("größe,y\n1,2\n".encode("latin-1"), ":1: byte 0xf6 is not UTF-8; save the file as UTF-8"),
    "latin-1 further down": (b"a,y\n1,2\n\xe4,2\n", ":3: byte 0xe4 is not UTF-8"),
    "UTF-16": ("a,y\n1,2\n".encode("utf-16"), ":1: UTF-16 text; save it as UTF-8"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(99), ":1: byte 0x89 is not UTF-8"),
    "nothing": ("", ":1: a table must have rows, the file is empty"),
    "blank lines": ("\n\n\n", ":1: a table must have rows, the file is empty"),
    "a header alone": ("a,b\n", ":2: a header and no rows"),
    "a column twice": ("a,b,a\n1,2,3\n", ':1: two columns are called "a"'),
    "one column": ("y\n1\n2\n", "there is no column beside the target"),
    "no target": ("a,y\n1,2.5\n2,\n", ':3: the target "y" is missing'),
    "one class": ("a,y\n1,yes\n2,yes\n", 'the target "y" is "yes" in every row'),
    "infinite": ("a,y\n1,2\ninf,3\n", ':3: "a" must be a finite number, got "inf"'),
    "beyond floats": ("a,y\n1,2\n1e999,3\n", ':3: "a" must be a finite number, got "1e999"'),
    "target infinite": ("a,y\n1,0.5\n2,-inf\n", ':3: "y" must be a finite number, got "-inf"'),
    "a slip among numbers": ("a,y\n" + MANY + "12.5.1,1\n", ':102: "a" must be a finite number, got "12.5.1"'),
    "names as inputs": (
        "id,y\n" + "".join(f"u{k},{k % 2}\n" for k in range(2000)),
        '"id" has 2,000 different values, too many to be categories',
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
def test_a_broken_table_is_one_line_with_the_place(tmp_path, kind):
    text, said = TABLES[kind]
    path = tmp_path / "d.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RequestError) as error:
        load_data(path)
    assert said in str(error.value)
    assert str(error.value).startswith(str(path))
    assert len(str(error.value).splitlines()) == 1
    assert len(str(error.value)) < 300 + len(str(path))


def test_the_command_says_it_on_stderr_and_exits_with_2(tmp_path):
    (tmp_path / "d.csv").write_text("length,species\n1,a\n2,b\n")
    for arguments, said in (
        (["d.csv", "--target", "spezies"], 'did you mean "species"?'),
        (["d.csv", "--missing", "guess"], "missing must be one of refuse mean median drop"),
        (["nowhere.csv"], "there is no file"),
    ):
        made = subprocess.run(
            [sys.executable, "-m", "chalkgrad", "train", *arguments],
            capture_output=True, text=True, cwd=tmp_path, check=False,
        )  # fmt: skip
        assert made.returncode == 2
        assert said in made.stderr
        assert not made.stdout
        assert len(made.stderr.splitlines()) == 1


def test_other_ends_of_lines_marks_and_quoted_cells_are_read(tmp_path):
    for text in (
        b"\xef\xbb\xbfa,y\r\n1,2.5\r\n3,4.5\r\n", b"a,y\r1,2.5\r3,4.5\r", b'"a","y"\n"1","2.5"\n\n"3","4.5"',
    ):  # fmt: skip
        path = tmp_path / "d.csv"
        path.write_bytes(text)
        data = load_data(path)
        assert (data.x.tolist(), data.t.tolist()) == ([[1], [3]], [[2.5], [4.5]])
        assert data.columns[0].name == "a"


def test_a_class_written_in_two_ways_is_one_class(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("a,y\n" + "1,1.0\n2,1\n3,2\n4,02\n" * 5)
    data = load_data(path)
    assert data.classes == ("1", "2")
    assert data.labels.tolist() == [0, 0, 1, 1] * 5


def test_medians_and_means_are_those_of_what_is_there(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("a,b,y\n1,?,0.5\nNA,2,0.5\n4,9,0.5\n100,4,0.5\n")
    assert load_data(path, missing="median").x[:2].tolist() == [[1, 4], [4, 2]]
    assert load_data(path, missing="mean").x[:2].tolist() == [[1, 5], [35, 2]]


def test_what_inputs_were_made_of_is_stored_with_the_network(tmp_path):
    """A row of cells, with one missing, is answered after saving and loading as if it stood in the table."""
    path = tmp_path / "d.csv"
    rows = ["1.5,red,a", "2.5,blue,b", "9.5,red,b", "3.5,,a", "2.0,blue,b", "1.0,red,a"]
    path.write_text("length,colour,kind\n" + "\n".join(rows * 5))
    data = load_data(path, missing="mean")
    network = train(network_problem(data, (4,)), data, epochs=5, scaling="standard")
    save_network(network, tmp_path / "run")
    again = load_network(tmp_path / "run")
    assert again.columns == data.columns
    assert again.scaling.shift[0] == pytest.approx(20 / 6)
    asked = again.outputs(data.x[:6])
    assert again.predict([row.split(",")[:2] for row in rows]) == [
        again.classes[k] for k in asked.argmax(axis=1)
    ]
    with pytest.raises(RequestError, match='"colour" must be one of blue red, got "green"'):
        again.predict([["1.0", "green"]])
    with pytest.raises(RequestError, match=r"row 2 must have 2 cells \(length, colour\), got 1"):
        again.predict([["1.0", "red"], ["2.0"]])


# ---------------------------------------------------------------- arrays
def saved(path, **arrays):
    np.savez(path, **arrays)
    return path


def test_arrays_that_do_not_fit_together_are_refused(tmp_path):
    x, y = np.ones((4, 2)), np.array([0, 1, 0, 1])
    path = tmp_path / "d.npz"
    for arrays, said in (
        ({"x": x, "y": y[:3]}, "both must have one row a sample"),
        ({"x": x, "y": np.array(1)}, "both must have one row a sample"),
        ({"x": x.astype(complex), "y": y}, "must be a table of numbers, it is complex128"),
        ({"x": np.full((4, 2), "a"), "y": y}, "must be a table of numbers, it is <U1"),
        ({"x": x, "y": y.astype(complex)}, "targets must be numbers, or names of classes"),
        ({"x": x, "z": y}, "must hold arrays x and y (also x_test, y_test), found x z"),
        ({"x": np.full((4, 2), np.nan), "y": y}, "data must be finite numbers, row 1 has others"),
        ({"x": x, "y": y, "x_test": x[:, :1], "y_test": y}, "x has 2 columns, x_test 1"),
        ({"x": x[:0], "y": y[:0]}, "data must have at least one row"),
    ):
        with pytest.raises(RequestError) as error:
            load_data(saved(path, **arrays))
        assert said in str(error.value)
        assert len(str(error.value).splitlines()) == 1


def test_a_test_part_that_lacks_a_class_is_read_with_all_of_them(tmp_path):
    x, y = np.ones((4, 2)), np.array([3, 5, 7, 5])
    data = load_data(saved(tmp_path / "d.npz", x=x, y=y, x_test=x[:2], y_test=np.array([7, 5])))
    assert data.held_back.t.tolist() == [[0, 0, 1], [0, 1, 0]]


@pytest.mark.parametrize("mapped", [False, True])
def test_files_of_arrays_that_are_cut_off_or_hold_something_else_are_refused(tmp_path, mapped):
    whole = saved(tmp_path / "d.npz", x=np.ones((50, 20)), y=np.arange(50) % 2).read_bytes()
    table = tmp_path / "t.npy"
    np.save(table, np.ones((50, 3)))
    cut = table.read_bytes()[:-9]
    for name, data in (
        ("cut.npz", whole[:-500]), ("no.npz", b"nothing"), ("cut.npy", cut), ("no.npy", b"nothing"),
        ("flat.npy", (np.save(table, np.ones(5)), table.read_bytes())[1]),
        ("pickle.npy", (np.save(table, np.array([{}])), table.read_bytes())[1]),
    ):  # fmt: skip
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(RequestError, match=name.replace(".", r"\.")) as error:
            load_data(path, mapped=mapped)
        assert len(str(error.value).splitlines()) == 1


# ---------------------------------------------------------------- IDX
def idx(array, code=8):
    head = bytes([0, 0, code, array.ndim]) + b"".join(struct.pack(">I", n) for n in array.shape)
    return head + array.tobytes()


def test_idx_files_that_do_not_belong_together_are_refused(tmp_path):
    images, labels = np.zeros((3, 2, 2), np.uint8), np.array([0, 1, 2], np.uint8)
    good = {"train-images-idx3-ubyte": idx(images), "train-labels-idx1-ubyte": idx(labels)}
    for files, said in (
        ({}, "must hold train-images-idx3-ubyte and train-labels-idx1-ubyte"),
        ({"train-images-idx3-ubyte": idx(images)}, "holds no train-labels-idx1-ubyte"),
        (good | {"t10k-images-idx3-ubyte": idx(images)}, "holds no t10k-labels-idx1-ubyte"),
        (good | {"train-labels-idx1-ubyte": idx(labels[:2])}, "3 images, but 2 labels (train)"),
        (good | {"train-labels-idx1-ubyte": idx(labels.astype(">f4"), 13)}, "one whole number for each image"),
        (good | {"train-labels-idx1-ubyte": idx(-labels.astype(">i2"), 11)}, "must be from 0 to 9999, got -2"),
        (good | {"t10k-images-idx3-ubyte": idx(images[:, :1]), "t10k-labels-idx1-ubyte": idx(labels)},
         "the images of t10k have the shape (1, 2), those of train (2, 2)"),
        (good | {"train-images-idx3-ubyte": gzip.compress(idx(images) + bytes(10**6))}, "goes on after the 12 bytes"),
    ):  # fmt: skip
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        with pytest.raises(RequestError) as error:
            load_data(folder)
        assert said in str(error.value)
