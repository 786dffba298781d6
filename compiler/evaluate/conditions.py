"""Each condition as an Ibis boolean over one row a profile; null where the data cannot say for that profile.

Null is SQL's own "unknown": AND and OR carry it through a definition, so that a profile that fails another group is
surely no member. A condition that no profile's data can decide raises UndecidedError with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from compiler.evaluate.columns import (
    AFFINITY_CHANNELS,
    CODES,
    FIELDS,
    PERMISSION_CHANNELS,
    PREDICTED_DATE,
    PREDICTED_NUMBERS,
    PROFILE_COLUMNS,
    code_of,
    custom_property,
    profile_column,
)
from compiler.evaluate.consent import consent_truth
from compiler.evaluate.countries import (
    EUROPEAN_UNION,
    PARTLY_EUROPEAN,
    UNITED_STATES,
    UNITED_STATES_TERRITORIES,
)
from compiler.evaluate.definition import (
    Condition,
    ConsentCondition,
    DistanceCondition,
    FunnelCondition,
    MembershipCondition,
    MetricCondition,
    OpaqueCondition,
    PermissionCondition,
    PredictiveCondition,
    PropertyCondition,
    RegionCondition,
)
from compiler.evaluate.distance import kilometers
from compiler.evaluate.filters import Filter, UndecidedError
from compiler.evaluate.metrics import Atom, Sources, event_atom, funnel_atom, member_atom, unsure_atoms
from compiler.evaluate.values import always, number_holds, one_of, or_false, text_holds_anywhere, value_holds
from compiler.evaluate.windows import window_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

REGIONS = {
    "european_union": (EUROPEAN_UNION, PARTLY_EUROPEAN),
    "united_states": (UNITED_STATES, UNITED_STATES_TERRITORIES),
}


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """One row a profile: its columns, the columns that answer atoms, and the moment (naive UTC)."""

    table: ir.Table
    names: Mapping[Atom, str]
    sources: Sources

    @property
    def at(self) -> datetime:
        """The moment of evaluation."""
        return self.sources.at

    def column(self, name: str, what: str) -> Any:
        """Return a profile column; raises UndecidedError where the table does not have it."""
        if name not in self.table.columns:
            raise UndecidedError(f"profiles lack the column {name} ({what})")
        return self.table[name]

    def answer(self, atom: Atom) -> Any:
        """Return an atom's number, 0 for a profile without rows."""
        return self.table[self.names[atom]].fill_null(0)


def atoms_of(condition: Condition, sources: Sources) -> tuple[Atom, ...]:
    """Return what a condition asks of events or memberships; raises UndecidedError."""
    if isinstance(condition, MetricCondition):
        return event_atom(condition, sources), *unsure_atoms(condition, sources)
    if isinstance(condition, FunnelCondition):
        return funnel_atom(condition, sources), *unsure_atoms(condition, sources)
    return (member_atom(condition, sources),) if isinstance(condition, MembershipCondition) else ()


def may_be_unknown(condition: Condition, sources: Sources) -> bool:
    """Return whether a condition that the data decides can still be unknown for some profile."""
    if isinstance(condition, MetricCondition | FunnelCondition):
        return bool(unsure_atoms(condition, sources))
    if isinstance(condition, PropertyCondition):
        return condition.filter.compares_whole and _elements(condition, sources.tables.profiles) is not None
    return isinstance(condition, ConsentCondition | PermissionCondition | RegionCondition | DistanceCondition)


def truth(condition: Condition, rows: Rows) -> Any:
    """Return the condition as a boolean column that is null where unknown; raises UndecidedError if it always is."""
    return TRUTHS[type(condition)](condition, rows)


def _metric(condition: MetricCondition, rows: Rows) -> Any:
    measured = rows.answer(event_atom(condition, rows.sources))
    test = condition.comparison
    if test.kind != "numeric":
        raise UndecidedError(f"a {test.kind} filter compares no {condition.measurement}")
    answer = number_holds(Filter(test.kind, test.operator, _exact(test.value), _exact(test.until)), measured)
    return _where_sure(condition, answer, rows)


def _where_sure(condition: MetricCondition | FunnelCondition, answer: Any, rows: Rows) -> Any:
    """Return an answer that is null for profiles with events of which the filters cannot say whether they pass."""
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    unsure = [rows.answer(atom) > 0 for atom in unsure_atoms(condition, rows.sources)]
    return one_of(unsure).ifelse(ibis.null("boolean"), answer) if unsure else answer


def _exact(value: Any) -> Any:
    """Return a number as it is written, so that 19.99 equals a sum of 19.99 and counts are compared as whole numbers."""
    if value is None:
        return None
    return int(value) if value == int(value) else Decimal(repr(value))


def _funnel(condition: FunnelCondition, rows: Rows) -> Any:
    return _where_sure(condition, rows.answer(funnel_atom(condition, rows.sources)) > 0, rows)


