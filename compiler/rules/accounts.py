"""Rules on taking a flow from one account to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.rules.base import Finding, Subject, rule
from compiler.rules.reading import at, part

OF_TRIGGERS = ("object_type_id", "object_type_relationship_id", "custom_object_property_id")
OF_CONDITIONS = {
    "profile-has-custom-object": ("object_type_id", "object_type_relationship_id"),
    "custom-object-trigger-property": ("property_id",),
    "action-output": ("output_config_id",),
}
OF_STEPS = {
    "send-whatsapp": ("data", "message", "vendor_id"),
    "send-mobile-push": ("data", "message", "video_asset_id"),
    "internal-service": ("data", "service_configuration", "report_id"),
}


@rule("F445", "info", "LANGUAGE references: what has no name stays an id")
def id_of_one_account(subject: Subject) -> Iterator[Finding]:
    """Write ids that have no name as variables of the account."""
    yield from _ids(subject.trigger, OF_TRIGGERS, ("trigger", "date"))
    for condition in subject.conditions:
        fields = OF_CONDITIONS.get(str(condition.api.get("type")))
        if fields is not None:
            yield from _ids(condition.api, fields, (*condition.at(), str(condition.api["type"])))
    for step in subject.steps:
        if step.kind in OF_STEPS:
            *within, field = OF_STEPS[step.kind]
            holder: Mapping[str, Any] = subject.actions[step.index]
            for key in within:
                holder = part(holder, key)
            yield from _ids(
                holder, (field,), at(step, *within[1:]) if step.kind == "internal-service" else at(step)
            )


def _ids(holder: Mapping[str, Any], fields: tuple[str, ...], path: tuple[Any, ...]) -> Iterator[Finding]:
    for field in fields:
        if holder.get(field):
            says = f"{field} {holder[field]} belongs to one account"
            yield Finding((*path, field), f"{says}; in a flow for several write it as ${{{{ vars.NAME }}}}")
