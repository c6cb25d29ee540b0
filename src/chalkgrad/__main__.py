"""``python -m chalkgrad`` and the command ``chalkgrad``; turns every outcome into an exit code.

0 nothing wrong found, 1 findings, 2 bad request or file, 3 missing extra, 70 our bug, 130 interrupted.
"""

from __future__ import annotations

import io
import os
import sys

BUG, INTERRUPTED, BAD_REQUEST, MISSING = 70, 130, 2, 3


def _tell(text: str) -> None:
    """Say it on stderr; nothing that a file or a name contains may act on the terminal."""
    from chalkgrad.errors import visible

    print("\n".join(map(visible, text.split("\n"))), file=sys.stderr)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    import click

    from chalkgrad.cli import cli
    from chalkgrad.errors import ChalkgradError, MissingExtra, VerificationError

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
        text = str(error)
        _tell(text if ":" in text.split(" ", 1)[0] else f"chalkgrad: {text}")
        return BAD_REQUEST
    except BrokenPipeError:
        # The reader has gone; python would complain once more when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
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
