"""Names to ids and back, and what is said where there is none."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_kit import REVISION, make_project, snapshot

from compiler.bind import Names, bind, diagnose, unbind
from compiler.bind.places import places
from compiler.bind.sites import api_fields, document_keys
from compiler.codecs.references import placeholder
from compiler.live import Thing
from compiler.pipeline import compile_file

THINGS = (
    Thing("metric", "Placed Order", "Shopify", "mShop"),
    Thing("metric", "Placed Order", "Till", "mTill"),
    Thing("metric", "Opened Email", "Klaviyo", "mOpen"),
    Thing("metric", "Twice", "API", "mTwice1"),
    Thing("metric", "Twice", "API", "mTwice2"),
    Thing("list", "Newsletter", "", "lNews"),
    Thing("list", "VIP", "", "lVip"),
    Thing("segment", "VIP", "", "sVip"),
    Thing("segment", "Lapsed", "", "sLaps"),
    Thing("segment", "{odd", "", "sOdd"),
    Thing("template", "Base", "", "tBase"),
    Thing("image", "Logo", "", "iLogo"),
    Thing("flow", "Welcome", "", "fWelc"),
)
NAMES = Names(THINGS, {"tClone": "emails/hello.html"})
FLOW = """\
kind: flow
name: Under test
trigger:
  metric: {METRIC}
profile_filter:
  - profile-metric: {metric: Opened Email, count: 0, timeframe: alltime, metric_filters: [{property: $flow, equals: {flow: Welcome}}]}
  - profile-group-membership: {is_member: true, groups: [GROUP]}
steps:
  - send-email:
      name: Hello
      from_email: a@example.com
      from_label: A
      subject_line: "@list:Newsletter"
      template: TEMPLATE
