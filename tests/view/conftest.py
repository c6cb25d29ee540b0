"""A real browser for the tests of the view, where there is one."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import pytest


class Log:
    """What a page asked for and complained of."""

    def __init__(self, page):
        self.requests: list[str] = []
        self.faults: list[str] = []
        page.on("request", lambda r: self.requests.append(r.url))
        page.on("pageerror", lambda e: self.faults.append(str(e)))
        page.on("console", lambda m: self.faults.append(m.text) if m.type == "error" else None)


@pytest.fixture(scope="module")
def opened(chromium):
    """Opens a file offline, and gives its page with a log of all it asked for."""

    @contextmanager
    def open_(file: Path, width: int = 1400, height: int = 900, fragment: str = "", **settings):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, offline=True, **settings
        )
        page = context.new_page()
        page.log = Log(page)
        page.goto(file.as_uri() + fragment)
        if settings.get("java_script_enabled", True):
            page.wait_for_selector(".cgv .panel h2, .cgv .panel h3")
        yield page
        context.close()

    return open_
