"""The set-based simulation agrees with a plain walker, profile by profile, on every engine that is installed."""

import json
import random
import shutil
from collections import Counter
from dataclasses import replace

import pytest
import reference_walker
from backpopulate_worlds import (
    CLICKS,
    ORDER,
    TRIGGER_METRIC,
    VIEW,
    answers,
    flow_and_settings,
    people,
    write_people,
)

from compiler.backpopulate import read_shape, simulate
from compiler.backpopulate.moves import OUTCOMES
from compiler.evaluate import open_tables

pytest.importorskip("ibis")
SEED = 29  # whose flows and profiles meet every outcome, which a test below makes sure of


def expected(flow, profiles, settings, quiet):
    zone = settings.quiet_hours.zone if settings.quiet_hours else "profile"
    click = reference_walker.Click(settings.at, settings.mode, settings.account_zone, quiet, zone, profiles)
    found = {}
    for profile in profiles:
        walk = reference_walker.walk(flow, profile, click)
        if walk is not None:
            due = int(walk.due.timestamp()) if walk.due is not None else None
            outcomes = {
                name: (outcome, None if when is None else int(when.timestamp()))
                for name, (outcome, when) in walk.outcomes.items()
            }
            found[profile["id"]] = (walk.entry, due, outcomes)
    return found


def totals(flow, want):
    """The walker's figures as a simulation counts them: added, each action's outcomes."""
    counts = Counter(
        (name, outcome) for _, _, outcomes in want.values() for name, (outcome, _) in outcomes.items()
    )
    order = {step.id: step.index for step in read_shape(flow, "flow").steps}
    return len(want), {(order[name], outcome): count for (name, outcome), count in counts.items()}


def plain_queue(flow, want, speed):
    """The walker's texts through a queue, one arrival after the other: longest, and when the last text is out."""
    texts = {action["temporary_id"] for action in flow["actions"] if action["type"] == "send-sms"}
    sent = Counter(
        when
        for _, _, outcomes in want.values()
        for name, (outcome, when) in outcomes.items()
        if name in texts and outcome == "sent"
    )
    longest = waiting = before = done = 0
    for when in sorted(sent):
        waiting = max(0, waiting - (when - before) * speed) + sent[when]
        longest, before, done = max(longest, waiting), when, when + -(-waiting // speed)
    return (longest, done) if sent else None


def counted(flow, tables, settings):
    """The simulation's figures, in the same shape."""
    found = simulate(read_shape(flow, "flow"), tables, settings)
    outcomes = {(row.step, outcome): count for row in found.outcomes for outcome, count in row.counts.items()}
    queue = (found.queue.longest, found.queue.done) if found.queue is not None else None
    return (found.added, outcomes), queue


def disagreements(folder, seed, flows, count, backend=None):
    """Return (walks, entries, differences) of ``flows`` random flows over one world a click."""
    draw = random.Random(seed)
    worlds = []
    for place, at in enumerate(CLICKS):
        profiles = people(draw, at, count)
        write_people(folder / str(place), profiles)
        worlds.append((profiles, open_tables(folder / str(place), backend)))
    walks, entries, different = 0, 0, []
    for number in range(flows):
        flow, quiet, settings = flow_and_settings(draw)
        profiles, tables = worlds[number % len(CLICKS)]
        settings = replace(settings, at=CLICKS[number % len(CLICKS)])
        want, got = expected(flow, profiles, settings, quiet), answers(flow, tables, settings)
        walks, entries = walks + len(profiles), entries + len(want)
        if number % 4 == 0:
            figures, queue = counted(flow, tables, settings)
            texts = plain_queue(flow, want, settings.sms_speed) if settings.sms_speed else None
            if (totals(flow, want), texts) != (figures, queue):
                different.append(
                    (number, settings.mode, "figures", (totals(flow, want), texts), (figures, queue))
                )
        for profile in profiles:
            left, right = want.get(profile["id"]), got.get(profile["id"])
            if left != right:
                different.append((number, settings.mode, profile["id"], left, right))
    return walks, entries, different


def test_generated_flows_and_profiles_agree_with_the_plain_walker(tmp_path):
    walks, entries, different = disagreements(tmp_path, SEED, 24, 120)
    assert different == []
    assert walks == 24 * 120
    assert entries > 600


def asks(flow):
    """Where a flow asks for two metrics or more and a list at once: its filter, its splits, its messages."""
    data = [action["data"] for action in flow["actions"]]
    messages = [(row.get("message") or {}).get("additional_filters") for row in data]
    branches = [row for one in data for row in [one.get("profile_filter"), *one.get("branches", [])]]
    places = {"filter": [flow["profile_filter"]], "split": branches, "message": messages}
    found = set()
    for place, definitions in places.items():
        text = json.dumps(definitions)
        if sum(metric in text for metric in (ORDER, VIEW, TRIGGER_METRIC)) > 1 and "group_ids" in text:
            found.add(place)
    return found


def test_the_flows_and_profiles_that_are_compared_meet_every_outcome_and_ask_for_much_at_once():
    """What the walker never meets, no agreement tells anything about."""
    draw, met, asked = random.Random(SEED), Counter(), Counter()
    worlds = [people(draw, at, 120) for at in CLICKS]
    for number in range(24):
        flow, quiet, settings = flow_and_settings(draw)
        settings = replace(settings, at=CLICKS[number % len(CLICKS)])
        kinds = {action["temporary_id"]: action["type"] for action in flow["actions"]}
        for _, _, outcomes in expected(flow, worlds[number % len(CLICKS)], settings, quiet).values():
            met.update((kinds[name], outcome) for name, (outcome, _) in outcomes.items())
        asked.update(asks(flow))
    assert {(kind, outcome) for kind in ("send-email", "send-sms") for outcome in OUTCOMES} <= met.keys()
    assert asked.keys() == {"filter", "split", "message"}


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(4))
def test_thousands_of_generated_flows_agree(tmp_path, seed):
    _, entries, different = disagreements(tmp_path, 100 + seed, 250, 120)
    assert different == []
    assert entries > 1000


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore")  # pyspark's own: pandas' copy keyword, sockets left to the collector
def test_spark_walks_profiles_the_same_way(tmp_path, monkeypatch):
    pyspark = pytest.importorskip("pyspark")
    if not shutil.which("java"):
        pytest.skip("Spark needs Java")
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    monkeypatch.setenv("TZ", "UTC")
    session = (
        pyspark.sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    try:
        _, entries, different = disagreements(tmp_path, 3, 6, 60, ibis.pyspark.connect(session))
    finally:
        session.stop()
    assert different == []
    assert entries > 20
