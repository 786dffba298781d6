"""The kinds, by name: none can be forgotten, none is a leftover, each one's examples hold."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest
from equality import canonical
from generate import ACTION_KINDS, CONDITION_KINDS, FILTERS, SITE_KINDS, TRIGGER_KINDS, Maker
from through_yaml import compiled, decompile

from compiler import kinds
from compiler.codecs.building import resolved
from compiler.codecs.conditions import at_site
from compiler.codecs.shapes import OPERATORS, SHAPES
from compiler.diagnostics import Exit, Fatal
from compiler.emit import emit
from compiler.lift import lift_flow, lift_segment

ACTIONS = (
    "ab-test", "action-output-split", "back-in-stock-delay", "code", "conditional-split", "content-experiment", "countdown-delay", "internal-service",
    "list-update", "multi-branch-split", "send-email", "send-internal-alert", "send-mobile-push", "send-sms", "send-webhook", "send-whatsapp",
    "target-date", "time-delay", "trigger-split", "update-profile",
)  # fmt: skip
TRIGGERS = (
    "date-custom-object",
    "date-profile-property",
    "list",
    "low-inventory",
    "metric",
    "price-drop",
    "segment",
)
CONDITIONS = (
    "action-output", "custom-object-property", "custom-object-trigger-property", "low-inventory-property", "metric-property", "price-drop-property",
    "profile-group-membership", "profile-has-custom-object", "profile-marketing-consent", "profile-metric", "profile-metric-funnel", "profile-not-in-flow",
    "profile-not-sent-email", "profile-not-sent-push", "profile-not-sent-sms", "profile-permissions", "profile-postal-code-distance",
    "profile-predictive-analytics", "profile-property", "profile-region", "profile-sample",
)  # fmt: skip
FILES = [(folder, file) for folder in kinds.FOLDERS for file in kinds.kinds(folder)]
SITES_IN_FLOWS = {
    "flow-filter": lambda item: {"profile_filter": [item]},
    "message": lambda item: {"steps": [{"conditional-split": {"if": [item]}}]},
    "branch": lambda item: {
        "steps": [{"multi-branch-split": {"name": "By plan", "branches": [{"if": [item]}]}}]
    },
    "trigger-split": lambda item: {"steps": [{"trigger-split": {"if": [item]}}]},
    "action-output": lambda item: {"steps": [{"action-output-split": {"if": [item]}}]},
    "metric-trigger": lambda item: {
        "trigger": {"metric": {"name": "Viewed Product", "trigger_filter": [item]}}
    },
    "price-drop-trigger": lambda item: {
        "trigger": {
            "price-drop": {"price_drop_amount_value": 5, "audience": ["viewed"], "trigger_filter": [item]}
        }
    },
    "low-inventory-trigger": lambda item: {
        "trigger": {
            "low-inventory": {
                "product_level": "product",
                "inventory_count": 5,
                "audience": ["viewed"],
                "trigger_filter": [item],
            }
        }
    },
}


def test_there_are_20_actions_7_triggers_and_21_conditions_by_name():
    assert (len(ACTIONS), len(TRIGGERS), len(CONDITIONS)) == (20, 7, 21)
    assert tuple(sorted(kinds.kinds("actions"))) == ACTIONS
    assert tuple(sorted(kinds.kinds("triggers"))) == TRIGGERS
    assert tuple(sorted(kinds.kinds("conditions"))) == CONDITIONS


def test_the_generator_knows_the_same_kinds_and_sites():
    assert ACTION_KINDS == ACTIONS
    assert TRIGGER_KINDS == TRIGGERS
    assert CONDITION_KINDS == CONDITIONS
    for site, names in SITE_KINDS.items():
        assert at_site(site) == tuple(sorted(names)), site


@pytest.mark.parametrize(("folder", "file"), FILES, ids=str)
def test_a_kind_says_what_it_is(folder, file):
    kind = kinds.kinds(folder)[file]
    assert kind.title
    assert kind.schema["description"].endswith(".")
    assert kind.schema["examples"], "an example shows how it is written"
    assert kind.schema["additionalProperties"] is False
    for name, prop in kind.schema["properties"].items():
        assert resolved(prop).get("description"), f"{file}: {name} needs a description"
    assert (folder == "actions") == (kind.exits is not None)
    assert (folder == "conditions") == bool(kind.sites)


def around(folder: str, file: str, example: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield documents in which an example stands wherever it may."""
    flow = {
        "kind": "flow",
        "name": "Example",
        "status": "draft",
        "trigger": {"metric": "Viewed Product"},
        "steps": [],
    }
    if folder == "actions":
        yield {**flow, "steps": [example]}
    elif folder == "triggers":
        yield {**flow, "trigger": example}
    else:
        for site in kinds.kinds("conditions")[file].sites:
            if site == "segment":
                yield {"kind": "segment", "name": "Example", "definition": [example]}
            elif "flow-start" not in json.dumps(example) or site != "segment":
                yield {**flow, **SITES_IN_FLOWS[site](example)}


