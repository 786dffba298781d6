"""Segments, lists, profiles, events and reports over HTTP."""

from __future__ import annotations

import pytest
from account_kit import NOW, mail, open_account, problem, wait


@pytest.fixture
def account(tmp_path):
    opened = open_account(tmp_path / "account.db", segment_processing=30)
    yield opened
    opened.store.close()


def person(account, email, **attributes):
    return account.make("profiles", "profile", email=email, **attributes)


def happen(account, metric, email, days=0, **more):
    when = NOW.replace(day=NOW.day - days).isoformat()
    attributes = {
        "properties": more.pop("properties", {}),
        "time": when,
        "metric": {"data": {"type": "metric", "attributes": {"name": metric}}},
        "profile": {"data": {"type": "profile", "attributes": {"email": email}}},
        **more,
    }
    answer = account.send("POST", "events", "event", attributes)
    assert answer.status_code == 202, answer.text


def groups(*conditions):
    return {"condition_groups": [{"conditions": [condition]} for condition in conditions]}


def everybody():
    return groups(
        {
            "type": "profile-property",
            "property": "email",
            "filter": {"type": "existence", "operator": "is-set"},
        }
    )


def segment(account, definition, name="S"):
    return account.make("segments", "segment", name=name, definition=definition)


def emails(account, segment_id):
    return sorted(entry["attributes"]["email"] for entry in account.data(f"segments/{segment_id}/profiles"))


# segments


def test_a_segment_processes_and_then_shows_its_count(account):
    person(account, "a@example.com")
    made = segment(account, everybody())
    shown = account.data(f"segments/{made}", {"additional-fields[segment]": "profile_count"})["attributes"]
    assert (shown["is_processing"], shown["is_active"], shown["profile_count"]) == (True, True, 1)
    account.clock.pass_seconds(31)
    assert account.data(f"segments/{made}")["attributes"]["is_processing"] is False
    assert "profile_count" not in account.data(f"segments/{made}")["attributes"]


def test_the_sixth_segment_in_processing_is_refused(account):
    for n in range(5):
        segment(account, everybody(), f"S{n}")
    answer = account.send("POST", "segments", "segment", {"name": "S6", "definition": everybody()})
    assert problem(answer)[0] == 400
    assert "segment processing limit" in problem(answer)[1]
    account.clock.pass_seconds(31)
    segment(account, everybody(), "S6")


def test_a_renamed_segment_does_not_process_but_a_redefined_one_does(account):
    made = segment(account, everybody())
    account.clock.pass_seconds(60)
    answer = account.send("PATCH", f"segments/{made}", "segment", {"name": "T", "is_starred": True}, made)
    shown = answer.json()["data"]["attributes"]
    assert (shown["name"], shown["is_starred"], shown["is_processing"]) == ("T", True, False)
    region = {"type": "profile-region", "in_region": True, "region": "united_states"}
    answer = account.send("PATCH", f"segments/{made}", "segment", {"definition": groups(region)}, made)
    assert answer.json()["data"]["attributes"]["is_processing"] is True


def test_segments_need_conditions_that_name_what_exists(account):
    for definition in (None, {}, {"condition_groups": []}, {"condition_groups": [{"conditions": []}]}):
        answer = account.send("POST", "segments", "segment", {"name": "S", "definition": definition})
        assert problem(answer)[0] == 400
    member = {"type": "profile-group-membership", "is_member": True, "group_ids": ["nope"]}
    answer = account.send("POST", "segments", "segment", {"name": "S", "definition": groups(member)})
    assert problem(answer)[2]["pointer"].endswith("/conditions/0/group_ids")


def metric_id(account, name):
    return next(entry["id"] for entry in account.data("metrics") if entry["attributes"]["name"] == name)


def did(metric, operator, value, timeframe=None, measurement="count", filters=None):
    return {
        "type": "profile-metric",
        "metric_id": metric,
        "measurement": measurement,
        "measurement_filter": {"type": "numeric", "operator": operator, "value": value},
        "timeframe_filter": timeframe or {"type": "date", "operator": "alltime"},
        "metric_filters": filters,
    }


