"""What ``chalkgrad serve`` does, apart from how its options are spelled."""

from __future__ import annotations

import sys

from chalkgrad.commands import find_problem
from chalkgrad.problem_writer import dump
from chalkgrad.serve.server import serve

FIRST = "mazur"


def serve_command(
    problem: str | None, *, host: str, port: int, token: str | None, open_: bool
) -> None:
    """Serve the page; the first line on stdout is its address.

    Args:
        problem: a file, the name of an example, or ``-``; by default an example.
        host: where to listen.
        port: its port.
        token: what a browser must know.
        open_: whether a browser is opened at the address.
    """
    initial = {"problem": dump(find_problem(problem))} if problem else {"example": FIRST}

    def listening(address: str) -> None:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        sys.stderr.write("chalkgrad: the page is there until Ctrl-C\n")
        if open_:
            import webbrowser

            webbrowser.open(address)

    serve(initial, host=host, port=port, token=token or "", listening=listening)
