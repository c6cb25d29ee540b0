"""The command line: one function a verb, each a thin skin over the library function of that name."""

from __future__ import annotations

import re
import sys

import click

from chalkgrad import __version__

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="chalkgrad")
def cli() -> None:
    """Backpropagation with the working shown.

    \b
    chalkgrad solve mazur               the worked solution of a built-in example
    chalkgrad solve mine.toml -o p.html the same for a problem of yours, as a page
    chalkgrad check mazur sheet.csv     marks, follow-through, the slips by name
    chalkgrad audit notes.md            the wrong figures of lecture notes
    chalkgrad examples                  what is built in
    """


class _Numbers(click.ParamType[list[int]]):
    """Numbers separated by commas: ``1,2,10000``."""

    name = "N,N,..."

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[int]:
        try:
            found = [int(part) for part in str(value).split(",") if part.strip()]
        except ValueError:
            found = []
        if not found:
            self.fail(f'must be whole numbers separated by commas, got "{value}"', param, ctx)
        return found


@cli.command(context_settings=CONTEXT)
@click.argument("problem")
@click.option(
    "--format",
    "format_",
    metavar="FORMAT",
    help="text markdown latex html json notebook typst pdf png svg",
)
@click.option("-o", "--output", metavar="FILE", help="write to FILE; its ending chooses the format")
@click.option("--force", is_flag=True, help="overwrite FILE")
@click.option("--iterations", type=int, metavar="N", help="in place of the problem's own number")
@click.option("--iteration", type=int, metavar="N", help="work this one; of a run, this step")
@click.option("--work", type=_Numbers(), help="the iterations to work in full, as 1,2,10000")
@click.option(
    "--only", multiple=True, metavar="NAME", help='show only this quantity; "*" is any text'
)
@click.option("--style", default="chain", metavar="STYLE", help="chain (default), delta or matrix")
@click.option("--notation", metavar="NAME", help="index (default), numbered or source_first")
@click.option("--language", default="en", metavar="CODE", help="en (default) or de")
@click.option("--decimals", type=int, metavar="N", help="places after the point")
@click.option("--significant", type=int, metavar="N", help="significant digits")
@click.option("--policy", metavar="MODE", help="exact or carried (round each stored value)")
@click.option(
    "--verify", is_flag=True, help="prove the working, and compare with central differences"
)
@click.option("--fragment", is_flag=True, help="LaTeX for a preamble of your own")
@click.option("--ascii", "ascii_", is_flag=True, help="text in ASCII alone")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", help="of a PDF")
@click.option("--width", type=click.IntRange(min=20), metavar="N", help="columns of text")
@click.option("--json", "as_json", is_flag=True, help="the same as --format json")
@click.option("--limit", multiple=True, metavar="NAME=N", help="raise a limit")
def solve(**options: object) -> None:
    """Work PROBLEM in full: a TOML file, - for stdin, the name of an example, or the folder of a run.

    \b
    chalkgrad solve mazur
    chalkgrad solve mazur --style matrix --decimals 4 -o mazur.tex
    """
    from chalkgrad.commands import solve_command

    solve_command(**options)  # type: ignore[arg-type]


@cli.command(context_settings=CONTEXT)
@click.option("--json", "as_json", is_flag=True, help="as one JSON object")
@click.argument("name", required=False)
def examples(*, as_json: bool, name: str | None) -> None:
    """List the built-in examples, or print the problem file of one.

    \b
    chalkgrad examples
    chalkgrad examples mazur > mine.toml
    """
    from chalkgrad.commands import examples_command

    sys.stdout.write(examples_command(name, as_json=as_json))


@cli.command(context_settings=CONTEXT)
@click.option("--json", "as_json", is_flag=True, help="the same: a JSON Schema is JSON")
def schema(*, as_json: bool) -> None:
    """Print the JSON Schema of problem files, for editors.

    \b
    chalkgrad schema > problem.schema.json
    """
    from chalkgrad.commands import schema_command

    sys.stdout.write(schema_command())


