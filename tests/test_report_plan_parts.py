"""Plans that are large, hostile or secret, and the words of single stages and fields."""

import json
from dataclasses import replace

import pytest
from plan_cases import comparison, decided, flow_case, planned, read
from test_report_plan import generated

from compiler.diff import FieldChange, Pair, Relink, diff_flows
from compiler.normalise import normalise
from compiler.plan import stages as plan
from compiler.plan.saved import load, save
from compiler.plan.stages import After, AfterNew, Before, Change, Due, First
from compiler.plan.units import Unit
from compiler.report.plan_calls import call_words
from compiler.report.plan_changes import Steps
from compiler.report.plan_json import as_json
from compiler.report.plan_markdown import MOST_CARDS, as_markdown, code, sentence
from compiler.report.plan_picture import around_marks, diff_picture
from compiler.report.plan_settings import before
from compiler.report.plan_stages import TEXTS, Around, span_words
from compiler.report.plan_text import as_text
from compiler.report.plan_values import (
    field_views,
    keys_of,
    look,
    path_of,
    path_words,
    raw_fields,
    text_lines,
    value_words,
)
from compiler.report.plan_view import view

HOSTILE = "a\x1b[31m`b`</details> @team ```\n# c | <img> [x](y) \u202e"
FORMS = (lambda one: as_text(one, 80), as_markdown, as_json)


def email(key, following=None, **message):
    data = {"status": "live", "message": {"subject_line": key, **message}}
    return {"id": key, "type": "send-email", "links": {"next": following}, "data": data}


def webhook(url, **headers):
    message = {"name": "Order", "url": url, "headers": headers, "body": "{}"}
    data = {"status": "live", "message": message}
    return {"id": "w", "type": "send-webhook", "links": {"next": None}, "data": data}


def flow(*actions, trigger="L1"):
    entry = actions[0]["id"] if actions else None
    return {"triggers": [{"type": "list", "id": trigger}], "entry_action_id": entry, "actions": list(actions)}


def chain(*keys, trigger="L1"):
    return flow(
        *(email(key, after) for key, after in zip(keys, [*keys[1:], None], strict=True)), trigger=trigger
    )


def change(live, desired, name="F", stages=()):
    diff = diff_flows(normalise(live), normalise(desired))
    return view(planned(Unit("flow", name, "update", "1", desired=desired, stages=stages)), {"1": diff})


# Secrets and hostile text


def test_a_webhooks_address_and_headers_are_never_shown():
    live = flow(webhook("https://a.example/hook?key=SECRET1", Authorization="SECRET2"))
    desired = flow(webhook("https://b.example/hook?key=SECRET3", Authorization="SECRET4", More="SECRET5"))
    one = change(live, desired)
    for form in FORMS:
        text = form(one)
        assert "SECRET" not in text
        assert "https://b.example/…" in text
    assert {field.what for field in one.units[0].changes[0].fields} == {
        "url",
        "headers Authorization",
        "headers More",
    }


def test_headers_that_come_as_a_whole_are_hidden_one_by_one():
    (raw,) = raw_fields(
        [FieldChange("data.message", None, {"url": "?", "headers": {"A": "S"}})], "send-webhook"
    )
    assert raw.new == {
        "url": "(not shown, it may hold a secret)",
        "headers": {"A": "(not shown, it may hold a secret)"},
    }


def test_hostile_names_break_neither_terminal_nor_page():
    one = change(chain("x"), flow(email(HOSTILE, name=HOSTILE, preview_text=HOSTILE)), HOSTILE)
    text = as_text(one, 60)
    assert not {"\x1b", "\u202e"} & set(text)
    page = as_markdown(one)
    assert page.count("</details>") == page.count("<details>") + page.count("`b`</details>")
    assert not any(line.startswith("# ") for line in page.splitlines())
    assert json.loads(as_json(one))["plan"]["units"][0]["name"] == one.units[0].name


