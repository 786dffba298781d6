"""A second simulation for the tests: one profile at a time, with datetime and zoneinfo, from the API's definition.

It shares no code with the product. A profile is a dict: id, zone, tier, email, can (email consent), phone, sms,
events [(instant, id, value)], orders [instant], views [(instant, value)], groups [id], received [(instant, message
id)], texts (the same for SMS).
"""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
SMART = {"send-email": timedelta(hours=16), "send-sms": timedelta(hours=24)}
MESSAGES = ("send-email", "send-sms")
WORK = ("update-profile", "send-webhook")


class Click:
    def __init__(self, at, mode, account_zone, quiet=None, quiet_zone="profile", everybody=()):
        self.at, self.mode, self.account_zone = at, mode, account_zone
        self.quiet, self.quiet_zone, self.everybody = quiet, quiet_zone, everybody

    def texted(self, profile):
        """The texts to a profile's number, whoever else has it: Smart Sending goes by numbers."""
        owners = [one for one in self.everybody if one["phone"] == profile["phone"] is not None]
        return [text for one in owners or [profile] for text in one["texts"]]


def zone_of(name, profile, click):
    if name in (None, "profile"):
        name = profile["zone"] or click.account_zone
    return pinned(name) or pinned(click.account_zone)


@cache
def pinned(name):
    """The zone of the tzdata package, whatever this machine's own rules are; None for an unknown one."""
    path = files("tzdata").joinpath("zoneinfo", *name.split("/"))
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def on_wall(day, clock, zone):
    """A wall time as an instant: skipped ones go forward by the gap, of two the first."""
    naive = datetime.combine(day, clock)
    return (naive - naive.replace(tzinfo=zone, fold=0).utcoffset()).replace(tzinfo=UTC)


def allowed(day, weekdays):
    return not weekdays or len(set(weekdays)) == 7 or WEEKDAYS[day.weekday()] in weekdays


def wait(data, start, profile, click):
    value, unit, extra = data["value"], data["unit"], data.get("secondary_value") or 0
    if unit == "minutes":
        return start + timedelta(minutes=value)
    if unit == "hours":
        return start + timedelta(hours=value, minutes=extra)
    weekdays, until = data.get("delay_until_weekdays") or [], data.get("delay_until_time")
    zone = zone_of(data.get("timezone"), profile, click)
    if until is None:
        end = start + timedelta(days=value, hours=extra)
        local = end.astimezone(zone)
        if allowed(local.date(), weekdays):
            return end
        day = local.date()
        while not allowed(day, weekdays):
            day += timedelta(days=1)
        return on_wall(day, local.time(), zone)
    hours, minutes, *_ = (int(part) for part in until.split(":"))
    clock = datetime(2000, 1, 1, hours, minutes).time()  # noqa: DTZ001 - a time of day
    day = start.astimezone(zone).date() + timedelta(days=value)
    while True:
        while not allowed(day, weekdays):
            day += timedelta(days=1)
        end = on_wall(day, clock, zone)
        if end >= start or value:
            return end
        day += timedelta(days=1)


def after_quiet(moment, profile, click):
    """The moment at which no window of quiet hours holds a text any more; a window is (start, end, weekdays).

    Times are hours and minutes; an end of (24, 0) is midnight, and one not after the start is the next day's.
    """
    if click.quiet is None:
        return moment
    zone = zone_of(click.quiet_zone, profile, click)
    local = until = moment.astimezone(zone).replace(tzinfo=None)
    while ends := [end for window in click.quiet if (end := quiet_end(until, *window))]:
        until = max(ends)
    if until == local:
        return moment
    end = on_wall(until.date(), until.time(), zone)
    # An end in the first of two hours lies before a moment in the second: then the second hour's.
    return end if end >= moment else moment + (until - local)


def quiet_end(local, start, end, weekdays):
    """The wall time at which the window that holds a local time ends; None where it holds none."""
    for day in (local.date() - timedelta(days=1), local.date()):
        midnight = datetime.combine(day, datetime.min.time())
        begins = midnight + timedelta(hours=start[0], minutes=start[1])
        ends = midnight + timedelta(hours=end[0], minutes=end[1])
        ends += timedelta(days=1) if ends <= begins else timedelta()
        if (not weekdays or WEEKDAYS[day.weekday()] in weekdays) and begins <= local < ends:
            return ends
    return None


