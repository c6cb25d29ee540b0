"""The page in a real browser: the first view after the first line, and an edit of a 10-10-10 network.

Run it on a quiet machine. Beside every edit a fixed loop runs in the same browser, so that a busy machine is
seen in the figures: on an idle one of 2025 the loop takes about 8 ms.
"""

from __future__ import annotations

import itertools
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
EDITS = """async () => {
  const out = { edit: [], server: [], loop: [] };
  const box = document.querySelector('#panel-edit [data-key="w[1][1,1]"]');
  const loss = document.querySelector('[data-el="loss"]');
  const loop = () => { const t = performance.now(); let x = 0; for (let i = 0; i < 3e6; i++) x += Math.sqrt(i); return performance.now() - t; };
  for (let k = 0; k < 25; k++) {
    out.loop.push(loop());
    const was = loss.textContent, t = performance.now();
    box.value = `${k % 2 ? "-" : ""}3.${k + 11}`;
    box.dispatchEvent(new Event("change", { bubbles: true }));
    await new Promise((done) => {
      const seen = new MutationObserver(() => { if (loss.textContent !== was) { seen.disconnect(); requestAnimationFrame(() => setTimeout(done, 0)); } });
      seen.observe(loss, { subtree: true, childList: true, characterData: true });
    });
    out.edit.push(performance.now() - t);
    await new Promise((done) => setTimeout(done, 150));
  }
  const sent = performance.getEntriesByType("resource").filter((r) => r.name.endsWith("/api/edit"));
  out.server = sent.map((r) => r.responseEnd - r.requestStart);
  return out;
}"""


def network(*sizes: int) -> str:
    """A problem file with weights of two decimals."""
    rng = random.Random(1)
    text = ""
    for inputs, units in itertools.pairwise(sizes):
        rows = [[round(rng.uniform(-1, 1), 2) for _ in range(inputs)] for _ in range(units)]
        text += f'[[layer]]\nweights = {rows}\nbias = {[0.1] * units}\nactivation = "sigmoid"\n'
    text += "[training]\nlearning_rate = 0.5\n"
    return text + f"[[sample]]\ninput = {[0.5] * sizes[0]}\ntarget = {[0.3] * sizes[-1]}\n"


def main() -> None:
    """Print the figures as JSON."""
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        file = Path(folder, "ten.toml")
        file.write_text(network(10, 10, 10), encoding="utf-8")
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        for name, problem in (("mazur", "mazur"), ("10-10-10", str(file))):
            page = browser.new_page()
            command = [sys.executable, "-m", "chalkgrad", "serve", "--port", "0", problem]
            begun = time.perf_counter()
            server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            url = server.stdout.readline().strip() if server.stdout else ""
            said = time.perf_counter()
            page.goto(f"{url}/#tab=edit")
            page.wait_for_selector("body[data-ready]")
            seen = time.perf_counter()
            figures[name] = {
                "line after s": round(said - begun, 2),
                "view after s": round(seen - said, 2),
            }
            if name != "mazur":
                times = page.evaluate(EDITS)
                figures["edit, ms"] = {k: round(statistics.median(v), 1) for k, v in times.items()}
            server.terminate()
            server.wait()
        browser.close()
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
