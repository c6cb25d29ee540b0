"""Data: tables, IDX, .npz, sets by name; splitting, scaling and shuffling."""

from __future__ import annotations

import gzip
import struct

import pytest

np = pytest.importorskip("numpy")

from chalkgrad import MissingExtra, RequestError
from chalkgrad.training.data import Data, Scaling, balanced, one_hot, shuffled
from chalkgrad.training.idx import read_idx
from chalkgrad.training.readers import load_data

FLOWERS = """length,colour,species
1.5,red,setosa
2.5,blue,virginica
3.5,red,setosa
"""


def table(tmp_path, text, name="data.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_categories_become_inputs_of_their_own_and_words_classes(tmp_path):
    data = load_data(table(tmp_path, FLOWERS), target="species")
    assert data.x.tolist() == [[1.5, 0, 1], [2.5, 1, 0], [3.5, 0, 1]]
    assert data.classes == ("setosa", "virginica")
    assert data.t.tolist() == [[1, 0], [0, 1], [1, 0]]


def test_semicolons_decimal_commas_and_tabs_are_read(tmp_path):
    text = "a;b;y\n1,5;2;0,25\n2,5;3;0,75\n"
    for made in (table(tmp_path, text), table(tmp_path, text.replace(";", "\t"), "data.tsv")):
        data = load_data(made)
        assert data.x.tolist() == [[1.5, 2], [2.5, 3]]
        assert data.t.tolist() == [[0.25], [0.75]]
        assert data.classes == ()


def test_a_table_without_header_has_columns_by_number(tmp_path):
    data = load_data(table(tmp_path, "1,2\n3,4\n"), target="c1", task="numbers")
    assert data.t.tolist() == [[1], [3]]


def test_whole_numbers_of_few_values_are_classes_unless_told_otherwise(tmp_path):
    text = "x,y\n" + "".join(f"{k},{k % 3}\n" for k in range(30))
    assert load_data(table(tmp_path, text)).classes == ("0", "1", "2")
    assert load_data(table(tmp_path, text), task="numbers").classes == ()


def test_missing_values_are_refused_with_their_line_or_filled_as_chosen(tmp_path):
    made = table(tmp_path, "a,c,y\n1,u,0.5\nNA,v,0.25\n4,,1.5\n7,u,2.5\n")
    with pytest.raises(RequestError, match=r"data.csv:3: \"a\" is missing"):
        load_data(made)
    assert load_data(made, missing="mean").x[1].tolist() == [4, 0, 1]
    assert load_data(made, missing="median").x[2].tolist() == [4, 1, 0]
    assert len(load_data(made, missing="drop")) == 2


def test_an_unknown_column_or_source_gets_the_nearest_name(tmp_path):
    with pytest.raises(RequestError, match='did you mean "species"'):
        load_data(table(tmp_path, FLOWERS), target="speces")
    with pytest.raises(RequestError, match='did you mean "digits"'):
        load_data("digit")


def idx(array):
    head = bytes([0, 0, 8, array.ndim]) + b"".join(struct.pack(">I", n) for n in array.shape)
    return head + array.astype(np.uint8).tobytes()


def test_a_folder_of_idx_files_is_read_with_gzip_and_without(tmp_path):
    images = np.arange(4 * 6).reshape(4, 2, 3)
    labels = np.array([3, 0, 9, 3])
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(labels))
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx(images[:1]))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx(labels[:1]))
    data = load_data(tmp_path)
    assert data.x.tolist() == images.reshape(4, 6).tolist()
    assert data.labels.tolist() == labels.tolist()
    assert len(data.held_back) == 1


def test_damaged_idx_files_say_what_is_wrong(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(idx(np.zeros((2, 2)))[:-1])
    with pytest.raises(RequestError, match="holds 3 bytes of numbers, its header says 4"):
        read_idx(path)
    path.write_bytes(gzip.compress(idx(np.zeros(9)))[:-6])
    with pytest.raises(RequestError, match="damaged gzip"):
        read_idx(path)
    path.write_bytes(b"PK\3\4....")
    with pytest.raises(RequestError, match="not an IDX file"):
        read_idx(path)


def test_npz_files_are_read_and_pickles_refused(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(
        path,
        x=np.ones((3, 2)),
        y=np.array([0, 1, 0]),
        x_test=np.ones((1, 2)),
        y_test=np.array([2]),
    )
    with pytest.raises(RequestError, match="same classes"):
        load_data(path)
    np.savez(path, x=np.ones((3, 2)), y=np.array([0, 1, 0]))
    assert load_data(path).classes == ("0", "1")
    np.savez(path, x=np.array([{}], dtype=object), y=np.ones(1))
    with pytest.raises(RequestError, match="not an .npz file of numbers"):
        load_data(path)
    path.write_bytes(b"nothing")
    with pytest.raises(RequestError):
        load_data(path)


def test_sets_by_name_need_their_extra():
    try:
        data = load_data("iris")
    except MissingExtra as error:
        assert error.extra == "sklearn"
    else:
        assert data.classes == ("setosa", "versicolor", "virginica")


def test_a_split_holds_back_the_same_share_of_each_class_and_nothing_twice():
    t = one_hot(np.repeat([0, 1, 2], [50, 30, 20]), 3)
    data = Data(np.arange(100.0)[:, None], t, ("a", "b", "c"))
    kept, held = data.split(0.2, seed=3)
    assert held.t.sum(axis=0).tolist() == [10, 6, 4]
    assert sorted([*kept.x.ravel(), *held.x.ravel()]) == list(range(100))
    assert data.split(0.2, seed=3)[1].x.tolist() == held.x.tolist()
    assert data.split(0.2, seed=4)[1].x.tolist() != held.x.tolist()


def test_orders_are_permutations_that_never_change():
    for count in (1, 2, 3, 1000, 1025):
        assert sorted(shuffled(count, 7).tolist()) == list(range(count))
    # written down once; the same on every platform and with every version of NumPy
    assert shuffled(8, seed=1, number=2).tolist() == FROZEN
    assert shuffled(100, 0, number=0).tolist() != shuffled(100, 0, number=1).tolist()


FROZEN = [3, 4, 1, 7, 6, 0, 5, 2]


def test_every_order_is_equally_likely():
    counts = {}
    for number in range(6000):
        order = tuple(shuffled(3, 0, number=number).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert all(850 < n < 1150 for n in counts.values())  # 1000 each, deviation 29


def test_scaling_is_that_of_the_training_part():
    x = np.array([[1.0, 5.0], [3.0, 5.0]])
    made = Scaling.fit(x, "standard")
    assert made.apply(x).tolist() == [[-1, 0], [1, 0]]
    assert made.apply(np.array([[5.0, 6.0]])).tolist() == [[3, 1]]


def test_balanced_weights_let_every_class_weigh_alike():
    data = Data(np.zeros((4, 1)), one_hot(np.array([0, 0, 0, 1]), 2), ("a", "b"))
    weights = balanced(data)
    assert weights[:3].sum() == pytest.approx(weights[3])
    assert balanced(data, {"b": 5.0}).tolist() == [1, 1, 1, 5]
    with pytest.raises(RequestError, match='no class "c"'):
        balanced(data, {"c": 1.0})
