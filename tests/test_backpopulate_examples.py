"""The vendor's worked examples, one file each in ``cases/simulate``, by name."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
import yaml
from backpopulate_worlds import GROUP, TRIGGER_METRIC, answers, write_people

from compiler.backpopulate import Settings, back_populate, check_eligibility, read_quiet_hours, read_shape
from compiler.backpopulate.actions import plain_delay
from compiler.backpopulate.clocks import fixed, make_clocks
from compiler.backpopulate.dates import enter_dated
from compiler.backpopulate.queueing import text_queue
from compiler.backpopulate.timing import delay_end
from compiler.evaluate import open_tables
from compiler.evaluate.filters import read_filter
from compiler.evaluate.windows import window_of

ibis = pytest.importorskip("ibis")
pyarrow = pytest.importorskip("pyarrow")
CASES = Path(__file__).parent / "cases" / "simulate"
AT = datetime(2026, 6, 10, 15, 30, tzinfo=UTC)
NOON = datetime(2023, 6, 17, 12, tzinfo=UTC).replace(tzinfo=None)
NAMES = sorted(path.stem for path in CASES.glob("*.yaml"))


def span(text):
    count, unit = text.split()[:2]
    return timedelta(**{unit: int(count)})


def definition(case):
    """A chain of the case's steps; the second delay of a length is called ``7 days (2)``."""
    actions, names = [], {}
    for place, step in enumerate(case["steps"]):
        kind = step.split()[-1]
        words = step.split()
        if kind in ("days", "hours"):
            data = {
                "type": "time-delay",
                "data": {"value": int(words[0]), "unit": kind, "timezone": "profile"},
            }
        else:
            channel = "send-sms" if "text" in words else "send-email"
            message = {
                "name": step,
                "smart_sending_enabled": "forced" not in words,
                "sms_quiet_hours_enabled": True,
            }
            data = {
                "type": channel,
                "data": {"message": message, "status": "manual" if "manual" in words else "live"},
            }
        name = step if step not in names else f"{step} (2)"
        names[name] = str(place)
        following = str(place + 1) if place + 1 < len(case["steps"]) else None
        actions.append({"temporary_id": str(place), "links": {"next": following}, **data})
    trigger = case["flow"]["trigger"]
    triggers = [{"type": trigger, "id": TRIGGER_METRIC if trigger == "metric" else GROUP}]
    return {"triggers": triggers, "entry_action_id": "0", "actions": actions}, names


def run_flow(case, folder):
    at = datetime.fromisoformat(case["at"]) if "at" in case else AT
    when = at - span(case["ago"])
    profile = {
        "id": "P1", "zone": case.get("zone"), "tier": None, "email": "a@example.com", "can": True, "phone": "+14155550100", "sms": True,
        "events": [(when, "e1", None)], "orders": [], "member": True, "joined": when, "texts": [],
        "received": [(at - span(case["received"]), "other")] if "received" in case else [],
    }  # fmt: skip
    write_people(folder, [profile])
    smart = case.get("smart", {"now": 0, "before": 0})
    settings = Settings(
        at=at,
        mode=case["flow"]["mode"],
        quiet_hours=read_quiet_hours(case.get("quiet", "none")),
        smart_hours={"email": smart["now"], "sms": smart["now"]},
        smart_hours_before={"email": smart["before"]},
    )
    flow, names = definition(case)
    return answers(flow, open_tables(folder), settings).get("P1"), names, at


def check_flow(case, folder):
    check_outcome(case, case["expect"], folder)
    if "already" in case:
        # Who came before the wait was changed goes by the flow as it was, and the runbook says so.
        before = case["already"]
        want = {"enters": before["steps"][0], **{key: before[key] for key in ("waits", "sent")}}
        check_outcome({**case, "steps": before["steps"]}, want, folder / "already")
        flow, _ = definition(case)
        book = back_populate(read_shape(flow, "flow"), Settings(at=AT), {}).runbook
        assert any(case["says"] in line for line in book.before)


