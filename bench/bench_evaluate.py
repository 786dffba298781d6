"""Evaluation over Parquet: 36 lifecycle definitions and 300 variations, against DuckDB's own scan-and-group.

The data is synthetic and seeded: 1,000,000 profiles and 10,000,000 events of ten metrics at ``--scale 1``. Each
task runs in its own process, where the baseline (group all events by profile) runs first; figures are CPU time of
the task over CPU time of the baseline, so that a busy machine changes little.
"""

from __future__ import annotations

import json
import random
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from figures import Figure, report
from sized import data_folder, measured_apart, read_options

from compiler.evaluate import evaluate_many, event_column, open_tables, profile_column

AT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
SEED = 20_261_120
PROFILES, EVENTS = 1_000_000, 10_000_000
# metric -> its share of all events
METRICS = {
    "received_email": 0.34,
    "opened_email": 0.20,
    "clicked_email": 0.06,
    "active_on_site": 0.12,
    "viewed_product": 0.12,
    "added_to_cart": 0.04,
    "started_checkout": 0.03,
    "placed_order": 0.04,
    "ordered_product": 0.04,
    "bounced_email": 0.01,
}
LIMITS = {"catalog": 3.5, "many": 6.0}
LIMIT_GIGABYTES = 2.0
RUNS = 3

PROFILES_SQL = """
copy (select '01' || upper(substr(md5(i::varchar), 1, 24)) profile_id,
    'p' || i || '@example.com' email,
    timestamp '2023-01-01' + to_seconds((hash(i, 1) % 120000000)::bigint) created,
    case when hash(i, 2) % 100 < 97 then hash(i, 3) % 100 < 72 end email_can,
    case when hash(i, 3) % 100 < 68 then 'subscribed' when hash(i, 3) % 100 < 80 then 'never_subscribed'
        else 'unsubscribed' end email_status,
    timestamp '2023-01-01' + to_seconds((hash(i, 4) % 122000000)::bigint) email_consent_ts,
    hash(i, 5) % 100 < 22 sms_can,
    case when hash(i, 5) % 100 < 22 then 'subscribed' else 'never_subscribed' end sms_status,
    case when hash(i, 6) % 3 = 0 then (hash(i, 7) % 40000) / 100.0 end::double average_order_value,
    case when hash(i, 6) % 3 = 0 then (hash(i, 8) % 90000) / 100.0 end::double predicted_clv,
    case when hash(i, 6) % 3 = 0 then (hash(i, 9) % 100) / 100.0 end::double churn_probability,
    case when hash(i, 6) % 3 = 0 then timestamp '2026-10-01' + to_days((hash(i, 10) % 120)::integer) end
        expected_date_of_next_order,
    case when hash(i, 11) % 2 = 0 then timestamp '1950-01-01' + to_days((hash(i, 12) % 20000)::integer) end {birthday},
    '{{}}' properties
  from range({profiles}) t(i)) to '{path}' (format parquet)
"""
EVENTS_SQL = """
copy (select '{metric}' metric_id,
    '01' || upper(substr(md5((pow((hash(i, {seed}) % 1000003) / 1000003.0, 2) * {profiles})::bigint::varchar), 1, 24)) profile_id,
    md5((i * 16 + {seed})::varchar) event_id,
    timestamp '2024-06-01' + to_seconds((hash(i, {seed}, 1) % 78000000)::bigint) ts,
    ((hash(i, {seed}, 2) % 30000) / 100.0)::decimal(18, 4) as value,
    'Product ' || (hash(i, {seed}, 3) % 40) {product},
    null::varchar[] {products},
    ['Category ' || (hash(i, {seed}, 4) % 12), 'Category ' || (hash(i, {seed}, 5) % 12)] {categories},
    case when hash(i, {seed}, 6) % 4 = 0 then ['SAVE10'] else [] end {codes},
    '{{"ProductName": "Product ' || (hash(i, {seed}, 3) % 40) || '", "Items": 2, "Page": "https://example.com/p/' || i || '"}}' properties
  from range({events}) t(i)) to '{path}' (format parquet)
"""


def consent(
    channel: str = "email", *, can: bool = True, status: str = "subscribed", days: int = 0
) -> list[dict[str, Any]]:
    recent = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": days}
    filters = [{"field": "status_date", "filter": recent}] if days else None
    found = {
        "channel": channel,
        "can_receive_marketing": can,
        "consent_status": {"subscription": status, "filters": filters},
    }
    return [{"type": "profile-marketing-consent", "consent": found}]


def did(
    name: str,
    operator: str = "greater-than-or-equal",
    value: float = 1,
    when: dict[str, Any] | None = None,
    filters: list[dict[str, Any]] | None = None,
    measurement: str = "count",
) -> list[dict[str, Any]]:
    return [
        {
            "type": "profile-metric",
            "metric_id": name,
            "measurement": measurement,
            "measurement_filter": {"type": "numeric", "operator": operator, "value": value},
            "timeframe_filter": {"type": "date", **(when or {"operator": "alltime"})},
            "metric_filters": filters,
        }
    ]


