"""Every action of every flow, fifty flows a call; triggers, filters, re-entry and templates' content stay unread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from compiler.client import Client, calls
from compiler.normalise import ways
from compiler.planning.observed import Contents, template_sources

Api = dict[str, Any]
LISTED: Final = {
    "include": "flow-actions",
    "fields[flow]": "name,status,archived",
    "fields[flow-action]": "definition",
}
NOT_READ: Final = {"html": "not read"}
REMARK: Final = "--quick did not read triggers, filters, re-entry and the content of templates"


def quick_flows(client: Client, ids: Iterable[str]) -> dict[str, Api]:
    """Return flows with their actions alone; one whose entry the actions do not tell is left out."""
    wanted = set(ids)
    out = {}
    for page in client.pages(calls.GET_FLOWS, params=LISTED):
        actions = {row["id"]: row["attributes"]["definition"] for row in page.get("included") or ()}
        for row in page["data"]:
            if row["id"] in wanted:
                out[row["id"]] = _flow(row, actions)
    return out


def _flow(row: Mapping[str, Any], actions: Mapping[str, Any]) -> Api:
    linked = row["relationships"]["flow-actions"]["data"]
    own = [{**actions[one["id"]], "id": one["id"]} for one in linked]
    targets = {target for one in own for _, target in ways(one)}
    roots = [one["id"] for one in own if one["id"] not in targets]
    about = row["attributes"]
    return {
        "id": row["id"],
        "name": about.get("name"),
        "archived": about.get("archived") is True,
        "status": about.get("status"),
        "definition": {"entry_action_id": roots[0] if roots else None, "actions": own},
    }


def as_desired(live: Api, desired: Mapping[str, Any]) -> Api:
    """Return a flow read in this way with the settings that its spec says, since nobody has read its own."""
    settings = {key: value for key, value in desired.items() if key not in ("entry_action_id", "actions")}
    return {**live, "definition": {**live["definition"], **settings}}


class Unread(Contents):
    """Templates that all hold the same, since nobody reads them."""

    def of_library(self, ids: Iterable[str]) -> None:
        """Take templates for equal."""
        self.known |= dict.fromkeys(ids, NOT_READ)

    def compare_all(self, pairs: Iterable[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]) -> None:
        """Take both sides' templates for equal."""
        for live, desired in pairs:
            self.of_library(template_sources(live) | template_sources(desired))
