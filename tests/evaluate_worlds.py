"""Seeded accounts and definitions for the evaluator's tests: values on the boundaries, unset, and of the wrong type."""

import random
from datetime import UTC, datetime, timedelta

AT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
MIDNIGHT = AT.replace(hour=0, minute=0)
METRICS = ("Order1", "View22", "Open33", "Empty4")  # the last was read and has no events
UNREAD_METRIC, UNREAD_GROUP = "Unread", "NotHere"
DAYS = (0, 1, 3, 7, 30)
ONLY_IN_FLOWS = (
    "action-output",
    "custom-object-property",
    "custom-object-trigger-property",
    "low-inventory-property",
    "metric-property",
    "price-drop-property",
    "profile-sample",
    "profile-not-in-flow",
    "profile-not-sent-email",
    "profile-not-sent-sms",
    "profile-not-sent-push",
    "profile-has-custom-object",
)


class World:
    def __init__(self, seed, profiles=60):
        self.draw = random.Random(seed)
        names = [f"P{place:03}" for place in range(profiles)]
        self.profiles = [self.profile(name) for name in names]
        self.events = [
            self.event(place, name) for place, name in enumerate(self.draw.choices(names, k=profiles * 8))
        ]
        self.memberships = {
            "ListA1": [self.member(name) for name in self.draw.sample(names, profiles // 3)],
            "SegB22": [self.member(name) for name in self.draw.sample(names, profiles // 2)],
            "None33": [],
        }

    def pick(self, *values):
        return self.draw.choice(values)

    def flag(self):
        return self.draw.random() < 0.5

    def instant(self):
        """An instant on, beside or away from a boundary, before or after now."""
        base = self.pick(
            AT, MIDNIGHT, MIDNIGHT + timedelta(days=1), AT - timedelta(hours=self.draw.randrange(60))
        )
        days = self.pick(*DAYS, self.draw.randrange(400), -1, -3, -4, -self.draw.randrange(40))
        step = self.pick(
            timedelta(), timedelta(microseconds=1), -timedelta(microseconds=1), timedelta(seconds=1)
        )
        found = base - timedelta(days=days) + step
        return self.pick(
            found.isoformat(),
            found.isoformat().replace("+00:00", "Z"),
            (found + timedelta(hours=2)).isoformat()[:-6] + "+02:00",
        )

    def date(self):
        found = MIDNIGHT - timedelta(days=self.pick(*DAYS, -1, -3, -4, self.draw.randrange(9000)))
        return self.pick(found.date().isoformat(), "2024-02-29", self.instant())

    def value(self):
        return self.pick(
            None,
            "Gold",
            "gold",
            "Silver",
            "",
            "Gold Silver",
            "5",
            5,
            5.5,
            0,
            -3,
            *(True, False),
            [],
            ["Gold"],
            ["Gold", "Silver", 5],
            ["x Gold y"],
            {"a": 1},
            self.date(),
        )

    def profile(self, name):
        properties = {key: self.value() for key in ("Tier", "tier", "Plan Name") if self.draw.random() < 0.8}
        given = {
            "email": self.pick(None, "a@example.com", "b@shop.test"),
            "phone_number": self.pick(None, "+14155550100", "+447700900123"),
            "created": self.instant(),
            "location": {
                "country": self.pick(None, "Germany", "USA", "canada", "Atlantis", "Guadeloupe"),
                "latitude": self.pick(None, 52.5, 42.4),
                "longitude": self.pick(None, 13.4, -71.1),
            },
            "properties": properties,
            "predictive_analytics": {
                "predicted_clv": self.pick(None, 0, 19.99, 200),
                "expected_date_of_next_order": self.pick(None, self.instant()),
                "ranked_channel_affinity": self.pick(None, [], ["sms", "email"], ["email"]),
            },
        }
        if self.draw.random() < 0.9:
            given["subscriptions"] = self.subscriptions()
        return {"type": "profile", "id": name, "attributes": given}

    def subscriptions(self):
        return {
            "email": {
                "marketing": {
                    "can_receive_email_marketing": self.draw.random() < 0.7,
                    "consent": self.pick("SUBSCRIBED", "UNSUBSCRIBED", "NEVER_SUBSCRIBED"),
                    "consent_timestamp": self.pick(None, self.instant()),
                    "method": self.pick(None, "FORM", "API", "TEXT"),
                    "double_optin": self.pick(None, self.flag()),
                    "suppression": self.pick(
                        None,
                        [],
                        [{"reason": "HARD_BOUNCE", "timestamp": (AT - timedelta(days=2)).isoformat()}],
                    ),
                }
            },
            "sms": self.pick(
                {},
                {
                    "marketing": {
                        "can_receive_sms_marketing": True,
                        "consent": "SUBSCRIBED",
                        "consent_timestamp": self.instant(),
                    }
                },
            ),
            "mobile_push": {
                "marketing": {"can_receive_push_marketing": self.flag(), "consent": "SUBSCRIBED"}
            },
            "whatsapp": self.pick(
                {}, {"marketing": {"can_receive": True}, "transactional": {"can_receive": False}}
            ),
        }

    def event(self, place, name):
        properties = {key: self.value() for key in ("Color", "Items") if self.draw.random() < 0.7}
        if self.draw.random() < 0.8:
            properties["$value"] = self.pick(0, 10, 19.99, 0.1, 0.2, -5, "10", None)
        return {
            "type": "event",
            "id": f"e{place}",
            "attributes": {"datetime": self.instant(), "event_properties": properties},
            "relationships": {
                "metric": {"data": {"type": "metric", "id": self.pick(*METRICS[:3])}},
                "profile": {"data": {"type": "profile", "id": name}},
            },
        }

    def member(self, name):
        return {"type": "profile", "id": name, "attributes": {"joined_group_at": self.instant()}}

    # definitions

    def definition(self):
        groups = range(self.pick(1, 1, 2, 3))
        return {
            "condition_groups": [
                {"conditions": [self.condition() for _ in range(self.pick(1, 1, 2, 3))]} for _ in groups
            ]
        }

    def condition(self):
        return self.pick(
            self.metric,
            self.metric,
            self.metric,
            self.property,
            self.property,
            self.group,
            self.consent,
            self.consent,
            self.predictive,
            self.other,
        )()

    def timeframe(self, *, events=True):
        unit, few = self.pick("day", "day", "hour", "week"), self.pick(*DAYS)
        found = [
            {"operator": self.pick("in-the-last", "at-least", "in-the-next"), "unit": unit, "quantity": few},
            {"operator": "between", "unit": unit, "start": min(few, 3), "end": self.pick(3, 7, 30)},
            {
                "operator": self.pick("after", "before"),
                "date": self.pick("2026-11-17T00:00:00Z", "2026-11-13T18:00:00+00:00"),
            },
            {"operator": "between-static", "start": "2026-10-21T00:00:00Z", "end": "2026-11-17T00:00:00Z"},
            {
                "operator": self.pick("anniversary-last", "anniversary-next"),
                "unit": self.pick("day", "week"),
                "quantity": few,
            },
        ]
        if events:
            return {"type": "date", **self.pick(*found, {"operator": "alltime"})}
        return {
            "type": "date",
            **self.pick(
                *found,
                {"operator": "anniversary"},
                {"operator": "anniversary-month"},
                {"operator": "calendar-month", "value": 2},
            ),
        }

    def years(self):
        return {"type": "date", "operator": "in-the-last", "unit": "week", "quantity": 70}

    def comparison(self, *values):
        operators = (
            "equals",
            "not-equals",
            "greater-than",
            "greater-than-or-equal",
            "less-than",
            "less-than-or-equal",
        )
        return {"type": "numeric", "operator": self.pick(*operators), "value": self.pick(*values)}

    def filter(self, *, dates):
        texts = ("equals", "contains", "starts-with", "ends-with")
        text = {
            "type": "string",
            "operator": self.pick("", "not-") + self.pick(*texts),
            "value": self.pick("Gold", "old", "", "5"),
        }
        found = [
            text,
            text,
            {"type": "string", "operator": self.pick("in", "not-in"), "value": self.pick([], ["Gold", "5"])},
            {
                "type": "string",
                "operator": self.pick("regex", "nregex"),
                "value": self.pick("^G.ld$", "[a-f]+|5", "o(l|x)d?"),
            },
            self.comparison(5, 5.5, 0),
            {"type": "boolean", "operator": "equals", "value": self.flag()},
            {"type": "existence", "operator": self.pick("is-set", "not-set")},
            {"type": "list", "operator": self.pick("", "not-") + "contains", "value": self.pick("Gold", 5)},
            {
                "type": "list",
                "operator": self.pick("", "not-") + self.pick("contains-any", "contains-all"),
                "value": self.pick([], ["Gold"], ["Gold", "Silver"]),
            },
            {"type": "list", "operator": self.pick("", "not-") + "contains-substring", "value": "old"},
            {
                "type": "list",
                "operator": "length-" + self.pick("equals", "less-than", "greater-than-or-equal"),
                "value": self.pick(0, 1, 2),
            },
        ]
        return (
            self.pick(*found, self.timeframe(events=False), self.timeframe(events=False))
            if dates
            else self.pick(*found)
        )

    def filters(self):
        rows = [{"property": self.pick("Color", "Items"), "filter": self.filter(dates=False)}]
        if self.draw.random() < 0.3:
            rows.append({"property": "$value", "filter": self.comparison(10, 0.1)})
        return self.pick(None, None, [], rows, rows)

    def metric(self):
        return {
            "type": "profile-metric",
            "metric_id": self.pick(*METRICS, *METRICS[:3], *METRICS[:3], UNREAD_METRIC),
            "measurement": self.pick("count", "count", "sum"),
            "measurement_filter": self.comparison(0, 1, 2, 0.3, 19.99),
            "timeframe_filter": self.timeframe(),
            "metric_filters": self.filters(),
        }

    def property(self):
        custom = {
            "property": self.pick("properties['Tier']", "properties['tier']", "properties['Plan Name']"),
            "filter": self.filter(dates=True),
        }
        own = [
            {
                "property": "email",
                "filter": {
                    "type": "string",
                    "operator": self.pick("contains", "not-contains"),
                    "value": "shop",
                },
            },
            {
                "property": "created",
                "filter": self.pick(
                    self.timeframe(events=False), {"type": "string", "operator": "contains", "value": "2"}
                ),
            },
            {"property": "location['latitude']", "filter": self.comparison(50, 52.5)},
            {
                "property": "location['country']",
                "filter": {"type": "existence", "operator": self.pick("is-set", "not-set")},
            },
            {
                "property": "phone_number",
                "filter": {
                    "type": "string",
                    "operator": self.pick("phone-country-code-in", "phone-country-code-not-in"),
                    "value": ["44"],
                },
            },
        ]
        return {"type": "profile-property", **self.pick(custom, custom, *own)}

    def group(self):
        ids = self.pick(["ListA1"], ["SegB22"], ["ListA1", "SegB22"], ["None33"], [UNREAD_GROUP])
        found = {"type": "profile-group-membership", "is_member": self.flag(), "group_ids": ids}
        return (
            {**found, "timeframe_filter": self.timeframe(events=False)}
            if found["is_member"] and self.flag()
            else found
        )

    def consent(self):
        details = [
            {"field": "status_date", "filter": self.timeframe(events=False)},
            {
                "field": "is_double_opt_in",
                "filter": {"type": "boolean", "operator": "equals", "value": self.flag()},
            },
            {"field": "method", "method": self.pick("form", "api")},
            {
                "field": "method",
                "method": "form",
                "filter": {"type": "string", "operator": "in", "value": ["Footer"]},
            },
            {
                "field": "bounce_date",
                "filter": self.pick(
                    {"type": "existence", "operator": "is-set"}, self.timeframe(events=False)
                ),
            },
        ]
        status = {
            "subscription": self.pick("any", "subscribed", "unsubscribed", "never_subscribed"),
            "filters": self.pick(None, [self.pick(*details)]),
        }
        mail = {"channel": "email", "can_receive_marketing": self.flag(), "consent_status": status}
        others = {"channel": self.pick("sms", "push"), "can_receive_marketing": self.flag()}
        if others["channel"] == "sms":
            others["consent_status"] = {"subscription": self.pick("any", "subscribed"), "filters": None}
        return {"type": "profile-marketing-consent", "consent": self.pick(mail, mail, others)}

    def predictive(self):
        found = [
            {"dimension": "predicted_clv", "filter": self.comparison(0, 19.99, 100)},
            {"dimension": "expected_date_of_next_purchase", "filter": self.timeframe(events=False)},
            {
                "dimension": "channel_affinity",
                "measurement": "priority",
                "predicted_channel": self.pick("sms", "email"),
                "filter": {"type": "numeric", "operator": "equals", "value": self.pick(1, 2)},
            },
            {
                "dimension": "predicted_gender",
                "filter": {"type": "string", "operator": "equals", "value": "uncertain"},
            },
        ]
        return {"type": "profile-predictive-analytics", **self.pick(*found)}

    def other(self):
        steps = [
            {"metric_exists": True, "metric_id": self.pick(*METRICS[:3]), "metric_filters": self.filters()}
            for _ in range(self.pick(2, 3))
        ]
        status = self.pick(
            "implicitly_or_explicitly_reachable",
            "implicitly_or_explicitly_unreachable",
            "explicitly_reachable",
            "implicitly_unreachable",
        )
        return self.pick(
            {
                "type": "profile-region",
                "region": self.pick("european_union", "united_states"),
                "in_region": self.flag(),
            },
            {
                "type": "profile-permissions",
                "channel": self.pick("whatsapp_marketing", "whatsapp_transactional"),
                "permission": {"reachable_status": status},
            },
            {
                "type": "profile-metric-funnel",
                "steps": steps,
                "timeframe_filter": self.pick(self.timeframe(), self.years()),
                "completion_window_seconds": self.pick(None, "HOURS_1", "DAYS_1", "DAYS_30"),
            },
            {"type": self.pick(*ONLY_IN_FLOWS), "percentage": 10},
            {
                "type": "profile-postal-code-distance",
                "country_code": self.pick("USA", "USA", "DEU"),
                "postal_code": self.pick("02108", "02108", "10115"),
                "unit": self.pick("miles", "kilometers"),
                "filter": {
                    "type": "numeric",
                    "operator": self.pick("less-than", "greater-than"),
                    "value": self.pick(0, 5, 30, 4000),
                },
            },
        )
