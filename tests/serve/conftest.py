"""A server of its own process, and a real browser."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="the extra serve is not installed")
pytest.importorskip("uvicorn", reason="the extra serve is not installed")


class Server:
    """A running server: its address, and plain requests to it."""

    def __init__(self, *args, cwd=None):
        command = [sys.executable, "-m", "chalkgrad", "serve", "--port", "0", *args]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd
        )
        self.url = self.process.stdout.readline().strip()
        found = re.fullmatch(r"http://(?:.*):(\d+)(?:/\?token=.*)?", self.url)
        assert found, self.process.stderr.read()
        self.port = int(found[1])

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    def ask(self, method, path, body=None, **headers):
        """Status, headers and body of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        if body is not None:
            sent.setdefault("content-type", "application/json")
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def job(self, name, **args):
        """The object that a job gives, or its error."""
        return json.loads(self.ask("POST", f"/api/{name}", args)[2])

    def workers(self):
        """Process numbers of the workers."""
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in task.read_text().split()]

    def alive(self):
        """Whether it still answers as it should."""
        assert self.process.poll() is None
        assert self.ask("GET", "/")[0] == 200
        return "view" in self.job("view", example="single-neuron")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server, started in a folder of files that nobody may read through it."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "secret.toml").write_text('title = "SECRET"\n')
    (folder / "iris").write_text("SECRET,1\n2,3\n")
    made = Server(cwd=folder)
    made.folder = folder
    yield made
    made.end()


@pytest.fixture
def start():
    """Starts further servers, and ends them."""
    with contextlib.ExitStack() as stack:

        def go(*args, **options):
            made = Server(*args, **options)
            stack.callback(made.end)
            return made

        yield go


@pytest.fixture
def visit(server, chromium):
    """Open the page in a fresh context; at the end nothing may have failed or left the machine."""
    said, asked = [], []
    with contextlib.ExitStack() as stack:

        def go(address="/", width=1400, height=900, **options):
            context = chromium.new_context(viewport={"width": width, "height": height}, **options)
            stack.callback(context.close)
            page = context.new_page()
            page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
            page.on("pageerror", lambda error: said.append(str(error)))
            page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
            page.on("request", lambda request: asked.append(request.url))
            page.expected = said
            page.goto(server.url + address)
            page.wait_for_selector("body[data-ready]")
            return page

        yield go
    assert said == []
    outside = [url for url in asked if not url.startswith((server.url, "data:", "blob:"))]
    assert outside == []