class _Names(click.ParamType[list[str]]):
    """Names separated by commas outside of brackets: ``a, loss, w[1][2,3]``."""

    name = "NAMES"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[str]:
        parts = re.findall(r"(?:\[[^\]]*\]|[^,\[])+", str(value))
        return [part.strip() for part in parts if part.strip()]


@cli.command(context_settings=CONTEXT)
@click.argument("problem")
@click.argument("answers", nargs=-1)
@click.option("--ask", type=_Names(), help='what must be there, as "a, loss, grad_w, new_w"')
@click.option("-o", "--output", metavar="FOLDER", help="gradebook, feedback pages and summary")
@click.option("--pages", default="html", metavar="FORMAT", help="html (default), markdown or text")
@click.option("--force", is_flag=True, help="write into a folder that is not empty")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="processes for a class")
@click.option(
    "--self-test", is_flag=True, help="draw sheets of PROBLEM and say how they are judged"
)
@click.option("--json", "as_json", is_flag=True, help="as one JSON object")
@click.option("--exit-zero", is_flag=True, help="exit 0 also where something is wrong")
@click.option("--limit", multiple=True, metavar="NAME=N", help="raise a limit")
def check(
    *,
    problem: str,
    answers: tuple[str, ...],
    ask: list[str] | None,
    limit: tuple[str, ...],
    exit_zero: bool,
    **options: object,
) -> int:
    """Mark ANSWERS to PROBLEM: files, folders, or - for stdin. Exit 1 if something is wrong.

    \b
    chalkgrad sheet mazur -o sheet.csv
    chalkgrad check mazur sheet.csv --exit-zero
    chalkgrad check mazur --self-test
    """
    from chalkgrad.check_commands import check_command
    from chalkgrad.commands import find_problem, read_limits

    found = find_problem(problem, read_limits(limit))
    code = check_command(found, answers, ask=tuple(ask or ()), **options)  # type: ignore[arg-type]
    return 0 if exit_zero else code


@cli.command(context_settings=CONTEXT)
@click.argument("problem")
@click.option("--ask", type=_Names(), help='what to ask, as "a, loss, grad_w, new_w"')
@click.option("--key", is_flag=True, help="the marking key in its place: numbers, values, marks")
@click.option(
    "--format", "format_", metavar="FORMAT", help="csv (default) markdown html latex typst pdf"
)
@click.option("-o", "--output", metavar="FILE", help="write to FILE; its ending chooses the format")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", help="of a PDF")
@click.option("--style", type=click.Choice(["chain", "delta"]), default="chain", help="as in solve")
@click.option("--language", default="en", metavar="CODE", help="en (default) or de")
@click.option("--force", is_flag=True, help="overwrite FILE")
@click.option("--limit", multiple=True, metavar="NAME=N", help="raise a limit")
def sheet(
    *, problem: str, ask: list[str] | None, limit: tuple[str, ...], **options: object
) -> None:
    """Make the blank sheet of PROBLEM: the quantities to fill in, those that solve shows.

    \b
    chalkgrad sheet mazur --ask "a, loss, new_w"
    chalkgrad sheet mazur -o worksheet.pdf
    chalkgrad sheet mazur --key -o key.pdf
    """
    from chalkgrad.check_commands import sheet_command
    from chalkgrad.commands import find_problem, read_limits

    found = find_problem(problem, read_limits(limit))
    sheet_command(found, ask=tuple(ask or ()), **options)  # type: ignore[arg-type]