def _membership(condition: MembershipCondition, rows: Rows) -> Any:
    found = rows.answer(member_atom(condition, rows.sources))
    return found > 0 if condition.is_member else found == 0


def _property(condition: PropertyCondition, rows: Rows) -> Any:
    custom, code = custom_property(condition.property), code_of(condition.filter)
    if custom is not None:
        name = profile_column(custom, code)
        column = rows.column(name, f'"{custom}" as {CODES[code]}')
    elif condition.property in FIELDS:
        name = FIELDS[condition.property]
        if code not in ("x", PROFILE_COLUMNS[name]):
            return always(answer=False)  # the field never has a value of the filter's type
        column = rows.column(name, f'"{condition.property}"')
    else:
        raise UndecidedError(f'"{condition.property}" is no profile field that the API answers')
    elements = _elements(condition, rows.table)
    if elements is not None:
        return text_holds_anywhere(condition.filter, column, elements)
    window = window_of(condition.filter, rows.at) if code == "t" else None
    return value_holds(condition.filter, column, window)


def _elements(condition: PropertyCondition, table: ir.Table) -> Any:
    """Return the column of a custom property's lists that a text filter looks into, None if there is none."""
    custom = custom_property(condition.property)
    if custom is None or condition.filter.kind != "string":
        return None
    name = profile_column(custom, "l")
    return table[name] if name in table.columns else None


def _consent(condition: ConsentCondition, rows: Rows) -> Any:
    return consent_truth(condition, rows.column, rows.at)


def _permission(condition: PermissionCondition, rows: Rows) -> Any:
    """WhatsApp: the API says whether it can be reached, not whether that was agreed to explicitly."""
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    if condition.channel not in PERMISSION_CHANNELS:
        raise UndecidedError(f'the channel "{condition.channel}" is not known')
    can = rows.column(f"{condition.channel}_can", "whether the profile can be reached")
    kind, _, reach = condition.status.rpartition("_")
    agrees = can if reach == "reachable" else ~can
    if kind == "implicitly_or_explicitly" and not condition.filtered:
        return agrees
    return agrees.ifelse(ibis.null("boolean"), agrees)


def _predictive(condition: PredictiveCondition, rows: Rows) -> Any:
    dimension = condition.dimension
    if dimension in PREDICTED_NUMBERS:
        return value_holds(condition.filter, rows.column(dimension, "a predicted figure"), None)
    if dimension == "expected_date_of_next_purchase":
        column = rows.column(PREDICTED_DATE, "a predicted date")
        return value_holds(condition.filter, column, window_of(condition.filter, rows.at))
    if dimension == "channel_affinity" and condition.measurement == "priority":
        if condition.channel not in AFFINITY_CHANNELS:
            raise UndecidedError(f'the channel "{condition.channel}" is not known')
        place = rows.column(f"channel_place_{condition.channel}", "the channel's place")
        return or_false(place == condition.filter.value)
    raise UndecidedError(
        f'the API does not answer the prediction "{" ".join(filter(None, (dimension, condition.measurement)))}"'
    )


def _region(condition: RegionCondition, rows: Rows) -> Any:
    """Null without a recognised country, and for territories whose counting is not documented."""
    import ibis  # noqa: PLC0415 - heavy, loaded where data is read

    if condition.region not in REGIONS:
        raise UndecidedError(f'the region "{condition.region}" is not known')
    inside, unclear = REGIONS[condition.region]
    code = rows.column("country_code", "the country in two letters")
    answer = code.isin(inside) if condition.inside else code.notin(inside)
    return code.isin(unclear).ifelse(ibis.null("boolean"), answer)


def _distance(condition: DistanceCondition, rows: Rows) -> Any:
    """Null for a profile whose place is not known."""
    place = rows.sources.tables.places.get((condition.country_code, condition.postal_code))
    if place is None:
        where = f"{condition.postal_code} ({condition.country_code})"
        raise UndecidedError(f"the place of postal code {where} is not in the data (places.csv)")
    latitude = rows.column("latitude", "where a profile is")
    longitude = rows.column("longitude", "where a profile is")
    away = kilometers(place, latitude, longitude)
    return away < condition.kilometers if condition.nearer else away > condition.kilometers


def _opaque(condition: OpaqueCondition, _: Rows) -> Any:
    raise UndecidedError(condition.reason)


TRUTHS: dict[type, Callable[[Any, Rows], Any]] = {
    MetricCondition: _metric,
    FunnelCondition: _funnel,
    MembershipCondition: _membership,
    PropertyCondition: _property,
    ConsentCondition: _consent,
    PermissionCondition: _permission,
    PredictiveCondition: _predictive,
    RegionCondition: _region,
    DistanceCondition: _distance,
    OpaqueCondition: _opaque,
}
