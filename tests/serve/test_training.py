"""Training for the page: what it takes where nothing is said, and the working of a step that it hands over."""

from __future__ import annotations

import json
import pickle
import random
import re

import pytest

pytest.importorskip("numpy")

from chalkgrad import Policy, examples, solve
from chalkgrad.__main__ import main
from chalkgrad.serve import jobs, training_jobs

MAZUR = examples.path("mazur").read_text()


def houses():
    """Prices that are a plain sum of areas, rooms and a rule for the town, far from 0 and from each other."""
    rng, lines = random.Random(3), ["area,rooms,town,price"]
    for _ in range(150):
        area, rooms, town = rng.uniform(40, 200), rng.randrange(1, 7), rng.choice(["a", "b"])
        price = 900 * area + 7000 * rooms + (30_000 if town == "a" else 0) + rng.gauss(0, 3000)
        lines.append(f"{area:.1f},{rooms},{town},{price:.0f}")
    return "\n".join(lines) + "\n"


def opened(**more):
    return training_jobs.open_run(
        {
            "problem": MAZUR,
            "source": "table",
            "table": houses(),
            "hidden": "8",
            "batch": "32",
            **more,
        }
    )


def test_prices_are_learnt_on_the_page_as_at_the_command_line(tmp_path, capsys):
    first, blob = opened()
    assert float(first["picture"]["explained"]) < 0.5
    for _ in range(8):
        shown, blob = training_jobs.run({"passes": 10}, blob)
    assert float(shown["explained"]) > 0.97
    assert float(shown["loss"]) < 0.05  # of prices about their mean in units of their spread
    (tmp_path / "houses.csv").write_text(houses())
    assert main(["train", str(tmp_path / "houses.csv"), "--hidden", "8", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["score"] > 0.97


@pytest.mark.parametrize("args", [{"steps": 1}, {"passes": 1}])
def test_the_curve_shows_the_losses_of_solve_at_their_updates(args):
    _, blob = training_jobs.open_run({"problem": MAZUR, "source": "own"})
    for _ in range(4):
        shown, blob = training_jobs.run(args, blob)
    want = solve(examples.example("mazur"), iterations=4, policy=Policy()).losses
    course = pickle.loads(blob)
    assert {updates for updates, _ in course.losses} == {0, 1, 2, 3}
    for updates, loss in course.losses:
        assert loss == pytest.approx(want[updates], rel=1e-12)
    assert (shown["updates"], float(shown["loss"])) == (4, pytest.approx(want[4], rel=1e-3))


def test_a_training_of_the_page_that_diverges_ends_and_names_the_step():
    _, blob = opened(rate="1000")
    shown, _ = training_jobs.run({"passes": 50}, blob)
    assert shown["ended"]
    assert shown["note"].startswith("at step ")


def test_the_working_of_a_step_shows_trained_weights_with_the_digits_of_its_view():
    _, blob = opened()
    _, blob = training_jobs.run({"passes": 3}, blob)
    made = training_jobs.working({}, blob)[0]["problem"]
    assert re.search(r"\d\.\d{14,}", made)  # nothing is lost: the weights themselves are whole
    view = jobs.view({"problem": made})[0]["view"]
    shown = json.dumps({key: part for key, part in view.items() if key != "surfaces"})
    assert len(shown) > 10_000
    assert not re.search(r"[1-9]\d*\.\d{9,}|0\.0*[1-9]\d{8,}", shown)
