"""Seeded definitions of flows and segments in the API's spelling, of every kind that the contract has.

``Maker(Random(7)).flow()`` is a create body's definition that the contract accepts; the same seed gives the same
definition. ``odd`` is how often a text is one that YAML, JSON or Jinja could misread, ``named`` how often a placeholder
(``@metric:Placed Order``) stands in an id's place, ``unknown`` how often a field
or kind of a future revision stands somewhere, ``joins`` how often two exits lead to one step, ``response`` whether
the definition is as the server answers. :func:`flows` and :func:`segments` are the same as Hypothesis strategies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from generate_actions import ACTION_KINDS, SPLITS, Actions, Api
from generate_conditions import CONDITION_KINDS, CONSENTS, FILTERS, SITE_KINDS
from generate_values import ODD_TEXTS, ZONES
from hypothesis import strategies as st

__all__ = (
    "ACTION_KINDS", "CONDITION_KINDS", "CONSENTS", "FILTERS", "ODD_TEXTS", "SITE_KINDS", "TRIGGER_KINDS", "Maker", "body", "flows", "graph_flow", "segments",
)  # fmt: skip

ODD_IDS = (
    "end",
    "none",
    "a b",
    "1.5",
    "é",
    "",
    "-x",
    "_y",
    "x" * 80,
    "Send",
    "raw",
    "id",
    "null",
    "007",
    "#3",
    "x.y",
    "NO",
)
NODE_ID = "hello-{}"


class Maker(Actions):
    """Draws whole definitions."""

    def __init__(
        self,
        random: Random,
        *,
        odd: float = 0.0,
        named: float = 0.15,
        unknown: float = 0.0,
        joins: float = 0.2,
        response: bool = False,
    ) -> None:
        super().__init__(random, odd=odd, named=named)
        self.unknown, self.joins, self.response = unknown, joins, response

    # ------------------------------------------------------------------ definitions

    def segment(self) -> Api:
        """A segment's definition."""
        return self._future(self.groups("segment"), "conditions")

    def flow(self, size: int | None = None, kinds: Sequence[str] = ACTION_KINDS) -> Api:
        """A flow's definition of ``size`` actions of the given kinds; a random few where no size is said."""
        count = self.random.choice((0, 1, 2, 3, 4, 5, 8, 12)) if size is None else size
        trigger = self.trigger()
        actions = self._actions(count, kinds, trigger)
        out = {
            "triggers": [trigger],
            "actions": actions,
            "entry_action_id": self._key(actions[0]) if actions else None,
        }
        out = self.fields(
            out, {"profile_filter": lambda: self.groups("flow-filter")}, {"reentry_criteria": self.reentry}
        )
        if self.chance(0.5):
            self.random.shuffle(out["actions"])
        return self._future(out, "actions", "triggers")

    def trigger(self, kind: str | None = None) -> Api:
        """One trigger."""
        kind = kind or self.one(TRIGGER_KINDS)
        return TRIGGERS[kind](self)

    def reentry(self) -> Api:
        unit = self.one(("hour", "day", "week", "alltime"))
        return {"duration": self.one((0, 1)) if unit == "alltime" else self.whole(), "unit": unit}

    # ------------------------------------------------------------------ triggers

    def date_trigger(self, **more: Any) -> Api:
        out = {
            "type": "date",
            **more,
            "timedelta_value_before_date": self.one((0, 1, 7, 30)),
            "trigger_time": self.clock(),
        }
        optional: Mapping[str, Callable[[], Any]] = {
            "timedelta_unit_before_date": lambda: self.one(("days", "weeks", "months")),
            "recurrence_frequency": lambda: self.one(("annually", "monthly", "never", "weekly")),
            "timezone": lambda: self.one(ZONES),
        }
        return self.fields(out, {"trigger_days": self.weekdays}, optional, share=0.7)

    def price_drop(self) -> Api:
        required = {
            "type": "price-drop",
            "trigger_filter": None if self.flag() else self.groups("price-drop-trigger"),
            "price_drop_amount_value": self.number(),
            "audience": self.random.sample(("checkout-started", "viewed"), self.random.randint(0, 2)),
        }
        units = {
            "price_drop_amount_unit": lambda: self.one(("currency", "percent")),
            "timeframe_days": self.whole,
            "currency_type": lambda: "usd",
        }
        return self.fields(required, optional=units)

    def low_inventory(self) -> Api:
        required = {
            "type": "low-inventory",
            "product_level": self.one(("product", "variant")),
            "trigger_filter": None if self.flag() else self.groups("low-inventory-trigger"),
            "inventory_count": self.whole(),
            "audience": self.random.sample(
                ("added-to-cart", "checkout-started", "viewed"), self.random.randint(0, 3)
            ),
        }
        return self.fields(required, optional={"timeframe_days": self.whole})

    # ------------------------------------------------------------------ the graph

    def _actions(self, count: int, kinds: Sequence[str], trigger: Api) -> list[Api]:
        """Actions that the first one reaches all, without cycles; each stands after those that lead to it."""
        keys = self._keys(count)
        actions: list[Api] = []
        open_exits: list[tuple[int, Callable[[str | None], None]]] = []
        for index in range(count):
            action, exits = self._action(keys[index], kinds, trigger)
            if (
                not exits and len(open_exits) < 2 and index < count - 1
            ):  # every later action needs a way to it
                action, exits = self._shell(keys[index], "time-delay", self.delay())
            if index:
                open_exits.pop(self.random.randrange(len(open_exits)))[1](keys[index])
            actions.append(action)
            open_exits += [(index, lead) for lead in exits]
        for index, lead in open_exits:
            later = keys[index + 1 :]
            lead(self.one(later) if later and self.chance(self.joins) else None)
        return actions

    def _keys(self, count: int) -> list[str]:
        if self.response:
            return [str(self.random.randint(10**7, 10**8) * 1000 + number) for number in range(count)]
        styles = (
            str,
            lambda number: f"step-{number}",
            lambda number: f"S{number}_x",
            lambda number: f"{number}-odd",
            lambda number: f"a{number} b",
        )
        style = self.one(styles)
        keys = [style(number) for number in range(1, count + 1)]
        if self.chance(self.odd):
            for position, odd in zip(
                range(0, count, 2), self.random.sample(ODD_IDS, len(ODD_IDS)), strict=False
            ):
                keys[position] = odd or "empty"
        return keys

    def _action(
        self, key: str, kinds: Sequence[str], trigger: Api
    ) -> tuple[Api, list[Callable[[str | None], None]]]:
        if self.chance(self.unknown / 3):
            return self._shell(key, self.one(("send-fax", "teleport")), self.free_map())
        kind = self.one(kinds)
        if kind == "multi-branch-split":
            return self._branches(key)
        return self._shell(key, kind, self.data(kind, trigger))

    def _shell(self, key: str, kind: str, data: Any) -> tuple[Api, list[Callable[[str | None], None]]]:
        """An action with its links, and what sets each of its exits."""
        links: Api = {}
        out = {"id" if self.response else "temporary_id": key, "type": kind, "links": links}
        if data is not None:
            out["data"] = data
        names = ("next_if_true", "next_if_false") if kind in SPLITS else ("next",)
        return out, [self._setter(links, name) for name in names]

    @staticmethod
    def _setter(links: Api, name: str) -> Callable[[str | None], None]:
        return lambda key: links.update({name: key})

    def _branches(self, key: str) -> tuple[Api, list[Callable[[str | None], None]]]:
        branches = []
        exits = []
        for position in range(self.random.randint(0, 4)):
            links: Api = {}
            filters = {"branch_filter": lambda: self.groups("branch"), "name": self.text}
            order = self.one((position, position, position, position * 2 + 1, None))
            branch = self.fields(
                {"branch_id": f"{position:06x}", "order": order, "links": links},
                filters,
                {"is_else": lambda: False},
                share=0.7,
            )
            exits.append(self._setter(links, "next"))
            branches.append(branch)
        if self.chance(0.8):
            links = {}
            last = self.fields(
                {"branch_id": f"{len(branches):06x}", "links": links, "is_else": True},
                {"branch_filter": lambda: None},
                {},
            )
            if self.chance(0.1):
                last["name"] = self.text()
            branches.append(last)
            exits.append(self._setter(links, "next"))
        data = {"name": self.text(), "branches": branches}
        return {
            "id" if self.response else "temporary_id": key,
            "type": "multi-branch-split",
            "data": data,
        }, exits

    def _key(self, action: Api) -> str:
        return str(action["id" if self.response else "temporary_id"])

    # ------------------------------------------------------------------ the future

    def _future(self, value: Any, *lists: str) -> Any:
        """Add fields, conditions and triggers that no revision has yet, below the given lists."""
        if not self.unknown:
            return value
        for found in list(_objects(value)):
            if (
                self.chance(self.unknown / 10)
                and not {"next", "next_if_true"} & found.keys()
                and "operator" not in found
            ):
                found[self.one(("shiny", "x_future", "zeta"))] = self.free()
        for found in list(_objects(value)):
            if isinstance(found.get("conditions"), list) and self.chance(self.unknown / 4):
                found["conditions"].append(
                    {"type": "profile-moon", "phase": self.text(), "filter": self.free()}
                )
        if "triggers" in lists and self.chance(self.unknown / 3):
            value["triggers"] = [{"type": "moonrise", "id": self.reference(), **self.free_map()}]
        return value