"""


def compiled(tmp_path: Path, metric="Opened Email", group="Newsletter", template="Base"):
    text = FLOW.replace("{METRIC}", metric).replace("GROUP", group).replace("TEMPLATE", template)
    project = make_project(tmp_path, full=False, test=text)
    result = compile_file(project, project.flows / "test.yaml", revision=REVISION, account={}, lint=False)
    assert not result.diagnostics
    return result.compiled[0]


def said(item, names=NAMES, **kwargs):
    """The diagnostics of one compiled flow as ``line:column code message``."""
    bound = bind(item.body, names, **kwargs)
    found = sorted((d for one in bound.unbound for d in diagnose(item.document, one)), key=lambda d: d.span)
    return [f"{d.span.line}:{d.span.column} {d.code} {d.message}" for d in found]


def test_every_reference_of_a_flow_becomes_its_id_and_texts_stay(tmp_path):
    item = compiled(tmp_path)
    bound = bind(item.body, NAMES)
    definition = bound.body["data"]["attributes"]["definition"]
    email = definition["actions"][0]["data"]["message"]
    opened, member = (group["conditions"][0] for group in definition["profile_filter"]["condition_groups"])
    assert definition["triggers"][0]["id"] == opened["metric_id"] == "mOpen"
    assert opened["metric_filters"][0]["filter"]["value"] == "fWelc"
    assert member["group_ids"] == ["lNews"]
    assert (email["template_id"], email["subject_line"]) == ("tBase", "@list:Newsletter")
    assert not bound.unbound
    assert {thing.id for thing in bound.used} == {"mOpen", "fWelc", "lNews", "tBase"}


def test_unbinding_gives_the_placeholders_back(tmp_path):
    body = compiled(tmp_path, metric="{name: Placed Order, integration: Shopify}").body
    definition = body["data"]["attributes"]["definition"]
    bound = bind(body, NAMES).body["data"]["attributes"]["definition"]
    assert json.dumps(unbind(bound, NAMES)) == json.dumps(definition)


NAMESAKES = Names(
    [
        *(
            Thing(kind, "A: b", "", f"{kind}{n}")
            for kind in ("list", "flow", "template", "image")
            for n in "12"
        ),
        *(
            Thing("metric", "A: b", integration, f"m{integration}")
            for integration in ("", "Shop", "Till, 2nd")
        ),
    ]
)
BOTH = '{name: "A: b", integration: Shop}'
FILTER = "[{metric-property: {field: $value, greater-than: 5}}]"
MEMBER = "profile_filter: [{profile-group-membership: {is_member: true, groups: [HERE]}}]"
COUNTED = "profile_filter: [{profile-metric: {count: 0, timeframe: alltime, HERE}}]"
PLACED = [
    ("trigger: {HERE}", "metric: 'A: b'", f"metric: {BOTH}"),
    (
        "trigger: {HERE}",
        "metric: {name: 'A: b', trigger_filter: ...}",
        f"metric: {BOTH.removesuffix('}')}, trigger_filter: ...}}",
    ),
    (COUNTED, "metric: 'A: b'", f"metric: {BOTH}"),
    (COUNTED, "metric: {name: 'A: b'}", f"metric: {BOTH}"),
    (
        "profile_filter: [{raw: {type: x, HERE}}]",
        'metric_id: "@metric:A: b"',
        r'metric_id: "@metric:{\"name\": \"A: b\", \"integration\": \"Shop\"}"',
    ),
    ("trigger: {HERE}", "list: 'A: b'", "list: {id: list1}"),
    (MEMBER, "'A: b'", "{id: list1}"),
    (MEMBER, "{list: 'A: b'}", "{id: list1}"),
    (
        COUNTED.replace("HERE", "metric: {id: mShop}, metric_filters: [{property: $flow, equals: {HERE}}]"),
        "flow: 'A: b'",
        "flow: {id: flow1}",
    ),
    ("steps: [{send-email: {HERE}}]", "template: 'A: b'", "template: {id: template1}"),
    ("steps: [{send-email: {HERE}}]", "template: {clone: 'A: b'}", "template: {id: template1}"),
    ("steps: [{send-sms: {body: Hi, transactional: true, HERE}}]", "image: 'A: b'", "image: {id: image1}"),
]


@pytest.mark.parametrize(("line", "written", "fits"), PLACED)
def test_a_name_of_several_things_is_answered_with_what_fits_at_its_place_and_means_one(
    tmp_path, line, written, fits
):
    rest = {"trigger": "trigger: {metric: {id: mShop}}", "steps": "steps: []"}
    rest.pop(line.split(":")[0], None)

    def about(here):
        here = line.replace("HERE", here.replace("...", FILTER))
        text = "\n".join(["kind: flow", "name: Under test", here, *rest.values(), ""])
        project = make_project(tmp_path, full=False, test=text)
        result = compile_file(project, project.flows / "test.yaml", revision=REVISION, account={}, lint=False)
        assert not result.diagnostics
        return said(result.compiled[0], NAMESAKES)

    [found] = about(written)
    assert found.endswith(f"; say which, as in {fits}")
    assert about(fits) == []


def test_a_name_of_several_things_that_no_line_says_is_answered_in_full():
    body = {"data": {"attributes": {"definition": {"metric_id": "@metric:A: b"}}}}
    [unbound] = bind(body, NAMESAKES).unbound
    assert unbound.wrong.message.endswith(f"; say which, as in {BOTH}")


WRONG = [
    (
        {"metric": "Opend Email"},
        '4:3 F313 the account has no metric "Opend Email"; did you mean "Opened Email"?',
        "metric",
    ),
    ({"metric": "Newsletter"}, '4:3 F318 "Newsletter" is a list in this account, not a metric', "metric"),
    (
        {"metric": "Placed Order"},
        'F314 2 metrics are called "Placed Order": Shopify (mShop), Till (mTill); say which, as in metric: {name: Placed Order, integration: Shopify}',
        "metric",
    ),
    (
        {"metric": "Twice"},
        'F314 2 metrics are called "Twice": API (mTwice1), API (mTwice2); say which, as in metric: {id: mTwice1}',
        "metric",
    ),
    (
        {"metric": "{name: Placed Order, integration: Shopfy}"},
        'F317 no metric "Placed Order" comes from "Shopfy"; it comes from Shopify and Till; did you mean "Shopify"?',
        "metric",
    ),
    ({"metric": "{id: Other1}"}, 'F315 the account has no metric with the id "Other1"', "metric"),
    (
        {"metric": "{id: mOpen, name: Opens}"},
        'F316 the metric mOpen is called "Opened Email" now, not "Opens"',
        "metric",
    ),
    (
        {"metric": "{id: Other1, name: Opens}"},
        'F315 the account has no metric with the id "Other1"',
        "metric",
    ),
    (
        {"group": "VIP"},
        'F314 "VIP" is a list (lVip) and a segment (sVip); say which, as in {list: VIP}',
        "group",
    ),
    (
        {"group": "{segment: Newsletter}"},
        'F318 "Newsletter" is a list in this account, not a segment',
        "group",
    ),
    ({"group": "Lapst"}, 'F313 the account has no list or segment "Lapst"; did you mean "Lapsed"?', "group"),
    ({"group": "{id: Other2}"}, 'F315 the account has no list or segment with the id "Other2"', "group"),
    ({"template": "Bas"}, 'F313 the account has no template "Bas"; did you mean "Base"?', "template"),
    ({"template": "{clone: Bas}"}, 'F313 the account has no template "Bas"', "template"),
    ({"template": "{clone: Base}"}, 'F319 the copy of the template "Base" is not made yet', "template"),
]
LINES = {"metric": "4:", "group": "7:", "template": "14:"}


@pytest.mark.parametrize(("change", "sentence", "where"), WRONG)
def test_what_has_no_id_is_said_at_its_line_with_candidates(tmp_path, change, sentence, where):
    [found] = said(compiled(tmp_path, **change))
    assert sentence.split(" ", 1)[-1] in found
    assert sentence.rpartition("F3")[2][:2] == found.rpartition(" F3")[2][:2]
    assert found.startswith(LINES[where])


def test_a_template_file_that_the_account_has_is_bound_and_another_is_a_warning(tmp_path):
    (tmp_path / "flows" / "emails").mkdir(parents=True)
    for name in ("hello", "other"):
        (tmp_path / "flows" / "emails" / f"{name}.html").write_text("<p>")
    known = bind(compiled(tmp_path, template="{file: emails/hello.html}").body, NAMES)
    assert (
        known.body["data"]["attributes"]["definition"]["actions"][0]["data"]["message"]["template_id"]
        == "tClone"
    )
    item = compiled(tmp_path, template="{file: emails/other.html}")
    [unbound] = bind(item.body, NAMES).unbound
    [found] = diagnose(item.document, unbound)
    assert (found.code, found.severity, found.span.line) == ("F319", "warning", 14)


def test_an_id_that_no_inventory_shows_is_taken_with_or_without_a_name(tmp_path):
    bound = bind(compiled(tmp_path, template="{id: tMessage, name: A copy}").body, NAMES)
    assert (
        bound.body["data"]["attributes"]["definition"]["actions"][0]["data"]["message"]["template_id"]
        == "tMessage"
    )
    assert not bound.unbound


@pytest.mark.parametrize("metric", ["{id: mOpen}", "{id: mOpen, name: Opened Email}"])
def test_an_id_of_the_account_stands_as_it_is(tmp_path, metric):
    bound = bind(compiled(tmp_path, metric=metric).body, NAMES)
    assert bound.body["data"]["attributes"]["definition"]["triggers"][0]["id"] == "mOpen"
    assert not bound.unbound


def test_a_name_that_meant_something_else_in_the_lock_is_said_loudly_and_bound_to_the_new_id(tmp_path):
    item = compiled(tmp_path)
    locked = Names(
        [Thing("list", "Newsletter", "", "lOld"), Thing("metric", "Opened Email", "Klaviyo", "mOpen")]
    )
    [found] = said(item, locked=locked)
    assert found.startswith(
        '7:58 F316 "Newsletter" was the list lOld when the lock was written and is lNews now'
    )
    assert "lNews" in json.dumps(bind(item.body, NAMES, locked).body)


def test_a_reference_in_a_blueprint_is_shown_in_the_users_own_file_with_the_chain(tmp_path):
    blueprint = "kind: blueprint\nname: b\nparams: {metric: {type: string}}\nflow:\n  trigger: {metric: '${{ params.metric }}'}\n  steps: []\n"
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "b.yaml").write_text(blueprint)
    project = make_project(
        tmp_path, full=False, test="kind: flow\nname: Stamped\nuse: b.yaml\nwith: {metric: Nothing}\n"
    )
    [item] = compile_file(
        project, project.flows / "test.yaml", revision=REVISION, account={}, lint=False
    ).compiled
    [unbound] = bind(item.body, NAMES).unbound
    [found] = diagnose(item.document, unbound)
    assert (found.span.file, found.span.line) == ("flows/test.yaml", 3)
    assert found.via[-1].file == "flows/b.yaml"


def test_every_place_that_says_a_name_is_found_and_equal_texts_elsewhere_are_not():
    data = {
        "name": "Gone",
        "trigger": {"metric": {"name": "Gone", "trigger_filter": []}},
        "steps": [
            {"id": "Gone", "send-email": {"subject_line": "Gone", "template": "Gone"}},
            {
                "conditional-split": {
                    "if": [
                        {
                            "any": [
                                {"profile-metric": {"metric": "Gone"}},
                                {"raw": {"metric_id": "@metric:Gone"}},
                            ]
                        }
                    ]
                }
            },
        ],
    }
    assert list(places(data, "metric", "@metric:Gone")) == [
        ("trigger", "metric"),
        ("steps", 1, "conditional-split", "if", 0, "any", 0, "profile-metric", "metric"),
        ("steps", 1, "conditional-split", "if", 0, "any", 1, "raw", "metric_id"),
    ]


def test_a_reference_that_no_line_says_is_shown_at_the_name(tmp_path):
    item = compiled(tmp_path)
    body = json.loads(json.dumps(item.body).replace("@metric:Opened Email", "@metric:Derived"))
    assert said(type(item)(item.document, item.file, item.kind, item.name, body))[0].startswith("2:7 F313")


def test_the_fields_that_hold_ids_come_from_the_schemas():
    assert api_fields() == {
        "conversion_metric_id": "metric",
        "group_ids": "group",
        "image_id": "image",
        "list_id": "list",
        "metric_id": "metric",
        "template_id": "template",
    }
    assert "id" not in document_keys("list")
    assert document_keys("metric") >= {"metric", "conversion_metric"}


def test_the_trigger_of_a_trigger_split_is_bound_with_its_flow():
    split = {
        "type": "trigger-split",
        "data": {"trigger_id": "mOpen", "trigger_type": "metric", "trigger_filter": None},
    }
    other = {"type": "trigger-split", "data": {"trigger_id": "0", "trigger_type": "date"}}
    definition = {
        "triggers": [{"type": "metric", "id": "mOpen"}, {"type": "date"}, "odd"],
        "actions": [split, other],
    }
    named = unbind(definition, NAMES)
    assert named["triggers"][0]["id"] == named["actions"][0]["data"]["trigger_id"] == "@metric:Opened Email"
    assert named["actions"][1] == other


def test_ids_without_a_name_of_their_own_stay_ids():
    assert NAMES.reference("metric", "mTwice1") is None
    assert NAMES.reference("template", "tOther") is None
    assert NAMES.reference("group", "lVip") == "@list:VIP"
    assert NAMES.reference("metric", "mTill") == '@metric:{"name": "Placed Order", "integration": "Till"}'
    assert NAMES.reference("template", "tClone") == '@template:{"file": "emails/hello.html"}'
    assert NAMES.reference("segment", "sOdd") == placeholder("segment", {"name": "{odd"})


def test_an_inventory_that_lacks_a_kind_says_nothing_of_its_ids():
    assert Names([]).foreign("metric", "x") is None
    assert NAMES.foreign("template", "x") is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["metric", "list", "segment", "image", "flow"]),
            st.text(max_size=6),
            st.sampled_from(["", "A", "B"]),
        ),
        max_size=8,
    )
)
def test_every_reference_that_names_give_finds_its_own_id_again(rows):
    things = [
        Thing(kind, name, integration if kind == "metric" else "", f"id{n}")
        for n, (kind, name, integration) in enumerate(rows)
    ]
    names = Names(things)
    for thing in things:
        kinds = (thing.kind, "group") if thing.kind in ("list", "segment") else (thing.kind,)
        for kind in kinds:
            text = names.reference(kind, thing.id)
            body = {"data": {"attributes": {"definition": {"group_ids": [text]}}}}
            if text is not None:
                assert bind(body, names).body["data"]["attributes"]["definition"]["group_ids"] == [thing.id]


def test_everything_that_the_seeded_account_holds_comes_back():
    names = Names(snapshot().things())
    for segment in snapshot().segments:
        named = unbind(segment.definition, names)
        back = bind({"data": {"attributes": {"definition": named}}}, names)
        assert back.body["data"]["attributes"]["definition"] == segment.definition
        assert not back.unbound
