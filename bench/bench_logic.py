"""Time to compare 300 segments with 36 catalog entries and with each other.

The definitions are drawn from the shapes that accounts use, by a seeded generator, with what they share kept as
frequent as it is there.
"""

import random
import time
from collections import Counter
from datetime import UTC, datetime
from itertools import combinations, product
from typing import Any

from figures import Figure, report

from compiler.logic import Library, verdicts

LIMIT_SECONDS = 3
SEGMENTS, ENTRIES = 300, 36
AT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
METRICS = ["order", "item", "checkout", "cart", "view", "site", "open", "click", "received", "bounce"]
WINDOWS = [1, 3, 7, 14, 30, 45, 60, 90, 120, 180, 365]
Plain = dict[str, Any]


def main() -> None:
    report("logic", measure())


def measure(seed: int = 7) -> list[Figure]:
    """Return the time, the number of questions and the share that has no answer."""
    draw = random.Random(seed)
    entries = {f"entry {number}": definition(draw) for number in range(ENTRIES)}
    segments = {f"segment {number}": definition(draw) for number in range(SEGMENTS)}
    start = time.process_time()  # one thread that waits for nothing: a busy machine changes little
    library = Library(AT)
    for name, found in {**entries, **segments}.items():
        library.add(name, found)
    pairs = [*product(segments, entries), *combinations(segments, 2)]
    count = Counter(verdict for _, _, verdict in verdicts(library, pairs))
    seconds = time.process_time() - start
    return [
        Figure("coverage_logic", seconds, "s", LIMIT_SECONDS),
        Figure("coverage_logic_questions", len(pairs), "pairs"),
        Figure("coverage_logic_undecided", count["undecided"] / len(pairs), "share"),
    ]


def definition(draw: random.Random) -> Plain:
    """Draw a segment: usually consent first, then one to four groups on behaviour."""
    groups = [[consent(draw)]] if draw.random() < 0.7 else []
    groups += [
        [condition(draw) for _ in range(draw.choice([1, 1, 1, 1, 2, 3]))]
        for _ in range(draw.choice([1, 1, 2, 2, 3, 4]))
    ]
    return {"condition_groups": [{"conditions": conditions} for conditions in groups]}


def condition(draw: random.Random) -> Plain:
    kinds = [metric] * 7 + [profile_property] * 2 + [membership, predictive]
    return draw.choice(kinds)(draw)


def metric(draw: random.Random) -> Plain:
    measurement = "sum" if draw.random() < 0.1 else "count"
    tests = [
        ("equals", 0),
        ("greater-than-or-equal", 1),
        ("greater-than", 0),
        ("greater-than-or-equal", 3),
        ("equals", 1),
    ]
    if measurement == "sum":
        tests = [("greater-than-or-equal", 100), ("greater-than", 500)]
    operator, value = draw.choice(tests)
    filters = [property_filter(draw)] if draw.random() < 0.15 else None
    return {
        "type": "profile-metric",
        "metric_id": draw.choice(METRICS),
        "measurement": measurement,
        "measurement_filter": {"type": "numeric", "operator": operator, "value": value},
        "timeframe_filter": timeframe(draw),
        "metric_filters": filters,
    }


def timeframe(draw: random.Random) -> Plain:
    kind = draw.random()
    if kind < 0.25:
        return {"type": "date", "operator": "alltime"}
    if kind < 0.35:
        start, end = sorted(draw.sample(WINDOWS, 2))
        return {"type": "date", "operator": "between", "unit": "day", "start": start, "end": end}
    if kind < 0.4:
        return {"type": "date", "operator": "between-static", "start": "2025-11-27", "end": "2025-12-02"}
    return {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": draw.choice(WINDOWS)}


def property_filter(draw: random.Random) -> Plain:
    value = draw.choice(["Shoes", "Hats", "Coats"])
    return draw.choice(
        [
            {
                "property": "Categories",
                "filter": {"type": "list", "operator": "contains-any", "value": [value]},
            },
            {"property": "ProductName", "filter": {"type": "string", "operator": "equals", "value": value}},
            {"property": "machine_open", "filter": {"type": "boolean", "operator": "equals", "value": False}},
        ]
    )


def profile_property(draw: random.Random) -> Plain:
    name, operator, values = draw.choice(
        [
            ("email", "ends-with", ["gmail.com", "yahoo.com"]),
            ("properties['Plan']", "equals", ["Gold", "Silver", "Basic"]),
            ("properties['Plan']", "not-equals", ["Gold", "Basic"]),
            ("location['country']", "equals", ["Germany", "France", "United States"]),
        ]
    )
    test = {"type": "string", "operator": operator, "value": draw.choice(values)}
    return {"type": "profile-property", "property": name, "filter": test}


def membership(draw: random.Random) -> Plain:
    group = draw.choice(["Newsletter", "Wholesale", "Staff", "Suppressed"])
    return {"type": "profile-group-membership", "is_member": draw.random() < 0.6, "group_ids": [group]}


def predictive(draw: random.Random) -> Plain:
    test = {"type": "numeric", "operator": "greater-than-or-equal", "value": draw.choice([5, 100, 200])}
    dimension = draw.choice(["predicted_clv", "average_order_value"])
    return {"type": "profile-predictive-analytics", "dimension": dimension, "filter": test}


def consent(draw: random.Random) -> Plain:
    channel, can, subscription = draw.choice(
        [("email", True, "subscribed")] * 6
        + [
            ("email", True, "any"),
            ("sms", True, "subscribed"),
            ("sms", False, "any"),
            ("email", False, "any"),
        ]
    )
    status: Plain = {"subscription": subscription, "filters": None}
    if subscription == "subscribed" and draw.random() < 0.2:
        moving = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": draw.choice(WINDOWS)}
        status["filters"] = [{"field": "status_date", "filter": moving}]
    given = {"channel": channel, "can_receive_marketing": can, "consent_status": status}
    return {"type": "profile-marketing-consent", "consent": given}


if __name__ == "__main__":
    main()
