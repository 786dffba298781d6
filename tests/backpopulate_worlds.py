"""Seeded flows and profiles for the simulation's tests, and the simulation's answer profile by profile."""

import random
import zlib
from datetime import UTC, datetime, timedelta

from compiler.backpopulate import QuietHours, QuietWindow, Settings, read_shape
from compiler.backpopulate.doubt import GHOST
from compiler.backpopulate.moves import OUTCOMES
from compiler.backpopulate.population import NOBODY, TRIGGER, populate
from compiler.backpopulate.walk import walk
from compiler.diagnostics import Problems
from compiler.evaluate import Named, open_tables, write_events, write_memberships, write_profiles

TRIGGER_METRIC, ORDER, VIEW, EMAILED, TEXTED = "Trig01", "Order1", "View01", "Received Email", "Received SMS"
GROUP, CLUB, FORMER = "List01", "List02", "List03"
ZONES = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Tokyo",
    "Bogus/Zone",
    None,
    "America/Vancouver",
]
# Clicks around changes of clocks in both hemispheres.
CLICKS = [
    datetime(2026, 11, 3, 15, 30, tzinfo=UTC),
    datetime(2026, 3, 10, 6, 0, tzinfo=UTC),
    datetime(2026, 3, 30, 1, 1, tzinfo=UTC),
]
# Windows of quiet hours: start, end, the weekdays on which they start; a night, an hour that clocks skip or repeat,
# the Texas rule and the French one, two that touch, and one window's end in the gap before another.
QUIET = [
    None,
    [((21, 0), (8, 0), [])],
    [((2, 0), (4, 30), [])],
    [((0, 45), (1, 30), [])],
    [((20, 0), (11, 0), []), ((0, 0), (14, 0), ["sunday"])],
    [((22, 0), (8, 0), []), ((0, 0), (24, 0), ["sunday"])],
    [((12, 0), (14, 0), ["monday", "friday"]), ((14, 0), (18, 30), ["friday"]), ((23, 0), (0, 0), [])],
    [((22, 0), (2, 30), []), ((3, 15), (5, 0), [])],
]
TIMEFRAMES = [
    {"type": "date", "operator": "flow-start"},
    {"type": "date", "operator": "alltime"},
    {"type": "date", "operator": "in-the-last", "unit": "hour", "quantity": 100},
]
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class FlowMaker:
    """Random flows: delays of all kinds, splits of all kinds, joins, every status."""

    def __init__(self, draw, trigger):
        self.draw, self.trigger, self.actions = draw, trigger, []

    def flow(self):
        entry = self.chain(self.draw.randrange(2, 6), None, 2)
        trigger = {"type": self.trigger, "id": TRIGGER_METRIC if self.trigger == "metric" else GROUP}
        if self.trigger == "metric" and self.draw.random() < 0.3:
            trigger["trigger_filter"] = self.event_filter()
        return {
            "triggers": [trigger],
            "profile_filter": self.definition() if self.draw.random() < 0.4 else None,
            "entry_action_id": entry,
            "actions": self.actions,
        }

    def add(self, kind, data, links=None):
        action = {"temporary_id": f"s{len(self.actions)}", "type": kind, "data": data}
        if links is not None:
            action["links"] = links
        self.actions.append(action)
        return action["temporary_id"]

    def chain(self, length, after, depth):
        """Build a chain from its end; return its first step."""
        for _ in range(length):
            after = self.one(after, depth)
        return after

    def one(self, after, depth):
        part = self.draw.random()
        if part < 0.4:
            return self.add("time-delay", self.delay(), {"next": after})
        if part < 0.72:
            return self.message(after)
        if part < 0.8:
            return self.add(
                "update-profile", {"status": self.status(), "profile_operations": []}, {"next": after}
            )
        if depth == 0:
            return self.add("time-delay", self.delay(), {"next": after})
        branches = [
            self.chain(self.draw.randrange(3), after if self.draw.random() < 0.7 else None, depth - 1)
            for _ in range(3)
        ]
        return self.split(branches)

    def split(self, branches):
        kind = self.draw.choice(
            ["conditional-split", "conditional-split", "trigger-split", "multi-branch-split"]
        )
        links = {"next_if_true": branches[0], "next_if_false": branches[1]}
        if kind == "trigger-split":
            return self.add(kind, {"trigger_filter": self.event_filter()}, links)
        if kind == "conditional-split":
            sample = {"condition_groups": [{"conditions": [{"type": "profile-sample", "percentage": 30}]}]}
            return self.add(
                kind, {"profile_filter": sample if self.draw.random() < 0.2 else self.definition()}, links
            )
        rows = [{"branch_filter": self.definition(), "links": {"next": branch}} for branch in branches[:2]]
        if self.draw.random() < 0.8:
            rows.append({"branch_filter": None, "is_else": True, "links": {"next": branches[2]}})
        return self.add(kind, {"name": "which", "branches": rows})

    def status(self):
        return self.draw.choice(["live", "live", "live", "manual", "draft", "disabled"])

    def message(self, after):
        kind = self.draw.choice(["send-email", "send-email", "send-sms"])
        message = {
            "id": f"M{len(self.actions)}",
            "smart_sending_enabled": self.draw.random() < 0.6,
            "transactional": self.draw.random() < 0.1,
        }
        if kind == "send-sms":
            message["sms_quiet_hours_enabled"] = self.draw.random() < 0.7
        if self.draw.random() < 0.35:
            message["additional_filters"] = self.definition()
        return self.add(kind, {"message": message, "status": self.status()}, {"next": after})

    def delay(self):
        unit = self.draw.choice(["days", "days", "days", "hours", "minutes"])
        value = {
            "days": self.draw.choice([0, 1, 2, 5, 9, 14]),
            "hours": self.draw.randrange(60),
            "minutes": self.draw.randrange(300),
        }[unit]
        data = {"value": value, "unit": unit}
        if unit == "hours" and self.draw.random() < 0.3:
            data["secondary_value"] = 30
        if unit == "days":
            if self.draw.random() < 0.5:
                data["delay_until_time"] = self.draw.choice(
                    ["00:00", "01:30", "02:15:00", "02:30", "10:00", "23:45"]
                )
            if self.draw.random() < 0.4:
                data["delay_until_weekdays"] = self.draw.sample(WEEKDAYS, self.draw.choice([1, 2, 4, 7]))
        data["timezone"] = self.draw.choice(
            ["profile", "profile", "Europe/Berlin", "US/Eastern", None, "No/Where"]
        )
        return data

    def definition(self):
        """Conditions of all kinds: one, or several that ask for different metrics, groups and properties at once."""
        unknown = {"type": "profile-not-in-flow", "flow_id": "F1"}
        kinds = [
            self.tier,
            lambda: self.metric(ORDER),
            lambda: self.metric(VIEW),
            lambda: self.metric(TRIGGER_METRIC),
            self.member,
            lambda: unknown,
        ]
        several = self.draw.choices(kinds, [4, 6, 6, 2, 4, 1], k=self.draw.choice([1, 1, 2, 3, 5]))
        rows = [make() for make in several]
        return {
            "condition_groups": [{"conditions": [row]} for row in rows]
            if self.draw.random() < 0.3
            else [{"conditions": rows[:2]}, {"conditions": rows[2:]}]
            if len(rows) > 2
            else [{"conditions": rows}]
        }

    @staticmethod
    def tier():
        same = {"type": "string", "operator": "equals", "value": "gold"}
        return {"type": "profile-property", "property": "properties['tier']", "filter": same}

    def metric(self, metric):
        measurement = self.draw.choice(["count", "count", "sum"])
        number = {
            "type": "numeric",
            "operator": self.draw.choice(["equals", "less-than", "greater-than", "greater-than-or-equal"]),
            "value": self.draw.choice([0, 1, 2] if measurement == "count" else [0, 15, 60]),
        }
        return {
            "type": "profile-metric",
            "metric_id": metric,
            "measurement": measurement,
            "measurement_filter": number,
            "timeframe_filter": self.draw.choice(TIMEFRAMES),
        }

    def member(self):
        groups = self.draw.choice([[CLUB], [FORMER], [CLUB, FORMER], [GROUP]])
        is_member = self.draw.random() < 0.6
        return {"type": "profile-group-membership", "is_member": is_member, "group_ids": groups}

    def event_filter(self):
        number = {"type": "numeric", "operator": "greater-than-or-equal", "value": self.draw.choice([20, 50])}
        return {
            "condition_groups": [
                {
                    "conditions": [
                        {
                            "type": "metric-property",
                            "metric_id": TRIGGER_METRIC,
                            "field": "$value",
                            "filter": number,
                        }
                    ]
                }
            ]
        }


