"""The vendor's worked examples, one file each in ``cases/simulate``, by name."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from backpopulate_worlds import GROUP, TRIGGER_METRIC, answers, write_people

from compiler.backpopulate import Settings, check_eligibility, read_quiet_hours, read_shape
from compiler.backpopulate.actions import plain_delay
from compiler.backpopulate.clocks import fixed, make_clocks
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
    found, names, at = run_flow(case, folder)
    want = case["expect"]
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
        check = {"delay": check_delay, "queue": check_queue, "filter": check_filter, "blocked": check_blocked}
        next(function for key, function in check.items() if key in case)(case)


def test_all_36_examples_have_a_file():
    assert len(NAMES) == 36