def test_a_code_span_holds_any_text():
    assert code("a`b``c") == "```a`b``c```"
    assert code("`") == "`` ` ``"
    assert code("") == "`  `"
    assert sentence("@team *x* <b>") == "@\u200bteam \\*x\\* \\<b\\>"


def test_a_fence_is_longer_than_what_it_holds():
    old, new = "one\n````\nthree", "one\n````\nfour"
    page = as_markdown(change(flow(email("x", preview_text=old)), flow(email("x", preview_text=new))))
    assert "`````diff\n@@ -1,3 +1,3 @@\n one\n ````\n-three\n+four\n`````\n" in page


# Size


def many(count, text=""):
    units, diffs = [], {}
    for number in range(count):
        desired = flow(email(f"mail {number}", preview_text=f"new {text}"))
        diff = diff_flows(normalise(flow(email("x", preview_text=f"old {text}"))), normalise(desired))
        units.append(
            Unit(
                "flow", f"F{number:03}", "update", str(number), desired=desired, stages=(plan.ReadBack("1"),)
            )
        )
        diffs[str(number)] = diff
    return view(planned(*units), diffs)


@pytest.mark.parametrize("limit", [0, 5_000, 60_000])
def test_a_page_keeps_to_its_size_and_says_what_it_left_out(limit):
    one = many(400)
    page = as_markdown(one, limit)
    assert len(page) <= max(limit, 2_000)
    shown = page.count("### ")
    assert f"{400 - shown} flows, segments or other things" in page or shown == 400
    drawn = page.count("```mermaid")
    assert f"{400 - drawn} diagrams" in page
    assert f"{max(limit, 2_000):,} characters" in page


def test_what_changes_goes_before_diagrams_and_those_before_stages():
    page = as_markdown(many(30), 14_000)
    assert page.count("### ") == 30
    assert 0 < page.count("```mermaid") < 30
    assert as_markdown(many(3)).count("<summary>Stages: 1, with 1 call<") == 3
    assert "Left out" not in as_markdown(many(3))


def test_a_large_diagram_shows_what_is_around_the_changes():
    keys = [f"mail {number}" for number in range(100)]
    one = change(chain(*keys), chain(*keys[:50], "new", *keys[50:]))
    page = as_markdown(one)
    assert len(one.units[0].picture.cards) > MOST_CARDS
    assert "new: Email: new" in page
    assert "steps that stay as they are" in page
    assert "_97 steps that stay as they are, away from the changes, are not drawn._" in page
    picture, out = around_marks(one.units[0].picture)
    assert (picture.cards[0].key, out) == ("mail 0", 97)


def test_a_diagram_of_too_many_changes_is_not_drawn():
    keys = [f"mail {number}" for number in range(900)]
    page = as_markdown(change(chain("x"), chain(*keys)))
    assert "The diagram is not drawn: 901 steps" in page or "The diagram is not drawn: 900 steps" in page
    assert "more changes" in page


def test_a_long_list_of_steps_and_long_texts_are_cut_in_a_terminal_and_say_so():
    keys = [f"mail {number}" for number in range(50)]
    new = Unit("flow", "F", "create", desired=chain(*keys))
    assert "and 20 more steps" in as_text(view(planned(new), {}))
    old, text = "\n".join(f"line {n}" for n in range(300)), "\n".join(f"row {n}" for n in range(300))
    one = change(flow(email("x", preview_text=old)), flow(email("x", preview_text=text)))
    assert "and 541 more lines; --format json has them" in as_text(one)
    assert "_and 401 more lines_" in as_markdown(one)
    assert json.loads(as_json(one))["plan"]["units"][0]["changes"][0]["fields"][0]["new"] == text


# Units without steps to show


def test_a_unit_of_which_nothing_is_known_shows_ids():
    stages = (
        plan.DeleteAction("1", "77", "send-email"),
        plan.SetActionStatus("1", "80", "s", "draft"),
        plan.Retire("1", (Due("78", 90_000), Due("79", None))),
    )
    text = as_text(
        view(planned(Unit("flow", "F", "retire", "1", stages=stages, needs=("allow-live",))), {}), 200
    )
    assert "delete 77" in text
    assert "set 80 to draft" in text
    assert (
        "78 goes to draft with an apply, 1 day 9 hours after this at the earliest; 79 goes to draft when a"
        in text
    )