def never(
    name: str, when: dict[str, Any] | None = None, filters: list[dict[str, Any]] | None = None
) -> list[dict[str, Any]]:
    return did(name, "equals", 0, when, filters)


def last(days: int) -> dict[str, Any]:
    return {"operator": "in-the-last", "unit": "day", "quantity": days}


def between(start: int, end: int) -> dict[str, Any]:
    return {"operator": "between", "unit": "day", "start": start, "end": end}


def event_property(name: str, kind: str, operator: str, value: Any) -> list[dict[str, Any]]:
    return [{"property": name, "filter": {"type": kind, "operator": operator, "value": value}}]


def predicted(dimension: str, operator: str, value: float) -> list[dict[str, Any]]:
    numeric = {"type": "numeric", "operator": operator, "value": value}
    return [{"type": "profile-predictive-analytics", "dimension": dimension, "filter": numeric}]


def definition(*groups: list[dict[str, Any]]) -> dict[str, Any]:
    return {"condition_groups": [{"conditions": group} for group in groups]}


def lifecycle(
    scale: Callable[[int], int] = lambda days: days, product: str = "Product 1"
) -> dict[str, dict[str, Any]]:
    """36 definitions of the shapes that lifecycle catalogs use; ``scale`` varies their days."""
    mail, any_mail = consent(), consent(status="any")
    recent = [last(scale(days)) for days in (7, 30, 60, 90, 120)]
    week, month, two_months, quarter, season = recent
    bought = event_property("ProductName", "string", "equals", product)
    other = event_property("ProductName", "string", "equals", "Product 2")
    category = event_property("Categories", "list", "contains-any", ["Category 3"])
    discount = event_property("Discount Codes", "list", "length-greater-than-or-equal", 1)
    order, site = "placed_order", "active_on_site"

    def engaged(when: dict[str, Any]) -> dict[str, Any]:
        return definition(
            mail, did("opened_email", when=when) + did("clicked_email", when=when) + consent(days=scale(15))
        )

    silent = [
        never(name)
        for name in ("opened_email", "clicked_email", site, "viewed_product", "started_checkout", order)
    ]
    birthday = {"type": "profile-property", "property": "properties['Birthday']"}
    created = {"type": "date", "operator": "at-least", "unit": "day", "quantity": scale(180)}
    due = {"type": "date", "operator": "in-the-next", "unit": "day", "quantity": scale(14)}
    fixed = {"operator": "between-static", "start": "2025-11-27T00:00:00Z", "end": "2025-12-02T00:00:00Z"}
    return {
        "new": definition(consent(days=scale(14))),
        "new_no_purchase": definition(consent(days=scale(30)), never(order)),
        "engaged_30": engaged(month),
        "engaged_60": engaged(two_months),
        "engaged_90": engaged(quarter),
        "engaged_non_buyers": definition(
            mail,
            did("opened_email", when=two_months)
            + did("clicked_email", when=two_months)
            + did(site, when=two_months),
            never(order),
        ),
        "cart": definition(did("started_checkout", when=week), never(order, week)),
        "browse": definition(
            mail, did("viewed_product", when=week), never("started_checkout", week), never(order, week)
        ),
        "high_intent": definition(
            mail,
            did("viewed_product", value=3, when=week)
            + did("added_to_cart", when=week)
            + did("started_checkout", when=week),
            never(order, week),
        ),
        "interest": definition(
            mail,
            did("viewed_product", when=month, filters=category),
            never("ordered_product", filters=category),
        ),
        "cross_sell": definition(
            mail, did("ordered_product", filters=bought), never("ordered_product", filters=other)
        ),
        "first_time": definition(mail, did(order, "equals"), did(order, when=two_months)),
        "one_and_done": definition(mail, did(order, "equals"), never(order, two_months)),
        "repeat": definition(mail, did(order, value=2)),
        "active": definition(mail, did(order, when=quarter)),
        "vip": definition(
            mail, did(order, value=3), did(order, when=season), did(order, value=500, measurement="sum")
        ),
        "former_vip": definition(mail, did(order, value=3), never(order, season)),
        "high_aov": definition(mail, predicted("average_order_value", "greater-than-or-equal", 100)),
        "high_clv": definition(mail, predicted("predicted_clv", "greater-than-or-equal", 200)),
        "low_clv": definition(
            mail,
            predicted("predicted_clv", "less-than-or-equal", 5),
            did("opened_email", when=quarter),
            did(order),
        ),
        "churn": definition(mail, predicted("churn_probability", "greater-than-or-equal", 0.7), did(order)),
        "at_risk": definition(mail, did(order, when=between(scale(121), scale(395))), never(order, season)),
        "lapsed": definition(mail, did(order), never(order, last(scale(365)))),
        "replenish": definition(
            mail,
            [
                {
                    "type": "profile-predictive-analytics",
                    "dimension": "expected_date_of_next_purchase",
                    "filter": due,
                }
            ],
        ),
        "replenish_product": definition(
            mail,
            did("ordered_product", when=between(scale(26), scale(35)), filters=bought),
            never("ordered_product", last(scale(25)), bought),
        ),
        "sms": definition(consent("sms")),
        "mail_not_sms": definition(mail, consent("sms", can=False, status="any")),
        "unengaged": definition(
            any_mail,
            did("received_email", value=5),
            never("opened_email", quarter),
            never("clicked_email", quarter),
        ),
        "never_engaged": definition(
            any_mail,
            did("received_email", value=5, when=last(scale(180))),
            never("opened_email"),
            never("clicked_email"),
            never(order),
        ),
        "sunset": definition(
            any_mail,
            [{"type": "profile-property", "property": "created", "filter": created}],
            did("received_email", value=5, when=last(scale(504))),
            *silent,
        ),
        "bounced": definition(any_mail, did("bounced_email", value=4)),
        "birthday": definition(
            mail, [{**birthday, "filter": {"type": "date", "operator": "anniversary-month"}}]
        ),
        "discount": definition(mail, did(order, value=2, filters=discount)),
        "holiday": definition(mail, did(order, when=fixed)),
        "views": definition(mail, did("viewed_product", "greater-than", 10, when=quarter)),
        "spenders": definition(
            mail, did(order, "greater-than", 250, when=last(scale(365)), measurement="sum")
        ),
    }