@pytest.fixture
def shoppers(account):
    account.switch(segment_processing=0)
    for name, days, value, kind in [("a", 1, 50, "tea"), ("a", 10, 70, "pot"), ("b", 15, 20, "tea")]:
        happen(
            account,
            "Bought",
            f"{name}@example.com",
            days,
            value=value,
            properties={"kind": kind, "tags": [kind]},
        )
    person(account, "c@example.com")
    return account


@pytest.mark.parametrize(
    ("operator", "value", "timeframe", "measurement", "filters", "found"),
    [
        ("greater-than", 0, None, "count", None, "ab"),
        ("equals", 0, None, "count", None, "c"),
        ("greater-than-or-equal", 2, None, "count", None, "a"),
        ("greater-than", 100, None, "sum", None, "a"),
        ("equals", 1, {"operator": "in-the-last", "unit": "day", "quantity": 7}, "count", None, "a"),
        ("equals", 1, {"operator": "at-least", "unit": "week", "quantity": 1}, "count", None, "ab"),
        ("equals", 1, {"operator": "between", "unit": "day", "start": 5, "end": 12}, "count", None, "a"),
        ("equals", 1, {"operator": "after", "date": "2026-11-15T00:00:00"}, "count", None, "a"),
        ("equals", 1, {"operator": "before", "date": "2026-11-07T00:00:00+00:00"}, "count", None, "b"),
        (
            "equals",
            1,
            {"operator": "between-static", "start": "2026-11-04", "end": "2026-11-06"},
            "count",
            None,
            "b",
        ),
        ("equals", 0, {"operator": "in-the-next", "unit": "day", "quantity": 7}, "count", None, "abc"),
        ("greater-than", 0, None, "count", ("kind", "string", "equals", "POT"), "a"),
        ("greater-than", 0, None, "count", ("kind", "string", "not-in", ["pot"]), "ab"),
        ("greater-than", 0, None, "count", ("kind", "string", "starts-with", "te"), "ab"),
        ("greater-than", 0, None, "count", ("kind", "string", "regex", "t.*"), ""),
        ("greater-than", 0, None, "count", ("tags", "list", "contains", "pot"), "a"),
        ("greater-than", 0, None, "count", ("tags", "list", "not-contains-any", ["tea"]), "a"),
        ("greater-than", 0, None, "count", ("kind", "list", "contains", "pot"), ""),
    ],
)
def test_who_did_what_is_in_the_segment(shoppers, operator, value, timeframe, measurement, filters, found):
    if filters:
        name, kind, test, wanted = filters
        filters = [{"property": name, "filter": {"type": kind, "operator": test, "value": wanted}}]
    if timeframe:
        timeframe = {"type": "date", **timeframe}
    condition = did(metric_id(shoppers, "Bought"), operator, value, timeframe, measurement, filters)
    made = segment(shoppers, groups(condition))
    assert emails(shoppers, made) == [f"{name}@example.com" for name in found]


def test_groups_are_anded_and_their_conditions_ored(shoppers):
    bought = did(metric_id(shoppers, "Bought"), "greater-than", 0)
    named = [
        {
            "type": "profile-property",
            "property": "email",
            "filter": {"type": "string", "operator": "contains", "value": part},
        }
        for part in ("b@", "c@")
    ]
    definition = {"condition_groups": [{"conditions": [bought]}, {"conditions": named}]}
    assert emails(shoppers, segment(shoppers, definition)) == ["b@example.com"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (
            {
                "property": "properties['age']",
                "filter": {"type": "numeric", "operator": "greater-than", "value": 30},
            },
            "x",
        ),
        (
            {
                "property": "properties['vip']",
                "filter": {"type": "boolean", "operator": "equals", "value": True},
            },
            "x",
        ),
        ({"property": "properties['age']", "filter": {"type": "existence", "operator": "not-set"}}, "y"),
        (
            {"property": "first_name", "filter": {"type": "string", "operator": "ends-with", "value": "EE"}},
            "x",
        ),
        (
            {
                "property": "properties['born']",
                "filter": {"type": "date", "operator": "before", "date": "2001-01-01"},
            },
            "x",
        ),
    ],
)
def test_properties_decide_membership(account, condition, found):
    person(
        account, "x@example.com", first_name="Bree", properties={"age": 40, "vip": True, "born": "2000-01-01"}
    )
    person(account, "y@example.com", first_name="Olaf", properties={"vip": False})
    made = segment(account, groups({"type": "profile-property", **condition}))
    assert emails(account, made) == [f"{found}@example.com"]