SAVED = (
    "step-deleted",
    "step-inserted",
    "step-retexted",
    "filter-changed",
    "template-changed",
    "branches-changed",
)


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_plan_tells_the_same_changes_as_far_as_its_stages_know(name):
    made, diffs = decided(read(name))
    saved, fresh = (view(load(save(made)), known).units[0] for known in ({}, diffs))

    def told(unit):
        return sorted(
            (one.symbol, one.desired or one.live, one.words, set(one.fields)) for one in unit.changes
        )

    assert told(saved) == told(fresh)
    assert saved.picture.cards
    assert not any(card.mark for card in saved.picture.cards)
    assert "stood" not in as_text(view(made, {}))


def test_a_saved_replace_shows_its_stages_alone():
    made, _ = decided(read("trigger-changed"))
    (unit,) = view(made, {}).units
    assert (unit.changes, len(unit.stages)) == ((), 8)


def test_tags_and_templates_are_a_line_each_and_machines_see_their_calls():
    units = [
        Unit("tag", "t", "create", stages=(plan.CreateTag("t"),)),
        Unit("template", "a", "create", stages=(plan.CreateTemplate("a", {"html": "x"}),)),
        Unit("template", "b", "create", stages=(plan.CloneTemplate("b", "T1"),)),
    ]
    one = view(planned(*units), {})
    assert as_text(one).startswith(
        "+ tag “t”\n+ template “a”\n+ template “b”\n\nPlan: 3 to create (2 templates, 1 tag)"
    )
    assert "3 for the flows: tags and templates" in as_markdown(one)
    for call in ("POST /api/tags", "POST /api/templates", "POST /api/template-clone", "copy the template T1"):
        assert call in as_json(one)


# Words


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Before("a"), "insert Email: b at the start, before Email: a"),
        (First(), "insert Email: b as the first step"),
        (After("a", "next"), "insert Email: b behind Email: a"),
        (After("s", "next_if_true"), "insert Email: b behind Anything holds? (yes)"),
        (After("s", "unheard of"), "insert Email: b behind Anything holds?"),
        (After("gone", "next"), "insert Email: b behind gone"),
        (AfterNew("m", 1), "insert Email: b behind the new Which? (else)"),
        (AfterNew("m", 7), "insert Email: b behind the new Which?"),
    ],
)
def test_the_place_of_an_insert_is_said(place, words):
    split = {
        "id": "s", "type": "conditional-split", "data": {"profile_filter": {"condition_groups": []}},
        "links": {"next_if_true": None, "next_if_false": None},
    }  # fmt: skip
    branches = [{"name": "A", "links": {"next": None}}, {"is_else": True, "links": {"next": None}}]
    multi = {"id": "m", "type": "multi-branch-split", "data": {"name": "Which", "branches": branches}}
    diff = diff_flows(normalise(flow(email("a", "s"), split)), normalise(flow(email("b", "m"), multi)))
    around = Around(Unit("flow", "F", "update"), Steps(diff.live, {}), Steps(diff.desired, {}))
    assert TEXTS[plan.InsertAction](plan.InsertAction("1", "b", "send-email", place), around) == words


def test_a_branch_is_called_by_its_name_its_place_or_else():
    branches = [{"name": "A", "links": None}, {"links": None}, {"is_else": True, "links": None}]
    multi = {"id": "m", "type": "multi-branch-split", "data": {"name": "Which", "branches": branches}}
    graph = diff_flows(normalise(flow(multi)), normalise(flow(multi))).live
    assert [Steps(graph, {}).exit_word("m", place) for place in range(3)] == ["A", "branch 2", "else"]