def _objects(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)


TRIGGERS: Mapping[str, Callable[[Maker], Api]] = {
    "list": lambda m: m.fields({"type": "list"}, {"id": lambda: m.reference("list")}, share=0.9),
    "segment": lambda m: m.fields({"type": "segment"}, {"id": lambda: m.reference("segment")}, share=0.9),
    "metric": lambda m: m.fields(
        {"type": "metric"},
        {"id": lambda: m.reference("metric"), "trigger_filter": lambda: m.groups("metric-trigger")},
        share=0.8,
    ),
    "date-profile-property": lambda m: m.date_trigger(
        date_field_type="profile-property", date_profile_property=m.text()
    ),
    "date-custom-object": lambda m: m.date_trigger(
        date_field_type="custom-object",
        custom_object_label=m.text(),
        custom_object_property_id=m.whole(),
        object_type_id=m.reference(),
        object_type_relationship_id=m.reference(),
    ),
    "price-drop": Maker.price_drop,
    "low-inventory": Maker.low_inventory,
}
TRIGGER_KINDS = tuple(sorted(TRIGGERS))


def body(definition: Mapping[str, Any], name: str = "Generated") -> Api:
    """A create body around a definition."""
    kind = "flow" if "actions" in definition else "segment"
    return {"data": {"type": kind, "attributes": {"name": name, "definition": definition}}}


