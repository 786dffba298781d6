"""Every answer of the embedded account is one that the published documents allow: ``pytest --contract DIR``."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from account_kit import LATEST, NOW, mail, open_account, wait
from openapi import Contract, Operation

from compiler.account.routes.registry import ENDPOINTS
from compiler.account.seed import seed
from compiler.account.settings import Switches

ROUTES = {(each.method, each.path.replace("<id>", "{id}")) for each in ENDPOINTS}
CHANNEL = {"filter": 'equals(messages.channel,"email")'}
# What older and newer revisions answer in the documents' shapes; campaigns change theirs.
LASTING = ("accounts", "flows", "segments", "lists", "metrics", "templates", "tags")
REVISIONS = ("2025-10-15", "2026-01-15", "2026-04-15", LATEST)


@dataclass
class Watched:
    """An account each answer of which is held against the contract."""

    client: httpx.Client
    contract: Contract
    wrong: list[str] = field(default_factory=list)
    seen: set[tuple[str, str, int]] = field(default_factory=set)
    samples: dict[str, list[str]] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, expected: int | None = None, /, revision: str = "", **sent: Any
    ) -> Any:
        headers = {"revision": revision} if revision else {}
        answer = self.client.request(method, f"/api/{path}", headers=headers, **sent)
        body = answer.json() if answer.content else None
        found = self.contract.operation(method, f"/api/{path.partition('?')[0]}")
        if found is not None:
            self.seen.add((method, found.path, answer.status_code))
            self.wrong += [f"{method} {path} {each}" for each in found.complaints(answer.status_code, body)]
        assert expected in (None, answer.status_code), answer.text
        return body

    def write(
        self,
        method: str,
        path: str,
        kind: str,
        attributes: Any,
        identifier: str = "",
        status: int = 0,
        **rest: Any,
    ) -> Any:
        data = {"type": kind, "attributes": attributes, **rest} | ({"id": identifier} if identifier else {})
        return self.ask(method, path, status or None, json={"data": data})

    def made(self, path: str, kind: str, **attributes: Any) -> str:
        return str(self.write("POST", path, kind, attributes, status=201)["data"]["id"])

    def sample(self, kind: str) -> list[str]:
        """Ids of a kind of resource, by the first part of its path."""
        if kind not in self.samples:
            self.samples[kind] = self._sample(kind)
        return self.samples[kind]

    def _sample(self, kind: str) -> list[str]:
        if kind == "flow-actions":
            return self._below("flows", kind)
        if kind == "flow-messages":
            return self._below("flow-actions", kind)
        if kind == "campaign-messages":
            return self._below("campaigns", kind)
        rows = self.ask("GET", kind, 200, params=CHANNEL if kind == "campaigns" else {})["data"]
        return [row["id"] for row in rows][:4]

    def _below(self, above: str, kind: str) -> list[str]:
        pages = [self.ask("GET", f"{above}/{each}/{kind}", 200)["data"] for each in self.sample(above)]
        return [row["id"] for page in pages for row in page][:8]


@pytest.fixture(scope="module")
def contract(request):
    return Contract(request.config.getoption("--contract"))


@pytest.fixture(scope="module")
def brand(tmp_path_factory):
    opened = open_account(tmp_path_factory.mktemp("brand") / "brand.db")
    seed(opened.store, seed=1, now=NOW, small=True)
    yield opened
    opened.store.close()


@pytest.fixture
def account(brand, contract):
    brand.client.headers["revision"] = contract.revision
    watched = Watched(brand.client, contract)
    yield watched
    assert watched.wrong == []


def reads(contract: Contract) -> list[Operation]:
    return [
        each for each in contract.operations if each.method == "GET" and (each.method, each.path) in ROUTES
    ]


def parameters(operation: Operation) -> list[dict[str, str]]:
    """No parameters; everything that can be included or added."""
    plain = CHANNEL if operation.path == "/api/campaigns" else {}
    more = {name: ",".join(values) for name, values in operation.additional().items()}
    included = [each for each in operation.includes() if each not in ("conversations", "push-tokens")]
    if included:
        more["include"] = ",".join(included)
    return [plain, {**plain, **more}] if more else [plain]


def read_all(account: Watched, operation: Operation, revision: str = "") -> None:
    path = operation.path.removeprefix("/api/")
    kind = path.partition("/")[0]
    for identifier in account.sample(kind) if "{id}" in path else [""]:
        for given in parameters(operation):
            account.ask("GET", path.replace("{id}", identifier), revision=revision, params=given)


def test_every_read_of_every_kind_with_all_that_can_be_asked_for(account, contract):
    for operation in reads(contract):
        read_all(account, operation)
    assert len({path for _, path, status in account.seen if status == 200}) > 70


@pytest.mark.parametrize("revision", REVISIONS)
def test_other_revisions_answer_what_lasts_in_the_same_shapes(account, contract, revision):
    for operation in reads(contract):
        if operation.path.split("/")[2] in LASTING:
            read_all(account, operation, revision)
    assert len({path for _, path, status in account.seen if status == 200}) > 25


def test_templates_lists_and_segments_come_change_and_go(account):
    template = account.made("templates", "template", name="T", editor_type="CODE", html="<p>Hi</p>")
    account.write("PATCH", f"templates/{template}", "template", {"name": "T2"}, template, 200)
    account.write("POST", "template-clone", "template", {"name": "C"}, template, 201)
    account.write("POST", "template-render", "template", {"context": {"first_name": "A"}}, template)
    group = account.made("lists", "list", name="L")
    account.write("PATCH", f"lists/{group}", "list", {"name": "L2"}, group, 200)
    someone = {"data": [{"type": "profile", "id": account.sample("profiles")[0]}]}
    account.ask("POST", f"lists/{group}/relationships/profiles", 204, json=someone)
    account.ask("GET", f"lists/{group}/profiles", 200)
    account.ask("DELETE", f"lists/{group}/relationships/profiles", 204, json=someone)
    member = {
        "type": "profile-group-membership",
        "is_member": True,
        "group_ids": [group],
        "timeframe_filter": None,
    }
    asked = {"condition_groups": [{"conditions": [member]}]}
    segment = account.made("segments", "segment", name="S", definition=asked)
    account.write("PATCH", f"segments/{segment}", "segment", {"name": "S2"}, segment, 200)
    for path in (f"segments/{segment}", f"lists/{group}", f"templates/{template}"):
        account.ask("DELETE", path, 204)
        account.ask("GET", path, 404)


def test_a_flow_its_actions_and_its_tags_come_change_and_go(account):
    template = account.made("templates", "template", name="T", editor_type="CODE", html="<p>Hi</p>")
    definition = {
        "triggers": [{"type": "metric", "id": account.sample("metrics")[0]}],
        "profile_filter": None,
        "entry_action_id": "w",
        "actions": [wait("w", "m", value=2), mail("m", template_id=template)],
    }
    made = account.write("POST", "flows", "flow", {"name": "F", "definition": definition}, status=201)["data"]
    flow, [delay, letter] = made["id"], made["attributes"]["definition"]["actions"]
    tag = account.made("tags", "tag", name="new tag")
    linked = {"data": [{"type": "flow", "id": flow}]}
    account.ask("POST", f"tags/{tag}/relationships/flows", 204, json=linked)
    account.ask("GET", f"tags/{tag}/relationships/flows", 200)
    account.ask("DELETE", f"tags/{tag}/relationships/flows", 204, json=linked)
    account.write("PATCH", f"tags/{tag}", "tag", {"name": "newer tag"}, tag)
    letter["data"]["message"]["subject_line"] = "Another"
    account.write(
        "PATCH", f"flow-actions/{letter['id']}", "flow-action", {"definition": letter}, letter["id"], 200
    )
    account.write("PATCH", f"flows/{flow}", "flow", {"status": "live"}, flow, 200)
    account.ask("DELETE", f"flow-actions/{delay['id']}", 204)
    account.ask("GET", f"flows/{flow}", 200, params={"additional-fields[flow]": "definition"})
    for path in (f"flows/{flow}", f"tags/{tag}"):
        account.ask("DELETE", path, 204)
        account.ask("GET", path, 404)
    group = account.made("tag-groups", "tag-group", name="G", exclusive=True)
    account.ask("GET", f"tag-groups/{group}", 200)


def test_people_events_and_figures_are_answered(account):
    someone = account.made("profiles", "profile", email="new@example.com", properties={"a": 1})
    account.write("PATCH", f"profiles/{someone}", "profile", {"first_name": "N"}, someone, 200)
    about = {"type": "metric", "attributes": {"name": "New thing"}}
    who = {"type": "profile", "attributes": {"email": "new@example.com"}}
    account.write(
        "POST",
        "events",
        "event",
        {"properties": {"x": 1}, "metric": {"data": about}, "profile": {"data": who}},
        status=202,
    )
    metric = account.sample("metrics")[0]
    linked = {"metric": {"data": {"type": "metric", "id": metric}}}
    account.write(
        "PATCH", "mapped-metrics/revenue", "mapped-metric", {}, "revenue", 200, relationships=linked
    )
    since = ["greater-or-equal(datetime,2026-06-01T00:00:00)", "less-than(datetime,2026-09-01T00:00:00)"]
    asked = {
        "metric_id": metric,
        "measurements": ["count", "sum_value", "unique"],
        "interval": "month",
        "filter": since,
        "timezone": "America/New_York",
    }
    account.write("POST", "metric-aggregates", "metric-aggregate", asked, status=200)
    month = {"timeframe": {"key": "last_30_days"}}
    account.write(
        "POST",
        "segment-values-reports",
        "segment-values-report",
        {"statistics": ["total_members"], **month},
        status=200,
    )
    for interval in ("hourly", "daily", "weekly", "monthly"):
        account.write(
            "POST",
            "segment-series-reports",
            "segment-series-report",
            {"statistics": ["total_members", "members_added"], "interval": interval, **month},
            status=200 if interval != "hourly" else 400,
        )
    figures = {"statistics": ["opens", "open_rate", "recipients"], **month, "conversion_metric_id": metric}
    account.write("POST", "flow-values-reports", "flow-values-report", figures, status=200)


def test_refusals_are_answered_as_errors_are(account, brand):
    flow = account.sample("flows")[0]
    account.ask("GET", "flows/NoSuch", 404)
    account.ask("GET", "flows?filter=oops(", 400)
    account.ask("GET", "flows?page[size]=999", 400)
    account.ask("GET", "segments?colour=1", 400)
    account.ask("POST", "flows", 400, content=b"{")
    account.write("POST", "flows", "flow", {"name": "F"}, status=400)
    account.write(
        "POST",
        "flows",
        "flow",
        {"name": "F", "definition": {"triggers": [], "actions": [{"id": "1"}]}},
        status=400,
    )
    account.write("PATCH", f"flows/{flow}", "flow", {"status": "asleep"}, flow, 400)
    account.write("POST", "tags", "tag", {"name": "lifecycle"}, status=409)
    account.ask("GET", "flows", 401, auth=("no", "key"))
    brand.store.add_key("pk_lists", ["lists:read"])
    answer = brand.client.get("/api/flows", headers={"Authorization": "Klaviyo-API-Key pk_lists"})
    operation = account.contract.operation("GET", "/api/flows")
    assert (answer.status_code, operation.complaints(403, answer.json())) == (403, [])


def test_over_the_limit_is_answered_as_errors_are(account, brand):
    before = brand.store.switches()
    brand.store.change_switches(Switches(**{**before.to_json(), "limits": "enforced"}))
    try:
        account.ask("GET", "accounts", 200)
        account.ask("GET", "accounts", 429)
    finally:
        brand.store.change_switches(before)


def spoilt(answer: Any, *path: Any) -> Any:
    out = copy.deepcopy(answer)
    inside = out
    for key in path:
        inside = inside[key]
    inside["colour"] = 1
    return out


@pytest.mark.parametrize(
    ("path", "given", "where"),
    [
        ("flows", {}, ("data", 0, "attributes")),
        ("flows", {"include": "flow-actions"}, ("included", 0, "attributes", "definition")),
        ("segments", {}, ("data", 0, "attributes", "definition", "condition_groups", 0, "conditions", 0)),
        (
            "profiles",
            {"additional-fields[profile]": "subscriptions"},
            ("data", 0, "attributes", "subscriptions", "email"),
        ),
    ],
)
def test_the_check_finds_a_field_that_the_documents_lack(account, path, given, where):
    answer = account.ask("GET", path, 200, params=given)
    operation = account.contract.operation("GET", f"/api/{path}")
    [complaint] = operation.complaints(200, spoilt(answer, *where))
    assert "'colour' was unexpected" in complaint


def test_the_check_finds_a_value_of_another_type_and_an_unknown_status(account):
    answer = account.ask("GET", "flows", 200)
    operation = account.contract.operation("GET", "/api/flows")
    answer["data"][0]["attributes"]["archived"] = "no"
    assert operation.complaints(200, answer) == ["/data/0/attributes/archived: 'no' is not of type 'boolean'"]
    assert "status 302 is none of" in operation.complaints(302, None)[0]
    assert json.dumps(operation.includes())