def test_regions_lists_and_distances_decide_membership(account):
    inside = person(account, "in@example.com", location={"country": "France"})
    person(account, "out@example.com", location={"country": "Japan"})
    group = account.make("lists", "list", name="L")
    account.client.post(
        f"/api/lists/{group}/relationships/profiles", json={"data": [{"type": "profile", "id": inside}]}
    )
    region = {"type": "profile-region", "in_region": True, "region": "european_union"}
    member = {"type": "profile-group-membership", "is_member": True, "group_ids": [group]}
    recent = {
        **member,
        "timeframe_filter": {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 1},
    }
    stranger = {**member, "is_member": False}
    distance = {
        "type": "profile-postal-code-distance",
        "country_code": "US",
        "postal_code": "1",
        "unit": "miles",
    }
    account.switch(segment_processing=0)
    for condition, found in [
        (region, ["in@example.com"]),
        ({**region, "in_region": False}, ["out@example.com"]),
        (recent, ["in@example.com"]),
        (stranger, ["out@example.com"]),
        (distance, []),
    ]:
        assert emails(account, segment(account, groups(condition))) == found


def test_a_deleted_segment_is_gone_with_its_taggings(account):
    made = segment(account, everybody())
    tag = account.make("tags", "tag", name="t")
    account.client.post(
        f"/api/tags/{tag}/relationships/segments", json={"data": [{"type": "segment", "id": made}]}
    )
    assert account.data(f"segments/{made}/tags")[0]["id"] == tag
    assert account.client.delete(f"/api/segments/{made}").status_code == 204
    assert account.data(f"tags/{tag}/relationships/segments") == []
    assert account.get(f"segments/{made}").status_code == 404


def test_flow_triggers_name_the_flows_that_begin_with_a_metric_list_or_segment(account):
    made = segment(account, everybody())
    group = account.make("lists", "list", name="L")
    flows = {}
    for kind, identifier in (("segment", made), ("list", group)):
        definition = account.definition(wait("a")) | {"triggers": [{"type": kind, "id": identifier}]}
        flows[kind] = account.create(definition, kind).json()["data"]["id"]
    assert account.data(f"segments/{made}/flow-triggers")[0]["id"] == flows["segment"]
    assert account.data(f"lists/{group}/relationships/flow-triggers") == [
        {"type": "flow", "id": flows["list"]}
    ]
    metric = account.metric("Other")
    definition = account.definition(wait("a")) | {"triggers": [{"type": "metric", "id": metric}]}
    flow = account.create(definition, "metric").json()["data"]["id"]
    page = account.get("metrics", include="flow-triggers").json()
    shown = next(entry for entry in page["data"] if entry["id"] == metric)
    assert shown["relationships"]["flow-triggers"]["data"] == [{"type": "flow", "id": flow}]
    assert flow in {entry["id"] for entry in page["included"]}


# lists and profiles


def test_members_of_a_list_come_with_the_moment_of_joining_page_by_page(account):
    group = account.make("lists", "list", name="L", opt_in_process="single_opt_in")
    path = f"/api/lists/{group}/relationships/profiles"
    for n in range(5):
        account.clock.pass_seconds(60)
        identifier = person(account, f"p{n}@example.com")
        account.client.post(path, json={"data": [{"type": "profile", "id": identifier}]})
    seen, params = [], {"page[size]": "2", "sort": "joined_group_at"}
    target = f"/api/lists/{group}/profiles"
    while target:
        page = account.client.get(target, params=params).json()
        seen += [entry["attributes"]["email"] for entry in page["data"]]
        target, params = page["links"].get("next", "").replace("https://a.klaviyo.com", ""), None
    assert seen == [f"p{n}@example.com" for n in range(5)]
    joined = (NOW.replace(minute=3)).isoformat()
    late = account.data(f"lists/{group}/profiles", {"filter": f"greater-or-equal(joined_group_at,{joined})"})
    assert [entry["attributes"]["joined_group_at"][14:16] for entry in late] == ["05", "04", "03"]
    one = account.data(f"lists/{group}/relationships/profiles", {"filter": 'equals(email,"p1@example.com")'})
    assert len(one) == 1
    account.client.request("DELETE", path, json={"data": one})
    counted = account.data(f"lists/{group}", {"additional-fields[list]": "profile_count"})
    assert counted["attributes"]["profile_count"] == 4
    assert account.data(f"profiles/{identifier}/lists")[0]["id"] == group


