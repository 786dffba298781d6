"""``flowc decompile`` and ``flowc fmt``: definitions to canonical YAML, specs to canonical form."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from compiler.commands.base import ACCOUNT, FOLDER, PATHS, REVISION, command, project_here, say, warn
from compiler.commands.base import show as show_found
from compiler.diagnostics import Exit, Problems


@command("flowc decompile flow.json\nflowc decompile exported/*.json --out flows/")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--out", type=FOLDER, metavar="DIR", help="Write NAME.yaml for NAME.json.")
@REVISION
@ACCOUNT
def decompile(files: tuple[Path, ...], out: Path | None, revision: str | None, account: str | None) -> int:
    """Turn flow and segment definitions (responses, create bodies, bare definitions) into YAML."""
    from compiler.convert import decompile_file
    from compiler.kinds import check_revision, default_revision

    wanted = check_revision(revision or default_revision())
    problems = Problems()
    convert = partial(decompile_file, revision=wanted, problems=problems)
    if account is not None:
        from compiler.commands.naming import decompile_named, names_of

        project = project_here()
        convert = partial(
            decompile_named,
            revision=wanted,
            problems=problems,
            names=names_of(project, project.account(account)),
        )
    for file in files:
        for number, text in enumerate(convert(file)):
            if out is None:
                say(text)
            else:
                out.mkdir(parents=True, exist_ok=True)
                name = f"{file.stem}.yaml" if number == 0 else f"{file.stem}-{number + 1}.yaml"
                (out / name).write_text(text, encoding="utf-8")
    show_found(problems)
    return Exit.WRONG_SPECS if problems.errors else Exit.DONE


@command("flowc fmt\nflowc fmt --check\nflowc fmt flows/welcome.yaml --diff")
@PATHS
@click.option("--check", is_flag=True, help="Write nothing; exit 2 where a file is not canonical.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@REVISION
def fmt(paths: tuple[Path, ...], check: bool, diff: bool, revision: str | None) -> int:
    """Rewrite specs in canonical form; comments stay."""
    from compiler.convert import format_file

    project = project_here()
    problems, changed = Problems(), []
    for file in project.files(paths):
        before, after = format_file(project, file, revision or project.revision, problems)
        if before != after:
            changed.append(project.display(file))
            if diff:
                say(_unified(before, after, project.display(file)))
            elif not check:
                file.write_text(after, encoding="utf-8", newline="")
    show_found(problems)
    word = "would change" if check or diff else "changed"
    warn("".join(f"{name} {word}\n" for name in changed) or "nothing to change\n")
    if problems.errors:
        return Exit.WRONG_SPECS
    return Exit.CHANGES if changed and check else Exit.DONE


def _unified(before: str, after: str, name: str) -> str:
    import difflib

    return "".join(
        difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), name, name)
    )
