"""``python -m chalkgrad`` and the command ``chalkgrad``; turns every outcome into an exit code.

0 nothing wrong found, 1 findings, 2 bad request or file, 3 missing extra, 70 our bug, 130 interrupted.
"""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys

BUG, INTERRUPTED, BAD_REQUEST, MISSING = 70, 130, 2, 3


def _tell(text: str) -> None:
    """Say it on stderr; nothing that a file or a name contains may act on the terminal."""
    from chalkgrad.errors import visible

    print("\n".join(map(visible, text.split("\n"))), file=sys.stderr)


def _silence_stdout() -> None:
    """Python would complain once more when it flushes stdout at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_streams() -> None:
    """Give the streams that whoever started us has closed something to read and write."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115


def _spare_collections() -> None:
    """Look for dropped cycles seldom, and not once more at the end: a sixth of what a short command takes."""
    gc.set_threshold(50_000, 20, 20)
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    _spare_collections()
    import click

    from chalkgrad.cli import cli
    from chalkgrad.errors import ChalkgradError, MissingExtra, ProblemError, VerificationError

    _open_streams()
    try:
        result = cli.main(args=argv, prog_name="chalkgrad", standalone_mode=False)
    except click.exceptions.Exit as error:
        return error.exit_code
    except (KeyboardInterrupt, click.exceptions.Abort):
        return INTERRUPTED
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        _tell(shown.getvalue().rstrip())
        return BAD_REQUEST
    except VerificationError as error:
        _tell(f"chalkgrad: the working breaks its own rules; please report this\n{error}")
        return BUG
    except MissingExtra as error:
        _tell(f"chalkgrad: {error}")
        return MISSING
    except ChalkgradError as error:
        placed = isinstance(error, ProblemError) and error.file
        _tell(str(error) if placed else f"chalkgrad: {error}")
        return BAD_REQUEST
    except BrokenPipeError:
        _silence_stdout()  # the reader has gone
        return 0
    except OSError as error:  # files are reported where they are read and written
        _silence_stdout()
        _tell(f"chalkgrad: cannot write to standard output: {error.strerror or error}")
        return BAD_REQUEST
    except (RecursionError, MemoryError) as error:
        name = type(error).__name__
        _tell(f"chalkgrad: the problem is too large to be worked here ({name})")
        return BAD_REQUEST
    except Exception as error:
        if os.environ.get("CHALKGRAD_DEBUG"):
            raise
        _tell(
            f"chalkgrad: a bug of chalkgrad, please report it: {type(error).__name__}: {error}\n"
            "(set CHALKGRAD_DEBUG=1 for the traceback)"
        )
        return BUG
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
