"""The command line: about ten lines a command. The only room that prints, exits, and reads the environment.

Data goes to stdout; progress, warnings and logs to stderr. Imports stand inside the commands, so that
``flowc --version`` loads nothing that it does not need.
"""

from __future__ import annotations

import json
import sys
from typing import NoReturn

import click

from compiler import __version__
from compiler.commands.base import Later, say, warn
from compiler.diagnostics import Exit, Fatal

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


@click.group(
    cls=Later, later=LATER, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="flowc")
def cli() -> None:
    """Flows as code: check, compile, compare, plan and apply Klaviyo flows and segments kept as YAML in git."""


def main() -> NoReturn:
    """Run the command line; the one place where a Fatal is caught."""
    try:
        code = cli.main(standalone_mode=False)
    except Fatal as fatal:
        _fail(fatal.message, fatal.exit_code)
    except click.exceptions.Abort:
        _fail("stopped", Exit.UNEXPECTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code if error.exit_code != Exit.CHANGES else Exit.UNEXPECTED)
    except BrokenPipeError:
        sys.exit(Exit.UNEXPECTED)
    except (OSError, MemoryError, RecursionError) as error:
        _fail(f"{type(error).__name__}: {error}", Exit.UNEXPECTED)
    sys.exit(code if isinstance(code, int) else Exit.DONE)


def _fail(message: str, code: Exit) -> NoReturn:
    if "--format=json" in sys.argv or ("--format" in sys.argv and "json" in sys.argv):
        say(_document(message, int(code)))
    warn(f"flowc: {message}\n")
    sys.exit(code)


def _document(message: str, code: int) -> str:
    """Return a failure as the command's own document; one without a document of its own says what all of them say."""
    called = next((word for word in sys.argv[1:] if word in LATER), "")
    if called == "plan":
        from compiler.report.plan_json import as_json as plan_as_json

        return plan_as_json(None, error=message, exit_code=code)
    if called == "apply":
        from compiler.report.apply_json import as_json as apply_as_json

        return apply_as_json(error=message, exit_code=code)
    return (
        json.dumps({"format_version": 1, "error": message, "exit_code": code}, ensure_ascii=False, indent=2)
        + "\n"
    )
