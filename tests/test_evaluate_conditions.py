"""What is undecidable and why, unknown profiles, measures, flow starts, and how questions are shared."""

from datetime import UTC, datetime

import ibis
import pytest

from compiler.diagnostics import Fatal, Problems
from compiler.evaluate import (
    Measure,
    Named,
    evaluate_many,
    event_column,
    members,
    named_properties,
    open_tables,
    profile_column,
    read_definition,
    verdicts,
    warehouse_tables,
    write_events,
    write_memberships,
    write_profiles,
)
from compiler.evaluate.definition import OpaqueCondition
from compiler.evaluate.filters import UndecidedError
from compiler.evaluate.values import portable

AT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
ALLTIME = {"type": "date", "operator": "alltime"}


def one(*conditions):
    return {"condition_groups": [{"conditions": list(conditions)}]}


def did(
    metric, value=1, measurement="count", timeframe=ALLTIME, filters=None, operator="greater-than-or-equal"
):
    return {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": measurement,
        "measurement_filter": {"type": "numeric", "operator": operator, "value": value},
        "timeframe_filter": timeframe,
        "metric_filters": filters,
    }


def has(name, **row):
    return {"type": "profile-property", "property": name, "filter": row}


def event(place, metric, who, day, value=None, **properties):
    properties |= {} if value is None else {"$value": value}
    return {
        "id": f"e{place}",
        "attributes": {"datetime": f"2026-{day}T12:00:00Z", "event_properties": properties},
        "relationships": {"metric": {"data": {"id": metric}}, "profile": {"data": {"id": who}}},
    }


EVENTS = [
    event(1, "order", "A", "11-01", 10.5, Size="L"),
    event(2, "order", "A", "11-10", 0.1),
    event(3, "order", "A", "11-10", 0.2),
    event(4, "order", "B", "06-01", 100),
    event(5, "order", "B", "12-01", 7),  # after the moment of evaluation
    event(6, "view", "C", "11-19"),
]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder, problems = tmp_path_factory.mktemp("data"), Problems()
    subscribed = {"email": {"marketing": {"can_receive_email_marketing": True, "consent": "SUBSCRIBED"}}}
    profiles = [
        {"id": "A", "attributes": {"subscriptions": subscribed, "email": "a@example.com"}},
        {"id": "B", "attributes": {"location": {"country": "Puerto Rico"}}},
        {"id": "C", "attributes": {"subscriptions": subscribed}},
    ]
    named = Named(event=(("Size", "s"),))
    write_profiles(folder, profiles, named, problems)
    write_events(folder, EVENTS, named, problems, metrics=["order", "view", "none"])
    write_memberships(
        folder, "L1", [{"id": "A", "attributes": {"joined_group_at": "2026-11-19T00:00:00Z"}}], problems
    )
    return open_tables(folder)


def found(definition, tables, **given):
    return sorted(members(definition, tables, AT, **given).to_pyarrow()["profile_id"].to_pylist())


def consent(**status):
    return {
        "type": "profile-marketing-consent",
        "consent": {"channel": "email", "can_receive_marketing": True, "consent_status": status},
    }


def detail(**row):
    return consent(subscription="subscribed", filters=[row])