def test_lists_are_changed_and_deleted(account):
    group = account.make("lists", "list", name="L")
    answer = account.send(
        "PATCH", f"lists/{group}", "list", {"name": "M", "opt_in_process": "single_opt_in"}, group
    )
    assert answer.json()["data"]["attributes"]["name"] == "M"
    assert problem(account.send("POST", "lists", "list", {"name": "L", "opt_in_process": "no"}))[0] == 400
    assert account.data("lists", {"filter": 'equals(name,"M")'})[0]["id"] == group
    assert account.client.delete(f"/api/lists/{group}").status_code == 204
    assert account.data("lists") == []


@pytest.mark.parametrize("data", [None, [], [{"type": "profile", "id": "nobody"}], [3]])
def test_only_known_profiles_join_a_list(account, data):
    group = account.make("lists", "list", name="L")
    answer = account.client.post(f"/api/lists/{group}/relationships/profiles", json={"data": data})
    assert problem(answer)[0] == 400


def test_profiles_are_listed_filtered_sorted_and_changed(account):
    first = person(account, "b@example.com", properties={"a": 1, "b": 2})
    account.clock.pass_seconds(60)
    person(account, "a@example.com")
    assert [p["attributes"]["email"] for p in account.data("profiles")] == ["b@example.com", "a@example.com"]
    assert account.data("profiles", {"sort": "email"})[0]["attributes"]["email"] == "a@example.com"
    since = {"filter": "greater-than(created,2026-11-20T12:00:30Z)"}
    assert len(account.data("profiles", since)) == 1
    assert len(account.data("profiles", {"filter": 'any(email,["a@example.com","z@example.com"])'})) == 1
    answer = account.send(
        "PATCH", f"profiles/{first}", "profile", {"properties": {"b": 3}, "title": "Dr"}, first
    )
    assert answer.json()["data"]["attributes"]["properties"] == {"a": 1, "b": 3}
    page = account.client.get("/api/profiles", params={"page[size]": "1", "sort": "-email"}).json()
    following = account.client.get(page["links"]["next"].replace("https://a.klaviyo.com", "")).json()
    assert following["data"][0]["attributes"]["email"] == "a@example.com"


def test_a_profile_needs_an_identifier_of_its_own(account):
    person(account, "a@example.com")
    assert problem(account.send("POST", "profiles", "profile", {"email": "a@example.com"}))[0] == 409
    assert problem(account.send("POST", "profiles", "profile", {"first_name": "A"}))[0] == 400


def test_a_profile_shows_subscriptions_and_predictions_on_demand(account):
    first = person(account, "a@example.com")
    plain = account.data(f"profiles/{first}")["attributes"]
    assert "subscriptions" not in plain
    more = {"additional-fields[profile]": "subscriptions,predictive_analytics"}
    shown = account.data(f"profiles/{first}", more)["attributes"]
    assert shown["subscriptions"]["email"]["marketing"]["consent"] == "NEVER_SUBSCRIBED"
    assert shown["predictive_analytics"] == {}


# events and figures