def people(draw, at, count):
    """Profiles as the reference walker reads them, some at the exact end of a wait."""

    def ago(days):
        step = draw.choice(
            [timedelta(), timedelta(microseconds=1), timedelta(seconds=draw.randrange(86_400))]
        )
        return at - timedelta(days=draw.choice([0, 1, 2, 5, draw.randrange(days), -1])) - step

    def some(most, days):
        return [ago(days) for _ in range(draw.randrange(most))]

    def sent():
        """Messages before the click, and some after it, mostly within the windows of Smart Sending."""
        hours = [draw.choice([-3, 0, 8, 15, 16, 23, 24, 30, 90]) for _ in range(draw.randrange(3))]
        moments = [at - timedelta(hours=one, seconds=draw.choice([0, 0, 1, 1000])) for one in hours]
        return [(when, f"M{draw.randrange(30)}") for when in moments]

    found = []
    for place in range(count):
        profile = {
            "id": f"P{place:04}",
            "zone": draw.choice(ZONES),
            "tier": draw.choice(["gold", "silver", None]),
            "email": draw.choice([*["a@example.com", "b@example.com"] * 2, None]),
            "can": draw.choice([True, True, True, False, None]),
            "phone": draw.choice([f"+1415555{draw.randrange(3):04}", *[f"+1415556{place:04}"] * 3, None]),
            "sms": draw.choice([True, True, False, None]),
            "events": [
                (when, f"e{place}-{number}", draw.choice([10, 20, 60]))
                for number, when in enumerate(some(5, 20))
            ],
            "orders": some(3, 25),
            "views": [(when, draw.choice([None, 5, 15, 60])) for when in some(4, 25)],
            "groups": draw.sample([CLUB, FORMER], draw.choice([0, 1, 1, 2])),
            "member": draw.random() < 0.9,
            "received": sent(),
            "texts": sent(),
        }
        profile["joined"] = draw.choice([ago(25), ago(25), ago(25), None]) if profile["member"] else None
        found.append(profile)
    return found