FUNNEL = {"type": "profile-metric-funnel", "timeframe_filter": ALLTIME}
DATE = {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 3}
UNDECIDABLE = [
    (did("lost"), 'events of metric "lost" are not in the data'),
    (
        did("order", timeframe={"type": "date", "operator": "flow-start"}),
        "only a flow knows when a profile entered it",
    ),
    (
        did(
            "order",
            filters=[{"property": "Hue", "filter": {"type": "string", "operator": "equals", "value": "x"}}],
        ),
        f'events lack the column {event_column("Hue", "s")} ("Hue" as text)',
    ),
    (
        did(
            "order",
            filters=[
                {"property": "Size", "filter": {"type": "string", "operator": "regex", "value": "(?=x)"}}
            ],
        ),
        'engines read the regular expression "(?=x)" differently',
    ),
    (
        did(
            "order",
            filters=[{"property": "Size", "filter": {"type": "string", "operator": "regex", "value": "("}}],
        ),
        '"(" is no regular expression: missing ), unterminated subpattern at position 0',
    ),
    (did("order", measurement="unique"), 'the measurement "unique" is not known'),
    (did("order", value=True), "the filter compares with True where a number is needed"),
    (
        did("order", timeframe={"type": "date", "operator": "in-the-last", "unit": "month", "quantity": 1}),
        'the unit "month" is none of hour, day, week',
    ),
    (
        did("order", timeframe={"type": "date", "operator": "in-the-last", "unit": "day", "quantity": -1}),
        "the filter compares with -1 where a whole number from 0 up is needed",
    ),
    (
        did("order", timeframe={"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 10**9}),
        "the timeframe reaches beyond the calendar",
    ),
    (
        did(
            "order", timeframe={"type": "date", "operator": "anniversary-last", "unit": "hour", "quantity": 3}
        ),
        "an anniversary within hours is not documented",
    ),
    (
        did("order", timeframe={"type": "date", "operator": "after", "date": "soon"}),
        "the filter compares with 'soon' where a date is needed",
    ),
    (
        did("order", timeframe={"type": "numeric", "operator": "equals", "value": 1}),
        "a numeric filter is no timeframe",
    ),
    (
        {**did("order"), "measurement_filter": {"type": "existence", "operator": "is-set"}},
        "a existence filter compares no count",
    ),
    ({**FUNNEL, "steps": [{"metric_id": "lost"}]}, 'events of metric "lost" are not in the data'),
    (
        {**FUNNEL, "steps": [{"metric_id": "order", "metric_exists": False}]},
        "when a missing funnel step counts as missing is not documented",
    ),
    (
        {"type": "profile-group-membership", "is_member": False, "group_ids": ["L9"]},
        'members of list or segment "L9" are not in the data',
    ),
    (
        has("properties['Hue']", type="existence", operator="is-set"),
        f'profiles lack the column {profile_column("Hue", "x")} ("Hue" as whether it is set)',
    ),
    (
        has("$current_month_rfm_group", type="string", operator="equals", value="Champions"),
        '"$current_month_rfm_group" is no profile field that the API answers',
    ),
    (
        has("email", type="string", operator="sounds-like", value="x"),
        'the filter "sounds-like" on string values is not known',
    ),
    (
        has("email", type="string", operator="equals", value=5),
        "the filter compares with 5 where a text is needed",
    ),
    (
        has("email", type="boolean", operator="equals", value="yes"),
        "the filter compares with 'yes' where true or false is needed",
    ),
    (
        has("email", type="string", operator="in", value="x"),
        "the filter compares with 'x' where a list of texts is needed",
    ),
    (
        has("phone_number", type="string", operator="phone-country-code-in", value=["US"]),
        "a country cannot be told from a phone number: several share a calling code",
    ),
    ({"type": "profile-property", "property": "email", "filter": "x"}, "'x' is no filter"),
    ({"type": "profile-property", "property": "email"}, "the condition cannot be read: KeyError 'filter'"),
    (
        detail(field="custom_source", filter={"type": "string", "operator": "equals", "value": "x"}),
        'the API does not answer the consent detail "custom_source"',
    ),
    (
        {"type": "profile-marketing-consent", "consent": {"channel": "fax", "can_receive_marketing": True}},
        'the channel "fax" is not known',
    ),
    (
        {
            "type": "profile-permissions",
            "channel": "telex",
            "permission": {"reachable_status": "explicitly_reachable"},
        },
        'the channel "telex" is not known',
    ),
    (
        {
            "type": "profile-predictive-analytics",
            "dimension": "predicted_clv",
            "filter": {"type": "numeric", "operator": "equals", "value": 1},
        },
        "profiles lack the column predicted_clv (a predicted figure)",
    ),
    (
        {
            "type": "profile-predictive-analytics",
            "dimension": "channel_affinity",
            "measurement": "rank",
            "predicted_channel": "sms",
            "filter": {"type": "string", "operator": "equals", "value": "high"},
        },
        'the API does not answer the prediction "channel_affinity rank"',
    ),
    (
        {
            "type": "profile-predictive-analytics",
            "dimension": "channel_affinity",
            "measurement": "priority",
            "predicted_channel": "fax",
            "filter": {"type": "numeric", "operator": "equals", "value": 1},
        },
        'the channel "fax" is not known',
    ),
    ({"type": "profile-region", "region": "mars", "in_region": True}, 'the region "mars" is not known'),
    (
        {"type": "profile-sample", "percentage": 10},
        "which profiles fall into a random sample is drawn by the vendor",
    ),
    ({"type": "profile-horoscope"}, 'a condition of type "profile-horoscope" is not known'),
    ("x", 'a condition of type "condition" is not known'),
]


@pytest.mark.parametrize(("condition", "reason"), UNDECIDABLE, ids=[reason[:60] for _, reason in UNDECIDABLE])
def test_a_condition_that_the_data_cannot_decide_says_why_and_stays_open(condition, reason, tables):
    definition = {
        "condition_groups": [*one(did("order"))["condition_groups"], *one(condition)["condition_groups"]]
    }
    answer = evaluate_many({"segment": definition}, tables, AT)
    assert [(row.definition, row.group, row.condition, row.reason) for row in answer.undecidable] == [
        ("segment", 1, 0, reason)
    ]
    assert (answer.count("segment"), answer.undecided("segment")) == (0, 2)  # C surely fails the other group


@pytest.mark.parametrize(
    "plain",
    [{}, {"condition_groups": [{}]}, {"condition_groups": [{"conditions": []}]}, {"condition_groups": ["x"]}],
)
def test_a_definition_without_conditions_is_undecided_as_a_whole(plain, tables):
    answer = evaluate_many({"segment": plain}, tables, AT)
    assert (answer.count("segment"), answer.undecided("segment"), len(answer.undecidable)) == (0, 3, 1)


def test_one_true_condition_settles_a_group_with_an_undecidable_one(tables):
    answer = evaluate_many({"segment": one(did("order"), {"type": "profile-sample"})}, tables, AT)
    assert (answer.count("segment"), answer.undecided("segment")) == (2, 1)


def test_an_unknown_consent_is_not_a_no(tables):
    recent = detail(field="status_date", filter=DATE)
    answer = evaluate_many({"any": one(consent(subscription="any")), "recent": one(recent)}, tables, AT)
    assert (answer.count("any"), answer.undecided("any")) == (2, 1)
    assert (answer.count("recent"), answer.undecided("recent")) == (0, 1)


def test_a_territory_is_neither_in_nor_out_of_its_country(tables):
    answer = evaluate_many(
        {"us": one({"type": "profile-region", "region": "united_states", "in_region": False})}, tables, AT
    )
    assert (answer.count("us"), answer.undecided("us")) == (0, 3)


def test_sums_are_exact_and_nothing_sums_to_zero(tables):
    assert found(one(did("order", 10.8, "sum", operator="equals")), tables) == ["A"]
    assert found(one(did("order", 100, "sum", operator="less-than")), tables) == ["A", "C"]
    assert found(one(did("none", 0, "sum", operator="equals")), tables) == ["A", "B", "C"]


def test_events_after_the_moment_do_not_count(tables):
    assert found(one(did("order", 1, operator="equals")), tables) == ["B"]


def test_the_moment_needs_a_time_zone(tables):
    with pytest.raises(ValueError, match="needs a time zone"):
        members(one(did("order")), tables, AT.replace(tzinfo=None))


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """One profile a path through the steps x and y; days are in November, the moment is the 20th at 15:30."""
    folder, problems = tmp_path_factory.mktemp("paths"), Problems()
    walks = {
        "in order": "x01 y03",
        "reversed": "y01 x03",
        "at once": "x01 y01",
        "later start": "x01 x10 y11",
        "too slow": "x01 y11",
        "not yet": "x19 y21",
        "twice": "x01 y02 x03 y04",
        "a moment": "x01 y01",
    }
    events = [
        event(f"{who}{place}", step[0], who, f"11-{step[1:]}")
        for who, walk in walks.items()
        for place, step in enumerate(walk.split())
    ]
    events[-2]["attributes"]["datetime"] = "2026-11-01T11:59:59.999999Z"  # the second before the next step's
    write_profiles(folder, [{"id": who, "attributes": {}} for who in walks], Named(), problems)
    write_events(folder, events, Named(), problems)
    return open_tables(folder)


@pytest.mark.parametrize(
    ("steps", "window", "expected"),
    [
        ("xy", None, ["a moment", "in order", "later start", "too slow", "twice"]),
        ("xy", "DAYS_3", ["a moment", "in order", "later start", "twice"]),
        ("xy", "DAYS_1", ["a moment", "later start", "twice"]),
        ("xyxy", "DAYS_3", ["twice"]),
        ("xx", None, ["later start", "twice"]),
        ("y", None, ["a moment", "at once", "in order", "later start", "reversed", "too slow", "twice"]),
    ],
)
def test_a_funnel_takes_its_steps_in_order_within_the_window_of_the_first(steps, window, expected, paths):
    rows = [{"metric_id": step, "metric_exists": True} for step in steps]
    assert found(one({**FUNNEL, "steps": rows, "completion_window_seconds": window}), paths) == expected


def test_a_flow_start_admits_only_later_events(tables):
    rows = [
        {"profile_id": "A", "started": datetime.fromisoformat("2026-11-10T12:00")},
        {"profile_id": "B", "started": datetime.fromisoformat("2026-01-01")},
    ]
    starts = tables.backend.create_table(
        "starts",
        ibis.memtable(rows, schema={"profile_id": "string", "started": "timestamp"}).to_pyarrow(),
        overwrite=True,
    )
    since = did("order", timeframe={"type": "date", "operator": "flow-start"})
    assert found(one(since), tables, starts=starts) == ["B"]
    assert found(one(since, did("view")), tables, starts=starts) == ["B", "C"]


def test_measures_add_up_by_membership(tables):
    measures = {
        "revenue": Measure("order"),
        "views": Measure(
            "view", "count", {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 7}
        ),
        "lost": Measure("lost"),
    }
    answer = evaluate_many(
        {"recent": one(did("order", timeframe={**DATE, "quantity": 30})), "seen": one(did("view"))},
        tables,
        AT,
        measures,
    )
    assert answer.amount("revenue", "recent") == 10.8
    assert answer.amount("views", "seen") == 1
    assert answer.weights[answer.holds_none("recent", "seen")].sum() == 1
    assert [(row.definition, row.reason) for row in answer.undecidable] == [
        ("lost", 'events of metric "lost" are not in the data')
    ]


def test_no_definitions_still_count_the_base(tables):
    assert evaluate_many({}, tables, AT).base == 3


def test_many_definitions_share_one_group_by_a_metric(tables):
    definitions = {
        str(days): one(did("order", timeframe={**DATE, "quantity": days}), did("view")) for days in range(40)
    }
    sql = str(ibis.to_sql(verdicts(definitions, tables, AT).table, dialect="duckdb"))
    assert sql.count("GROUP BY") == 2


def test_the_same_question_is_asked_once(tables):
    definitions = {str(least): one(did("order", least)) for least in range(5)}
    sql = str(ibis.to_sql(verdicts(definitions, tables, AT).table, dialect="duckdb"))
    assert sql.count("COUNT(") == 1


def test_not_a_number_is_unset_and_floats_become_exact_in_a_warehouse():
    connection = ibis.duckdb.connect()
    connection.raw_sql(
        "create table profiles as select 'A' as profile_id, 'NaN'::double as latitude, null::double as predicted_clv"
    )
    connection.raw_sql(
        "create table events as select 'M' metric_id, 'A' profile_id, timestamp '2026-01-01' ts, unnest([0.1, 0.2])::double as value"
    )
    connection.raw_sql(
        "create table memberships as select 'L' group_id, 'A' profile_id, timestamp '2026-01-01' joined_at"
    )
    tables = warehouse_tables(connection)
    assert (
        found(one(has("location['latitude']", type="numeric", operator="not-equals", value=1)), tables) == []
    )
    assert (
        found(one(has("location['latitude']", type="numeric", operator="between", start=0, end=1)), tables)
        == []
    )
    assert found(one(did("M", 0.3, "sum", operator="equals")), tables) == ["A"]
    assert found(one(did("unseen", 0, operator="equals")), tables) == [
        "A"
    ]  # the warehouse is said to hold all


@pytest.mark.parametrize(
    ("ts", "value", "message"),
    [
        ("'soon'", "1.5", "the column ts of events is string; it must be a timestamp in UTC without a zone"),
        (
            "timestamptz '2026-01-01'",
            "1.5",
            "the column ts of events is timestamp.*; it must be a timestamp in UTC without a zone",
        ),
        ("timestamp '2026-01-01'", "'1.5'", "the column value of events is string; it must be a number"),
    ],
)
def test_a_column_of_another_type_is_said_before_anything_is_counted(ts, value, message):
    connection = ibis.duckdb.connect()
    connection.raw_sql("create table profiles as select 'A' as profile_id")
    connection.raw_sql(
        f"create table events as select 'M' metric_id, 'A' profile_id, {ts} ts, {value} as value"
    )
    connection.raw_sql(
        "create table memberships as select 'L' group_id, 'A' profile_id, timestamp '2026-01-01' joined_at"
    )
    with pytest.raises(Fatal, match=message):
        warehouse_tables(connection)


@pytest.mark.parametrize(
    "pattern", [r"^a.*b$", r"[A-Z0-9_]+@x\.test", r"(?:a|b){2,3}?", r"colou?r", r"\d+-\d+", r"[^,]*,", "é"]
)
def test_a_plain_regular_expression_is_portable(pattern):
    assert portable(pattern) == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?=a)",
        r"(?<!a)b",
        r"(a)\1",
        r"a++",
        r"a*+",
        r"a?+",
        r"(?i)a",
        r"\p{L}",
        r"\bword",
        r"[[a]]",
        r"[a&&b]",
        r"(?P<n>a)",
        r"\Z",
        r"a{1,2}+",
    ],
)
def test_a_regular_expression_that_engines_read_differently_is_refused(pattern):
    with pytest.raises(UndecidedError):
        portable(pattern)


