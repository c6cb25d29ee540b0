"""Training on the page in a real browser: watched, paused, and on data of its own."""

from __future__ import annotations

import re

import pytest

from browsing import fact, saved, until
from chalkgrad import example, loads, solve


def test_xor_is_trained_to_below_a_hundredth(visit):
    page = visit("/#example=xor&tab=train")
    page.click("#train-step")
    until(page, lambda: fact(page, "updates") == "1")
    page.click("#train-main")
    until(page, lambda: float(fact(page, "loss")) < 0.01)
    page.click("#train-main")
    until(page, lambda: page.inner_text("#train-says") == "Paused.")
    assert page.locator("#plane").is_visible() and page.locator("#dots circle").count() == 4
    done = int(fact(page, "updates"))
    page.click("#train-working")
    until(page, lambda: page.is_enabled("#undo"))
    trained = loads(saved(page))
    plain = float(
        solve(example("xor").with_(stop=type(trained.training.stop)()), iterations=done).losses[-1]
    )
    assert solve(trained)["loss"] == pytest.approx(plain, rel=1e-6) and plain < 0.01


def test_a_training_stays_paused_when_the_answer_comes_after_the_last_picture(visit):
    page = visit("/#example=xor&tab=train")

    def late(route):
        answer = route.fetch()
        page.wait_for_timeout(600)
        route.fulfill(response=answer)

    page.click("#train-main")
    until(page, lambda: page.inner_text("#train-says") == "Training …")
    page.route("**/api/train/*", late)
    page.click("#train-main")
    until(page, lambda: page.inner_text("#train-says") == "Paused.")
    page.wait_for_timeout(1_500)
    assert page.inner_text("#train-says") == "Paused."


def test_a_start_that_is_pressed_again_while_it_is_under_way_leaves_one_training(visit):
    page = visit("/#example=xor&tab=train")
    opened, closed = [], []

    def late(route):
        answer = route.fetch()
        if "run" in answer.json():
            opened.append(answer.json()["run"])
            page.wait_for_timeout(500)
        elif route.request.post_data_json["do"] == "close":
            closed.append(route.request.url.rsplit("/", 1)[1])
        route.fulfill(response=answer)

    page.route(re.compile(r"/api/train(/[^/]*)?$"), late)
    for _ in range(3):
        page.evaluate("document.getElementById('train-main').click()")
        page.wait_for_timeout(50)
    until(page, lambda: page.inner_text("#train-says") == "Training …")
    until(page, lambda: len(closed) == len(opened) - 1)
    page.click("#train-main")
    until(page, lambda: page.inner_text("#train-says") == "Paused.")
    done = fact(page, "updates")
    page.wait_for_timeout(700)
    assert fact(page, "updates") == done and len(opened) > 1


def test_a_table_that_is_dropped_is_trained_on(visit):
    page = visit("/#example=xor")
    rows = ["height,width,kind"] + [
        f"{x / 10},{y / 10},{'big' if x + y > 9 else 'small'}" for x in range(10) for y in range(10)
    ]
    page.evaluate(
        """(text) => {
            const data = new DataTransfer();
            data.items.add(new File([text], "shapes.csv", { type: "text/csv" }));
            document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        "\n".join(rows),
    )
    until(page, lambda: fact(page, "sizes") == "2-8-2")
    page.click("#train-main")
    until(page, lambda: float(fact(page, "score").split()[0]) > 95)
    assert page.locator("#source option:checked").inner_text() == "shapes.csv"
    assert page.locator("#dots circle").count() == 100
