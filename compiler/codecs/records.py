"""Objects with named fields: the codec that a JSON Schema of properties becomes.

A :class:`Record` is built once for each kind and revision from its schema file. It lowers by walking the
fields in the schema's order, and lifts the same way, so key order never depends on who wrote the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compiler.codecs import filters
from compiler.codecs.base import ABSENT, At, Codec, Run, same, tidy
from compiler.codecs.references import Derived


class Many:
    """A list of records."""

    def __init__(self, item: Record) -> None:
        self.item = item

    def lower(self, value: Any, at: At, run: Run) -> Any:
        """Lower each item; what is no mapping passes."""
        return [
            self.item.lower(entry, (at, index), run) if isinstance(entry, Mapping) else entry
            for index, entry in enumerate(value)
        ]

    def lift(self, value: Any, run: Run) -> Any:
        """Lift each item; ABSENT unless every one comes back equal, so that nothing is lost."""
        if not isinstance(value, list):
            return ABSENT
        out = []
        for entry in value:
            said = self.item.lift_whole(entry, run) if isinstance(entry, Mapping) else entry
            if said is ABSENT:
                return ABSENT
            out.append(said)
        return out


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record: its author's name, its place in the API's object, its meaning.

    ``droppable`` says that something is sent where nothing is written, so that ``null`` must say "leave it out".
    """

    name: str
    place: tuple[str, ...]
    codec: Codec
    default: Any = ABSENT
    droppable: bool = False
    null: bool = False
    trigger: bool = False
    measurement: str | None = None
    spread: bool = False


def put(out: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
    """Store a value at a place, making the objects on the way."""
    for key in place[:-1]:
        out = out.setdefault(key, {})
    out[place[-1]] = value


def get(api: Any, place: tuple[str, ...]) -> Any:
    """Return the value at a place, None where there is nothing."""
    for key in place:
        if not isinstance(api, Mapping):
            return None
        api = api.get(key)
    return api


class Record:
    """An object with named fields, both ways."""

    def __init__(self, fields: list[Field], later: Mapping[str, str], *, filtered: bool) -> None:
        self.fields, self.later, self.filtered = fields, later, filtered

    def lower(self, body: Any, at: At, run: Run) -> dict[str, Any]:
        """Return the API's object of an author's mapping."""
        out: dict[str, Any] = {}
        for field in self.fields:
            value = body.get(field.name, ABSENT)
            if value is None and field.droppable:
                continue
            if value is ABSENT or value is None:
                value = self._unsaid(field, run)
                if value is ABSENT and field.trigger:
                    run.mistake(
                        "F504", f"needs its {field.name}: the flow is triggered by no {field.name}", at
                    )
            else:
                value = field.codec.lower(value, (at, field.name), run)
            if value is not ABSENT:
                self._store(out, field, value)
        if self.filtered:
            found = filters.lower(body, at, run)
            if found is not ABSENT:
                out["filter"] = found
        if self.later:
            self._too_new(body, at, run)
        return out

    @staticmethod
    def _unsaid(field: Field, run: Run) -> Any:
        if field.trigger and run.trigger_metric is not None:
            return run.trigger_metric
        if isinstance(field.codec, Derived):
            return ABSENT if (value := field.codec.default(run)) is None else value
        return None if field.null else field.default

    @staticmethod
    def _store(out: dict[str, Any], field: Field, value: Any) -> None:
        if field.spread:
            out.update(value)
        elif field.measurement is not None:
            out["measurement"], out["measurement_filter"] = field.measurement, value
        elif len(field.place) == 1:
            out[field.place[0]] = value
        else:
            put(out, field.place, value)

    def _too_new(self, body: Mapping[str, Any], at: At, run: Run) -> None:
        for name, since in self.later.items():
            if body.get(name) is not None:
                run.mistake(
                    "F501",
                    f'revision {run.revision} has no "{name}"; the first that has it is {since}',
                    (at, name),
                )

    def lift(self, api: Mapping[str, Any], run: Run) -> dict[str, Any]:
        """Return the author's mapping of an API object; what it cannot say is left out."""
        body: dict[str, Any] = {}
        for field in self.fields:
            value = self._said(field, api, run)
            if value is not ABSENT:
                body[field.name] = value
        if self.filtered and api.get("filter") is not None:
            body.update(filters.lift(api["filter"], run))
        return body

    def _said(self, field: Field, api: Mapping[str, Any], run: Run) -> Any:
        if field.spread:
            return field.codec.lift(api, run)
        if field.measurement is not None:
            if api.get("measurement") != field.measurement:
                return ABSENT
            return field.codec.lift(api.get("measurement_filter"), run)
        value = get(api, field.place)
        unsaid = self._unsaid(field, run)
        if value is None:
            return None if field.droppable and unsaid is not ABSENT else ABSENT
        if unsaid is not None and unsaid is not ABSENT and same(value, unsaid):
            return ABSENT
        return field.codec.lift(value, run)

    def lift_whole(self, api: Mapping[str, Any], run: Run) -> Any:
        """Return the author's mapping of an API object, or ABSENT where that would lose something."""
        body = self.lift(api, run)
        back = self.lower(body, None, Run(run.revision, run.trigger, run.site))
        return body if same(tidy(back), tidy(api)) else ABSENT


class Object:
    """A nested object: absent where it cannot be said whole."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def lower(self, value: Any, at: At, run: Run) -> Any:
        """Lower the mapping."""
        return self.record.lower(value, at, run)

    def lift(self, value: Any, run: Run) -> Any:
        """Lift the object."""
        return self.record.lift_whole(value, run) if isinstance(value, Mapping) else ABSENT