def test_events_are_listed_the_latest_first_by_metric_profile_and_time(account):
    for days in (1, 2, 3):
        happen(account, "Bought", "a@example.com", days, value=5)
    happen(account, "Viewed", "b@example.com", 1, unique_id="once")
    happen(account, "Viewed", "b@example.com", 1, unique_id="once")
    assert len(account.data("events")) == 4
    metric = metric_id(account, "Bought")
    found = account.data(
        "events", {"filter": f'equals(metric_id,"{metric}"),less-than(datetime,2026-11-19T00:00:00Z)'}
    )
    assert [event["attributes"]["datetime"][8:10] for event in found] == ["18", "17"]
    assert found[0]["attributes"]["event_properties"] == {"$value": 5.0}
    stamp = found[1]["attributes"]["timestamp"]
    assert (
        len(account.data("events", {"filter": f"less-or-equal(timestamp,{stamp})", "sort": "datetime"})) == 1
    )
    event = found[0]["id"]
    assert account.data(f"events/{event}/metric")["id"] == metric
    assert account.data(f"events/{event}/profile")["attributes"]["email"] == "a@example.com"
    read = account.get(f"events/{event}", include="metric,profile").json()
    assert {entry["type"] for entry in read["included"]} == {"metric", "profile"}
    assert account.get("events/none").status_code == 404


@pytest.mark.parametrize("missing", ["properties", "metric", "profile"])
def test_an_event_needs_properties_a_metric_and_a_profile(account, missing):
    attributes = {
        "properties": {},
        "metric": {"data": {"attributes": {"name": "A"}}},
        "profile": {"data": {"attributes": {"email": "a@example.com"}}},
    }
    del attributes[missing]
    answer = account.send("POST", "events", "event", attributes)
    assert problem(answer)[2] == {"pointer": f"/data/attributes/{missing}"}


def test_an_event_needs_a_name_and_a_time(account):
    attributes = {"properties": {}, "metric": {"data": {"attributes": {}}}, "time": "soon"}
    attributes["profile"] = {"data": {"attributes": {"email": "a@example.com"}}}
    assert "name" in problem(account.send("POST", "events", "event", attributes))[1]
    attributes["metric"]["data"]["attributes"]["name"] = "A"
    assert "not a time" in problem(account.send("POST", "events", "event", attributes))[1]


def aggregate(account, metric, **more):
    asked = {
        "metric_id": metric,
        "measurements": ["count", "sum_value", "unique"],
        "filter": [
            "greater-or-equal(datetime,2026-11-01T00:00:00)",
            "less-than(datetime,2026-11-21T00:00:00)",
        ],
        **more,
    }
    return account.send("POST", "metric-aggregates", "metric-aggregate", asked)


def test_aggregates_count_sum_and_tell_people_apart(shoppers):
    metric = metric_id(shoppers, "Bought")
    week = aggregate(shoppers, metric, interval="week").json()["data"]["attributes"]
    assert week["dates"][:2] == ["2026-11-01T00:00:00+00:00", "2026-11-02T00:00:00+00:00"]
    totals = week["data"][0]["measurements"]
    assert (sum(totals["count"]), sum(totals["sum_value"])) == (3, 140)
    month = aggregate(shoppers, metric, interval="month", timezone="America/New_York", by=["$flow"]).json()
    assert month["data"]["attributes"]["data"][0]["dimensions"] == [""]
    assert month["data"]["attributes"]["data"][0]["measurements"]["unique"][-1] == 2
    hours = aggregate(shoppers, metric, interval="hour").json()["data"]["attributes"]
    assert len(hours["dates"]) == 480
    assert len(aggregate(shoppers, metric).json()["data"]["attributes"]["dates"]) == 20


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"measurements": []}, "measurements"),
        ({"measurements": ["mean"]}, "measurements"),
        ({"filter": "x"}, "filter"),
        ({"filter": []}, "filter"),
        ({"filter": ["greater-or-equal(datetime,2020-01-01)", "less-than(datetime,2026-01-01)"]}, "filter"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"interval": "year"}, "interval"),
    ],
)
def test_a_wrong_question_to_the_aggregates_is_named(shoppers, change, pointer):
    answer = aggregate(shoppers, metric_id(shoppers, "Bought"), **change)
    assert problem(answer)[2] == {"pointer": f"/data/attributes/{pointer}"}


