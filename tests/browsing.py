"""What tests of the page wait for, and what they read of it."""

from __future__ import annotations


def until(page, what, seconds=25):
    """Wait until a function of the page's state is true; the page's policy allows no text as code."""
    for _ in range(int(seconds * 20)):
        if what():
            return
        page.wait_for_timeout(50)
    raise AssertionError(page.inner_text("#alert") or "it did not happen")


def saved(page):
    with page.expect_download() as download:
        page.click("#save")
    return download.value.path().read_text()


def fact(page, name):
    """What the page says of a training."""
    return page.locator(f"[data-fact={name}]").inner_text()
