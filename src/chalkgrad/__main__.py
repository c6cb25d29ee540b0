"""``python -m chalkgrad`` and the command ``chalkgrad``; turns every outcome into an exit code.

0 nothing wrong found, 1 findings, 2 bad request or file, 3 missing extra, 70 our bug, 130 interrupted.
"""

from __future__ import annotations

import os
import sys

BUG, INTERRUPTED, BAD_REQUEST, MISSING = 70, 130, 2, 3


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
        error.show()
        return BAD_REQUEST
    except VerificationError as error:
        print(
            f"chalkgrad: the working breaks its own rules; please report this\n{error}",
            file=sys.stderr,
        )
        return BUG
    except MissingExtra as error:
        print(f"chalkgrad: {error}", file=sys.stderr)
        return MISSING
    except ChalkgradError as error:
        text = str(error)
        print(text if ":" in text.split(" ", 1)[0] else f"chalkgrad: {text}", file=sys.stderr)
        return BAD_REQUEST
    except BrokenPipeError:
        # The reader has gone; python would complain once more when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (RecursionError, MemoryError) as error:
        name = type(error).__name__
        print(f"chalkgrad: the problem is too large to be worked here ({name})", file=sys.stderr)
        return BAD_REQUEST
    except Exception as error:
        if os.environ.get("CHALKGRAD_DEBUG"):
            raise
        print(
            f"chalkgrad: a bug of chalkgrad, please report it: {type(error).__name__}: {error}\n"
            "(set CHALKGRAD_DEBUG=1 for the traceback)",
            file=sys.stderr,
        )
        return BUG
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