def test_the_properties_that_conditions_name_are_known_before_the_data():
    flagged = [
        {"property": "Size", "filter": {"type": "string", "operator": "equals", "value": "L"}},
        {"property": "$value", "filter": {"type": "numeric", "operator": "equals", "value": 1}},
    ]
    funnel = {
        **FUNNEL,
        "steps": [
            {
                "metric_id": "a",
                "metric_filters": [
                    {"property": "Kind", "filter": {"type": "boolean", "operator": "equals", "value": True}}
                ],
            }
        ],
    }
    definition = one(
        has("properties['It's']", type="list", operator="contains", value="x"),
        has("email", type="existence", operator="is-set"),
        did("a", filters=flagged),
        funnel,
    )
    assert named_properties([read_definition(definition)]) == Named(
        (("It's", "l"),), (("Kind", "b"), ("Size", "l"), ("Size", "s"))
    )


def test_the_older_spelling_of_double_opt_in_means_the_same():
    wanted = {"type": "boolean", "operator": "equals", "value": True}
    assert read_definition(one(detail(field="is_double_optin", filter=wanted))) == read_definition(
        one(detail(field="is_double_opt_in", filter=wanted))
    )


def test_definitions_that_mean_the_same_are_equal_rows():
    assert read_definition(one(did("a", 1, filters=None))) == read_definition(one(did("a", 1.0, filters=[])))
    assert isinstance(read_definition({}).groups[0][0], OpaqueCondition)
