"""The command line: about ten lines a command. The only room that prints, exits, and reads the environment.

Data goes to stdout; progress, warnings and logs to stderr. Imports stand inside the commands, so that
``flowc --version`` loads nothing that it does not need.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from compiler import __version__
from compiler.commands import base
from compiler.commands.base import ACCOUNT, FOLDER, REVISION, Later
from compiler.commands.base import build as _build
from compiler.commands.base import lines as _lines
from compiler.commands.base import project_here as _project
from compiler.commands.base import say as _say
from compiler.commands.base import show as _show
from compiler.commands.base import warn as _warn
from compiler.diagnostics import Exit, Fatal, Problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from compiler.build import Build
    from compiler.project import Project

PATHS = click.argument("paths", nargs=-1, type=FOLDER)
LATER = {
    "account": "compiler.commands.account",
    "init": "compiler.commands.init",
    "lock": "compiler.commands.live",
    "pull": "compiler.commands.live",
    "uses": "compiler.commands.uses",
}


@click.group(cls=Later, later=LATER, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="flowc")
def cli() -> None:
    """Flows as code: check, compile, compare, plan and apply Klaviyo flows and segments kept as YAML in git."""


def command(examples: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Register a command of this module under its function's name, with examples for its help."""

    def register(function: Callable[..., Any]) -> click.Command:
        made = base.command(examples)(function)
        cli.add_command(made)
        return made

    return register


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
        _say(json.dumps({"format_version": 1, "error": message, "exit_code": int(code)}, ensure_ascii=False) + "\n")
    _warn(f"flowc: {message}\n")
    sys.exit(code)


@command("flowc validate\nflowc validate flows/welcome.yaml --format github")
@PATHS
@click.option("--format", "form", type=click.Choice(["text", "json", "github", "sarif"]), default="text", help="How findings are shown.")
@click.option("--info", is_flag=True, help="Show remarks too, not only errors and warnings.")
@REVISION
@ACCOUNT
def validate(paths: tuple[Path, ...], form: str, info: bool, revision: str | None, account: str | None) -> int:
    """Check specs offline: schema, references between files, graph and lint rules. No key is needed."""
    from compiler.report import diagnostics as show

    project = _project()
    result = _build(project, paths, revision, account, lint=True)
    found = [diagnostic for diagnostic in result.diagnostics if info or form in ("json", "sarif") or diagnostic.severity != "info"]
    if form == "text":
        _say(show.as_text(found, _lines(found)))
        _warn(_summary(result, info=info))
    elif form == "json":
        _say(show.as_json(found))
    elif form == "github":
        _say(show.as_github(found))
    else:
        _say(show.as_sarif(found, __version__))
    return Exit.WRONG_SPECS if result.problems.errors else Exit.DONE


def _summary(result: Build, *, info: bool) -> str:
    counts = {level: sum(d.severity == level for d in result.diagnostics) for level in ("error", "warning", "info")}
    hidden = counts.pop("info") if not info else 0
    flows = sum(item.kind == "flow" for item in result.built)
    segments = len(result.built) - flows
    found = ", ".join(f"{count} {level}{'s' if count != 1 else ''}" for level, count in counts.items() if count) or "nothing to object to"
    remarks = f" ({hidden} remark{'s' if hidden != 1 else ''}; --info shows them)" if hidden else ""
    return f"{flows} flows, {segments} segments: {found}{remarks}\n"


@command("flowc compile --out build/\nflowc compile flows/welcome.yaml --body\nflowc compile --revision 2026-07-15")
@PATHS
@click.option("--body", is_flag=True, help="One file: the request body alone.")
@click.option("--out", type=FOLDER, metavar="DIR", help="Write one body a file, NAME.json for NAME.yaml.")
@REVISION
@ACCOUNT
def compile_(paths: tuple[Path, ...], body: bool, out: Path | None, revision: str | None, account: str | None) -> int:
    """Compile specs to the request bodies of the Flows and Segments APIs."""
    project = _project()
    result = _build(project, paths, revision, account, lint=False)
    if account is not None:
        from compiler.accounts import revision_of
        from compiler.commands.naming import bind_build

        chosen = project.account(account)
        bind_build(project, result, chosen, revision_of(project, chosen, revision))
    _show(d for d in result.diagnostics if d.severity == "error" or d.code == "F319")
    if result.problems.errors:
        return Exit.WRONG_SPECS
    if body:
        if len(result.built) != 1:
            raise Fatal(f"--body takes one flow or segment; these are {len(result.built)}", Exit.WRONG_SPECS)
        _say(_json(json.loads(result.built[0].text)))
    elif out is not None:
        _write_bodies(project, result, out)
    else:
        _say(_listing(result))
    return Exit.DONE


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _listing(result: Build) -> str:
    """Return one JSON document, a body a line; the bodies are text already."""
    lines: dict[str, list[str]] = {"flow": [], "segment": []}
    for item in result.built:
        about = json.dumps({"source": item.source, "name": item.name}, ensure_ascii=False)
        lines[item.kind].append(f'{about[:-1]}, "body": {item.text}}}')
    flows, segments = (",\n".join(lines[kind]) for kind in ("flow", "segment"))
    return f'{{"format_version": 1,\n"flows": [\n{flows}\n],\n"segments": [\n{segments}\n]}}\n'