@cli.command(context_settings=CONTEXT)
@click.argument("documents", nargs=-1, metavar="DOCUMENT...")
@click.option("--problem", metavar="PROBLEM", help="what the documents are about")
@click.option("--write-problem", metavar="FILE", help="read the givens out of the document instead")
@click.option("--all", "every", is_flag=True, help="every figure, not the wrong ones alone")
@click.option("--json", "as_json", is_flag=True, help="as one JSON object")
@click.option("--sarif", is_flag=True, help="as SARIF 2.1.0, for code hosts and editors")
@click.option("--html", is_flag=True, help="as a page: the lines beside the findings")
@click.option("-o", "--output", metavar="FILE", help="write to FILE; its ending chooses the format")
@click.option("--fix", is_flag=True, help="a diff that corrects; with --force, in place")
@click.option("--force", is_flag=True, help="overwrite files")
@click.option("--baseline", metavar="FILE", help="wrong figures that are known")
@click.option("--write-baseline", metavar="FILE", help="write such a file; exit 0")
@click.option("--exit-zero", is_flag=True, help="exit 0 also where something is wrong")
@click.option("--limit", multiple=True, metavar="NAME=N", help="raise a limit")
def audit(
    *,
    documents: tuple[str, ...],
    problem: str | None,
    as_json: bool,
    sarif: bool,
    html: bool,
    limit: tuple[str, ...],
    exit_zero: bool,
    **options: object,
) -> int:
    """Find the wrong figures of documents; - is stdin. Exit 1 if there are any.

    \b
    chalkgrad solve mazur --decimals 4 --policy carried -o notes.md
    chalkgrad audit notes.md
    chalkgrad audit notes.md --problem mazur -o notes.html
    """
    from chalkgrad.audit_commands import audit_command, find_known, parted_limits

    if problem == "-" and "-" in documents:
        raise click.UsageError("- (stdin) is the problem or a document, not both")
    of_problem, limits = parted_limits(limit)
    code = audit_command(
        documents,
        problem=find_known(problem, of_problem) if problem else None,
        formats=tuple(
            name for name, asked in (("json", as_json), ("sarif", sarif), ("html", html)) if asked
        ),
        limits=limits,
        **options,  # type: ignore[arg-type]
    )
    return 0 if exit_zero and code == 1 else code


class _TrainCommand(click.Command):
    """Its many options are a table of their own, read when they are asked for: other verbs start without it."""

    _whole = False

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        if not self._whole:
            from chalkgrad.train_options import OPTIONS

            self.params += [option.option() for option in OPTIONS]
            self._whole = True
        return super().get_params(ctx)


@cli.command(cls=_TrainCommand, context_settings=CONTEXT)
@click.argument("source", required=False)
@click.option("--resume", metavar="FOLDER", help="go on with a run that was interrupted")
@click.option("-o", "--output", metavar="FOLDER", help="checkpoints and the trained network")
@click.option("--force", is_flag=True, help="write into a folder that is there")
@click.option("--json", "as_json", is_flag=True, help="events as JSON lines")
@click.option("--quiet", is_flag=True, help="say nothing while it runs")
@click.option(
    "--no-report", "report", is_flag=True, flag_value=False, default=True,
    help="leave the page report.html out",
)  # fmt: skip
def train(**options: object) -> int:
    """Train on SOURCE: a problem file, an example, a table, .npz, a folder of IDX files, or a set by name.

    \b
    chalkgrad train digits --hidden 64,32 --epochs 30 -o run/
    chalkgrad train mazur --iterations 10000
    chalkgrad train --resume run/
    """
    from chalkgrad.train_commands import train_command

    return train_command(**options)  # type: ignore[arg-type]


@cli.command(context_settings=CONTEXT)
@click.argument("problem", required=False)
@click.option(
    "--host",
    default="127.0.0.1",
    metavar="H",
    help="where to listen; beyond this machine with --token",
)
@click.option(
    "--port",
    default=8642,
    type=click.IntRange(0, 65535),
    metavar="N",
    help="8642; 0 takes a free one",
)
@click.option(
    "--token", metavar="T", help="a secret of 8 characters or more that a browser must know"
)
@click.option("--open", "open_", is_flag=True, help="open a browser at the page")
def serve(*, problem: str | None, host: str, port: int, token: str | None, open_: bool) -> None:
    """Serve the page on this machine: look, edit, train, quiz, audit. PROBLEM is what it begins with.

    \b
    chalkgrad serve
    chalkgrad serve homework.toml --open
    """
    from chalkgrad.serve_commands import serve_command

    serve_command(problem, host=host, port=port, token=token, open_=open_)
