"""The command in this process, and a small problem file."""

from __future__ import annotations

import pytest

from chalkgrad.__main__ import main
from command import SMALL


@pytest.fixture
def cg(capsys):
    """Run the command in this process: exit code, stdout, stderr."""

    def run(*argv: object) -> tuple[int, str, str]:
        code = main([str(a) for a in argv])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def small(tmp_path):
    file = tmp_path / "small.toml"
    file.write_text(SMALL, encoding="utf-8")
    return file