def resource(profile):
    email, sms = profile["can"], profile["sms"]
    return {
        "type": "profile",
        "id": profile["id"],
        "attributes": {
            "email": profile["email"],
            "phone_number": profile["phone"],
            "location": {"timezone": profile["zone"]},
            "properties": {"tier": profile["tier"]} if profile["tier"] else {},
            "subscriptions": {
                "email": {"marketing": {} if email is None else {"can_receive_email_marketing": email}},
                "sms": {"marketing": {} if sms is None else {"can_receive_sms_marketing": sms}},
            },
        },
    }


def event(profile, metric, when, name, value=None, message=None):
    properties = {"$value": value} if value is not None else {}
    if message is not None:
        properties["$message"] = message
    return {
        "type": "event",
        "id": name,
        "attributes": {"datetime": when.isoformat(), "event_properties": properties},
        "relationships": {
            "metric": {"data": {"type": "metric", "id": metric}},
            "profile": {"data": {"type": "profile", "id": profile["id"]}},
        },
    }


def write_people(folder, profiles):
    """Write the three tables of these profiles."""
    named, problems = Named((("tier", "s"),), (("$message", "s"),)), Problems()
    write_profiles(folder, map(resource, profiles), named, problems)
    rows = []
    for profile in profiles:
        rows += [event(profile, TRIGGER_METRIC, when, name, value) for when, name, value in profile["events"]]
        rows += [
            event(profile, ORDER, when, f"o{profile['id']}{n}") for n, when in enumerate(profile["orders"])
        ]
        rows += [
            event(profile, VIEW, when, f"v{profile['id']}{n}", value)
            for n, (when, value) in enumerate(profile.get("views", []))
        ]
        for metric, key in ((EMAILED, "received"), (TEXTED, "texts")):
            rows += [
                event(profile, metric, when, f"{key}{profile['id']}{n}", message=sent)
                for n, (when, sent) in enumerate(profile[key])
            ]
    write_events(folder, rows, named, problems, metrics=[TRIGGER_METRIC, ORDER, VIEW, EMAILED, TEXTED])
    members = [
        {
            "type": "profile",
            "id": row["id"],
            "attributes": {"joined_group_at": row["joined"].isoformat() if row["joined"] else None},
        }
        for row in profiles
        if row["member"]
    ]
    write_memberships(folder, GROUP, members, problems)
    for group in (CLUB, FORMER):
        inside = [{"type": "profile", "id": row["id"]} for row in profiles if group in row.get("groups", [])]
        write_memberships(folder, group, inside, problems)
    assert not list(problems)


class Collector:
    """Keeps every row of a walk."""

    def __init__(self):
        self.ends, self.seen = [], []

    def arrived(self, step, table):
        rows = table.select("profile_id", "t", "outcome", "marks").to_pyarrow().to_pylist()
        self.seen += [(step, row) for row in rows]

    def left(self, table):
        self.ends += table.select("profile_id", "entry", "due", "acted", "marks").to_pyarrow().to_pylist()