def _write_bodies(project: Project, result: Build, out: Path) -> None:
    for item in result.built:
        folder = Path(item.file).absolute().parent
        inside = folder.relative_to(project.flows) if folder.is_relative_to(project.flows) else Path()
        target = out / inside / f"{item.stem}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_json(json.loads(item.text)), encoding="utf-8")
    _warn(f"{len(result.built)} bodies in {out}\n")


@command("flowc decompile flow.json\nflowc decompile exported/*.json --out flows/")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=FOLDER, metavar="DIR", help="Write NAME.yaml for NAME.json.")
@REVISION
@ACCOUNT
def decompile(files: tuple[Path, ...], out: Path | None, revision: str | None, account: str | None) -> int:
    """Turn flow and segment definitions (responses, create bodies, bare definitions) into YAML."""
    from compiler.kinds import check_revision, default_revision
    from compiler.convert import decompile_file

    wanted = check_revision(revision or default_revision())
    problems = Problems()
    convert = partial(decompile_file, revision=wanted, problems=problems)
    if account is not None:
        from compiler.commands.naming import decompile_named, names_of

        project = _project()
        convert = partial(decompile_named, revision=wanted, problems=problems, names=names_of(project, project.account(account)))
    for file in files:
        for number, text in enumerate(convert(file)):
            if out is None:
                _say(text)
            else:
                out.mkdir(parents=True, exist_ok=True)
                name = f"{file.stem}.yaml" if number == 0 else f"{file.stem}-{number + 1}.yaml"
                (out / name).write_text(text, encoding="utf-8")
    _show(problems)
    return Exit.WRONG_SPECS if problems.errors else Exit.DONE


@command("flowc fmt\nflowc fmt --check\nflowc fmt flows/welcome.yaml --diff")
@PATHS
@click.option("--check", is_flag=True, help="Write nothing; exit 2 where a file is not canonical.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@REVISION
def fmt(paths: tuple[Path, ...], check: bool, diff: bool, revision: str | None) -> int:
    """Rewrite specs in canonical form; comments stay."""
    from compiler.convert import format_file

    project = _project()
    problems, changed = Problems(), []
    for file in project.files(paths):
        before, after = format_file(project, file, revision or project.revision, problems)
        if before != after:
            changed.append(project.display(file))
            if diff:
                _say(_unified(before, after, project.display(file)))
            elif not check:
                file.write_text(after, encoding="utf-8", newline="")
    _show(problems)
    word = "would change" if check or diff else "changed"
    _warn("".join(f"{name} {word}\n" for name in changed) or "nothing to change\n")
    if problems.errors:
        return Exit.WRONG_SPECS
    return Exit.CHANGES if changed and check else Exit.DONE


def _unified(before: str, after: str, name: str) -> str:
    import difflib

    return "".join(difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), name, name))


@command("flowc schema\nflowc schema --out .flowc/schema.json")
@click.option("--out", type=FOLDER, metavar="FILE", help="Write it to a file.")
def schema(out: Path | None) -> int:
    """Print the JSON Schema with which editors complete and check specs."""
    from compiler.schema import editor

    text = _json(editor())
    if out is None:
        _say(text)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    return Exit.DONE


@command("flowc explain F301")
@click.argument("code", required=False)
def explain(code: str | None) -> int:
    """Say what a diagnostic means, with a bad and a good example."""
    from compiler.pages import listing, page

    _say(listing() if code is None else page(code.upper()))
    return Exit.DONE