def test_an_exit_that_leads_elsewhere_is_a_change_of_its_own():
    def joined(target):
        split = {
            "id": "s", "type": "conditional-split", "data": {"profile_filter": {"condition_groups": []}},
            "links": {"next_if_true": "a", "next_if_false": target},
        }  # fmt: skip
        return flow(split, email("a", "b"), email("b"))

    one = change(joined("b"), joined(None))
    (told,) = one.units[0].changes
    assert (told.kinds, told.title, told.where) == (("leads elsewhere",), "Anything holds?", "at no")
    assert (told.fields[0].old, told.fields[0].new) == ("Email: b", "the end")


def test_a_step_that_nothing_leads_to_is_told():
    alone = flow(email("a")) | {"entry_action_id": None}
    (told,) = change(flow(email("a")), alone).units[0].changes
    assert told.where == "was at the start, now where nothing leads to it"


def test_an_entry_that_leads_elsewhere_is_the_triggers():
    diff = diff_flows(chain("a"), chain("a"))
    led = replace(diff, relinked=(Relink(Pair("", ""), "entry", "a", None),))
    one = view(planned(Unit("flow", "F", "update", "1", desired=chain("a"))), {"1": led})
    told = [(each.title, each.where, each.fields[0].old, each.live) for each in one.units[0].changes]
    assert told == [("The trigger", "", "Email: a", None)]


def test_a_trigger_is_told_in_words_and_names():
    diff = diff_flows(normalise(chain("x")), normalise(chain("x", trigger="L2")))
    unit = Unit("flow", "F", "replace", "1", desired=chain("x", trigger="L2"))
    one = view(planned(unit), {str(unit.id): diff}, names={"L1": "Newsletter", "L2": "Customers"})
    (told,) = one.units[0].changes
    assert (told.fields[0].old, told.fields[0].new) == (
        "When someone joins list Newsletter",
        "When someone joins list Customers",
    )
    assert told.raw[0].path == "triggers[0].id"


def test_a_setting_whose_words_stay_shows_its_fields():
    live, desired = ({**chain("x"), "triggers": [{"type": "unheard-of", "value": value}]} for value in (1, 2))
    (told,) = change(live, desired).units[0].changes
    assert [(field.what, field.old, field.new) for field in told.fields] == [("trigger 1 value", "1", "2")]


def test_name_and_status_are_settings_too():
    live, desired = (
        {**chain("x"), "name": "A", "status": "draft"},
        {**chain("x"), "name": "B", "status": "live"},
    )
    diff = diff_flows(live, desired)
    one = view(planned(Unit("flow", "F", "update", "1", desired=chain("x"))), {"1": diff})
    told = [(change.title, change.fields[0].old, change.fields[0].new) for change in one.units[0].changes]
    assert told == [("Name", "“A”", "“B”"), ("Status", "draft", "live")]


def test_what_was_before_is_told_only_where_the_changes_tell_it():
    both = {"triggers": [{"type": "list", "id": "L2"}], "profile_filter": None, "reentry_criteria": None}
    assert before(both, (FieldChange("triggers[0].id", "L1", "L2"),)) == {
        **both,
        "triggers": [{"type": "list", "id": "L1"}],
    }
    added = (FieldChange("triggers[0].x", None, 1),)
    assert before({**both, "triggers": [{"x": 1}, {}]}, added) == {**both, "triggers": [{}, {}]}
    assert before(both, (FieldChange("triggers[0].id", "L1", "L3"),)) is None
    assert before(both, (FieldChange("triggers[4].id.more", "L1", None),)) is None
    assert (
        before({**both, "triggers": [{"type": "list"}]}, (FieldChange("triggers[1]", {"a": 1}, None),))
        is not None
    )


