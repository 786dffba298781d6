"""What ``flowc backpopulate`` says of its own limits: receipts, drafts, coupons, the mode beginning, assumptions."""

import csv
import io
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backpopulate_worlds import chain, person, write_people
from sandbox_kit import PROJECT, call, database

from compiler.backpopulate import Settings, back_populate, read_quiet_hours, read_shape
from compiler.backpopulate.assumptions import read_smart_hours
from compiler.commands.account import account
from compiler.commands.backpopulate import backpopulate
from compiler.commands.data import data
from compiler.commands.live import lock, pull
from compiler.diagnostics import Exit, Fatal
from compiler.evaluate import open_tables
from compiler.report.backpopulate_csv import as_csv
from compiler.report.backpopulate_html import as_html
from compiler.report.backpopulate_json import as_json
from compiler.report.backpopulate_text import as_text

pytest.importorskip("ibis")
AT = datetime(2026, 6, 10, 15, 30, tzinfo=UTC)
DAY = timedelta(days=1)
FLOW, SPEC = "Customer Winback", "flows/customer-winback.yaml"
UNKNOWN = "before the click is not known"

NEW = """  - send-email: {name: Brand new, subject_line: Hi, from_email: a@example.com, from_label: A, template: Winback 1}
"""


def answer(*words):
    code, text = call(backpopulate, *words, "--format", "json")
    return code, json.loads(text)


def bodies(kind):
    with database() as found:
        rows = found.execute("select id, body from resources where type = ?", (kind,)).fetchall()
    return {row[0]: json.loads(row[1]) for row in rows}


def change(identifier, body):
    with database() as found:
        found.execute("update resources set body = ? where id = ?", (json.dumps(body), identifier))


def named(kind, name):
    return next((one, body) for one, body in bodies(kind).items() if body.get("name") == name)


def messages():
    """Return the messages of the flow, as (id, definition of its action), in their order."""
    query = "select id, body from resources where type = ? and parent = ? order by number"
    with database() as found:
        rows = found.execute(query, ("flow-action", named("flow", FLOW)[0])).fetchall()
        emails = [
            (one, json.loads(body)["definition"]["data"]["message"])
            for one, body in rows
            if "send-email" in body
        ]
        return [
            (found.execute(query, ("flow-message", one)).fetchone()[0], message) for one, message in emails
        ]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project with the account, its flow pulled, and data in which everybody had the flow's last message."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "flowc.yaml").write_text(PROJECT, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        call(account, "seed", "--small")
        call(pull, FLOW)
        with database() as found:
            properties = json.dumps({"$message": messages()[2][0], "$flow": "F"})
            found.execute(
                "update events set properties = ? where metric = ?",
                (properties, named("metric", "Received Email")[0]),
            )
        call(data, "pull", "--flow", FLOW, "--out", "data")
    return folder


@pytest.fixture
def project(made, tmp_path, monkeypatch):
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def had(found):
    """Return how many had each message before."""
    return {row["name"]: row["counts"].get("received-before", 0) for row in found["simulation"]["outcomes"]}


# messages that were received before


def test_a_spec_counts_as_its_live_flow_does_who_had_its_messages_before(project):
    _, live = answer(FLOW, "--account", "sandbox", "--data", "data")
    _, spec = answer(SPEC, "--account", "sandbox", "--data", "data")
    assert had(live)["Winback 3"] > 0
    assert had(spec) == had(live)
    assert spec["simulation"] == live["simulation"]


def test_a_spec_that_renames_its_flow_counts_who_had_its_messages_under_the_old_name(project):
    text = Path(SPEC).read_text(encoding="utf-8")
    renamed = text.replace(f"name: {FLOW}\n", f"name: Newer\nwas: {FLOW}\n")
    Path(SPEC).write_text(renamed, encoding="utf-8")
    assert had(answer(SPEC, "--account", "sandbox", "--data", "data")[1])["Winback 3"] > 0


def test_a_spec_that_differs_from_its_live_flow_says_so_and_leaves_new_messages_to_all(project):
    text = Path(SPEC).read_text(encoding="utf-8")
    Path(SPEC).write_text(text + "  - time-delay: 1 day\n" + NEW, encoding="utf-8")
    _, found = answer(SPEC, "--account", "sandbox", "--data", "data")
    counts = had(found)
    assert counts["Winback 3"] > 0
    assert counts["Brand new"] == 0
    assert any("which differs from this one" in note for note in found["simulation"]["notes"])
    assert not any(UNKNOWN in note for note in found["simulation"]["notes"])


