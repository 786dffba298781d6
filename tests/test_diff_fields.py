"""What of a step is compared, and how a changed field is said."""

import pytest
from diff_shapes import chain, email, summary

from compiler.diff import diff_flows
from compiler.diff.content import comparable, content, digest, step_name


def changes(before, after):
    (change,) = diff_flows(chain(before), chain(after)).changes
    return {field.path: (field.old, field.new) for field in change.fields}


def experiment(first, weights, name="Test"):
    variations = [
        {
            "id": f"{first}{at}",
            "type": "send-email",
            "data": {"message": {"id": f"m{first}{at}", "name": f"V{at}"}},
        }
        for at in (1, 2)
    ]
    allocations = {f"{first}{at}": weight for at, weight in zip((1, 2), weights, strict=True)}
    running = {"id": first, "name": name, "variations": variations, "allocations": allocations}
    return "ab-test", {"status": "live", "main_action": variations[0], "current_experiment": running}


def test_ids_of_messages_are_never_compared():
    assert diff_flows(chain(email(id="a")), chain(email(id="b"))).empty


def test_a_template_id_is_a_field_but_no_identity():
    before, after = email(template_id="T1"), email(template_id="T2")
    assert content(comparable({"data": before[1]})) == content(comparable({"data": after[1]}))
    assert changes(before, after) == {"data.message.template_id": ("T1", "T2")}


def test_ids_within_an_experiment_are_places():
    assert diff_flows(chain(experiment("1", (50, 50))), chain(experiment("9", (50, 50)))).empty


def test_a_weight_of_an_experiment_is_said_by_its_variation():
    found = changes(experiment("1", (50, 50)), experiment("9", (60, 40)))
    assert found["data.current_experiment.allocations['variation 1']"] == (50, 60)


def test_an_experiment_without_variations_or_weights_is_compared():
    bare = "ab-test", {"main_action": {"type": "send-email", "data": {}}, "current_experiment": {"name": "T"}}
    assert diff_flows(chain(bare), chain(bare)).empty


def test_statuses_within_an_experiment_are_fields_and_no_identity():
    before, after = experiment("1", (50, 50)), experiment("1", (50, 50))
    after[1]["main_action"] = before[1]["main_action"] | {
        "data": {"message": {"name": "V1"}, "status": "draft"}
    }
    assert content(comparable({"data": before[1]})) == content(comparable({"data": after[1]}))
    found = diff_flows(chain(before), chain(after))
    assert found.changes[0].aspects == {"status"}


def test_a_field_that_came_or_went_reads_none_on_the_other_side():
    assert changes(email(), email(preview_text="Soon")) == {"data.message.preview_text": (None, "Soon")}
    assert changes(email(cc_email="a@b.example"), email()) == {"data.message.cc_email": ("a@b.example", None)}


def test_an_item_of_a_list_is_said_by_its_place():
    found = changes(email(custom_tracking_params=["a"]), email(custom_tracking_params=["a", "b"]))
    assert found == {"data.message.custom_tracking_params[1]": (None, "b")}


def test_a_long_text_gets_a_unified_diff():
    html = "<p>one</p>\n<p>two</p>\n<p>three</p>"
    before, after = email(template={"html": html}), email(template={"html": html.replace("two", "2")})
    (change,) = diff_flows(chain(before), chain(after)).changes
    assert change.aspects == {"re-texted"}
    (field,) = change.fields
    assert field.text.splitlines()[-4:] == [" <p>one</p>", "-<p>two</p>", "+<p>2</p>", " <p>three</p>"]


def test_a_short_text_gets_none():
    (change,) = diff_flows(chain(email(subject="a")), chain(email(subject="b"))).changes
    assert [field.text for field in change.fields] == [""]


@pytest.mark.parametrize(
    ("more", "aspect"),
    [
        ({"smart_sending_enabled": True}, "settings"),
        ({"additional_filters": {"condition_groups": []}}, "re-filtered"),
        ({"preview_text": "Soon"}, "re-texted"),
    ],
)
def test_an_aspect_says_what_a_change_is_about(more, aspect):
    (change,) = diff_flows(chain(email()), chain(email(**more))).changes
    assert change.aspects == {aspect}


def test_a_step_is_named_by_its_message_by_itself_or_by_its_main_variation():
    named = [
        {"message": {"name": "M"}},
        {"name": "S"},
        {"main_action": {"data": {"message": {"name": "V"}}}},
        {},
        None,
    ]
    assert [step_name({"data": data}) for data in named] == ["M", "S", "V", "", ""]


def test_a_digest_does_not_depend_on_the_order_of_keys():
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1}) != digest({"a": 1, "b": [3]})


def test_a_change_of_several_fields_is_one_edit():
    found = diff_flows(
        chain(email()), chain(email(name="New", preview_text="Soon", smart_sending_enabled=True))
    )
    assert summary(found) == {"changed": ["s0"]}
    assert found.changes[0].aspects == {"renamed", "re-texted", "settings"}