def check_outcome(case, want, folder):
    found, names, at = run_flow(case, folder)
    if want["enters"] is None:
        assert found is None
        return
    entry, due, outcomes = found
    assert entry == ("trigger" if want["enters"] == "trigger" else names[want["enters"]])
    if "waits" in want:
        assert due == int((at + span(want["waits"])).timestamp())
    said = {name: outcomes.get(step) for name, step in names.items()}
    for word, outcome in (("sent", "sent"), ("reviewed", "review")):
        for name, after in want.get(word, {}).items():
            assert said[name] == (outcome, int((at + span(after)).timestamp()))
    for word, outcome in (("missed", "missed"), ("skipped", "smart-sending")):
        if word in want:
            assert [name for name, found in said.items() if found and found[0] == outcome] == want[word]


def check_delay(case):
    delay = plain_delay(case["delay"])
    seconds = (int(AT.timestamp()) - 10**6, int(AT.timestamp()) + 10**6)
    clock = fixed(make_clocks([case["zone"]], [], "UTC", seconds).zones[case["zone"]])
    wall = ibis.literal(int(datetime.fromisoformat(case["start"]).replace(tzinfo=UTC).timestamp()), "int64")
    end = clock.wall(delay_end(delay, clock.instant(wall), clock))
    assert (
        datetime.fromtimestamp(ibis.duckdb.connect().to_pyarrow(end).as_py(), UTC).strftime("%Y-%m-%dT%H:%M")
        == case["end"]
    )


def check_queue(case):
    clock = fixed(make_clocks([], [], "UTC", (0, 10**6)).account)
    queue = text_queue(
        [ibis.memtable(pyarrow.table({"t": [1000], "texts": [case["queue"]["texts"]]}))],
        case["queue"]["speed"],
        clock,
    )
    assert (queue.done - 1000, queue.longest) == (case["minutes"] * 60, case["queue"]["texts"])


def check_filter(case):
    window = window_of(read_filter(case["filter"]), NOON)
    ends = [None if case[key] is None else datetime.fromisoformat(case[key]) for key in ("from", "before")]
    assert [window.start, window.end] == ends


def check_dated(case):
    about = case["dated"]
    value, unit = about["before"].split()
    trigger = {
        "type": "date",
        "timedelta_value_before_date": int(value),
        "timedelta_unit_before_date": unit,
        "recurrence_frequency": about["recurrence"],
    }
    flow = {**dated_chain(case["steps"]), "triggers": [trigger]}
    shape = read_shape(flow, "flow")
    happens = "set-live" if "set live" in about else "date-added"
    since = datetime.fromisoformat(about.get("set live") or about["date added"])
    for day, want in case["dates"].items():

        def entered(day=day, check=None):
            return enter_dated(list(shape.steps), shape.dated, date.fromisoformat(day), happens, since, check)

        found = entered()
        assert found.enters == want["enters"]
        if "waits at" in want:
            names = {step.id: step.name for step in shape.steps}
            assert found.waits_at == names[str(case["steps"].index(want["waits at"]))]
            assert found.goes_on == datetime.fromisoformat(want["goes on"])
            assert {message.name: message.gets for message in found.messages} == want["gets"]
        for hour, key in ((9, "check before 12:00"), (17, "check after 12:00")):
            if key in want:
                assert entered(check=time(hour)).enters == want[key]
    check_blocked(case)


def dated_chain(steps):
    """A chain of mails and of waits until so long before the date."""
    actions = []
    for place, step in enumerate(steps):
        value, *words = step.split()
        data = (
            {"type": "countdown-delay", "data": {"value": int(value), "unit": words[0]}}
            if words[-1] == "before"
            else {"type": "send-email", "data": {"message": {"name": step}, "status": "live"}}
        )
        following = str(place + 1) if place + 1 < len(steps) else None
        actions.append({"temporary_id": str(place), "links": {"next": following}, **data})
    return {"entry_action_id": "0", "actions": actions}


def check_blocked(case):
    shape = read_shape({"triggers": [{"type": case["blocked"]}], "actions": []}, "flow")
    verdict = check_eligibility(shape, {})
    assert not verdict.eligible
    assert any(case["says"] in reason.text for reason in verdict.reasons)


@pytest.mark.parametrize("name", NAMES)
def test_a_worked_example_comes_out_as_documented(name, tmp_path):
    case = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    if "flow" in case:
        check_flow(case, tmp_path)
    else:
        check = {"delay": check_delay, "queue": check_queue, "filter": check_filter, "dated": check_dated}
        next(function for key, function in check.items() if key in case)(case)


def test_all_36_examples_have_a_file():
    assert len(NAMES) == 36