def test_nobody_had_the_messages_of_a_flow_that_the_account_does_not_have(project):
    text = Path(SPEC).read_text(encoding="utf-8")
    Path(SPEC).write_text(text.replace(f"name: {FLOW}\n", "name: Newer\n"), encoding="utf-8")
    _, found = answer(SPEC, "--account", "sandbox", "--data", "data")
    assert sum(had(found).values()) == 0
    assert not any(UNKNOWN in note for note in found["simulation"]["notes"])


def test_two_live_flows_of_the_spec_s_name_leave_unknown_who_had_its_messages(project):
    identifier, other = named("flow", "Welcome Series")
    change(identifier, {**other, "name": FLOW})
    _, found = answer(SPEC, "--account", "sandbox", "--data", "data")
    assert any(UNKNOWN in note for note in found["simulation"]["notes"])


def test_a_spec_that_is_read_with_a_lock_alone_says_that_nobody_knows_who_had_its_messages(project):
    call(lock)
    code, found = answer(SPEC, "--data", "data")
    [note, *_] = found["simulation"]["notes"]
    assert code == Exit.DONE
    assert note.startswith('Who had "Winback 1", "Winback 2" and "Winback 3" before the click is not known')
    assert found["reasons"] == []  # the files of its templates were searched, under the ids of the lock


def with_ids(flow):
    for place, action in enumerate(flow["actions"]):
        if "message" in action["data"]:
            action["data"]["message"]["id"] = f"M{place}"
    return flow


def counted(folder, people, flow, *, told=True, **settings):
    write_people(folder, people)
    about = {"at": AT, "mode": "throughout", **settings}
    return back_populate(read_shape(flow, "F"), Settings(**about), {}, open_tables(folder), told=told)


def test_receipts_that_do_not_say_which_message_it_was_are_counted(tmp_path):
    before = AT - 9 * DAY
    people = [
        person("one", AT, DAY, received=[(before, "M1")]),
        person("two", AT, DAY, received=[(before, None), (before, None), (AT + DAY, None)]),
    ]
    found = counted(tmp_path, people, with_ids(chain(["2 days", "mail"], "list"))).simulation
    assert found.outcomes[0].counts == {"sent": 1, "received-before": 1}
    assert [note for note in found.notes if "do not say" in note] == [
        (
            "2 of 3 events of what was received by email do not say which message it was; who had a message of this flow "
            "among them is taken not to have had it."
        )
    ]


def test_receipts_without_a_message_do_not_matter_where_all_messages_are_new(tmp_path):
    people = [person("two", AT, DAY, received=[(AT - 9 * DAY, None)])]
    assert counted(tmp_path, people, chain(["2 days", "mail"], "list")).simulation.notes == ()


# drafts and coupons


@pytest.mark.parametrize("status", ["status: draft\n", ""])
def test_a_spec_that_is_a_draft_must_be_live_first(project, status):
    text = Path(SPEC).read_text(encoding="utf-8")
    text = text.replace("status: live\n", status, 1).replace(
        "  - send-email", "  - status: live\n    send-email"
    )
    Path(SPEC).write_text(text, encoding="utf-8")
    code, found = answer(SPEC)
    [reason] = [row for row in found["reasons"] if row["verdict"] == "blocks"]
    assert (code, reason["code"]) == (Exit.WRONG_SPECS, "flow-status")
    assert "in a spec by status: live" in reason["remedy"]
    assert answer(SPEC, "--allow", "flow-status")[0] == Exit.DONE


CODE = "Use {% coupon_code 'SAVE' %}"
BLOCK = {"body": {"sections": [{"rows": [{"columns": [{"blocks": [{"type": "coupon", "data": None}]}]}]}]}}


@pytest.mark.parametrize("flow", [FLOW, SPEC])
@pytest.mark.parametrize("part", ["text", "amp"])
def test_a_coupon_in_any_part_of_a_live_message_blocks(project, flow, part):
    _, message = messages()[1]
    change(message["template_id"], {**bodies("template")[message["template_id"]], part: CODE})
    text = Path(SPEC).read_text(encoding="utf-8")
    Path(SPEC).write_text(
        text.replace("{file: emails/winback-2.html}", f"{{id: {message['template_id']}}}"), encoding="utf-8"
    )
    code, found = answer(flow, "--account", "sandbox")
    assert code == Exit.WRONG_SPECS
    assert [row["code"] for row in found["reasons"]] == ["coupon"]


