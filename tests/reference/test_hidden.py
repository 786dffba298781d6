"""In real flows coverage finds the conditions that hide in one-off logic: ``pytest --definitions DIR``.

What is expected is found a second time here, by comparing texts; names and conditions of the folder stay in it.
"""

from __future__ import annotations

import json
from collections import defaultdict

import pytest
from coverage_kit import account, did, report_of, rule, segment

from compiler.logic import digest

ONLY_IN_FLOWS = {
    "profile-sample",
    "profile-not-in-flow",
    "profile-not-sent-email",
    "profile-not-sent-sms",
    "profile-not-sent-push",
    "action-output",
    "metric-property",
}


def definition_of(data):
    if isinstance(data, dict):
        if "triggers" in data and "actions" in data:
            return data
        for value in data.values():
            found = definition_of(value)
            if found is not None:
                return found
    return None


def lists_of(value):
    """Every list of condition groups inside a definition."""
    if isinstance(value, dict):
        if isinstance(value.get("condition_groups"), list):
            yield value["condition_groups"]
        for item in value.values():
            yield from lists_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from lists_of(item)


def kept(groups):
    """The groups that a segment could hold; none where nothing but consent is left."""
    rows = [
        group
        for group in groups
        if not any(
            row["type"] in ONLY_IN_FLOWS
            or (row.get("timeframe_filter") or {}).get("operator") == "flow-start"
            for row in group["conditions"]
        )
    ]
    kinds = {row["type"] for group in rows for row in group["conditions"]}
    return rows if kinds - {"profile-marketing-consent"} else []


@pytest.fixture(scope="module")
def flows(request):
    folder = request.config.getoption("--definitions") / "flows"
    found = {
        path.stem: definition_of(json.loads(path.read_text("utf-8"))) for path in folder.glob("*-live.json")
    }
    return {name: definition for name, definition in sorted(found.items()) if definition}


@pytest.fixture(scope="module")
def repeated(flows):
    """What stands in two flows or more, by its text, with the flows."""
    places = defaultdict(set)
    for name, definition in flows.items():
        for groups in lists_of(definition):
            if kept(groups):
                places[json.dumps(kept(groups), sort_keys=True)].add(name)
    return {text: names for text, names in places.items() if len(names) > 1}


def hidden(report):
    return {finding.target: finding.evidence for finding in report.findings if finding.code == "F728"}


def test_every_rule_that_two_real_flows_repeat_is_found_and_nothing_that_only_a_flow_knows(flows, repeated):
    assert len(flows) > 10
    found = hidden(report_of(account(flows=flows)))
    expected = {digest({"condition_groups": json.loads(text)})[:8]: names for text, names in repeated.items()}
    assert expected
    assert set(expected) <= set(found)
    for target, names in expected.items():
        assert int(found[target].split(" places")[0].rpartition(" ")[2]) >= len(names)
    assert not any("since" in text and "flow" in text.split(": in ")[0] for text in found.values())


def test_a_rule_of_real_flows_that_a_segment_holds_is_not_hidden(flows, repeated):
    saved = [
        segment(f"Saved {number}", {"condition_groups": json.loads(text)})
        for number, text in enumerate(repeated)
    ]
    inventory = account(*saved, segment("Another", rule(did("Placed Order"))), flows=flows)
    found = hidden(report_of(inventory))
    assert not {digest(one.definition)[:8] for one in saved} & set(found)