def answers(flow, tables, settings):
    """Return {profile id: (entry, due, {action id: (outcome, second)})} of those who are added."""
    shape = read_shape(flow, "flow")
    collector = Collector()
    walk(shape, populate(shape, tables, settings), settings, collector)
    found = {}
    for row in collector.ends:
        if row["entry"] != NOBODY and row["acted"] and not row["marks"] & GHOST:
            assert row["profile_id"] not in found
            entry = "trigger" if row["entry"] == TRIGGER else shape.steps[row["entry"]].id
            found[row["profile_id"]] = (entry, row["due"] if row["entry"] >= 0 else None, {})
    for step, row in collector.seen:
        if row["profile_id"] in found and not row["marks"] & GHOST:
            outcome = OUTCOMES[row["outcome"]]
            found[row["profile_id"]][2][step.id] = (outcome, None if outcome == "missed" else row["t"])
    return found


def flow_and_settings(draw):
    """Return a random flow and a click for it."""
    trigger = draw.choice(["metric", "metric", "list", "segment"])
    flow = FlowMaker(draw, trigger).flow()
    mode = "relative" if trigger == "metric" else draw.choice(["throughout", "beginning"])
    quiet, zone = draw.choice(QUIET), draw.choice(["profile", "profile", "America/New_York"])
    hours = QuietHours(tuple(map(window, quiet)), zone) if quiet else None
    at = draw.choice(CLICKS)
    account = draw.choice(["UTC", "America/New_York"])
    settings = Settings(
        at=at,
        mode=mode,
        account_zone=account,
        quiet_hours=hours,
        sms_speed=draw.choice([None, 1, 10]),
    )
    return flow, quiet, settings


def window(row):
    """Return one window of the walker's as the product knows it."""
    (hours, minutes), (last_hours, last_minutes), weekdays = row
    days = frozenset(WEEKDAYS.index(day) for day in weekdays)
    return QuietWindow(hours * 3600 + minutes * 60, last_hours * 3600 + last_minutes * 60, days)


def world(folder, seed, at, count):
    """Write a world and return (profiles, tables)."""
    profiles = people(random.Random(seed), at, count)
    write_people(folder, profiles)
    return profiles, open_tables(folder)


def chain(steps, trigger="metric"):
    """Return a definition of steps one after the other: ``2 days``, ``mail``, ``draft mail``, ``manual text``."""
    actions = []
    for place, step in enumerate(steps):
        words = step.split()
        if words[-1] in ("days", "hours", "minutes"):
            data = {
                "type": "time-delay",
                "data": {"value": int(words[0]), "unit": words[-1], "timezone": "profile"},
            }
        else:
            status = next((word for word in words if word in ("draft", "manual", "disabled")), "live")
            kind = "send-sms" if "text" in words else "send-email"
            data = {
                "type": kind,
                "data": {"message": {"name": step, "smart_sending_enabled": False}, "status": status},
            }
        following = str(place + 1) if place + 1 < len(steps) else None
        actions.append({"temporary_id": str(place), "links": {"next": following}, **data})
    identifier = GROUP if trigger in ("list", "segment") else TRIGGER_METRIC
    return {"triggers": [{"type": trigger, "id": identifier}], "entry_action_id": "0", "actions": actions}


def ladder(rungs):
    """Return that many splits, each of which leads to an email and then to the next one; `s{rungs}` is up to the caller."""
    return [
        action
        for place in range(rungs)
        for action in (
            {
                "id": f"s{place}",
                "type": "conditional-split",
                "data": {"profile_filter": None},
                "links": {"next_if_true": f"m{place}", "next_if_false": f"s{place + 1}"},
            },
            {
                "id": f"m{place}",
                "type": "send-email",
                "data": {"status": "live", "message": {}},
                "links": {"next": f"s{place + 1}"},
            },
        )
    ]


def person(name, at, ago, **more):
    """Return a profile that triggered the flow so long ago, with an address and consent."""
    when = [at - length for length in (ago if isinstance(ago, list) else [ago])]
    plain = {
        "id": name,
        "zone": "UTC",
        "tier": None,
        "email": "a@example.com",
        "can": True,
        "phone": f"+1415{zlib.crc32(name.encode()):010}",
        "sms": True,
        "events": [(moment, f"e{name}{place}", 10) for place, moment in enumerate(when)],
        "orders": [],
        "received": [],
        "texts": [],
        "member": True,
        "joined": max(when),
    }
    return {**plain, **more}