def test_the_copy_that_a_message_of_another_flow_has_is_searched_whole(project):
    _, message = messages()[1]
    change(message["template_id"], {**bodies("template")[message["template_id"]], "text": CODE})
    text = Path(SPEC).read_text(encoding="utf-8").replace(f"name: {FLOW}\n", "name: Newer\n")
    Path(SPEC).write_text(
        text.replace("{file: emails/winback-2.html}", f"{{id: {message['template_id']}}}"), encoding="utf-8"
    )
    code, found = answer(SPEC, "--account", "sandbox")
    assert (code, [row["code"] for row in found["reasons"]]) == (Exit.WRONG_SPECS, ["not-applied", "coupon"])


def test_a_coupon_block_of_a_drag_and_drop_template_blocks(project):
    identifier, body = next(
        (one, body) for one, body in bodies("template").items() if body["name"] == "Winback 2"
    )
    dragged = {**body, "editor_type": "SYSTEM_DRAGGABLE", "html": "<p>Hello</p>", "definition": BLOCK}
    change(identifier, dragged)
    text = Path(SPEC).read_text(encoding="utf-8")
    Path(SPEC).write_text(
        text.replace("{file: emails/winback-2.html}", f"{{id: {identifier}}}"), encoding="utf-8"
    )
    code, found = answer(SPEC, "--account", "sandbox")
    assert (code, [row["code"] for row in found["reasons"]]) == (Exit.WRONG_SPECS, ["not-applied", "coupon"])


# the mode beginning


def test_the_mode_beginning_counts_from_the_click_and_names_no_limit(tmp_path):
    people = [person(f"p{place}", AT, place * 20 * DAY) for place in range(5)]
    flow = chain(["mail", "2 days", "mail"], "list")
    found = counted(tmp_path, people, flow, mode="beginning")
    text = as_text(found)
    picture = as_html(found)
    assert "TIMELINE: 1 path, 2 days from the click; no limit to how long ago people joined" in " ".join(
        text.split()
    )
    for words in ("joined about", "not added", "misses", "reaches back", "horizon", "the reach that"):
        assert words not in text
        assert words not in picture
    assert "5 of 5 profiles are added." in text
    assert "2 days from the click; no limit to how long ago people joined</text>" in picture
    assert 'class="window' not in picture
    plain = json.loads(as_json(found))["timeline"]
    assert (plain["counted_from"], plain["paths"][0]["windows"]) == ("the click", [])
    relative = as_text(counted(tmp_path / "other", people, flow))
    assert "joined 2 days ago or longer: not added" in relative
    assert "The flow reaches back 2 days." in relative


def test_a_flow_without_delays_has_no_length_from_the_click(tmp_path):
    found = counted(tmp_path, [person("one", AT, DAY)], chain(["mail"], "list"), mode="beginning")
    assert "no delay from the click; no limit" in as_text(found)
    assert found.runbook.expect[0] == "Everybody who qualifies now starts, however long ago they joined."


def test_the_picture_alone_knows_the_mode_too(project):
    identifier, _ = named("flow", "Welcome Series")
    code, picture = call(
        backpopulate, identifier, "--account", "sandbox", "--mode", "beginning", "--format", "svg"
    )
    assert code == Exit.DONE
    assert "from the click; no limit" in picture
    assert "ago:" not in picture


# assumptions


def notes_of(folder, steps, people=(), **settings):
    flow = chain(steps, "list")
    for action in flow["actions"]:
        if action["type"] == "send-sms":
            action["data"]["message"]["smart_sending_enabled"] = True
    return counted(folder, [person("one", AT, DAY), *people], flow, **settings).simulation.notes


def test_texts_without_quiet_hours_and_without_a_speed_say_what_that_leaves_out(tmp_path):
    assert notes_of(tmp_path, ["2 days", "text 1"]) == (
        (
            "Smart Sending is taken to hold for 24 hours by sms; --smart-sending email=16,sms=24,push=24 gives the "
            "account's windows."
        ),
        (
            '"text 1" respects quiet hours, but none are given, so that texts go at any hour; --quiet-hours 21:00-08:00 '
            "gives the account's."
        ),
        (
            "Texts are taken to go out at once: how long they queue for their sender is not computed; --sender or "
            "--texts-per-second gives its speed."
        ),
    )


def test_many_names_are_not_all_listed(tmp_path):
    steps = ["2 days", *(f"mail {place}" for place in range(5))]
    [note] = counted(tmp_path, [person("one", AT, DAY)], chain(steps, "list"), told=False).simulation.notes
    assert note.startswith('Who had "mail 0", "mail 1", "mail 2" and 2 more before the click is not known')