def test_a_report_counts_the_members_of_many_segments_in_one_call(shoppers):
    made = segment(shoppers, everybody())
    asked = {"statistics": ["total_members", "net_members_changed"], "timeframe": {"key": "last_7_days"}}
    answer = shoppers.send("POST", "segment-values-reports", "segment-values-report", asked)
    row = {"groupings": {"segment_id": made}, "statistics": {"total_members": 3, "net_members_changed": 3}}
    assert answer.json()["data"]["attributes"]["results"] == [row]
    asked["filter"] = 'any(segment_id,["other"])'
    answer = shoppers.send("POST", "segment-values-reports", "segment-values-report", asked)
    assert answer.json()["data"]["attributes"]["results"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"statistics": []},
        {"statistics": ["love"]},
        {"timeframe": {"key": "ever"}},
        {"timeframe": None},
        {"timeframe": {"start": "2020-01-01", "end": "2026-01-01"}},
    ],
)
def test_a_wrong_report_is_refused(account, change):
    asked = {"statistics": ["total_members"], "timeframe": {"start": "2026-01-01", "end": "2026-02-01"}}
    ok = account.send("POST", "segment-values-reports", "segment-values-report", asked)
    assert ok.status_code == 200
    answer = account.send("POST", "segment-values-reports", "segment-values-report", asked | change)
    assert problem(answer)[0] == 400


def test_a_series_shows_the_members_of_each_interval(shoppers):
    made = segment(shoppers, everybody())
    asked = {
        "statistics": ["total_members", "members_added", "members_removed"],
        "timeframe": {"key": "last_90_days"},
        "interval": "weekly",
    }
    series = shoppers.send("POST", "segment-series-reports", "segment-series-report", asked).json()
    [row] = series["data"]["attributes"]["results"]
    dates, numbers = series["data"]["attributes"]["date_times"], row["statistics"]
    assert row["groupings"] == {"segment_id": made}
    assert len(dates) == len(numbers["total_members"]) in (13, 14)
    assert dates == sorted(dates)
    assert numbers["total_members"][-1] == sum(numbers["members_added"]) == 3
    assert set(numbers["members_removed"]) == {0}


@pytest.mark.parametrize(
    "change",
    [
        {"interval": "yearly"},
        {"interval": None},
        {"interval": "hourly"},
        {"interval": "daily", "timeframe": {"key": "last_90_days"}},
        {"statistics": ["love"]},
    ],
)
def test_a_wrong_series_is_refused(account, change):
    asked = {"statistics": ["total_members"], "timeframe": {"key": "last_30_days"}, "interval": "daily"}
    assert account.send("POST", "segment-series-reports", "segment-series-report", asked).status_code == 200
    span = {"timeframe": {"start": "2026-01-01", "end": "2026-02-01"}}
    answer = account.send("POST", "segment-series-reports", "segment-series-report", asked | span)
    assert answer.status_code == 200
    answer = account.send("POST", "segment-series-reports", "segment-series-report", asked | change)
    assert problem(answer)[0] == 400


def test_a_report_asks_for_a_hundred_segments_at_most(account):
    account.switch(segment_processing=0)
    for n in range(101):
        segment(account, everybody(), f"S{n}")
    asked = {"statistics": ["total_members"], "timeframe": {"key": "last_30_days"}}
    assert problem(account.send("POST", "segment-values-reports", "segment-values-report", asked))[0] == 400


def test_a_report_shows_the_figures_of_every_message(account):
    flow = account.flow(mail("a", "b"), mail("b"))
    asked = {
        "statistics": ["recipients", "open_rate"],
        "timeframe": {"key": "last_30_days"},
        "conversion_metric_id": account.metric(),
    }
    send = lambda **more: account.send("POST", "flow-values-reports", "flow-values-report", asked | more)  # noqa: E731 - one call, several questions
    results = send().json()["data"]["attributes"]["results"]
    assert [row["groupings"]["flow_id"] for row in results] == [flow, flow]
    assert results[0]["statistics"] == {"recipients": 0.0, "open_rate": 0.0}
    message = results[0]["groupings"]["flow_message_id"]
    one = send(filter=f'contains-any(flow_message_id,["{message}"])').json()["data"]["attributes"]["results"]
    assert len(one) == 1
    assert problem(send(group_by=["flow_id"]))[0] == 400
    assert problem(send(conversion_metric_id="nope"))[0] == 404
