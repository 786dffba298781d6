"""Who is in a segment: conditions as SQL over the account's profiles, events and members."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from compiler.account.view import View

NUMERIC = {
    "equals": "=",
    "not-equals": "<>",
    "greater-than": ">",
    "greater-than-or-equal": ">=",
    "less-than": "<",
    "less-than-or-equal": "<=",
}
UNITS = {"hour": 3_600, "day": 86_400, "week": 604_800}
COLUMNS = ("email", "phone_number", "external_id", "created", "updated")
EUROPEAN_UNION = (
    *("Austria", "Belgium", "Bulgaria", "Croatia", "Cyprus", "Czechia", "Denmark", "Estonia", "Finland"),
    *("France", "Germany", "Greece", "Hungary", "Ireland", "Italy", "Latvia", "Lithuania", "Luxembourg"),
    *("Malta", "Netherlands", "Poland", "Portugal", "Romania", "Slovakia", "Slovenia", "Spain", "Sweden"),
)
REGIONS = {"united_states": ("United States",), "european_union": EUROPEAN_UNION}
CHANNELS = {"email": "email", "sms": "sms", "push": "mobile_push"}
NOBODY = "0"
LARGEST = 2**63
"""The first integer that SQLite cannot hold."""


@dataclass(slots=True)
class Conditions:
    """Builds one SQL condition over ``profiles p``; ``values`` holds what its named parameters stand for."""

    now: datetime
    values: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any) -> str:
        """Take up one value, and return the parameter that stands for it; raises ``TypeError`` for no scalar."""
        if not isinstance(value, str | int | float) or abs(value if isinstance(value, int) else 0) >= LARGEST:
            raise TypeError(f"{value!r} cannot be compared")
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def definition(self, definition: Mapping[str, Any]) -> str:
        """Return the condition of a whole definition: groups are ANDed, the conditions of a group ORed.

        Nobody is in a group without conditions, nor in a segment without groups.
        """
        groups = [
            "(" + (" OR ".join(map(self.condition, group.get("conditions") or ())) or NOBODY) + ")"
            for group in definition.get("condition_groups") or ()
        ]
        return " AND ".join(groups) or NOBODY

    def condition(self, condition: Mapping[str, Any]) -> str:
        """Return one condition.

        Kinds for which the account keeps no data (postal distances, ...) hold for nobody, and so does a condition
        without a field that its kind needs: to refuse those is the run's checker of shapes.
        """
        build = _BUILDERS.get(str(condition.get("type")))
        try:
            return build(self, condition) if build else NOBODY
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            return NOBODY

    def metric(self, condition: Mapping[str, Any]) -> str:
        """Events of a metric, counted or summed within a timeframe."""
        measure = "count(*)" if condition["measurement"] == "count" else "coalesce(sum(e.value), 0)"
        parts = [f"e.profile = p.id AND e.metric = {self.bind(condition['metric_id'])}"]
        parts.append(self.timeframe(condition.get("timeframe_filter"), "e.at"))
        for entry in condition.get("metric_filters") or []:
            path = "$." + json.dumps(entry["property"])
            value = f"json_extract(e.properties, {self.bind(path)})"
            parts.append(self.test(value, entry.get("filter")))
        wanted = condition["measurement_filter"]
        total = f"(SELECT {measure} FROM events e WHERE {' AND '.join(parts)})"  # noqa: S608 - values are bound
        return f"{total} {NUMERIC[wanted['operator']]} {self.bind(wanted['value'])}"

    def timeframe(self, timeframe: Mapping[str, Any] | None, column: str) -> str:
        """Return the condition that an epoch ``column`` lies in a timeframe."""
        operator = (timeframe or {}).get("operator", "alltime")
        if timeframe is None or operator in ("alltime", "flow-start"):
            return "1"
        if operator in ("after", "before"):
            sign = ">" if operator == "after" else "<"
            return f"{column} {sign} {self.bind(_epoch(timeframe['date']))}"
        if operator == "between-static":
            span = (_epoch(timeframe["start"]), _epoch(timeframe["end"]))
            return f"{column} BETWEEN {self.bind(span[0])} AND {self.bind(span[1])}"
        if operator == "between":
            span = (self._ago(timeframe["end"], timeframe), self._ago(timeframe["start"], timeframe))
            return f"{column} BETWEEN {self.bind(span[0])} AND {self.bind(span[1])}"
        moment = self._ago(timeframe["quantity"], timeframe)
        ways = {"in-the-last": ">=", "at-least": "<="}
        return f"{column} {ways[operator]} {self.bind(moment)}" if operator in ways else NOBODY

    def _ago(self, quantity: float, timeframe: Mapping[str, Any]) -> int:
        return int((self.now - timedelta(seconds=quantity * UNITS[timeframe["unit"]])).timestamp())

    def groups(self, condition: Mapping[str, Any]) -> str:
        """Membership of any of some lists and segments, or of none."""
        marks = ", ".join(self.bind(identifier) for identifier in condition["group_ids"])
        since = self.timeframe(condition.get("timeframe_filter"), "unixepoch(m.joined)")
        word = "EXISTS" if condition["is_member"] else "NOT EXISTS"
        held = "SELECT 1 FROM members m WHERE m.profile = p.id"
        return f"{word} ({held} AND m.held_by IN ({marks}) AND {since})"

    def property(self, condition: Mapping[str, Any]) -> str:
        """Test a field of the profile itself, or one of its custom properties."""
        name = str(condition["property"])
        if name in COLUMNS:
            return self.test(f"p.{name}", condition["filter"])
        custom = name.startswith("properties['") and name.endswith("']")
        path = f"$.properties.{json.dumps(name[12:-2])}" if custom else f"$.{json.dumps(name)}"
        return self.test(f"json_extract(p.body, {self.bind(path)})", condition["filter"])

    def test(self, value: str, wanted: Mapping[str, Any] | None) -> str:
        """Return the condition that ``value``, an SQL expression, passes a filter."""
        if wanted is None:
            return "1"
        kind, operator = wanted["type"], wanted["operator"]
        if kind == "existence":
            made = f"{value} IS {'NOT ' if operator == 'is-set' else ''}NULL"
        elif kind == "numeric" and operator in NUMERIC:
            made = f"CAST({value} AS REAL) {NUMERIC[operator]} {self.bind(wanted['value'])}"
        elif kind == "boolean":
            made = f"{value} = {self.bind(int(wanted['value']))}"
        elif kind == "date":
            made = self.timeframe(wanted, f"unixepoch({value})")
        elif kind == "list":
            made = self.items(value, operator, wanted["value"])
        else:
            made = self.text(value, operator, wanted.get("value"))
        return made

    def text(self, value: str, operator: str, wanted: Any) -> str:
        """Compare texts without regard to case; who has no text passes the negative operators."""
        negative, plain = operator.startswith("not-"), operator.removeprefix("not-")
        some = f"lower(coalesce({value}, ''))"
        many = [str(item).lower() for item in (wanted if isinstance(wanted, list) else [wanted])]
        if plain in ("equals", "in"):
            made = f"{some} IN ({', '.join(self.bind(item) for item in many)})"
        elif plain in ("contains", "starts-with", "ends-with"):
            made = {
                "contains": f"instr({some}, {self.bind(many[0])}) > 0",
                "starts-with": f"{some} LIKE {self.bind(many[0] + '%')}",
                "ends-with": f"{some} LIKE {self.bind('%' + many[0])}",
            }[plain]
        else:
            return NOBODY
        return f"NOT ({made})" if negative else made

    def items(self, value: str, operator: str, wanted: Any) -> str:
        """Compare lists by the items that they hold."""
        many = wanted if isinstance(wanted, list) else [wanted]
        items = f"json_each(CASE WHEN json_valid({value}) THEN {value} ELSE '[]' END) i"
        held = [
            f"EXISTS (SELECT 1 FROM {items} WHERE i.value = {self.bind(item)})"  # noqa: S608 - values are bound
            for item in many
        ]
        joined = f"({(' AND ' if operator.endswith('-all') else ' OR ').join(held) or NOBODY})"
        return f"NOT {joined}" if operator.startswith("not-") else joined

    def consent(self, condition: Mapping[str, Any]) -> str:
        """Whether a channel may be used for marketing, and (for email) whether somebody subscribed."""
        wanted = condition["consent"]
        channel = CHANNELS.get(wanted["channel"], "email")
        may = f"json_extract(p.body, '$.subscriptions.{channel}.marketing.can_receive_{_word(channel)}_marketing')"
        state = f"json_extract(p.body, '$.subscriptions.{channel}.marketing.consent')"
        made = [f"coalesce({may}, 0) = {int(bool(wanted['can_receive_marketing']))}"]
        status = (wanted.get("consent_status") or {}).get("subscription", "any")
        if status != "any":
            made.append(f"coalesce({state}, 'NEVER_SUBSCRIBED') = {self.bind(status.upper())}")
        for entry in (wanted.get("consent_status") or {}).get("filters") or []:
            if entry["field"] == "status_date":
                at = f"json_extract(p.body, '$.subscriptions.{channel}.marketing.consent_timestamp')"
                made.append(self.test(at, entry["filter"]))
        return f"({' AND '.join(made)})"

    def prediction(self, condition: Mapping[str, Any]) -> str:
        """Test a predicted figure of the profile."""
        name = str(condition["dimension"]).replace("next_purchase", "next_order")
        path = self.bind(f"$.predictive_analytics.{name}")
        return self.test(f"json_extract(p.body, {path})", condition["filter"])

    def region(self, condition: Mapping[str, Any]) -> str:
        """Whether the profile's country lies in a region."""
        region = condition.get("region") or condition.get("region_id")
        marks = ", ".join(self.bind(country) for country in REGIONS.get(str(region), ()))
        word = "IN" if condition["in_region"] else "NOT IN"
        return f"coalesce(json_extract(p.body, '$.location.country'), '') {word} ({marks})"


