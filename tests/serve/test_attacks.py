"""What a hostile page, program or person may try; the server survives, and nothing gets through."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from chalkgrad import dump, example

MAZUR = dump(example("mazur"))


def raw(server, data, seconds=20):
    """What comes back for bytes on a socket, until the server closes it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as sock:
        sock.sendall(data)
        parts = []
        try:
            while part := sock.recv(65536):
                parts.append(part)
        except (TimeoutError, ConnectionError):
            pass
        return b"".join(parts)


# ---------------------------------------------------------------- who asks
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", ""]
)
def test_a_foreign_host_is_refused(server, host):
    status, _, body = server.ask("GET", "/", host=host.format(port=server.port))
    assert (status, b"chalkgrad" in body) == (403, False)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1", "http://localhost:1"]
)
def test_a_foreign_origin_is_refused(server, origin):
    assert server.ask("POST", "/api/view", {"problem": MAZUR}, origin=origin)[0] == 403


def test_the_pages_own_origin_is_let_in(server):
    status, _, body = server.ask(
        "POST", "/api/view", {"problem": MAZUR}, origin=f"http://{server.host}"
    )
    assert status == 200 and json.loads(body)["title"].startswith("Two inputs")


def test_another_site_may_link_to_the_page_but_not_use_it(server):
    from_there = {"sec_fetch_site": "cross-site"}
    assert server.ask("GET", "/", sec_fetch_mode="navigate", **from_there)[0] == 200
    assert server.ask("GET", "/view.js", sec_fetch_mode="no-cors", **from_there)[0] == 403
    assert server.ask("POST", "/api/view", {"problem": MAZUR}, **from_there)[0] == 403
    assert server.ask("GET", "/api/train/x/events", **from_there)[0] == 403


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_form_of_another_site_cannot_post(server, kind):
    assert server.ask("POST", "/api/view", b"{}", content_type=kind)[0] == 415


def test_two_hosts_in_one_request_are_refused(server):
    request = f"GET / HTTP/1.1\r\nHost: {server.host}\r\nHost: evil.example\r\n\r\n"
    assert raw(server, request.encode()).split()[1] == b"400"


def test_every_answer_forbids_frames_guessing_and_other_sources(server):
    for path in ("/", "/page.js", "/nothing", "/api/view"):
        headers = {k.lower(): v for k, v in server.ask("GET", path)[1].items()}
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in headers


# ---------------------------------------------------------------- files
@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/page.js/../../../etc/passwd",
        "/..%5c..%5cetc%5cpasswd", "/secret.toml", "/./secret.toml", "/page.js%00.toml", "/assets/",
        "/app.py", "/api/..%2f..%2fetc%2fpasswd", "/api/train_open", "/api/__init__",
    ],
)  # fmt: skip
def test_no_path_of_the_server_is_readable(server, path):
    request = f"GET {path} HTTP/1.1\r\nHost: {server.host}\r\nConnection: close\r\n\r\n"
    answer = raw(server, request.encode())
    assert answer.split()[1] in (b"404", b"405", b"400")
    assert b"root:" not in answer and b"SECRET" not in answer and b"import" not in answer
    request = request.replace("GET", "POST", 1).replace(
        "Connection", "Content-Type: application/json\r\nContent-Length: 2\r\nConnection"
    )
    assert raw(server, request.encode() + b"{}").split()[1] in (b"404", b"405", b"400")


def test_no_field_of_a_request_names_a_file(server):
    secret = str(server.folder / "secret.toml")
    for name in (secret, "secret.toml", "../../etc/passwd", "/etc/passwd", "-"):
        for answer in (
            server.job("view", example=name), server.job("view", problem=name),
            server.job("audit", notes="x", problem=name, with_problem=True),
            json.loads(server.ask("POST", "/api/train", {"problem": MAZUR, "source": name})[2]),
        ):  # fmt: skip
            assert "error" in answer and "SECRET" not in str(answer) and "root:" not in str(answer)


def test_a_set_is_not_read_from_the_folder_of_the_server(server):
    made = json.loads(
        server.ask("POST", "/api/train", {"problem": MAZUR, "source": "iris", "batch": "8"})[2]
    )
    assert made.get("rows") == 150 or "sklearn" in str(made)  # the file "iris" there has one row


def test_a_table_is_written_nowhere_that_its_name_says(server, tmp_path):
    target = tmp_path / "written.csv"
    args = {"problem": MAZUR, "source": "table", "table": "a,b\n1,2\n3,4\n5,7\n", "batch": "2"}
    for name in (str(target), f"../../../..{target}"):
        made = json.loads(server.ask("POST", "/api/train", {**args, "table_name": name})[2])
        assert "error" not in made
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- sizes and times
def test_a_body_of_a_gigabyte_is_refused_by_its_head(server):
    head = f"POST /api/view HTTP/1.1\r\nHost: {server.host}\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n"
    assert raw(server, head.encode()).split()[1] == b"413"


