"""A second evaluator for the tests: plain Python over the API's own resources, one profile at a time.

It shares no code with the product. True, False, or None where the data does not say.
"""

import math
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

NEVER_DECIDED = {
    "action-output",
    "custom-object-property",
    "custom-object-trigger-property",
    "low-inventory-property",
    "metric-property",
    "price-drop-property",
    "profile-sample",
    "profile-has-custom-object",
    "profile-not-in-flow",
    "profile-not-sent-email",
    "profile-not-sent-sms",
    "profile-not-sent-push",
}
EU = {"DE", "FR"}  # of the countries that the worlds use
COUNTRIES = {
    "Germany": "DE",
    "France": "FR",
    "USA": "US",
    "United States": "US",
    "canada": "CA",
    "Guadeloupe": "GP",
}
HOURS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
SECONDS = {"HOURS_1": 3600, "DAYS_1": 86400, "DAYS_3": 3 * 86400, "DAYS_30": 30 * 86400}


class Account:
    def __init__(self, profiles, events, memberships, metrics, at):
        self.profiles, self.metrics, self.at = profiles, metrics, at
        self.groups = set(memberships)
        self.events, self.joined = {}, {}
        for event in events:
            self.events.setdefault(event["relationships"]["profile"]["data"]["id"], []).append(event)
        for group, members in memberships.items():
            for member in members:
                self.joined.setdefault(member["id"], []).append(
                    (group, moment(member["attributes"]["joined_group_at"]))
                )