def _word(channel: str) -> str:
    return channel.removeprefix("mobile_")


def _epoch(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


_BUILDERS: Mapping[str, Callable[[Conditions, Mapping[str, Any]], str]] = {
    "profile-metric": Conditions.metric,
    "profile-group-membership": Conditions.groups,
    "profile-property": Conditions.property,
    "profile-marketing-consent": Conditions.consent,
    "profile-predictive-analytics": Conditions.prediction,
    "profile-region": Conditions.region,
}


def fill_segment(view: View, segment: str, definition: Mapping[str, Any], now: datetime) -> int:
    """Find a segment's members anew: who stays keeps the moment of joining; return how many there are."""
    conditions = Conditions(now)
    wanted = conditions.definition(definition)
    view.connection.execute("CREATE TEMP TABLE IF NOT EXISTS found (profile TEXT PRIMARY KEY)")
    view.connection.execute("DELETE FROM found")
    view.connection.execute(
        f"INSERT INTO found SELECT p.id FROM profiles p WHERE {wanted}",  # noqa: S608 - values are bound
        conditions.values,
    )
    view.connection.execute(
        "DELETE FROM members WHERE held_by = ? AND profile NOT IN (SELECT profile FROM found)", (segment,)
    )
    view.connection.execute(
        "INSERT OR IGNORE INTO members SELECT 'segment', ?, profile, ? FROM found",
        (segment, now.isoformat(timespec="seconds")),
    )
    counted = view.connection.execute("SELECT count(*) FROM found").fetchone()
    return int(counted[0])
