"""The command line: about ten lines a command. The only room that prints, exits, and reads the environment.

Data goes to stdout; progress, warnings and logs to stderr. Imports stand inside the commands, so that
``flowc --version`` loads nothing that it does not need.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

import click

from compiler import __version__
from compiler.commands.base import Later, WrongSpecs, pretty, say, show, warn
from compiler.diagnostics import Exit, Fatal, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compiler.diagnostics import Diagnostic
    from compiler.planning.missing import Missing

LATER = {
    "compile": "compiler.commands.compile",
    "decompile": "compiler.commands.convert",
    "explain": "compiler.commands.show",
    "fmt": "compiler.commands.convert",
    "graph": "compiler.commands.show",
    "schema": "compiler.commands.show",
    "validate": "compiler.commands.validate",
    "account": "compiler.commands.account",
    "backpopulate": "compiler.commands.backpopulate",
    "coverage": "compiler.commands.coverage",
    "data": "compiler.commands.data",
    "init": "compiler.commands.init",
    "apply": "compiler.commands.apply",
    "lock": "compiler.commands.live",
    "probe": "compiler.commands.probe",
    "unlock": "compiler.commands.apply",
    "plan": "compiler.commands.plan",
    "pull": "compiler.commands.live",
    "uses": "compiler.commands.uses",
}


class Commands(Later):
    """The commands at the top; one that is none is told with the nearest that is."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called; a usage error where there is none of that name."""
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f'No such command "{args[0]}"{nearest(args[0], names)}')
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    later=LATER,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="flowc")
def cli() -> None:
    """Flows as code: check, compile, compare, plan and apply Klaviyo flows and segments kept as YAML in git."""


def main() -> NoReturn:
    """Run the command line; the one place where a Fatal is caught."""
    try:
        code = cli.main(standalone_mode=False)
    except WrongSpecs as wrong:
        _wrong(wrong)
    except Fatal as fatal:
        _fail(fatal.message, fatal.exit_code)
    except click.exceptions.Abort:
        _fail("stopped", Exit.UNEXPECTED)
    except click.ClickException as error:
        error.show()
        _put_on_record(error.format_message(), Exit.UNEXPECTED)
        sys.exit(Exit.UNEXPECTED)
    except BrokenPipeError:
        sys.exit(Exit.UNEXPECTED)
    except (OSError, MemoryError, RecursionError) as error:
        _fail(f"{type(error).__name__}: {error}", Exit.UNEXPECTED)
    sys.exit(code if isinstance(code, int) else Exit.DONE)


def _wrong(wrong: WrongSpecs) -> NoReturn:
    """Show the mistakes to people, and in the document of a command that was asked for one."""
    show(wrong.found)
    if wrong.missing:
        from compiler.report.plan_missing import missing_lines

        warn(missing_lines(wrong.missing))
    _put_on_record(wrong.message, wrong.exit_code, wrong.found, wrong.missing)
    warn(f"flowc: {wrong.message}\n")
    sys.exit(wrong.exit_code)


def _fail(message: str, code: Exit) -> NoReturn:
    _put_on_record(message, code)
    warn(f"flowc: {message}\n")
    sys.exit(code)


def _put_on_record(
    message: str, code: Exit, found: Sequence[Diagnostic] = (), missing: Sequence[Missing] = ()
) -> None:
    """Say why there is no result in the document, or on the page, that a command was asked for."""
    if _asked("json"):
        say(_document(message, code, found, missing))
    elif _asked("markdown") and _called() == "plan":
        from compiler.report.plan_missing import no_plan, without_plan

        say(without_plan(found, missing) if found else no_plan(message))


def _asked(form: str) -> bool:
    """Say whether a format was asked for; a command that failed may not have got as far as to know."""
    return f"--format={form}" in sys.argv or ("--format", form) in pairwise(sys.argv)


def _called() -> str:
    return next((word for word in sys.argv[1:] if word in LATER), "")


def _document(message: str, code: Exit, found: Sequence[Diagnostic], missing: Sequence[Missing]) -> str:
    """Return a failure as the command's own document; one without a document of its own says what all of them say."""
    if _called() == "plan":
        from compiler.report.plan_json import as_json as plan_as_json

        return plan_as_json(None, error=message, exit_code=code, diagnostics=found, missing=missing)
    if _called() == "apply":
        from compiler.report.apply_json import as_json as apply_as_json

        return apply_as_json(error=message, exit_code=code, diagnostics=found, missing=missing)
    from compiler.report.diagnostics import plain

    return pretty(
        {"format_version": 1, "error": message, "exit_code": int(code), "diagnostics": plain(found)}
    )
