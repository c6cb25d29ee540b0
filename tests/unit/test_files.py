"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
import threading

import pytest

from chalkgrad.errors import RequestError
from chalkgrad.files import write_text


def test_text_is_written_as_utf8_with_the_line_ends_it_has(tmp_path):
    write_text(tmp_path / "a.txt", "δ = −1\r\nx\n")
    assert (tmp_path / "a.txt").read_bytes() == "δ = −1\r\nx\n".encode()


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(RequestError, match="--force"):
        write_text(target, "new")
    assert target.read_text() == "old"
    write_text(target, "new", force=True)
    assert target.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_new_file_has_the_permissions_that_any_new_file_has(tmp_path):
    (tmp_path / "plain").write_text("x")
    write_text(tmp_path / "ours", "x")
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == stat.S_IMODE(
        (tmp_path / "plain").stat().st_mode
    )


def test_an_overwritten_file_keeps_its_permissions_and_a_link_stays_a_link(tmp_path):
    target, link = tmp_path / "real", tmp_path / "link"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_text(link, "new", force=True)
    assert (link.is_symlink(), target.read_text()) == (True, "new")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.parametrize("text", ["half of a pair: \ud800"])
def test_text_that_is_no_text_leaves_the_old_file(tmp_path, text):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(RequestError, match="cannot write"):
        write_text(target, text, force=True)
    assert (target.read_text(), os.listdir(tmp_path)) == ("old", ["a.txt"])


@pytest.mark.parametrize("name", ["missing/a.txt", "", "file/a.txt", "n" * 300, "a\0b"])
def test_a_place_that_cannot_be_written_is_refused_with_the_cause(tmp_path, name):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RequestError, match="cannot write"):
        write_text(tmp_path / name if name else str(tmp_path), "x", force=True)
    assert os.listdir(tmp_path) == ["file"]


def test_a_pipe_is_written_to_as_it_is(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_text(pipe, "through")
    reader.join(timeout=10)
    assert read == ["through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_name_as_long_as_the_system_allows_can_be_written(tmp_path):
    write_text(tmp_path / ("n" * 255), "x")
    assert os.listdir(tmp_path) == ["n" * 255]
