"""The page in a real browser: the first view after the first line, and an edit of a 10-10-10 network.

An edit is timed from the `change` event of its box to the end of the frame in which the new numbers stand in the
drawing and in the panel. A folder with another checkout, given as the only argument, is measured beside this one,
edit by edit by turns, so that a machine that others use gives a ratio to believe. Beside every edit a fixed loop
runs in the browser: on an idle machine of 2025 it takes about 8 ms.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
ROUNDS = 24
KINDS = {
    "w[1][1,1]": "grad_w[1][1,1]",
    "x[1]": "grad_w[1][1,1]",
    "t[1]": "grad_w[1][1,1]",
    "eta": "new_w[1][1,1]",
}
"""What is edited, and what is open in the panel meanwhile."""
EDIT = """async ([key, text]) => {
  const box = document.querySelector(`#panel-edit [data-key="${key}"]`), view = document.querySelector(".cgv");
  const panel = view.querySelector(".panel"), was = panel.textContent;
  const begun = performance.now();
  for (let t = begun, x = 0, i = 0; i < 3e6; i++) x += Math.sqrt(i);
  const loop = performance.now() - begun, start = performance.now();
  box.value = text;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  await new Promise((done) => {
    const seen = new MutationObserver(() => {
      if (panel.textContent === was) return;
      seen.disconnect();
      requestAnimationFrame(() => setTimeout(done, 0));
    });
    seen.observe(view, { subtree: true, childList: true, characterData: true });
  });
  const edit = performance.now() - start;
  const sent = performance.getEntriesByType("resource").filter((r) => r.name.endsWith("/api/edit")).at(-1);
  performance.clearResourceTimings();
  return { edit, server: sent.responseEnd - sent.requestStart, loop };
}"""
CHOOSE = "async (sel) => (await import('/page.js')).model.set('sel', sel)"


def network(*sizes: int) -> str:
    """A problem file with weights of two decimals."""
    rng = random.Random(1)
    text = ""
    for inputs, units in itertools.pairwise(sizes):
        rows = [[round(rng.uniform(-1, 1), 2) for _ in range(inputs)] for _ in range(units)]
        text += f'[[layer]]\nweights = {rows}\nbias = {[0.1] * units}\nactivation = "sigmoid"\n'
    text += "[training]\nlearning_rate = 0.5\n"
    return text + f"[[sample]]\ninput = {[0.5] * sizes[0]}\ntarget = {[0.3] * sizes[-1]}\n"


class Served:
    """A server of some checkout, and a page of it."""

    def __init__(self, tree: Path, problem: str, browser: Browser) -> None:
        command = [sys.executable, "-m", "chalkgrad", "serve", "--port", "0", problem]
        begun = time.perf_counter()
        self.server = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(tree / "src")},
        )  # fmt: skip
        url = self.server.stdout.readline().strip() if self.server.stdout else ""
        said = time.perf_counter()
        self.page: Page = browser.new_page(viewport={"width": 1400, "height": 900})
        self.page.goto(f"{url}/#tab=edit")
        self.page.wait_for_selector("body[data-ready]")
        self.start = {
            "line after s": round(said - begun, 2),
            "view after s": round(time.perf_counter() - said, 2),
        }

    def edits(self, key: str, text: str) -> dict[str, float]:
        """One edit, timed."""
        made: dict[str, float] = self.page.evaluate(EDIT, [key, text])
        self.page.wait_for_timeout(120)
        return made

    def end(self) -> None:
        """Leave nothing behind."""
        self.page.close()
        self.server.terminate()
        self.server.wait()


def edits(pages: dict[str, Served]) -> dict[str, Any]:
    """Medians of each kind of edit for each page, by turns, and of the ratios of neighbours."""
    found: dict[str, Any] = {}
    for key, chosen in KINDS.items():
        times: dict[str, list[dict[str, float]]] = {name: [] for name in pages}
        for served in pages.values():
            served.page.evaluate(CHOOSE, chosen)
            for text in ("0.91", "0.92", "0.93"):  # each worker compiles the formulas once
                served.edits(key, text)
        for k in range(ROUNDS):
            for name, served in pages.items():
                times[name].append(served.edits(key, f"{1 + 2 * (k % 2)}.{k + 11}"))
        found[key] = {
            name: {
                what: round(statistics.median(row[what] for row in rows), 1)
                for what in ("edit", "server", "loop")
            }
            for name, rows in times.items()
        }
        if len(pages) > 1:
            this, other = times.values()
            ratios = [o["edit"] / t["edit"] for t, o in zip(this, other, strict=True)]
            found[key]["times as fast"] = round(statistics.median(ratios), 2)
    return found


def main() -> None:
    """Print the figures as JSON."""
    trees = {"this": Path(__file__).parents[1]}
    if sys.argv[1:]:
        trees["other"] = Path(sys.argv[1]).resolve()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        file = Path(folder, "ten.toml")
        file.write_text(network(10, 10, 10), encoding="utf-8")
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        for problem in ("mazur", str(file)):
            pages = {name: Served(tree, problem, browser) for name, tree in trees.items()}
            starts = {name: served.start for name, served in pages.items()}
            figures["mazur" if problem == "mazur" else "10-10-10"] = starts
            if problem != "mazur":
                figures["edit, ms"] = edits(pages)
            for served in pages.values():
                served.end()
        browser.close()
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
