"""Options of the test run, and the browser that the pages are tried in."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import settings

# How long an example takes depends on who else uses the machine, and is never a test.
settings.register_profile("chalkgrad", deadline=None)
settings.load_profile("chalkgrad")

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


def pytest_addoption(parser):
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite the golden files of tests/golden"
    )


@pytest.fixture(scope="module")
def chromium():
    """Chromium, driven by Playwright; skips with a line where either is missing.

    For a module and no longer: while the driver runs, its event loop counts as running in this
    process, so a second driver, or any `asyncio.run` of another module, would be refused.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        pytest.skip("chromium is missing: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()
