"""Real definitions in an embedded account: pulled, applied, changed between plan and apply, read again later.

``pytest --definitions DIR`` with ``DIR/flows`` and ``DIR/segments``: responses, create bodies and bare definitions.
``NAME-later.json`` is the flow of ``NAME-live.json`` read again the same day, after somebody edited it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from account_changes import HARMFUL, HARMLESS
from test_stale import judge
from two_accounts import (
    ALLOW,
    HABITS,
    NONE,
    NOW,
    allow_what_is_there,
    contents,
    lend,
    make_accounts,
)

from compiler.account.load import load_definitions
from compiler.account.store import Store
from compiler.diff import diff_flows
from compiler.normalise import normalise_pair, senders

Api = dict[str, Any]


@pytest.fixture
def folder(pytestconfig: pytest.Config) -> Path:
    found: Path = pytestconfig.getoption("--definitions").absolute()
    return found


@pytest.mark.parametrize("habit", HABITS)
def test_a_real_account_plans_to_nothing_after_pull_and_a_second_one_after_apply(
    tmp_path: Path, run: Any, folder: Path, habit: str
):
    make_accounts(tmp_path, weekdays=habit)
    store = Store(tmp_path / "one.db")
    flows = load_definitions(store, folder / "flows", now=NOW)["flow"]
    segments = load_definitions(store, folder / "segments", now=NOW)["segment"]
    store.close()
    assert flows >= 40
    assert segments >= 10
    code, _, told = run("pull")
    assert code == 0, told
    assert run("plan", "--detailed-exitcode")[:2] == (0, NONE)
    before = contents(tmp_path / "one.db")
    lend(tmp_path / "one.db", tmp_path / "two.db")
    allow_what_is_there(run, tmp_path)
    code, _, told = run("apply", "--account", "two", "--yes", *ALLOW)
    assert code == 0, told
    assert run("plan", "--account", "two", "--detailed-exitcode")[:2] == (0, NONE)
    assert contents(tmp_path / "one.db") == before


def test_every_harmful_change_of_a_real_response_is_seen_and_no_harmless_one(folder: Path):
    flows = list(responses(folder))
    assert len(flows) >= 24
    known = {
        message["template_id"]: {"html": message["template_id"]}
        for flow in flows
        for action in flow["definition"]["actions"]
        for sender in senders(action)
        if (message := sender["data"]["message"]).get("template_id")
    }
    counts = judge(flows, known)
    assert sum(counts[name] for name in HARMLESS) >= 10 * len(flows) * 0.8
    assert sum(counts[name] for name in HARMFUL) >= 15 * len(flows) * 0.8
    never = {*HARMLESS, *HARMFUL} - counts.keys()
    assert len(never) <= 3, never


def responses(folder: Path) -> Iterator[Api]:
    for file in sorted((folder / "flows").glob("*.json")):
        data = json.loads(file.read_text()).get("data") or {}
        attributes = data.get("attributes") or {}
        if data.get("id") and (attributes.get("definition") or {}).get("actions"):
            yield {"id": data["id"], **attributes}


def test_a_flow_read_again_later_shows_what_was_changed_and_nothing_else(folder: Path):
    aspects: Counter[str] = Counter()
    files = sorted((folder / "flows").glob("*-later.json"))
    assert len(files) >= 6
    for file in files:
        live, later = (
            json.loads(one.read_text())["data"]["attributes"]["definition"]
            for one in (file.with_name(file.name.replace("-later", "-live")), file)
        )
        found = diff_flows(*normalise_pair(live, later))
        said = {(one.pair.live, field.path) for one in found.changes for field in one.fields}
        assert said == set(changed_by_hand(live, later)), file.name
        assert found.edits == len(found.changes) > 0  # no step was inserted, deleted, moved or relinked
        aspects.update(aspect for one in found.changes for aspect in one.aspects)
    assert aspects.keys() == {"re-texted", "re-filtered", "settings"}
    assert aspects["re-texted"] > aspects["settings"] >= aspects["re-filtered"] >= 1


def changed_by_hand(live: Api, later: Api) -> Iterator[tuple[str, str]]:
    """Every field that differs between two reads of a flow whose actions kept their ids, as (action, path)."""
    before, after = ({one["id"]: one for one in side["actions"]} for side in (live, later))
    assert before.keys() == after.keys()
    assert {key: value for key, value in live.items() if key != "actions"} == {
        key: value for key, value in later.items() if key != "actions"
    }
    for name, action in before.items():
        left, right = dict(leaves(action)), dict(leaves(after[name]))
        for path in left.keys() | right.keys():
            if left.get(path) != right.get(path):
                yield name, path.replace("template_id", "template.id")


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, f"{path}[{place}]")
    else:
        yield path, value
