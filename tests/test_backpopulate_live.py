"""``flowc backpopulate --account``: a live flow with its templates, statuses and ids, over data that was pulled."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backpopulate_worlds import chain, person, write_people
from click.testing import CliRunner
from sandbox_kit import PROJECT, call, database

from compiler.commands.account import account
from compiler.commands.backpopulate import backpopulate
from compiler.commands.data import data
from compiler.commands.live import pull
from compiler.commands.plan import plan
from compiler.coverage.pull_state import STATE
from compiler.diagnostics import Exit, Fatal

pytest.importorskip("ibis")
AT = datetime(2026, 6, 10, 15, 30, tzinfo=UTC)
PULLED_LISTS = 4  # three that rules name, and the one that triggers the welcome
FLOW, WELCOME = "Customer Winback", "Welcome Series"
SPEC = """kind: flow
name: Newer winback
status: live
trigger: {metric: {name: Placed Order, integration: Shopify}}
steps:
  - time-delay: 75 days
  - send-email: {name: Mail 1, subject_line: Hello, from_email: a@example.com, from_label: A, template: Winback 1}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    (folder / "flowc.yaml").write_text(PROJECT, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert call(account, "seed", "--small")[0] == Exit.DONE
        assert call(data, "pull", "--flow", FLOW, "--flow", WELCOME, "--out", "data")[0] == Exit.DONE
    return folder


@pytest.fixture
def project(made, tmp_path, monkeypatch):
    (tmp_path / "flowc.yaml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "newer.yaml").write_text(SPEC, encoding="utf-8")
    shutil.copytree(made / ".flowc", tmp_path / ".flowc")
    shutil.copytree(made / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answer(*words):
    code, text = call(backpopulate, *words, "--account", "sandbox", "--format", "json")
    return code, json.loads(text)


def body_of(kind, name):
    with database() as found:
        rows = found.execute("select id, body from resources where type = ?", (kind,)).fetchall()
    return next((row[0], json.loads(row[1])) for row in rows if json.loads(row[1]).get("name") == name)


def emails_of(flow):
    """Return the ids of a flow's emails with their bodies, and those of their messages, first ones first."""
    query = "select id, body from resources where type = ? and parent = ? order by number"
    with database() as found:
        rows = found.execute(query, ("flow-action", body_of("flow", flow)[0])).fetchall()
        emails = [
            (one, json.loads(text)) for one, text in rows if json.loads(text)["action_type"] == "send-email"
        ]
        return [(one, body, found.execute(query, ("flow-message", one)).fetchone()) for one, body in emails]


def change(kind, identifier, body):
    with database() as found:
        found.execute(
            "update resources set body = ? where type = ? and id = ?", (json.dumps(body), kind, identifier)
        )


def test_a_live_flow_is_found_by_its_name_and_by_its_id_with_no_spec_at_hand(project):
    shutil.rmtree("flows")
    click = ("--at", "2026-06-10T15:30:00Z")
    code, found = answer(FLOW, *click)
    assert (code, found["flow"], found["eligible"], found["reasons"]) == (Exit.DONE, FLOW, True, [])
    assert found["account_zone"] == "America/New_York"
    assert answer(body_of("flow", FLOW)[0], *click) == (code, found)


def test_a_live_flow_is_simulated_over_the_data_of_its_account(project, made):
    code, found = answer(FLOW, "--data", str(made / "data"))
    simulated = found["simulation"]
    assert code == Exit.DONE
    assert simulated["added"] > 10
    assert simulated["added"] + sum(row["count"] for row in simulated["left_out"]) == simulated["triggered"]
    nameless, smart = simulated["notes"]  # what people received was read, too
    assert nameless.endswith(
        "of what was received by email do not say which message it was; who had a message of this flow among them is taken not to have had it."
    )
    assert smart.startswith("Smart Sending is taken to hold for 16 hours by email;")
    _, welcome = answer(WELCOME, "--data", str(made / "data"), "--mode", "throughout")
    assert welcome["simulation"]["triggered"] > 100


def test_a_coupon_in_the_live_template_of_a_message_blocks(project):
    identifier = emails_of(FLOW)[1][1]["definition"]["data"]["message"]["template_id"]
    with database() as found:
        [[text]] = found.execute(
            "select body from resources where type = 'template' and id = ?", (identifier,)
        )
    change("template", identifier, {**json.loads(text), "html": "<p>{% coupon_code 'BACK' %}</p>"})
    code, found = answer(FLOW)
    assert code == Exit.WRONG_SPECS
    assert [(row["code"], row["verdict"]) for row in found["reasons"]] == [("coupon", "blocks")]
    assert '"Winback 2" holds a dynamic coupon' in found["reasons"][0]["text"]


def test_statuses_are_those_of_the_live_flow_and_its_messages(project):
    identifier, flow = body_of("flow", FLOW)
    change("flow", identifier, {**flow, "status": "draft"})
    action, body, _ = emails_of(FLOW)[0]
    body["definition"]["data"]["status"] = "draft"
    change("flow-action", action, {**body, "status": "draft"})
    code, found = answer(FLOW)
    assert code == Exit.WRONG_SPECS
    assert {row["code"]: row["verdict"] for row in found["reasons"]} == {
        "flow-status": "blocks",
        "some-drafts": "warns",
    }
    assert answer(FLOW, "--allow", "flow-status")[0] == Exit.DONE


def test_who_received_a_message_of_the_live_flow_before_does_not_get_it_again(project, made):
    message = emails_of(FLOW)[2][2][0]
    with database() as found:
        metrics = dict(
            found.execute("select json_extract(body, '$.name'), id from resources where type = 'metric'")
        )
        people = [
            row[0]
            for row in found.execute(
                "select distinct profile from events where metric = ?", (metrics["Received Email"],)
            )
        ]
        properties = json.dumps({"$message": message, "$flow": "F"})
        found.execute(
            "update events set properties = ? where metric = ?", (properties, metrics["Received Email"])
        )
    call(data, "pull", "--flow", FLOW, "--out", "again")
    before = answer(FLOW, "--data", str(made / "data"))[1]["simulation"]
    after = answer(FLOW, "--data", "again")[1]["simulation"]
    assert people
    counts = {row["name"]: row["counts"] for row in after["outcomes"]}
    assert counts["Winback 3"]["received-before"] > 0
    assert all("received-before" not in row["counts"] for row in before["outcomes"])
    assert "received-before" not in counts["Winback 1"]


def test_a_spec_is_read_with_the_ids_zone_and_templates_of_the_account(project, made):
    code, found = answer("flows/newer.yaml", "--data", str(made / "data"))
    assert (code, found["flow"], found["account_zone"]) == (Exit.DONE, "Newer winback", "America/New_York")
    # Its template was read from the library: there is nothing else to say.
    assert [row["code"] for row in found["reasons"]] == ["not-applied"]
    assert found["simulation"]["added"] > 0


def test_a_spec_sees_the_vars_of_the_account_that_is_asked(project):
    other = "  other: {embedded: .flowc/sandbox.db, vars: {wait: 60 days}}\n"
    sandbox = "  sandbox: {embedded: .flowc/sandbox.db, vars: {wait: 75 days}}\n"
    Path("flowc.yaml").write_text(PROJECT.rsplit("  sandbox", 1)[0] + sandbox + other, encoding="utf-8")
    Path("flows/newer.yaml").write_text(SPEC.replace("75 days", "${{ vars.wait }}"), encoding="utf-8")
    for name, days in (("sandbox", 75), ("other", 60)):
        _, text = call(backpopulate, "flows/newer.yaml", "--account", name, "--format", "json")
        assert json.loads(text)["timeline"]["horizon"] == days * 86400


def test_a_spec_takes_the_ids_of_a_lock_file_where_no_account_is_asked(project, made):
    from compiler.commands.live import lock  # noqa: PLC0415 - only this test needs it

    with pytest.raises(Fatal, match="--account or flowc lock"):
        call(backpopulate, "flows/newer.yaml", "--data", str(made / "data"))
    call(lock)
    code, text = call(backpopulate, "flows/newer.yaml", "--data", str(made / "data"))
    assert code == Exit.DONE
    assert "profiles are added" in text


def test_what_a_spec_names_and_the_account_lacks_is_said(project):
    Path("flows/newer.yaml").write_text(SPEC.replace("Placed Order", "Placed Ordre"), encoding="utf-8")
    result = CliRunner().invoke(
        backpopulate, ["flows/newer.yaml", "--account", "sandbox"], standalone_mode=False
    )
    assert result.return_value == Exit.DONE
    assert 'the account has no metric "Placed Ordre"; did you mean "Placed Order"?' in result.stderr


def test_a_flow_that_nobody_has_is_named_with_the_nearest(project):
    words = r'no flow "Customer Winbak", nor has the project; did you mean "Customer Winback"\?'
    with pytest.raises(Fatal, match=words) as caught:
        call(backpopulate, "Customer Winbak", "--account", "sandbox")
    assert caught.value.exit_code == Exit.WRONG_SPECS
    Path("flows/newer.yaml").write_text(SPEC.replace("75 days", "75 dogs"), encoding="utf-8")
    result = CliRunner().invoke(
        backpopulate, ["Newer winback", "--account", "sandbox"], standalone_mode=False
    )
    assert "nor has the project" in result.exception.message
    assert "flows/newer.yaml:6" in result.stderr  # why the project has none


def test_a_name_of_two_live_flows_asks_for_an_id_and_an_archived_one_is_not_meant(project):
    identifier, other = body_of("flow", WELCOME)
    change("flow", identifier, {**other, "name": FLOW})
    with pytest.raises(Fatal, match=f'2 flows of the account are called "{FLOW}"') as caught:
        call(backpopulate, FLOW, "--account", "sandbox")
    assert caught.value.exit_code == Exit.WRONG_SPECS
    change("flow", identifier, {**other, "name": FLOW, "archived": True})
    assert answer(FLOW)[0] == Exit.DONE


def test_an_unknown_account_ends_with_its_own_words(project):
    with pytest.raises(Fatal, match="nowhere"):
        call(backpopulate, FLOW, "--account", "nowhere")


def test_a_pull_for_a_flow_brings_its_trigger_its_conditions_and_what_was_received(made):
    listings = json.loads((made / "data" / "pull.json").read_text(encoding="utf-8"))
    columns = json.loads(listings["columns"])
    assert ["$message", "s"] in columns["event"]
    assert sum(name.startswith("members of list") for name in listings["listings"]) == PULLED_LISTS


def test_a_flow_that_no_account_has_is_not_pulled_for(project):
    with pytest.raises(Fatal, match='no flow "Customer Winbak"; did you mean "Customer Winback"'):
        call(data, "pull", "--flow", "Customer Winbak")


def test_a_trigger_split_s_property_is_pulled_with_its_type(project):
    identifier, flow = body_of("flow", FLOW)
    text = {"type": "string", "operator": "equals", "value": "Loose leaf"}
    number = {"type": "numeric", "operator": "greater-than", "value": 10}
    rows = [
        {"type": "metric-property", "metric_id": "M", "field": "Category", "filter": text},
        {"type": "metric-property", "metric_id": "M", "field": "$value", "filter": number},
        {"type": "metric-property", "metric_id": "M", "field": "Odd"},
    ]
    flow["frame"]["triggers"][0]["trigger_filter"] = {"condition_groups": [{"conditions": rows}]}
    change("flow", identifier, flow)
    call(data, "pull", "--flow", FLOW, "--out", "more")
    columns = json.loads(json.loads(Path("more/pull.json").read_text(encoding="utf-8"))["columns"])
    assert ["Category", "s"] in columns["event"]
    assert not any(name in ("$value", "Odd") for name, _ in columns["event"])


def test_a_plan_that_replaces_counts_who_would_get_a_message_twice(project):
    call(pull, FLOW)
    [spec] = Path("flows").glob("*winback.yaml")
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("steps:", "reentry: 30 days\nsteps:"), encoding="utf-8")
    _, said = call(plan, str(spec), "--data", "data", "--format", "json")
    [unit] = [unit for unit in json.loads(said)["plan"]["units"] if unit["change"] == "replace"]
    assert unit["past_profiles"]["eligible"] is True
    assert unit["past_profiles"]["added"] > 0
    assert unit["past_profiles"]["twice"]


def test_data_without_the_trigger_of_a_replaced_flow_is_said_and_the_plan_stands(project):
    call(pull, FLOW)
    write_people(project / "elsewhere", [person("one", AT, timedelta(days=1))])
    [spec] = Path("flows").glob("*winback.yaml")
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("steps:", "reentry: 30 days\nsteps:"), encoding="utf-8")
    _, said = call(plan, str(spec), "--data", "elsewhere", "--format", "json")
    [unit] = [unit for unit in json.loads(said)["plan"]["units"] if unit["change"] == "replace"]
    assert unit["past_profiles"]["twice"] is None
    assert unit["past_profiles"]["unknown"]


# bad input, as it is typed


@pytest.fixture
def flows(tmp_path, monkeypatch):
    (tmp_path / "flowc.yaml").write_text(PROJECT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(flow, *words, status="live"):
    """Call the command on a definition; returns (code, what it says)."""
    Path("live.json").write_text(
        json.dumps({"name": "F", "status": status, "definition": flow}), encoding="utf-8"
    )
    try:
        return call(backpopulate, "live.json", "--at", "2026-06-10T15:30:00Z", *words)
    except Fatal as fatal:
        return fatal.exit_code, fatal.message


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        (
            chain(["mail"]),
            "The flow has no time delay before a live or manual action; nobody would be added.",
        ),
        (chain(["2 days", "mail"], "date"), "A date-based flow queues people by itself"),
        (chain(["2 days", "draft mail"]), "No message or action of the flow is live or manual"),
    ],
)
def test_a_flow_that_may_not_be_back_populated_ends_with_3_and_its_reason(flows, flow, words):
    code, text = typed(flow)
    assert code == Exit.WRONG_SPECS
    assert words in " ".join(text.split())


