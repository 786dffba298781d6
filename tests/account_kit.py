"""What the account's tests share: an account with a client, a clock that tests set, small definitions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from compiler.account.app import create_app
from compiler.account.settings import Settings, Switches
from compiler.account.store import EMBEDDED_KEY, Store

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATEST = "2026-10-15"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Account:
    store: Store
    clock: Clock
    client: httpx.Client

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.client.get(f"/api/{path}", params={name: str(value) for name, value in params.items()})

    def data(self, path: str, params: dict[str, str] | None = None) -> Any:
        answer = self.client.get(f"/api/{path}", params=params or {})
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def send(
        self,
        method: str,
        path: str,
        kind: str,
        attributes: Any = None,
        identifier: str | None = None,
        **rest: Any,
    ) -> httpx.Response:
        data: dict[str, Any] = {"type": kind, "attributes": attributes or {}, **rest}
        if identifier is not None:
            data["id"] = identifier
        return self.client.request(method, f"/api/{path}", json={"data": data})

    def make(self, path: str, kind: str, **attributes: Any) -> str:
        answer = self.send("POST", path, kind, attributes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def switch(self, **changed: Any) -> None:
        self.store.change_switches(Switches(**{**self.store.switches().to_json(), **changed}))

    def metric(self, name: str = "Ordered") -> str:
        with self.store.writing() as view:
            identifier = view.new_id("metric")
            stamp = NOW.isoformat()
            integration = {"object": "integration", "id": "shop01", "name": "Shop", "category": "eCommerce"}
            body = {"name": name, "created": stamp, "updated": stamp, "integration": integration}
            view.put("metric", identifier, body, parent="")
        return identifier

    def template(self, html: str = "<p>Hello</p>") -> str:
        return self.make("templates", "template", name="Letter", editor_type="CODE", html=html)

    def create(self, definition: dict[str, Any], name: str = "A flow") -> httpx.Response:
        return self.send("POST", "flows", "flow", {"name": name, "definition": definition})

    def flow(self, *actions: dict[str, Any], name: str = "A flow") -> str:
        answer = self.create(self.definition(*actions), name)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def definition(self, *actions: dict[str, Any]) -> dict[str, Any]:
        return {
            "triggers": [{"type": "metric", "id": self.metric()}],
            "profile_filter": None,
            "entry_action_id": actions[0]["temporary_id"] if actions else None,
            "actions": list(actions),
        }

    def read(self, flow: str) -> dict[str, Any]:
        found = self.data(f"flows/{flow}", {"additional-fields[flow]": "definition"})
        return dict(found["attributes"]["definition"])

    def shape(self, flow: str) -> list[str]:
        """The names of a flow's actions in order: message names, else the hours of a delay, else the kind."""
        return [label(action) for action in self.read(flow)["actions"]]


def label(action: dict[str, Any]) -> str:
    data = action.get("data") or {}
    if data.get("message"):
        return str(data["message"]["name"])
    return f"wait {data['value']}" if action["type"] == "time-delay" else str(action["type"])


def open_account(path: Any, *, revision: str = LATEST, key: str = EMBEDDED_KEY, **switches: Any) -> Account:
    store = Store(path)
    store.change_switches(Switches(**{"limits": "off", **switches}))
    clock = Clock()
    app = create_app(store, settings=Settings(clock=clock))
    app.testing = True
    client = httpx.Client(
        transport=httpx.WSGITransport(app),
        base_url="http://account",
        headers={"Authorization": f"Klaviyo-API-Key {key}", "revision": revision},
    )
    return Account(store, clock, client)


def wait(
    name: str, following: str | None = None, value: int = 1, unit: str = "hours", **more: Any
) -> dict[str, Any]:
    data = {"unit": unit, "value": value, "timezone": "profile", **more}
    return {"temporary_id": name, "type": "time-delay", "data": data, "links": {"next": following}}


def mail(name: str, following: str | None = None, status: str = "draft", **message: Any) -> dict[str, Any]:
    sent = {"name": name, "from_email": "a@example.com", "from_label": "A", "subject_line": name, **message}
    return {
        "temporary_id": name,
        "type": "send-email",
        "data": {"message": sent, "status": status},
        "links": {"next": following},
    }


def split(name: str, yes: str | None, no: str | None) -> dict[str, Any]:
    return {
        "temporary_id": name,
        "type": "conditional-split",
        "data": {"profile_filter": None},
        "links": {"next_if_true": yes, "next_if_false": no},
    }


def fork(name: str, *targets: str | None) -> dict[str, Any]:
    branches = [
        {
            "branch_id": f"b{n}",
            "branch_filter": {"condition_groups": []},
            "links": {"next": target},
            "order": n,
            "name": f"way {n}",
        }
        for n, target in enumerate(targets)
    ]
    branches.append({"branch_id": "rest", "branch_filter": None, "links": None, "is_else": True})
    return {"temporary_id": name, "type": "multi-branch-split", "data": {"name": name, "branches": branches}}


def problem(answer: httpx.Response) -> tuple[int, str, dict[str, str]]:
    """Status, detail and source of the first error of an answer."""
    first = answer.json()["errors"][0]
    assert answer.headers["Content-Type"] == "application/vnd.api+json"
    assert first["id"]
    assert first["status"] == answer.status_code
    return answer.status_code, first["detail"], first["source"]