def test_a_body_that_does_not_say_how_long_it_is_is_counted(server):
    before = memory(server)
    sent = 0
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
        sock.sendall(
            f"POST /api/view HTTP/1.1\r\nHost: {server.host}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        block = b"10000\r\n" + b" " * 65536 + b"\r\n"
        try:
            while sent < 1_000_000_000:
                sock.sendall(block)
                sent += 65536
        except OSError:
            pass  # it was closed
    assert sent < 50_000_000
    assert memory(server) < before + 60_000_000
    assert server.alive()


def memory(server):
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def test_slow_heads_and_slow_bodies_are_ended(server):
    """One byte a second, with and without a whole head, and a client that says nothing at all."""
    head = f"POST /api/view HTTP/1.1\r\nHost: {server.host}\r\nContent-Type: application/json\r\n"
    starts = [b"", b"GET / HT", head.encode(), (head + "Content-Length: 1000\r\n\r\n{").encode()]

    def drip(start):
        begun = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.port), timeout=1) as sock:
            sock.sendall(start)
            while time.monotonic() - begun < 25:
                try:
                    if start:
                        sock.send(b" ")
                    if not sock.recv(1000):
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
        return time.monotonic() - begun

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert all(seconds < 20 for seconds in pool.map(drip, starts * 2))
    assert server.alive()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"nul", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b'{"problem": ' + b"9" * 10_000 + b"}",
        b'{"problem": null}', b'{"problem": {"a": [1e400]}}', b'{"problem": ""}', b'{"problem": "\\u0000"}',
        b'{"example": 3}', b'{"problem": "\\ud800"}',
    ],
)  # fmt: skip
def test_a_body_that_is_no_request_is_refused(server, body):
    status, _, answer = server.ask("POST", "/api/view", body)
    assert status in (200, 400, 422)  # an empty object asks for the first view
    assert status == 200 or json.loads(answer)["error"]["lines"]


@pytest.mark.parametrize(
    "change",
    [
        "units = 100000\ninit = 'he_normal'", "units = 99999999999", "weights = [[1e999]]", "units = 0",
        "init = 'zeros'\nunits = 3000",
    ],
)  # fmt: skip
def test_a_problem_that_is_too_large_is_refused_in_words(server, change):
    text = f"[[layer]]\nweights = [[1, 2]]\n[[layer]]\n{change}\n" * 20
    made = server.job("view", problem=text + "[[sample]]\ninput = [1, 2]\ntarget = [1]\n")
    assert made["error"]["kind"] in ("problem", "limit")


def test_no_job_can_be_asked_for_by_another_name(server):
    for name in ("train_run", "train_open", "quiz.py", "__class__", "view/", "VIEW"):
        assert server.ask("POST", f"/api/{name}", {})[0] in (404, 405, 307, 410)


# ---------------------------------------------------------------- many
def test_ten_thousand_requests(server):
    def some(k):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        right = 0
        body = json.dumps({"example": "single-neuron"})
        for n in range(500):
            if n % 10:
                connection.request("GET", ("/", "/page.js", "/tokens.css", "/nothing")[n % 4])
            else:
                connection.request("POST", "/api/view", body, {"content-type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            right += answer.status == (404 if n % 10 and n % 4 == 3 else 200)
        connection.close()
        return right

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(some, range(20))) == 10_000
    assert server.alive()


def test_two_hundred_clients_at_once(server):
    problem = dump(example("xor"))
    gate = threading.Barrier(200)

    def client(k):
        gate.wait(60)
        edit = {"do": "number", "name": "w[1][1,1]", "text": f"0.{k + 100}"}
        view = server.job("view", problem=problem)
        made = server.job("edit", problem=problem, edit=edit, its=[1], digits=["own"])
        shown = made["numbers"]["columns"]["own"]["w[1][1,1]"]
        return view["problem"] == problem and shown == f"0.{k + 100}"

    with concurrent.futures.ThreadPoolExecutor(200) as pool:
        assert all(pool.map(client, range(200)))
    assert server.alive()


def test_a_worker_that_dies_is_replaced_and_the_page_is_told(server):
    """All workers are killed while they work, and the next request is answered as if nothing had been."""
    weights = [[0.1 * (i + j) for i in range(10)] for j in range(10)]
    text = f"[[layer]]\nweights = {weights}\nactivation = 'tanh'\n" * 2
    text += f"[training]\nlearning_rate = 1\n[[sample]]\ninput = {[1] * 10}\ntarget = {[0] * 10}\n"
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        kinds = set()
        for attempt in range(5):
            jobs = [
                pool.submit(server.job, "view", problem=f"# {attempt} {k}\n{text}")
                for k in range(4)
            ]
            time.sleep(0.3)
            for pid in server.workers():
                os.kill(pid, signal.SIGKILL)
            kinds |= {job.result().get("error", {}).get("kind") for job in jobs}
            if "died" in kinds:
                break
    assert "died" in kinds
    assert server.alive()
    assert len(server.workers()) >= 2


# ---------------------------------------------------------------- beyond this machine
def run(*args):
    return subprocess.run(
        [sys.executable, "-m", "chalkgrad", "serve", *args],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_others_are_let_in_with_a_token_alone():
    done = run("--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 2 and "--token" in done.stderr and done.stdout == ""
    assert run("--token", "short", "--port", "0").returncode == 2


def test_a_taken_port_is_said(server):
    done = run("--port", str(server.port))
    assert done.returncode == 2
    assert f"port {server.port} is taken" in done.stderr and "Traceback" not in done.stderr


def test_a_token_opens_the_page_and_nothing_else_does(start, tmp_path):
    guarded = start("--token", "abcdefgh12345", cwd=tmp_path)
    for headers in ({}, {"cookie": "chalkgrad=wrong"}, {"cookie": "other=abcdefgh12345"}):
        assert guarded.ask("GET", "/", **headers)[0] == 401
        assert guarded.ask("POST", "/api/view", {}, **headers)[0] == 401
    assert guarded.ask("GET", "/?token=abcdefgh1234")[0] == 401
    status, headers, _ = guarded.ask("GET", "/?token=abcdefgh12345")
    cookie = headers["set-cookie"]
    assert (status, headers["location"]) == (303, "/")
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert guarded.ask("GET", "/", cookie=cookie.split(";")[0])[0] == 200