def compare(operator, left, right):
    return {
        "equals": left == right,
        "greater-than": left > right,
        "greater-than-or-equal": left >= right,
        "less-than": left < right,
    }[operator]


def condition(row, profile, started, click):
    """True, False, or None where the data does not say."""
    if row["type"] == "profile-property":
        return profile["tier"] == row["filter"]["value"]
    if row["type"] == "profile-group-membership":
        groups = {*profile["groups"], *(["List01"] if profile["member"] else [])}
        return bool(groups & set(row["group_ids"])) is row["is_member"]
    if row["type"] == "profile-metric":
        test = row["measurement_filter"]
        return compare(test["operator"], measured(row, profile, started, click), test["value"])
    return None


def measured(row, profile, started, click):
    """How many events of a metric lie in a timeframe, or what their values add up to."""
    events = {
        "Order1": [(when, 0) for when in profile["orders"]],
        "View01": profile["views"],
        "Trig01": [(when, value) for when, _, value in profile["events"]],
    }[row["metric_id"]]
    timeframe = row["timeframe_filter"]
    inside = {
        "alltime": lambda when: True,
        "flow-start": lambda when: when > started,
        "in-the-last": lambda when: when >= click.at - timedelta(hours=timeframe["quantity"]),
    }[timeframe["operator"]]
    values = [value or 0 for when, value in events if when <= click.at and inside(when)]
    return len(values) if row["measurement"] == "count" else sum(values)


def holds(definition, test):
    groups = [
        [test(row) for row in group["conditions"]] for group in (definition or {}).get("condition_groups", [])
    ]
    found = [True if True in group else None if None in group else False for group in groups]
    return False if False in found else None if None in found else True


def event_passes(definition, value):
    return holds(
        definition,
        lambda row: value is not None and compare(row["filter"]["operator"], value, row["filter"]["value"]),
    )


def start_of(flow, profile, click):
    """Return (when it triggered, the event's value), None if it did not."""
    if flow["triggers"][0]["type"] != "metric":
        joined = profile["joined"]
        if joined is not None and joined > click.at:
            return None
        if click.mode == "beginning":
            return (click.at, None) if profile["member"] else None
        return (joined, None) if joined is not None else None
    test = flow["triggers"][0].get("trigger_filter")
    fitting = [
        (when, name, value)
        for when, name, value in profile["events"]
        if when <= click.at and event_passes(test, value) is not False
    ]
    if not fitting:
        return None
    when, _, value = max(fitting)
    return when, value


