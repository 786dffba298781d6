"""Plans against the embedded account: the calls that the stages stand for reach what is desired, whatever it answers."""

from __future__ import annotations

import copy
import itertools
from pathlib import Path
from random import Random
from typing import Any

import pytest
from account_kit import Account, open_account
from test_plan_order import flow

from compiler.normalise import equal, normalise_pair
from compiler.normalise.shape import BRANCHES, ways
from compiler.plan.bodies import create_definition, insert_definition, patch_definition, status_definition
from compiler.plan.case import Case, Ground
from compiler.plan.danger import acts_at_once
from compiler.plan.decide import decide_flow
from compiler.plan.expected import correspondence
from compiler.plan.knowledge import Knowledge
from compiler.plan.stages import (
    After,
    AfterNew,
    CreateFlow,
    DeleteAction,
    First,
    InsertAction,
    PatchAction,
    SetActionStatus,
    SetStatus,
)
from compiler.plan.units import Unit

Api = dict[str, Any]


class Driver:
    """Turns the stages of one unit into calls, and nothing else."""

    def __init__(self, account: Account, unit: Unit) -> None:
        self.account, self.unit, self.flow = account, unit, unit.id
        assert unit.desired is not None
        self.steps = {str(one["temporary_id"]): one for one in unit.desired["actions"]}
        self.made: dict[str, str] = {}

    def run(self, most: int | None = None) -> str:
        """Take the stages, or only so many of them."""
        for stage in self.unit.stages[:most]:
            self.take(stage)
        return str(self.flow)

    def take(self, stage: Any) -> None:
        match stage:
            case CreateFlow(name):
                answer = self.account.create(create_definition(self.unit.desired or {}), name)
                assert answer.status_code == 201, answer.text
                self.flow = answer.json()["data"]["id"]
                self.made.update(correspondence(self.unit.desired or {}, self.account.read(str(self.flow))))
            case PatchAction(_, action, step, _, changes):
                self.patch(action, patch_definition(self.read(action), self.steps[step], changes))
            case SetActionStatus(_, action, step, status):
                found = action or self.made[step]
                self.patch(found, status_definition(self.read(found), status))
            case SetStatus(target, status):
                name = str(target or self.flow)
                self.sent("PATCH", f"flows/{name}", "flow", {"status": status}, name)
            case DeleteAction(_, action, _):
                assert self.account.client.delete(f"/api/flow-actions/{action}").status_code in (204, 404)
            case InsertAction():
                self.insert(stage)

    def insert(self, stage: InsertAction) -> None:
        definition = insert_definition(self.steps[stage.step], stage.place)
        attributes: Api = {"definition": definition}
        more: Api = {}
        if acts_at_once(stage.kind):
            attributes["allow_live_action"] = True
        if isinstance(stage.place, After | AfterNew):
            anchor = stage.place.action if isinstance(stage.place, After) else self.made[stage.place.step]
            attributes["anchor-action"] = self.anchor(anchor, stage.place.exit, definition["temporary_id"])
        elif isinstance(stage.place, First):
            more = {"relationships": {"flow": {"data": {"type": "flow", "id": self.flow}}}}
        answer = self.account.send("POST", "flow-actions", "flow-action", attributes, **more)
        assert answer.status_code == 201, answer.text
        self.made[stage.step] = answer.json()["data"]["id"]

    def anchor(self, name: str, exit_: str | int, temporary: str) -> Api:
        given = self.read(name)
        for key, _ in ways(given):
            target = temporary if key == exit_ else None
            if isinstance(key, int):
                given["data"]["branches"][key]["links"] = {"next": target} if target else None
            else:
                given["links"][key] = target
        return {"data": {"type": "flow-action", "id": name, "attributes": {"definition": given}}}

    def read(self, action: str) -> Api:
        return dict(self.account.data(f"flow-actions/{action}")["attributes"]["definition"])

    def patch(self, action: str, body: Api) -> None:
        self.sent("PATCH", f"flow-actions/{action}", "flow-action", {"definition": body}, action)

    def sent(self, *call: Any) -> None:
        answer = self.account.send(*call)
        assert answer.status_code == 200, answer.text


def words(random: Random, size: int) -> list[str]:
    kinds = ("M:{}", "M:{}!", "D:{}", "D:{}", "t:{}!", "P:{}!", "T:1{}:00")
    return [random.choice(kinds).format(random.randint(1, 9)) for _ in range(size)]


def edited(random: Random, before: list[str], *, pinned: bool = False) -> list[str]:
    """Insert and delete steps; the first step of a pinned chain, in which paths join, stays."""
    after = list(before)
    if pinned and not before:
        return after
    for _ in range(random.randint(0, 2)):
        place = random.randint(int(pinned), len(after))
        if random.random() < 0.5:
            after[place:place] = words(random, 1)
        elif place < len(after):
            del after[place]
    return after


def pair_of(random: Random) -> tuple[str, str]:
    """Return a flow and its edit as text, half of them with a split, some of those with a join."""
    start = words(random, random.randint(0, 4))
    if random.random() < 0.3:
        return " ".join(start), " ".join(edited(random, start))
    true, false, join = (words(random, random.randint(0, 2)) for _ in range(3))
    parts = [
        edited(random, start),
        edited(random, true),
        edited(random, false),
        edited(random, join, pinned=True),
    ]
    texts = [[" ".join(words_) for words_ in one] for one in ([start, true, false, join], parts)]
    return tuple(f"{a} ? {b} / {c} + {d}" for a, b, c, d in texts)  # type: ignore[return-value]