def moment(text):
    if not isinstance(text, str) or not re.match(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def holds(definition, profile, account):
    return both(
        either(condition(row, profile, account) for row in group["conditions"])
        for group in definition["condition_groups"]
    )


def either(answers):
    answers = list(answers)
    return True if True in answers else None if None in answers else False


def both(answers):
    answers = list(answers)
    return False if False in answers else None if None in answers else True


def condition(row, profile, account):
    kind = row["type"]
    if kind in NEVER_DECIDED:
        return None
    return {
        "profile-metric": metric,
        "profile-metric-funnel": funnel,
        "profile-property": profile_property,
        "profile-group-membership": membership,
        "profile-marketing-consent": consent,
        "profile-permissions": permission,
        "profile-predictive-analytics": predictive,
        "profile-region": region,
        "profile-postal-code-distance": distance,
    }[kind](row, profile, account)


def in_time(when, row, at):  # noqa: PLR0911 - one line an operator reads best
    """Days compared as calendar dates, hours as instants."""
    operator, day = row["operator"], when.date()
    if operator == "alltime":
        return True
    if operator in ("anniversary", "anniversary-month", "calendar-month"):
        month = row["value"] if operator == "calendar-month" else at.month
        return when.month == month and (operator != "anniversary" or when.day == at.day)
    if operator in ("after", "before", "between-static"):
        first, last = (moment(row.get(key, row.get("date"))).date() for key in ("start", "end"))
        return {"after": day > first, "before": day < first, "between-static": first <= day <= last}[operator]
    unit = HOURS[row["unit"]]
    if operator.startswith("anniversary-"):
        span = (
            range(-(row["quantity"] * unit).days, 1)
            if operator.endswith("last")
            else range(1, (row["quantity"] * unit).days + 1)
        )
        return any(
            ((at + timedelta(days=step)).month, (at + timedelta(days=step)).day) == (when.month, when.day)
            for step in span
        )
    if row["unit"] == "hour":
        return in_hours(when - at, row, unit)
    if operator == "between":
        return at.date() - row["end"] * unit <= day <= at.date() - row["start"] * unit
    edge = row["quantity"] * unit
    if operator == "in-the-last":
        return day >= at.date() - edge and when <= at
    if operator == "at-least":
        return day < at.date() - edge
    midnight = datetime(at.year, at.month, at.day, tzinfo=UTC)
    return when > midnight and day <= at.date() + edge


def in_hours(ahead, row, unit):
    if row["operator"] == "between":
        return -row["end"] * unit <= ahead <= -row["start"] * unit
    edge = row["quantity"] * unit
    return {
        "in-the-last": -edge <= ahead <= 0 * unit,
        "at-least": ahead < -edge,
        "in-the-next": 0 * unit < ahead <= edge,
    }[row["operator"]]


def compare(operator, left, right):
    return {
        "equals": left == right,
        "not-equals": left != right,
        "greater-than": left > right,
        "greater-than-or-equal": left >= right,
        "less-than": left < right,
        "less-than-or-equal": left <= right,
    }[operator]


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def value_passes(value, row, at):
    kind, operator = row["type"], row["operator"]
    if kind == "existence":
        return (value is not None) == (operator == "is-set")
    if kind == "date":
        return moment(value) is not None and in_time(moment(value), row, at)
    if kind == "boolean":
        return isinstance(value, bool) and value == row["value"]
    if kind == "numeric":
        return is_number(value) and compare(operator, value, row["value"])
    if kind == "string":
        return text_or_list_passes(value, operator, row["value"])
    return isinstance(value, list) and list_passes([str(item) for item in value], operator, row["value"])


def text_or_list_passes(value, operator, wanted):
    if not isinstance(value, list):
        return isinstance(value, str) and text_passes(value, operator, wanted)
    inside = {"contains": "contains-substring", "not-contains": "not-contains-substring"}.get(operator)
    return list_passes([str(item) for item in value], inside, wanted) if inside else None


def text_passes(value, operator, wanted):
    if operator == "nregex":
        return re.search(wanted, value) is None
    negative, name = operator.startswith("not-"), operator.removeprefix("not-")
    if operator.startswith("phone"):
        negative, name = "-not-" in operator, "phone"
    tests = {
        "equals": lambda: value == wanted,
        "contains": lambda: wanted in value,
        "starts-with": lambda: value.startswith(wanted),
        "ends-with": lambda: value.endswith(wanted),
        "regex": lambda: re.search(wanted, value) is not None,
        "in": lambda: value in wanted,
        "phone": lambda: any(value.startswith("+" + code.strip("+")) for code in wanted),
    }
    return tests[name]() != negative


def list_passes(items, operator, wanted):
    if operator.startswith("length-"):
        return compare(operator.removeprefix("length-"), len(items), wanted)
    tests = {
        "contains": lambda: str(wanted) in items,
        "contains-any": lambda: bool(set(wanted) & set(items)),
        "contains-all": lambda: set(wanted) <= set(items),
        "contains-substring": lambda: any(wanted in item for item in items),
    }
    return tests[operator.removeprefix("not-")]() != operator.startswith("not-")


def passing(profile, metric_id, filters, timeframe, account):
    """The profile's events of a metric up to now, under filters, in time; None where one may or may not pass."""
    found = []
    for event in account.events.get(profile["id"], []):
        properties, when = event["attributes"]["event_properties"], moment(event["attributes"]["datetime"])
        if event["relationships"]["metric"]["data"]["id"] != metric_id or when > account.at:
            continue
        answer = both(
            value_passes(properties.get(row["property"]), row["filter"], account.at) for row in filters or ()
        )
        if answer is not False and in_time(when, timeframe, account.at):
            if answer is None:
                return None
            found.append((when, properties))
    return found


def metric(row, profile, account):
    if row["metric_id"] not in account.metrics:
        return None
    found = passing(profile, row["metric_id"], row["metric_filters"], row["timeframe_filter"], account)
    if found is None:
        return None
    if row["measurement"] == "count":
        measured = Decimal(len(found))
    else:
        values = (properties.get("$value") for _, properties in found)
        measured = sum((Decimal(str(value)) for value in values if is_number(value)), Decimal(0))
    return compare(
        row["measurement_filter"]["operator"], measured, Decimal(str(row["measurement_filter"]["value"]))
    )


def funnel(row, profile, account):
    if any(step["metric_id"] not in account.metrics for step in row["steps"]):
        return None
    taken = [
        passing(profile, step["metric_id"], step["metric_filters"], row["timeframe_filter"], account)
        for step in row["steps"]
    ]
    if None in taken:
        return None
    steps = [[when.replace(microsecond=0) for when, _ in events] for events in taken]
    window = row.get("completion_window_seconds")
    limit = timedelta(seconds=SECONDS[window]) if window else timedelta.max
    return any(reaches(first, first, steps[1:], limit) for first in steps[0])


def reaches(first, at, later, limit):
    """Try every way to take the remaining steps after ``at``."""
    if not later:
        return at - first <= limit
    return any(reaches(first, when, later[1:], limit) for when in later[0] if when > at)


def profile_property(row, profile, account):
    name, given = row["property"], profile["attributes"]
    if name.startswith("properties['"):
        value = given.get("properties", {}).get(name[12:-2])
    elif name.startswith("location['"):
        value = given.get("location", {}).get(name[10:-2])
    else:
        value = given.get(name)
    if name == "created" and row["filter"]["type"] == "string":
        return False
    return value_passes(value, row["filter"], account.at)


def membership(row, profile, account):
    if not set(row["group_ids"]) <= account.groups:
        return None
    timeframe = row.get("timeframe_filter") or {"operator": "alltime"}
    joined = account.joined.get(profile["id"], [])
    found = any(group in row["group_ids"] and in_time(when, timeframe, account.at) for group, when in joined)
    return found == row["is_member"]


def consent(row, profile, account):
    wanted = row["consent"]
    channel = wanted["channel"]
    key = {"push": "mobile_push"}.get(channel, channel)
    marketing = profile["attributes"].get("subscriptions", {}).get(key, {}).get("marketing")
    if marketing is None:
        return None
    status = wanted.get("consent_status") or {"subscription": "any"}
    answers = [marketing[f"can_receive_{channel}_marketing"] == wanted["can_receive_marketing"]]
    answers.append(status["subscription"] in ("any", marketing["consent"].lower()))
    answers += [consent_detail(detail, marketing, account.at) for detail in status.get("filters") or ()]
    return both(answers)


def consent_detail(detail, marketing, at):
    field = detail["field"]
    if field == "method":
        given = (marketing.get("method") or "").lower()
        if given == "text" or (given == detail["method"] and detail.get("filter")):
            return None
        return given == detail["method"]
    if field == "is_double_opt_in":
        return value_passes(marketing.get("double_optin"), detail["filter"], at)
    if field == "status_date":
        return value_passes(marketing.get("consent_timestamp"), detail["filter"], at)
    dates = [row["timestamp"] for row in marketing.get("suppression") or () if row["reason"] == "HARD_BOUNCE"]
    return value_passes(max(dates, default=None), detail["filter"], at)


def permission(row, profile, account):
    kind = row["channel"].removeprefix("whatsapp_")
    can = profile["attributes"].get("subscriptions", {}).get("whatsapp", {}).get(kind, {}).get("can_receive")
    if can is None:
        return None
    status = row["permission"]["reachable_status"]
    if can == status.endswith("_unreachable"):
        return False
    return True if status.startswith("implicitly_or") else None


def predictive(row, profile, account):
    figures = profile["attributes"].get("predictive_analytics", {})
    if row["dimension"] == "predicted_gender":
        return None
    if row["dimension"] == "channel_affinity":
        ranked, place = figures.get("ranked_channel_affinity") or [], row["filter"]["value"]
        return len(ranked) >= place and ranked[place - 1] == row["predicted_channel"]
    name = {"expected_date_of_next_purchase": "expected_date_of_next_order"}.get(
        row["dimension"], row["dimension"]
    )
    return value_passes(figures.get(name), row["filter"], account.at)


def region(row, profile, account):
    code = COUNTRIES.get(profile["attributes"].get("location", {}).get("country"))
    if code is None or (code == "GP" and row["region"] == "european_union"):
        return None
    return (code in (EU if row["region"] == "european_union" else {"US"})) == row["in_region"]


PLACES = {("USA", "02108"): (42.3572, -71.0637), ("DEU", "10115"): (52.5323, 13.3846)}
UNITS = {"miles": 1.609344, "kilometers": 1.0}


def distance(row, profile, account):
    """By the law of cosines, where the product uses haversines."""
    place = PLACES.get((row["country_code"], row["postal_code"]))
    location = profile["attributes"].get("location", {})
    there = location.get("latitude"), location.get("longitude")
    if place is None or None in there:
        return None
    (north, east), (up, right) = (tuple(map(math.radians, where)) for where in (place, there))
    cosine = math.sin(north) * math.sin(up) + math.cos(north) * math.cos(up) * math.cos(east - right)
    away = 6371.0088 * math.acos(max(-1.0, min(1.0, cosine))) / UNITS[row["unit"]]
    return compare(row["filter"]["operator"], away, row["filter"]["value"])