class Walk:
    """One profile's way: ``entry`` (action id, ``trigger`` or None), ``outcomes`` {action id: (outcome, when)}."""

    def __init__(self, flow, profile, click, started, value):
        self.flow, self.profile, self.click, self.started, self.value = flow, profile, click, started, value
        self.actions = {action["temporary_id"]: action for action in flow["actions"]}
        self.at = click.at if click.mode == "beginning" else started
        self.entry = "trigger" if click.mode == "beginning" else None
        self.outcomes, self.acted, self.due = {}, False, None
        self.timers = {}
        for kind, key in (("send-email", "received"), ("send-sms", "texts")):
            sent = profile["received"] if key == "received" else click.texted(profile)
            before = [when for when, _ in sent if when <= click.at]
            self.timers[kind] = (
                max(before).replace(microsecond=0) + SMART[kind]
                if before
                else datetime.min.replace(tzinfo=UTC)
            )

    def go(self):
        name = self.flow["entry_action_id"]
        while name is not None:
            name = self.step(name)
        return self if self.acted else None

    def step(self, name):
        action = self.actions[name]
        kind, data, links = action["type"], action["data"], action.get("links") or {}
        if kind == "time-delay":
            self.at = wait(data, self.at, self.profile, self.click)
            if self.entry is None and self.at > self.click.at:
                self.entry, self.due = name, self.at
        elif kind == "conditional-split":
            return links["next_if_true" if self.holds(data["profile_filter"], name) else "next_if_false"]
        elif kind == "trigger-split":
            passes = event_passes(data["trigger_filter"], self.value) if self.started is not None else None
            return links["next_if_true" if passes else "next_if_false"]
        elif kind == "multi-branch-split":
            return self.branch(data["branches"], name)
        elif data["status"] in ("live", "manual"):
            self.act(name, kind, data)
        return links.get("next")

    def holds(self, definition, name):
        rows = [
            row for group in (definition or {}).get("condition_groups", []) for row in group["conditions"]
        ]
        if len(rows) == 1 and rows[0]["type"] == "profile-sample":
            place = list_of_reachable(self.flow).index(name)
            digest = hashlib.md5(f"{self.profile['id']} {place}".encode()).hexdigest()
            return int(digest[:4], 16) < 65536 * rows[0]["percentage"] // 100
        return holds(definition, lambda row: condition(row, self.profile, self.started, self.click)) is True

    def branch(self, branches, name):
        for row in branches:
            if not row.get("is_else") and self.holds(row["branch_filter"], name):
                return row["links"]["next"]
        return next(
            (row["links"]["next"] for row in branches if row.get("is_else") and row.get("links")), None
        )

    def act(self, name, kind, data):
        if self.entry is None:
            self.outcomes[name] = ("missed", None)
            return
        self.acted = True
        if kind in WORK:
            self.outcomes[name] = ("sent" if data["status"] == "live" else "review", self.at)
            return
        message = data["message"]
        had = "received" if kind == "send-email" else "texts"
        if message.get("id") and any(
            sent == message["id"] and when <= self.click.at for when, sent in self.profile[had]
        ):
            outcome = "received-before"
        elif data["status"] == "manual":
            outcome = "review"
        else:
            outcome = self.send(kind, message)
        self.outcomes[name] = (outcome, self.at)

    def send(self, kind, message):
        address, can = ("email", "can") if kind == "send-email" else ("phone", "sms")
        own = message.get("additional_filters")
        if own and holds(own, lambda row: condition(row, self.profile, self.started, self.click)) is False:
            return "message-filter"
        if self.profile[address] is None:
            return "no-address"
        if self.profile[can] is False and not message.get("transactional"):
            return "no-consent"
        if kind == "send-sms" and message.get("sms_quiet_hours_enabled", True):
            self.at = after_quiet(self.at, self.profile, self.click)
        if message.get("transactional"):
            return "sent"
        if message.get("smart_sending_enabled", True) and self.at < self.timers[kind]:
            return "smart-sending"
        self.timers[kind] = self.at + SMART[kind]
        return "sent"


def list_of_reachable(flow):
    """The action ids, each after all that lead to it: the number that a random split is salted with."""
    actions = {action["temporary_id"]: action for action in flow["actions"]}

    def targets(name):
        action = actions[name]
        if "branches" in action["data"]:
            rows = [row for row in action["data"]["branches"] if not row.get("is_else")]
            rows += [row for row in action["data"]["branches"] if row.get("is_else")]
            found = [(row.get("links") or {}).get("next") for row in rows]
        else:
            found = list((action.get("links") or {}).values())
        return [target for target in found if target]

    reached, queue = [], [flow["entry_action_id"]]
    while queue:
        name = queue.pop(0)
        if name not in reached:
            reached.append(name)
            queue += targets(name)
    missing = {name: sum(targets(other).count(name) for other in reached) for name in reached}
    order, ready = [], [flow["entry_action_id"]]
    while ready:
        name = ready.pop(0)
        order.append(name)
        for target in targets(name):
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    return order


def walk(flow, profile, click):
    """Return the Walk of a profile that is added, None for one that is not."""
    start = start_of(flow, profile, click)
    if start is None:
        return None
    started, value = start
    if holds(flow.get("profile_filter"), lambda row: condition(row, profile, started, click)) is False:
        return None
    moment = started.replace(microsecond=0)
    found = Walk(flow, profile, click, started, value)
    found.at = click.at.replace(microsecond=0) if click.mode == "beginning" else moment
    return found.go()
