"""``flowc account``: the embedded account, served, seeded, set, shown and reset."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.accounts import embedded_path, ledger_path
from compiler.commands.account_switches import WithSwitches, changed, told
from compiler.commands.base import (
    ACCOUNT,
    FOLDER,
    Family,
    WithExamples,
    note,
    project_here,
    say,
    values_of,
    warn,
)
from compiler.diagnostics import Exit, Fatal

if TYPE_CHECKING:
    from compiler.account.drift import Ours
    from compiler.account.store import Store
    from compiler.bind import Names
    from compiler.pipeline import Compiled
    from compiler.project import Account, Project

BESIDE = ("", "-wal", "-shm")  # SQLite's own files of one database


@click.group(
    cls=Family, examples="flowc account seed\nflowc account serve --port 8080\nflowc account set limits=off"
)
def account() -> None:
    """Keep the embedded account: Klaviyo-compatible, in one file, without a key or the network."""


def _path(name: str | None) -> Path:
    project = project_here()
    return embedded_path(project, project.account(name))


def _store(path: Path) -> Store:
    from compiler.account.store import Store

    return Store(path)


@account.command(
    cls=WithExamples,
    examples="flowc account seed\nflowc account seed --small\nflowc account seed --from exported/",
)
@ACCOUNT
@click.option(
    "--seed", "number", type=int, default=1, show_default=True, help="The same number makes the same brand."
)
@click.option("--small", is_flag=True, help="300 profiles and 3,000 events instead of 20,000 and 300,000.")
@click.option(
    "--from",
    "folder",
    type=FOLDER,
    metavar="DIR",
    help="Load the flow and segment definitions of a folder instead.",
)
def seed(account: str | None, number: int, small: bool, folder: Path | None) -> int:
    """Fill an empty account with a believable brand, or with definitions read from some account.

    In a project with flows of its own, six of them are among the brand's live flows, each changed by hand since.
    """
    project = project_here()
    chosen = project.account(account)
    path = embedded_path(project, chosen)
    store = _store(path)
    drifted: list[tuple[str, str]] = []
    try:
        note(f"seeding {path}")
        now = datetime.now(UTC)
        if folder is not None:
            from compiler.account.load import load_definitions

            counts = load_definitions(store, folder, now=now)
        else:
            from compiler.account.seed import seed as fill

            counts = fill(store, seed=number, now=now, small=small)
            drifted = _drift(store, project, chosen, now)
    finally:
        store.close()
    warn(f"{_counted(counts)}\n")
    for name, said in drifted:
        warn(f'"{name}" is live, but {said}\n')
    return Exit.DONE


def _drift(store: Store, project: Project, account: Account, now: datetime) -> list[tuple[str, str]]:
    """Put changed flows of the project among the brand's; return their names, and what was changed."""
    from compiler.account.drift import drift
    from compiler.bind import Names
    from compiler.live import Thing
    from compiler.pipeline import compile_project

    with store.reading() as view:
        things = [
            Thing(kind, row.body["name"], row.body.get("integration", {}).get("name", ""), row.id)
            for kind in ("metric", "list", "segment", "template", "image", "tag", "flow")
            for row in view.rows(kind, parent="")
        ]
    made = compile_project(project, revision=project.revision, account=values_of(account), lint=False)
    flows = [
        item for item in made.compiled if item.kind == "flow" and item.document.data.get("status") == "live"
    ]
    found = [_named(project, item, Names(things)) for item in flows]
    return drift(store, [ours for ours in found if ours is not None], now)


def _named(project: Project, item: Compiled, names: Names) -> Ours | None:
    """Return a flow with the account's ids; None where the account lacks something that it names."""
    from compiler.account.drift import Ours
    from compiler.bind import bind
    from compiler.codecs.references import read

    bound = bind(item.body, names)
    letters = {}
    for unbound in bound.unbound:
        said = read(unbound.kind, unbound.text)
        file = project.inside(said["file"]) if isinstance(said, dict) and "file" in said else ""
        if isinstance(file, str):
            return None
        letters[unbound.text] = (file.stem, file.read_text(encoding="utf-8"))
    attributes = bound.body["data"]["attributes"]
    return Ours(item.name, attributes["definition"], tuple(item.document.data.get("tags") or ()), letters)


