"""What a real account answered to real creates, the embedded account answers too: ``pytest --definitions DIR``.

``DIR/flows`` holds ``*pairN-request-*.json`` and ``*pairN-response-*.json``. Ids are invented, so each side's are
numbered by their first place; ids of clones (templates, messages, variations) only have to be there.
"""

from __future__ import annotations

import json
import re
from typing import Any

from account_kit import NOW, open_account

from compiler.account.load import Loader

HABITS = ("all", "absent")  # whether an account shows all seven weekdays on a delay that names none
WENT_LIVE = "started"  # a response that was read when its test had been started by hand
CLONES = ("template_id", "id")


def pairs(config):
    folder = config.getoption("--definitions") / "flows"
    found = []
    for request in sorted(folder.glob("*-pair*-request-*.json")):
        number = re.search(r"pair(\d+)-", request.name)[1]
        found.append((number, request, next(folder.glob(f"*-pair{number}-response-*.json"))))
    return found


def pytest_generate_tests(metafunc):
    if "pair" in metafunc.fixturenames:
        found = pairs(metafunc.config)
        assert len(found) >= 6
        metafunc.parametrize("pair", found, ids=[f"pair{number}" for number, _, _ in found])


def numbered(definition: dict[str, Any]) -> Any:
    """A definition with the ids of its actions as their places, and other invented ids as one mark."""
    places = {action["id"]: f"#{place}" for place, action in enumerate(definition["actions"])}

    def walk(value: Any, key: str = "") -> Any:
        if key == "allocations":  # keyed by invented ids
            return sorted(value.values())
        if isinstance(value, dict):
            return {name: walk(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner, key) for inner in value]
        if isinstance(value, str) and value in places:
            return places[value]
        return "(an id)" if key in CLONES and isinstance(value, str) else value

    return {**walk(definition), "triggers": definition["triggers"]}  # their ids were sent


def as_created(definition: dict[str, Any]) -> dict[str, Any]:
    """A response whose test was started before it was read, as it was before: drafts, and no start."""
    for action in definition["actions"]:
        data = action.get("data") or {}
        experiment = data.get("current_experiment")
        if experiment and experiment.get(WENT_LIVE):
            experiment[WENT_LIVE] = None
            data["experiment_status"] = "draft"
            for each in (action, data["main_action"], *experiment["variations"]):
                each["data"]["status"] = "draft"
    return definition


def weekdays_of(definition: dict[str, Any]) -> str:
    shown = any("delay_until_weekdays" in (action.get("data") or {}) for action in definition["actions"])
    return HABITS[0] if shown else HABITS[1]


def test_a_create_is_answered_as_the_real_account_answered_it(pair, tmp_path):
    _, asked, answered = pair
    body = json.loads(asked.read_text())
    attributes = json.loads(answered.read_text())["data"]["attributes"]
    expected = as_created(attributes["definition"])
    account = open_account(tmp_path / "a.db", revision="2026-07-15", weekdays=weekdays_of(expected))
    with account.store.writing() as view:
        loader = Loader(view, account.store.switches_of(view), NOW)
        loader.invent([body["data"]["attributes"]["definition"]], set())
    answer = account.client.post("/api/flows", json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    assert numbered(made["attributes"]["definition"]) == numbered(expected)
    assert account.read(made["id"]) == made["attributes"]["definition"]
    unlike = ("definition", "created", "updated", "status")
    assert {k: v for k, v in made["attributes"].items() if k not in unlike} == {
        k: v for k, v in attributes.items() if k not in unlike
    }
    account.store.close()