def variations(count: int) -> dict[str, dict[str, Any]]:
    """``count`` definitions: the 36 again and again, with other days and products each time."""
    draw = random.Random(SEED)
    found: dict[str, dict[str, Any]] = {}
    for turn in range(-(-count // 36)):
        factor = draw.choice((0.5, 1, 1.5, 2))
        again = lifecycle(
            lambda days, factor=factor: max(1, round(days * factor)), f"Product {draw.randrange(40)}"
        )
        found |= {f"{name}_{turn}": plain for name, plain in again.items()}
    return dict(list(found.items())[:count])


def generate(folder: Path, scale: float) -> None:
    """Write the three tables; DuckDB's hash of a number is the seeded source of chance."""
    import duckdb  # noqa: PLC0415 - heavy, loaded where data is read

    profiles = round(PROFILES * scale)
    (folder / "profiles").mkdir(parents=True)
    columns = {
        "product": ("ProductName", "s"),
        "products": ("ProductName", "l"),  # a pull writes it beside the text, in case somebody has a list
        "categories": ("Categories", "l"),
        "codes": ("Discount Codes", "l"),
    }
    spelled = {key: event_column(*pair) for key, pair in columns.items()}
    birthday = profile_column("Birthday", "t")
    duckdb.execute(
        PROFILES_SQL.format(profiles=profiles, birthday=birthday, path=folder / "profiles/part-00000.parquet")
    )
    for place, (metric, share) in enumerate(METRICS.items()):
        path = folder / f"events/metric={metric}/part-00000.parquet"
        path.parent.mkdir(parents=True)
        events = round(EVENTS * scale * share)
        duckdb.execute(
            EVENTS_SQL.format(
                metric=metric, seed=place + 1, profiles=profiles, events=events, path=path, **spelled
            )
        )


def cpu(task: Callable[[], Any]) -> tuple[float, float]:
    """Return the least CPU and wall seconds of RUNS runs."""
    seen = []
    for _ in range(RUNS):
        wall, used = time.perf_counter(), time.process_time()
        task()
        seen.append((time.process_time() - used, time.perf_counter() - wall))
    return min(seen)


def measure(folder: Path, task: str) -> dict[str, float]:
    """Run the baseline and one task in this process."""
    import duckdb  # noqa: PLC0415 - heavy, loaded where data is read

    baseline = f"select profile_id, count(*), min(ts), max(ts), sum(value) from '{folder}/events/*/*.parquet' group by 1"
    base, base_wall = cpu(lambda: duckdb.execute(baseline).fetch_arrow_table())
    tables = open_tables(folder)
    definitions = lifecycle() if task == "catalog" else variations(300)
    used, wall = cpu(lambda: evaluate_many(definitions, tables, AT))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # kilobytes on Linux
    return {
        "baseline_cpu": base,
        "baseline_wall": base_wall,
        "cpu": used,
        "wall": wall,
        "ratio": used / base,
        "peak": peak,
    }


def figures(results: dict[str, dict[str, float]], scale: float) -> list[Figure]:
    """Return the figures; ratios are judged at full size, as planning costs the same on little data."""
    out = []
    for task, found in results.items():
        name = "evaluate_36" if task == "catalog" else "evaluate_300"
        out.append(Figure(name, found["ratio"], "x-scan-and-group", LIMITS[task] if scale >= 1 else None))
        out.append(Figure(f"{name}_memory", found["peak"], "GB", LIMIT_GIGABYTES))
    return out


def main() -> None:
    options = read_options(__doc__, LIMITS)
    if options.task:
        print(json.dumps(measure(options.data, options.task)))
        return
    with data_folder(options, generate) as folder:
        results = {task: measured_apart(__file__, task, folder) for task in LIMITS}
    report("evaluate", figures(results, options.scale))


if __name__ == "__main__":
    main()