def test_a_filter_with_the_same_words_shows_its_fields():
    old, new = (
        {"profile_filter": {"condition_groups": [{"conditions": [{"type": "new-kind", "x": x}]}]}}
        for x in (1, 2)
    )
    path = "profile_filter.condition_groups[0].conditions[0].x"
    (told,) = field_views(old, new, [FieldChange(path, 1, 2)], {})
    assert (told.what, told.old, told.new) == ("profile filter 1 condition 1 x", "1", "2")
    listed = [FieldChange("data.trigger_filters[0]", 1, 2)]
    assert (
        field_views({"data": {"trigger_filters": [1]}}, {"data": {"trigger_filters": [2]}}, listed, {})[0].old
        == "1"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""), (True, "true"), (2, "2"), ("x", "“x”"), ("@list:VIP", "“VIP”"), (["a", 1], '["a", 1]'),
        ({"condition_groups": []}, "anything holds"),
    ],
)  # fmt: skip
def test_a_value_is_written_as_people_write_it(value, words):
    assert value_words(value) == words


def test_what_is_not_there_reads_none():
    assert [
        look({"a": [{"b": 1}]}, keys) for keys in (("a", 0, "b"), ("a", 1), ("a", "b"), ("a", 0, "b", "c"))
    ] == [1, None, None, None]


def test_paths_are_read_and_said():
    assert keys_of("data.a[0]['x-y'][\"it's\"].z") == ("data", "a", 0, "x-y", "it's", "z")
    assert path_words(keys_of("data.branches[1].branch_filter")) == "branch 2 filter"
    assert path_words(keys_of("data")) == "data"
    assert path_words((0,)) == "item 1"
    keys = ("data", "a", 0, "x-y", "z")
    assert (path_of(keys), keys_of(path_of(keys))) == ("data.a[0]['x-y'].z", keys)


def test_a_long_line_is_compared_sentence_by_sentence():
    same = "One thing. " * 30
    change = FieldChange(
        "data.message.body", f"{same}The end.", f"{same}More!", f"--- live\n+++ desired\n@@ x\n-{same}"
    )
    assert text_lines(change)[-2:] == ("-The end.", "+More!")
    blanks = FieldChange("p", f"{same} x.", f"{same}x.", f"--- a\n+++ b\n@@ x\n-{same} x.")
    assert text_lines(blanks)[0] == "@@ x"


def test_lengths_of_time_and_calls_are_said_in_short():
    assert (span_words(0), span_words(90_060)) == ("at once", "1 day 1 hour 1 minute")
    assert call_words(("GET /a", "PATCH /a", "GET /b", "GET /b")) == ("GET, PATCH /a", "GET /b twice")


def test_a_segments_changed_setting_stands_beside_its_definition():
    stage = plan.UpdateSegment("S1", (Change(("is_starred",), old=False, new=True),))
    unit = Unit(
        "segment", "S", "update", "S1", desired={"definition": {"condition_groups": []}}, stages=(stage,)
    )
    assert "is starred: false -> true" in as_text(view(planned(unit), {}))


def test_a_retired_flow_names_its_steps_where_it_was_read():
    case = flow_case(read("flow-retired"))
    text = as_text(view(planned(Unit("flow", "Welcome", "retire", "1", stages=(plan.DeleteAction("1", case.live["definition"]["actions"][0]["id"], "x"),))), {"1": comparison(case)}))  # fmt: skip
    assert "delete Email: Welcome aboard" in text


def test_a_removed_step_leads_back_to_what_followed_it():
    desired = chain("a", "c")
    diff = diff_flows(normalise(chain("a", "b1", "b2", "c")), normalise(desired))
    picture = diff_picture("F", diff, normalise(desired), {})
    ways = {card.key: [(way.word, way.target) for way in card.ways] for card in picture.cards}
    assert ways == {
        "a": [("", "c"), ("was", "was b1")],
        "c": [("", None)],
        "was b1": [("was", "was b2")],
        "was b2": [("was", "c")],
    }
    assert [card.mark for card in picture.cards] == [None, None, "removed", "removed"]


def test_the_same_plan_gives_the_same_bytes():
    assert [form(view(*generated(5))) for form in FORMS] == [form(view(*generated(5))) for form in FORMS]
