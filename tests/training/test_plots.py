"""Pictures and the report: what is drawn is what was computed, the same bytes each time."""

from __future__ import annotations

import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("matplotlib")

from chalkgrad import RequestError, example
from chalkgrad.training import error_surface
from chalkgrad.training.data import Data, one_hot
from chalkgrad.training.loop import train
from chalkgrad.training.model import network_problem
from chalkgrad.training.plots import confusion


def cloud(rows=90):
    rng = np.random.default_rng(3)
    labels = np.arange(rows) % 3
    return Data(rng.normal(size=(rows, 4)) + labels[:, None], one_hot(labels, 3), ("a", "<b>", "c"))


@pytest.fixture(scope="module")
def network():
    data = cloud()
    return train(network_problem(data, (6,)), data, epochs=15, validation=0.3, patience=5)


def drawn(axes):
    """The points of the first line of axes."""
    return axes.get_lines()[0].get_xydata()


def test_curves_hold_the_losses_and_scores_of_every_epoch(network):
    left, right = network.history.plot().figure.axes
    epochs = network.history.epochs
    assert drawn(left).tolist() == [[e.epoch, e.loss] for e in epochs]
    assert drawn(right).tolist() == [[e.epoch, e.validation_score] for e in epochs]


def test_a_surface_shows_the_path_and_the_minimum():
    surface = error_surface(example("mazur"), "w[2][1,1]", "w[2][1,2]", points=21, iterations=30)
    flat, solid = surface.plot().figure.axes
    assert drawn(flat).tolist() == surface.path.tolist()
    marks = [line.get_xydata()[0].tolist() for line in flat.get_lines()]
    assert list(surface.minimum[:2]) in marks
    assert solid.name == "3d"
    xs, ys, heights = solid.get_lines()[0].get_data_3d()
    assert np.array([xs, ys]).T.tolist() == surface.path.tolist()
    assert heights[0] == pytest.approx(0.298371, abs=2e-3)  # the loss of mazur, between grid points


def test_a_confusion_matrix_counts_every_row_once(network):
    data = cloud()
    counts = network.confusion(data)
    said = np.array([network.classes.index(name) for name in network.predict(data.x)])
    expected = [[int(((data.labels == i) & (said == j)).sum()) for j in range(3)] for i in range(3)]
    assert counts.tolist() == expected
    axes = network.plot_confusion(data).figure.axes[0]
    written = {text.get_position(): int(text.get_text()) for text in axes.texts}
    assert written == {(j, i): expected[i][j] for i in range(3) for j in range(3) if expected[i][j]}


def test_histograms_count_the_gradients_of_each_layer(network):
    step = network.step(3)
    _, W, b = step.gradients()
    axes = step.plot().figure.axes
    for ax, w, v in zip(axes, W, b, strict=True):
        sizes = np.abs(np.concatenate([w.ravel(), v]))
        largest = max(np.abs(g).max() for g in (*W, *b))
        assert sum(ax.patches[0].get_data().values) == (sizes > 1e-9 * largest).sum()


def test_the_same_picture_has_the_same_bytes(network, tmp_path):
    for ending in ("svg", "png"):
        found = []
        for name in ("one", "two"):
            network.history.plot().save(tmp_path / f"{name}.{ending}")
            found.append((tmp_path / f"{name}.{ending}").read_bytes())
        assert found[0] == found[1]
        assert b"2026" not in found[0]
    with pytest.raises(RequestError, match=r"written as .png or .svg"):
        network.history.plot().save(tmp_path / "one.gif")


def test_settings_of_the_user_do_not_change_a_picture(network):
    import matplotlib as mpl

    before = network.history.plot().svg()
    with mpl.rc_context({"lines.linewidth": 9, "axes.facecolor": "red", "font.size": 30}):
        assert network.history.plot().svg() == before
        assert mpl.rcParams["font.size"] == 30


def test_a_picture_for_a_page_is_one_element_in_the_colours_of_the_page():
    counts = np.array([[5, 1], [0, 7]])
    element = confusion(counts, ('say "a"', "b & c")).inline_svg()
    root = ET.fromstring(element)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == "Confusion matrix: 12 of 13 right"
    assert "var(--pos)" in element
    assert not re.search("#1b5ea6|<metadata|<script", element)


def test_pyplot_is_never_imported(network):
    text = (
        "import sys; from chalkgrad import example; from chalkgrad.training import train\n"
        "train(example('xor'), epochs=20).history.plot().svg()\n"
        "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", text], check=True, timeout=60)


# ---------------------------------------------------------------- the report
def report_of(network, **options):
    from chalkgrad.training.report import report

    return report(network, **options)


def words(page):
    body = re.sub(r"<(style|svg)\b.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_a_report_says_score_reason_engine_settings_and_confusions(network):
    data = cloud()
    page = report_of(network, held=data, command="chalkgrad train cloud.csv")
    said = words(page)
    assert f"the share of right answers is {network.score(data):.4f}" in said
    assert f"The numbers of epoch {network.history.best}, the best one, are kept" in said
    assert network.history.engine.split(":")[0] in said
    assert "chalkgrad train cloud.csv" in said
    assert "batch size 32" in said
    assert "&lt;b&gt; 30 " in said  # a class of 30 rows
    assert page.count("<svg") == 3


def test_a_report_needs_nothing_from_outside(network):
    page = report_of(network, held=cloud())
    html5lib = pytest.importorskip("html5lib")
    html5lib.HTMLParser(strict=True).parse(page)
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page.replace("xlink:", ""))
    assert not re.search(r"url\((?!#|\"?data:)", page)


def test_every_id_of_a_report_is_unique(network):
    page = report_of(network, held=cloud())
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))


def test_without_matplotlib_a_report_has_the_curve_and_no_other_picture(network, monkeypatch):
    from chalkgrad.training.report import _Parts

    monkeypatch.setattr(_Parts, "_drawn", False)
    page = report_of(network, held=cloud())
    assert page.count("<svg") == 1
    assert "Gradients of the layers" not in page


def test_the_report_of_a_run_that_diverged_is_written_all_the_same():
    rng = np.random.default_rng(0)
    data = Data(rng.normal(size=(64, 3)) * 10, rng.normal(size=(64, 1)))
    network = train(network_problem(data, (8,), learning_rate=9.0), data, epochs=30, batch_size=8)
    assert network.history.stopped == "diverged"
    assert "Warning. It diverged. At step " in words(report_of(network))
