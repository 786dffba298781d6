"""What every command shares: options, output, the project around the current folder, and its compilation."""

from __future__ import annotations

import importlib
import json
import os
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from compiler.diagnostics import Exit, Fatal, Problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from compiler.accounts import Outside
    from compiler.build import Build
    from compiler.diagnostics import Diagnostic
    from compiler.planning.missing import Missing
    from compiler.project import Account, Project

FOLDER: Final = click.Path(path_type=Path)
NEW_FILE: Final = click.Path(dir_okay=False, path_type=Path)
PATHS: Final = click.argument("paths", nargs=-1, type=FOLDER)
REVISION: Final = click.option(
    "--revision", metavar="R", help="The API revision to compile for, such as 2026-10-15."
)
ACCOUNT: Final = click.option("--account", metavar="A", help="An account of flowc.yaml.")
DEBUG: Final = click.option(
    "--debug",
    type=FOLDER,
    metavar="FILE",
    help="Write every request, without keys and people's data, to a file.",
)


class WrongSpecs(Fatal):
    """Ends a command that mistakes in files leave nothing to do; ``cli`` shows them, to people and to machines.

    ``missing`` is what an account must get before the files mean something there.
    """

    def __init__(self, found: Sequence[Diagnostic], missing: Sequence[Missing] = ()) -> None:
        super().__init__("the specs are wrong", Exit.WRONG_SPECS)
        self.found = tuple(found)
        self.missing = tuple(missing)


class WithExamples(click.Command):
    """A command whose help ends with examples as they are typed."""

    def __init__(self, *args: Any, examples: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        del ctx
        if self.examples:
            with formatter.section("Examples"):
                formatter.write("".join(f"  {line}\n" for line in self.examples.strip().splitlines()))


class Family(WithExamples, click.Group):
    """A command of commands, with examples of its own."""


class Later(click.Group):
    """A group some of whose commands are imported when they are called: ``later`` maps a name to its module."""

    def __init__(self, *args: Any, later: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.later = dict(later or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names, sorted."""
        return sorted({*super().list_commands(ctx), *self.later})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, importing its module where it is not there yet."""
        if cmd_name in self.later and cmd_name not in self.commands:
            module = importlib.import_module(self.later[cmd_name])
            found = (getattr(module, name, None) for name in (cmd_name, f"{cmd_name}_"))
            self.add_command(next(each for each in found if isinstance(each, click.Command)))
        return super().get_command(ctx, cmd_name)


def command(examples: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function the command of its name, with examples for its help."""

    def make(function: Callable[..., Any]) -> click.Command:
        return click.command(function.__name__.rstrip("_"), cls=WithExamples, examples=examples)(function)

    return make


def say(text: str) -> None:
    """Write data to stdout."""
    sys.stdout.write(text)


def pretty(value: Any) -> str:
    """Return data as indented JSON."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def warn(text: str) -> None:
    """Write to stderr."""
    sys.stdout.flush()
    sys.stderr.write(text)


def note(text: str) -> None:
    """Tell on stderr what is being done."""
    warn(f"{text} ...\n")


def progress(done: int, total: int, seconds: float) -> None:
    """Show on a terminal how far a long reading is, and how long the rest will take."""
    if sys.stderr.isatty():
        left = f", about {seconds:.0f} s left" if seconds >= 1 else ""
        warn(f"\r{done} of {total}{left}\x1b[K" + ("\r\x1b[K" if done == total else ""))


def outside(debug: Path | None) -> Outside:
    """Return what only the command line may look at: the environment, the keyring, the clock."""
    from compiler.accounts import Outside

    return Outside(os.environ, lambda: datetime.now(UTC), _keyring(), progress, debug)


def _keyring() -> Callable[[str, str], str | None] | None:
    """Return the reader of the system's keyring; None where the library is not installed."""
    try:
        import keyring
    except ImportError:
        return None
    read: Callable[[str, str], str | None] = keyring.get_password
    return read


def plural(count: int, thing: str) -> str:
    """Return ``1 flow``, ``2 flows``."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def project_here() -> Project:
    """Return the project around the current folder; WrongSpecs where its file is wrong."""
    from compiler.project import open_project

    problems = Problems()
    project = open_project(Path.cwd(), problems)
    if problems.errors:
        raise WrongSpecs(list(problems))
    show(problems)
    return project


def show(diagnostics: Iterable[Diagnostic]) -> None:
    """Write diagnostics with the lines they speak of to stderr."""
    from compiler.report.diagnostics import as_text

    found = list(diagnostics)
    warn(as_text(found, lines(found)))


def lines(found: Sequence[Diagnostic]) -> dict[str, list[str]]:
    """Return the lines of the files that diagnostics speak of."""
    out = {}
    for file in {diagnostic.span.file for diagnostic in found}:
        path = Path(file)
        out[file] = path.read_text(encoding="utf-8", errors="replace").split("\n") if path.is_file() else []
    return out


def values_of(account: Account | None) -> dict[str, Any]:
    """Return what expressions see of an account: its name and vars."""
    return {"name": account.name, "vars": account.vars} if account else {}


def account_here(project: Project, name: str | None) -> Account | None:
    """Return the named account, else the project's default one, else None."""
    return project.account(name) if name or project.default_account in project.accounts else None


def build(
    project: Project, paths: tuple[Path, ...], revision: str | None, account: str | None, *, lint: bool
) -> Build:
    """Compile specs with the cache, for the named account or the default one; Fatal outside of any project."""
    from compiler.accounts import revision_of
    from compiler.build import build_project

    chosen = account_here(project, account)
    if not paths and not (project.root / "flowc.yaml").is_file() and not project.files():
        says = f"there is no flowc.yaml in {project.root} or above it, and no spec in it"
        raise Fatal(f"{says}; run flowc init, or go to the project's folder", Exit.WRONG_SPECS)
    return build_project(
        project,
        paths,
        revision=revision_of(project, chosen, revision),
        account=values_of(chosen),
        lint=lint,
        cache=project.root / ".flowc" / "cache.db",
        apart=partial(told_apart, project),
    )


def told_apart(project: Project, one: Path, other: Path) -> bool:
    """Say whether the lock of an account knows two files as two things, as it does after pulling two of one name."""
    if not (project.root / "accounts").is_dir():
        return False
    from compiler.lock import find_lock

    names = [
        path.absolute().relative_to(project.flows).as_posix()
        for path in (one, other)
        if path.absolute().is_relative_to(project.flows)
    ]
    for lock in (find_lock(project, name) for name in project.accounts):
        origins = [lock.files.get(name) for name in names] if lock else []
        if len(origins) == 2 and all(origins) and len({origin.id for origin in origins if origin}) == 2:
            return True
    return False
