"""What the tests of no changes and promotion share: a project with two accounts, and what fills the first of them."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from generate import Maker
from plan_kit import tame

from compiler.account.load import load_definitions
from compiler.account.store import Store
from compiler.diagnostics import Fatal
from compiler.normalise import senders

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[1]
HABITS = ("all", "absent")  # whether an account shows all seven weekdays on every delay, or none
NONE = "No changes. Live matches the files.\n"
ALLOW = ("--allow-live", "--allow-replace")
LENT = ("metric", "list", "image", "template")  # what no apply can make
SETTINGS = """\
kind: project
name: tea
default_account: one
accounts:
  one: {embedded: one.db}
  two: {embedded: two.db}
"""


def make_accounts(folder: Path, **switches: Any) -> None:
    """A project without specs and two empty accounts that answer in the same way."""
    (folder / "flows").mkdir()
    (folder / "flowc.yaml").write_text(SETTINGS)
    for name in ("one", "two"):
        set_switches(folder / f"{name}.db", **switches)


def set_switches(file: Path, **switches: Any) -> None:
    store = Store(file)
    store.change_switches(replace(store.switches(), **{"segment_processing": 0.0, **switches}))
    store.close()


def drawn(seed: int, *, response: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """A flow's and a segment's definition, as a server answers or as they are sent."""
    maker = Maker(Random(seed), joins=0.2, named=0.0, response=response)
    flow = maker.flow()
    return flow if response else tame(flow), maker.segment()


def fill(file: Path, folder: Path, seeds: Iterable[int]) -> Counter[str]:
    """Load generated definitions, every other one as a response; returns how often each kind is among them.

    Some that are drawn are refused, as they are on create: a segment without conditions, a test that runs.
    """
    store, kinds = Store(file), Counter[str]()
    for seed in seeds:
        flow, segment = drawn(seed, response=seed % 2 == 1)
        if _tests_something(flow) and load(store, folder, f"Flow {seed}", flow):
            kinds.update(["flow", trigger_kind(flow), *(one["type"] for one in flow["actions"])])
        kinds["segment"] += load(store, folder, f"Segment {seed}", segment)
    store.close()
    return kinds


def _tests_something(flow: Mapping[str, Any]) -> bool:
    """Say whether no test in a flow is without variations, which no server answers."""
    found = [(one.get("data") or {}).get("current_experiment") for one in flow["actions"]]
    return all(one["variations"] for one in found if one)


def trigger_kind(flow: Mapping[str, Any]) -> str:
    trigger = flow["triggers"][0]
    return f"date-{trigger['date_field_type']}" if trigger["type"] == "date" else str(trigger["type"])


def load(store: Store, folder: Path, name: str, definition: Mapping[str, Any]) -> bool:
    place = folder / name
    place.mkdir(parents=True)
    (place / "drawn.json").write_text(json.dumps({"name": name, "definition": definition}))
    try:
        load_definitions(store, place, now=NOW)
    except Fatal:
        return False
    return True


def lend(source: Path, target: Path, kinds: Iterable[str] = LENT) -> None:
    """Give an account the things of another that an apply cannot make, under ids of its own."""
    giver, taker = Store(source), Store(target)
    with giver.reading() as there, taker.writing() as here:
        for kind in kinds:
            for row in there.rows(kind, parent=""):
                here.put(kind, here.new_id(kind), row.body, parent="")
    giver.close()
    taker.close()


def without_nameless(file: Path) -> None:
    """Take from text messages the templates that have no name, as clones have none: no other account knows them."""
    store = Store(file)
    with store.writing() as view:
        for row in view.rows("flow-action"):
            for sender in senders(row.body["definition"]):
                if sender["type"] == "send-sms":
                    sender["data"]["message"].pop("template_id", None)
            view.put("flow-action", row.id, row.body)
    store.close()


def allow_what_is_there(run: Any, folder: Path) -> int:
    """Write above each finding of a lint rule that it is meant; returns how many there were."""
    code, out, _ = run("validate", "--format", "json")
    found = {
        (one["file"], one["line"], one["code"])
        for one in json.loads(out)["diagnostics"]
        if one["severity"] == "error"
    }
    for name, line, rule in sorted(found, reverse=True):
        file = folder / name
        lines = file.read_text().split("\n")
        indent = lines[line - 1][: len(lines[line - 1]) - len(lines[line - 1].lstrip())]
        lines.insert(line - 1, f"{indent}# allow: {rule} it was drawn so")
        file.write_text("\n".join(lines))
    assert bool(found) == (code == 3)
    return len(found)


def drop_what_names_ids(run: Any, folder: Path) -> int:
    """Remove the specs that name ids which account two does not have; returns how many there were."""
    code, out, _ = run("plan", "--account", "two", "--format", "json")
    found = json.loads(out)["diagnostics"] if code else []
    assert {one["code"] for one in found} <= {"F315"}, found
    files = {one["file"] for one in found}
    for name in files:
        (folder / name).unlink()
    return len(files)


def brand(folder: Path, habit: str) -> None:
    """The brand library, and its account without what was changed there by hand."""
    shutil.copytree(ROOT / "flows", folder / "flows", ignore=shutil.ignore_patterns("__snapshots__"))
    shutil.copy(ROOT / "flowc.yaml", folder)
    (folder / ".flowc").mkdir()
    set_switches(folder / ".flowc" / "sandbox.db", weekdays=habit)


def contents(file: Path) -> dict[tuple[str, str], Any]:
    """Everything that an account holds, by type and id."""
    store = Store(file)
    rows = store.connection.execute("SELECT type, id, parent, body FROM resources").fetchall()
    store.close()
    return {(kind, identifier): (parent, body) for kind, identifier, parent, body in rows}