def queue_notes(folder, count, quiet, zone="profile", hour=20):
    """Return the notes on a queue of texts at one a second, all of which come due at 20:00 UTC two days later."""
    at = datetime(2026, 6, 10, hour, 0, tzinfo=UTC)
    people = [person(f"p{place}", at, timedelta(0)) for place in range(count)]
    flow = chain(["2 days", "text"], "list")
    hours = read_quiet_hours(quiet, zone)
    notes = counted(folder, people, flow, at=at, sms_speed=1, quiet_hours=hours).simulation.notes
    return [note for note in notes if "still queue" in note]


def test_a_queue_that_goes_on_into_quiet_hours_says_so(tmp_path):
    [note] = queue_notes(tmp_path / "a", 90, "20:01-08:00")
    assert note == (
        "Texts of 2026-06-12 still queue while it is quiet in the zone of the account: the queue does not stop for quiet "
        "hours, and nothing says whether the vendor's does. Such texts may go out later, or in quiet hours."
    )
    [other] = queue_notes(tmp_path / "b", 90, "friday 22:01-23:00", "Europe/Berlin")
    assert "in the zone of Europe/Berlin" in other


@pytest.mark.parametrize(
    ("count", "quiet", "zone"),
    [
        (50, "20:01-08:00", "profile"),
        (90, "saturday 22:01-23:00", "Europe/Berlin"),
        (90, "22:01-23:00", "UTC"),
    ],
)
def test_a_queue_that_is_empty_before_quiet_hours_says_nothing(tmp_path, count, quiet, zone):
    assert queue_notes(tmp_path, count, quiet, zone) == []


def test_queues_of_several_days_that_go_on_into_quiet_hours_are_one_sentence(tmp_path):
    at = datetime(2026, 6, 10, 20, 0, tzinfo=UTC)
    people = [person(f"p{place}", at, timedelta(days=place % 2)) for place in range(180)]
    about = {"at": at, "sms_speed": 1, "quiet_hours": read_quiet_hours("20:01-08:00")}
    notes = counted(tmp_path, people, chain(["2 days", "text"], "list"), **about).simulation.notes
    assert any(note.startswith("Texts of 2026-06-11 and 1 more day still queue") for note in notes)


def test_smart_sending_windows_are_given_by_channel(tmp_path):
    assert read_smart_hours(None) == {"email": 16, "sms": 24, "push": 24, "whatsapp": 24}
    hours = read_smart_hours("email=48, sms=1")
    assert hours == {"email": 48, "sms": 1, "push": 24, "whatsapp": 24}
    flow = chain(["1 days", "mail"], "list")
    flow["actions"][1]["data"]["message"]["smart_sending_enabled"] = True
    people = [person("one", AT, timedelta(hours=12), received=[(AT - timedelta(hours=20), "M")])]
    by_default = counted(tmp_path / "a", people, flow).simulation
    longer = counted(tmp_path / "b", people, flow, smart_hours=hours).simulation
    assert by_default.outcomes[0].counts == {"sent": 1}
    assert longer.outcomes[0].counts == {"smart-sending": 1}
    assert "48 hours by email" in longer.notes[0]


@pytest.mark.parametrize(
    "text", ["", "email", "emial=3", "email=-1", "email=soon", "email=9000", "email=1,,"]
)
def test_wrong_smart_sending_windows_say_how_they_are_spelled(text):
    with pytest.raises(Fatal, match=r"spelled email=16,sms=24,push=24 in hours, not ") as refused:
        read_smart_hours(text)
    assert refused.value.exit_code == Exit.WRONG_SPECS
    assert ('did you mean "email"' in refused.value.message) == (text == "emial=3")


def test_the_command_takes_smart_sending_windows(project):
    _, found = answer(FLOW, "--account", "sandbox", "--data", "data", "--smart-sending", "email=30")
    assert any("30 hours by email" in note for note in found["simulation"]["notes"])


def test_csv_holds_the_end_of_the_queue_notes_and_undecided_conditions(tmp_path):
    flow = chain(["2 days", "text"], "list")
    flow["profile_filter"] = {
        "condition_groups": [{"conditions": [{"type": "profile-not-in-flow", "flow_id": "F"}]}]
    }
    people = [person(f"p{place}", AT, DAY) for place in range(3)]
    found = counted(tmp_path, people, flow, sms_speed=1)
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    [end] = [row for row in rows if row["about"] == "queue end"]
    assert (end["day"], end["name"], end["count"]) == ("2026-06-11", "2026-06-11T15:30:03Z", "3")
    [wait] = [row for row in rows if row["about"] == "queue wait"]
    assert wait["count"] == "3"
    assert [row["name"] for row in rows if row["about"] == "note"] == list(found.simulation.notes)
    assert [row["name"] for row in rows if row["about"] == "undecided"] == list(found.simulation.undecided)
    assert found.simulation.notes
    assert found.simulation.undecided