def definition(text: str, account: Account, metric: str, templates: tuple[str, str]) -> Api:
    """Return a create body's definition of a text; messages with an odd name have a template."""
    made = flow(text, "s")
    for action in made["actions"]:
        action["temporary_id"] = action.pop("id")
        if "message" in action["data"]:
            action["data"]["message"].pop("reply_to_email", None)
            action["data"]["message"] |= {
                "from_email": "a@example.com",
                "from_label": "A",
                "template_id": templates[len(action["temporary_id"]) % 2],
            }
        if action["type"] == "target-date":
            action["data"] |= {"target_days": ["monday"]}
    return {**made, "triggers": [{"type": "metric", "id": metric}]}


SWITCHES = [
    dict(
        zip(("delete_links", "patch_links", "insert_at_join", "weekdays", "same_template"), row, strict=True)
    )
    for row in itertools.product(
        ("splice", "cut"),
        ("ignored", "honoured", "refused"),
        ("every", "first"),
        ("all", "absent"),
        ("kept", "cloned"),
    )
]


@pytest.mark.parametrize("number", range(0, len(SWITCHES), 4))
def test_the_calls_of_a_plan_reach_what_is_desired_under_every_switch(number: int, tmp_path: Path):
    for place in (number, number + 3):
        switches = SWITCHES[place]
        random = Random(place)
        account = open_account(
            tmp_path / f"{place}.db", message_hierarchy=random.choice(("absent", "repeated")), **switches
        )
        metric, templates = account.metric(), (account.template("<p>One"), account.template("<p>Two"))
        known = Knowledge(delete_links=switches["delete_links"], patch_links=switches["patch_links"])  # type: ignore[arg-type]
        for _ in range(3):
            check(account, known, *(definition(text, account, metric, templates) for text in pair_of(random)))


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(place, marks=() if place % 16 == 5 else pytest.mark.heavy)
        for place in range(len(SWITCHES))
    ],
)
def test_stopped_after_any_call_the_next_plan_reaches_what_is_desired(number: int, tmp_path: Path):
    switches, random = SWITCHES[number], Random(1_000 + number)
    account = open_account(tmp_path / "a.db", message_hierarchy="absent", **switches)
    metric, templates = account.metric(), (account.template("<p>One"), account.template("<p>Two"))
    known = Knowledge(delete_links=switches["delete_links"], patch_links=switches["patch_links"])  # type: ignore[arg-type]
    seen = 0
    while seen < 6:
        live, desired = (definition(text, account, metric, templates) for text in pair_of(random))
        for done in range(12):
            name = account.create(live).json()["data"]["id"]
            unit = decide(account, name, desired, known)
            if unit.change != "update" or done >= len(unit.stages):
                break
            Driver(account, unit).run(done)
            seen += 1
            rest = decide(account, name, desired, known)
            assert rest.change in ("update", "unchanged"), (unit.stages[:done], rest.reasons)
            made = Driver(account, rest).run()
            assert decide(account, made, desired, known).change == "unchanged"


def check(account: Account, known: Knowledge, live: Api, desired: Api) -> None:
    answer = account.create(live)
    assert answer.status_code == 201, answer.text
    name = answer.json()["data"]["id"]
    unit = decide(account, name, desired, known)
    assert unit.change in ("update", "unchanged", "replace")
    if unit.change == "replace":
        assert known.delete_links == "cut" or "another place" in unit.reasons[-1], unit.reasons
    made = Driver(account, unit).run()
    assert decide(account, made, desired, known).change == "unchanged"
    assert equal(*normalise_pair(account.read(made), desired, contents(account, made, desired)))


def contents(account: Account, name: str, *definitions: Api) -> Api:
    """Return the content of every template that a flow or a definition names."""
    found = {}
    for one in (account.read(name), *definitions):
        for action in one["actions"]:
            message = (action.get("data") or {}).get("message") or {}
            if "template_id" in message:
                path = (
                    f"flow-messages/{message['id']}/template"
                    if "id" in message
                    else f"templates/{message['template_id']}"
                )
                found[message["template_id"]] = account.data(path)["attributes"]["html"]
    return found


def decide(account: Account, name: str, desired: Api, known: Knowledge) -> Unit:
    held = account.data(f"flows/{name}", {"additional-fields[flow]": "definition"})
    live = {"id": name, **held["attributes"]}
    case = Case("A flow", desired, live, contents(account, name, desired), tagged=True)
    return decide_flow(case, Ground("2026-10-15", "flowc", known))


def test_a_branching_split_is_inserted_with_all_below_it(tmp_path: Path):
    account = open_account(tmp_path / "account.db")
    metric, templates = account.metric(), (account.template("<p>One"), account.template("<p>Two"))
    live = definition("M:1", account, metric, templates)
    desired = copy.deepcopy(live)
    mail = {**copy.deepcopy(live["actions"][0]), "temporary_id": "in"}
    wait = {
        "temporary_id": "w",
        "type": "time-delay",
        "data": {"value": 1, "unit": "days"},
        "links": {"next": "in"},
    }
    branches = [
        {
            "branch_id": "000000",
            "name": "EU",
            "branch_filter": {"condition_groups": []},
            "links": {"next": "w"},
        },
        {"branch_id": "000001", "branch_filter": None, "links": None, "is_else": True},
    ]
    desired["actions"][0]["links"]["next"] = "S"
    desired["actions"] += [
        {"temporary_id": "S", "type": BRANCHES, "data": {"name": "R", "branches": branches}},
        wait,
        mail,
    ]
    check(account, Knowledge(), live, desired)


def test_an_empty_flow_is_filled(tmp_path: Path):
    account = open_account(tmp_path / "account.db")
    metric, templates = account.metric(), (account.template("<p>One"), account.template("<p>Two"))
    empty, full = (
        definition("", account, metric, templates),
        definition("M:1 D:1 M:2", account, metric, templates),
    )
    check(account, Knowledge(), empty, full)