@pytest.mark.parametrize(
    "words",
    [
        ("--account-zone", "Mars/Base"),
        ("--quiet-hours", "21:00-08:00", "--quiet-zone", "Mars/Base"),
    ],
)
def test_an_unknown_time_zone_ends_with_3_and_is_named(flows, words):
    assert typed(chain(["2 days", "mail"]), *words) == (
        Exit.WRONG_SPECS,
        '"Mars/Base" is no IANA time zone, such as Europe/Berlin',
    )
    assert typed(chain(["2 days", "mail"], "date"), "--account-zone", "Mars/Base")[0] == Exit.WRONG_SPECS


def written(folder, count=2, **more):
    write_people(folder, [person(f"p{place}", AT, timedelta(days=1), **more) for place in range(count)])


def test_events_in_the_future_add_nobody_and_are_counted(flows):
    written(Path("data"), count=1, events=[(AT + timedelta(days=3), "e", 10)])
    code, text = typed(chain(["2 days", "mail"]), "--data", "data")
    assert code == Exit.DONE
    assert "WHO: 0 of 1 " in text
    assert "not: their event or joining is later than the click" in text


def test_profiles_without_ids_a_broken_file_and_no_data_end_with_1_and_clear_words(flows):
    import pyarrow as pa  # noqa: PLC0415 - heavy, loaded where data is read
    from pyarrow import parquet  # noqa: PLC0415 - heavy, loaded where data is read

    written(Path("data"))
    flow = chain(["2 days", "mail"])
    part = Path("data/profiles/part-00000.parquet")
    parquet.write_table(pa.table({"profile_id": ["p0", None]}), part)
    assert typed(flow, "--data", "data") == (
        Exit.UNEXPECTED,
        "1 of 2 profiles have no profile_id; remove them or give them one",
    )
    part.write_bytes(b"PAR1 broken")
    code, message = typed(flow, "--data", "data")
    assert code == Exit.UNEXPECTED
    assert f"{part} is no readable Parquet file" in message
    shutil.rmtree("data")
    code, message = typed(flow, "--data", "data")
    assert code == Exit.UNEXPECTED
    assert message.startswith("data holds no data: profiles/*.parquet is missing. Run `flowc data pull`")


def test_a_data_folder_without_rows_of_the_trigger_adds_nobody(flows):
    written(Path("data"), count=0)
    code, text = typed(chain(["2 days", "mail"]), "--data", "data")
    assert code == Exit.DONE
    assert "WHO: 0 of 0 profiles are added" in text


def marked(**about):
    """Say something else of the folder's pull."""
    state = Path("data", STATE)
    state.write_text(json.dumps({**json.loads(state.read_text()), **about}))


def test_data_of_another_account_gives_no_numbers(project):
    marked(account="Other1")
    with pytest.raises(Fatal, match=r"data F744 it holds the data of account Other1, not of ") as refused:
        answer(FLOW, "--data", "data")
    assert refused.value.exit_code == Exit.WRONG_SPECS


def test_data_of_a_stopped_pull_gives_no_numbers(project):
    marked(listings={"profiles": {"parts": 1, "rows": 5, "next": {"page[cursor]": "x"}}})
    with pytest.raises(Fatal, match="data F745 its pull was stopped at profiles; run flowc data pull again"):
        answer(FLOW, "--data", "data")
    code, text = call(backpopulate, FLOW, "--account", "sandbox", "--format", "json")
    assert (code, json.loads(text)["simulation"]) == (Exit.DONE, None)