@pytest.mark.parametrize(("folder", "file"), FILES, ids=str)
def test_a_kind_s_examples_validate_compile_and_come_back(folder, file):
    for example in kinds.kinds(folder)[file].schema["examples"]:
        for document in around(folder, file, example):
            if document["kind"] == "segment" and "flow-start" in json.dumps(example):
                continue
            text = emit(document)
            definition = compiled(text)
            again, lifting = decompile(definition, name="Example")
            assert lifting.warnings == lifting.errors == []
            assert canonical(compiled(again)) == canonical(definition)
            if kinds.kinds(folder)[file].exits in (None, "next"):
                assert again == text, "an example is canonical"


def written(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield (kind, its value) of each action, trigger and condition in a document."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in ACTIONS or key in CONDITIONS:
                yield key, item
            yield from written(item)
        trigger = value.get("trigger")
        if isinstance(trigger, Mapping):
            yield from ((f"trigger {key}", item) for key, item in trigger.items())
    elif isinstance(value, list):
        for item in value:
            yield from written(item)


def members(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from (
                (f"{key}.{name}" for name in members(item))
                if key not in ("then", "else", "branches", "if", "main", "variations")
                else ()
            )
    elif isinstance(value, list):
        for item in value:
            yield from members(item)


@pytest.fixture(scope="module")
def reached() -> Mapping[str, set[str]]:
    """What the generator's definitions say in YAML: by kind, the names of its fields and of what is in them."""
    found: dict[str, set[str]] = defaultdict(set)
    for seed in range(150):
        maker = Maker(Random(seed))
        for kind in ACTIONS:
            definition = maker.flow(1, (kind,))
            definition["triggers"] = [maker.trigger(TRIGGERS[seed % 7])]
            document, _ = lift_flow(definition, "Generated", None, kinds.default_revision())
            for name, body in written(document):
                found[name] |= set(members(body))
    for seed in range(400):  # its forms are many
        document, _ = lift_flow(
            Maker(Random(seed)).flow(1, ("send-sms",)), "Generated", None, kinds.default_revision()
        )
        for name, body in written(document):
            found[name] |= set(members(body))
    for seed in range(60):
        for name, body in written(json.loads(json.dumps(decompiled_segment(seed)))):
            found[name] |= set(members(body))
    return found


def decompiled_segment(seed: int) -> Any:
    return lift_segment(Maker(Random(seed)).segment(), "Generated", kinds.default_revision())[0]


def fields_of(schema: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield each field that a kind's file describes, nested ones with their path."""
    for name, raw in schema.get("properties", {}).items():
        prop = resolved(raw)
        yield prefix + name
        inner = resolved(prop["items"]) if isinstance(prop.get("items"), Mapping) else prop
        if "x-codec" not in prop and "properties" in inner:
            yield from fields_of(inner, f"{prefix}{name}.")


@pytest.mark.parametrize(("folder", "file"), FILES, ids=str)
def test_the_generator_reaches_every_field(folder, file, reached):
    kind = kinds.kinds(folder)[file]
    found = reached[kind.name if folder != "triggers" else f"trigger {kind.name}"]
    if kind.inline is not None:
        assert kind.name in reached or f"trigger {kind.name}" in reached
        return
    written_elsewhere = {"then", "else", "branches.then"}
    missing = [name for name in fields_of(kind.schema) if name not in found and name not in written_elsewhere]
    assert not [
        name
        for name in missing
        if not name.startswith(("branches.", "message_hierarchy.rich_content.cards.video.thumbnail"))
    ]


def test_the_generator_reaches_every_filter_of_the_contract():
    found: set[tuple[str, str]] = set()
    for seed in range(300):
        for make in FILTERS.values():
            api = make(Maker(Random(seed)))
            found.add((api["type"], api["operator"]))
    assert found == {(shape.type, operator) for shape in SHAPES.values() for operator in shape.operators}
    assert {operator for _, operator in found} == OPERATORS


def test_every_kind_comes_back_under_every_trigger():
    for trigger in TRIGGERS:
        maker = Maker(Random(trigger))
        definition = maker.flow(len(ACTIONS), ACTIONS)
        definition["triggers"] = [maker.trigger(trigger)]
        text, lifting = decompile(definition)
        assert lifting.warnings == lifting.errors == []
        assert canonical(compiled(text)) == canonical(definition)


def test_an_unknown_revision_names_the_nearest():
    with pytest.raises(Fatal) as raised:
        kinds.check_revision("2026-10-14")
    assert raised.value.exit_code is Exit.WRONG_SPECS
    assert 'did you mean "2026-10-15"?' in raised.value.message
    assert kinds.check_revision("2026-10-15") == "2026-10-15"


def test_a_kind_is_in_a_revision_and_all_later_ones():
    assert [kinds.has(revision, "2026-04-15") for revision in kinds.revisions()] == [False] * 6 + [True] * 3
    assert kinds.kinds("actions")["multi-branch-split"].since == "2026-04-15"
    assert kinds.kinds("actions")["send-email"].since == kinds.revisions()[0]
    assert kinds.names("triggers") == ("date", "list", "low-inventory", "metric", "price-drop", "segment")