@account.command(cls=WithExamples, examples="flowc account serve\nflowc account serve --port 8080")
@ACCOUNT
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="The port on loopback; a free one where none is said.",
)
def serve(account: str | None, port: int) -> int:
    """Give the account an address on this machine, for other programs and the vendor's own SDKs.

    A new account accepts the key pk_embedded: it is open to whoever can reach this machine's loopback, and to nobody else.
    """
    from compiler.account.serve import serve as run
    from compiler.account.settings import Settings
    from compiler.check import check

    path = _path(account)

    def ready(url: str) -> None:
        say(f"{url}\n")
        warn(f"serving {path} until Ctrl-C; flowc account serve --help says which key it accepts\n")

    try:
        with suppress(KeyboardInterrupt):  # which is how it is meant to end
            run(path, port, settings=Settings(lambda: datetime.now(UTC), check), ready=ready)
    except OSError as error:
        raise Fatal(f"port {port} cannot be served: {error.strerror or error}") from None
    return Exit.DONE


@account.command(cls=WithExamples, examples="flowc account reset\nflowc account reset --yes")
@ACCOUNT
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(account: str | None, yes: bool) -> int:
    """Delete everything that the embedded account holds."""
    path = _path(account)
    if not path.exists():
        warn(f"{path} is empty already\n")
        return Exit.DONE
    store = _store(path)  # refuses a file that is no account
    counts = store.counts()
    store.close()
    if not yes:
        click.confirm(f"delete {path} with {_counted(counts)}?", abort=True, err=True)
    for file in (*(path.with_name(f"{path.name}{ending}") for ending in BESIDE), ledger_path(path)):
        file.unlink(missing_ok=True)
    warn(f"{path} is empty now\n")
    return Exit.DONE


@account.command(cls=WithExamples, examples="flowc account show\nflowc account show --format json")
@ACCOUNT
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="How it is shown."
)
def show(account: str | None, form: str) -> int:
    """Say what the embedded account holds, and how it answers where the API is undocumented."""
    path = _path(account)
    store = _store(path)
    try:
        counts, switches = store.counts(), store.switches().to_json()
        with store.reading() as view:
            [identity] = [row.id for row in view.rows("account")]
    finally:
        store.close()
    if form == "json":
        held = {"id": identity, "counts": counts, "switches": switches}
        data = {"format_version": 1, "file": str(path), **held}
        say(json.dumps(data, ensure_ascii=False, indent=2) + "\n")
    else:
        say(f"account {identity} in {path}\n{_counted(counts)}\n")
        say("".join(f"  {name}: {value}\n" for name, value in switches.items()))
    return Exit.DONE


@account.command(
    "set",
    cls=WithSwitches,
    examples="flowc account set limits=off\nflowc account set joins_at_create=refused read_lag=2.5\nflowc account show",
)
@ACCOUNT
@click.argument("switches", nargs=-1, required=True, metavar="NAME=VALUE...")
def set_(account: str | None, switches: tuple[str, ...]) -> int:
    """Choose how the embedded account answers where the API is undocumented, and whether it keeps limits.

    A running account serve answers so from the next call on. limits=off also forgets the creates counted today,
    of which plan and apply allow 100 a day. account reset forgets all of it.
    """
    path = _path(account)
    store = _store(path)
    try:
        before = store.switches()
        after = changed(before, switches)
        store.change_switches(after)
    finally:
        store.close()
    if "limits=off" in switches:
        ledger_path(path).unlink(missing_ok=True)
    warn(told(before, after, switches))
    return Exit.DONE


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(
        f"{count:,} {name if name.endswith('s') or count == 1 else f'{name}s'}"
        for name, count in counts.items()
    )