def graph_flow(exits: Sequence[Sequence[int | None]], *, name: str = NODE_ID) -> Api:
    """A flow of the given exits, one entry a step: one exit is a delay, two are a split."""
    keys = [name.format(number) for number in range(len(exits))]
    actions: list[Api] = []
    for key, ways in zip(keys, exits, strict=True):
        targets = [None if way is None else keys[way] for way in ways]
        if len(ways) == 1:
            delay = {"value": 1, "unit": "days", "timezone": "profile"}
            actions.append(
                {"temporary_id": key, "type": "time-delay", "links": {"next": targets[0]}, "data": delay}
            )
        else:
            links = {"next_if_true": targets[0], "next_if_false": targets[1]}
            actions.append(
                {
                    "temporary_id": key,
                    "type": "conditional-split",
                    "links": links,
                    "data": {"profile_filter": {"condition_groups": []}},
                }
            )
    trigger = {"type": "metric", "id": "AbCdEf", "trigger_filter": None}
    return {
        "triggers": [trigger],
        "actions": actions,
        "entry_action_id": keys[0] if keys else None,
        "profile_filter": None,
    }


def flows(*, most: int = 12, **options: Any) -> st.SearchStrategy[Api]:
    """Definitions of flows up to ``most`` actions; the options are the Maker's."""
    return st.builds(
        lambda size, seed: Maker(Random(seed), **options).flow(size),
        st.integers(0, most),
        st.integers(0, 2**32),
    )


def segments(**options: Any) -> st.SearchStrategy[Api]:
    """Definitions of segments; the options are the Maker's."""
    return st.builds(lambda seed: Maker(Random(seed), **options).segment(), st.integers(0, 2**32))
