"""The expansion of one document for one set of ``for_each`` values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from compiler import expressions
from compiler.codecs.base import unwind
from compiler.diagnostics import nearest
from compiler.expand.budget import Budget
from compiler.expand.defaults import Defaults
from compiler.expand.document import Document, Origin, Path, Place, Surroundings
from compiler.expand.renaming import renamed
from compiler.resolve import branches_of, kind_of
from compiler.sandbox import ExpressionError
from compiler.source import Source

LITERAL_KEYS: Final = frozenset({"kind", "use", "params", "id", "next"})
DEEPEST_USE: Final = 8


class Expansion:
    """The expansion of one document for one set of for_each values."""

    def __init__(
        self,
        source: Source,
        around: Surroundings,
        each: Mapping[str, Any] | None,
        budget: Budget,
    ) -> None:
        self.source, self.around, self.budget = source, around, budget
        self.outer: dict[str, Any] = {"vars": around.vars, "account": around.account}
        if each is not None:
            self.outer["each"] = each
        self.origins: list[Origin] = []
        budget.next_flow()

    def document(self, suffix: tuple[str, ...]) -> Document:
        """Return the expanded document; Wrong where something stops it."""
        place = Place(self.source)
        own = {
            key: value for key, value in self.source.data.items() if key not in ("for_each", "with", "use")
        }
        data = self.values(own, place, self.outer)
        if "use" in self.source.data:
            data = self._stamp(data, place)
        if isinstance(data.get("steps"), list):
            data["steps"] = self._splice(data["steps"], ("steps",), "")
        if data["kind"] == "flow" and isinstance(data.get("steps"), list):
            around = self.values(self.around.defaults, place, self.outer)
            filling = Defaults(around, data.get("defaults"), self._written(("defaults",)))
            data["steps"] = filling.steps(data["steps"], ("steps",))
            self.origins += filling.origins
        return Document(self.source, data, suffix, tuple(self.origins))

    # -------------------------------------------------------------- expressions

    def values(self, value: Any, place: Place, scope: Mapping[str, Any]) -> Any:
        """Return data with its expressions evaluated."""
        if isinstance(value, str):
            if "${{" not in value:
                return value
            self.budget.expression(value, place)
            try:
                found = expressions.evaluate(value, scope)
            except ExpressionError as error:
                raise place.wrong(
                    "F103", f"{value if len(value) < 60 else value[:57] + '...'}: {error}"
                ) from error
            self.budget.text(found, place)
            return found
        if isinstance(value, Mapping):
            return {
                key: item if key in LITERAL_KEYS else self.values(item, place.at(key), scope)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self.values(item, place.at(index), scope) for index, item in enumerate(value)]
        return value

    # -------------------------------------------------------------- blueprints

    def _stamp(self, own: dict[str, Any], place: Place) -> dict[str, Any]:
        if "steps" in own:
            raise place.at("steps").wrong(
                "F104",
                "steps beside use; a document that uses a blueprint has the blueprint's steps",
                key=True,
            )
        there = self._read(self.source.data["use"], place.at("use"), "blueprint", "flow")
        scope = {
            **self.outer,
            "params": self._params(there, self.source.data.get("with") or {}, place.at("with"), self.outer),
        }
        inner = Place(there.source, ("flow",), there.used_at)
        stamped = self.values(there.source.data["flow"], inner, scope)
        for key in stamped:
            if key not in own:
                self.origins.append(Origin((key,), there.source, ("flow", key), there.used_at))
        return {**stamped, **own}

    def _read(self, name: Any, place: Place, kind: str, needs: str) -> Place:
        if len(place.used_at) >= DEEPEST_USE:
            raise place.wrong(
                "F105", f"use is nested more than {DEEPEST_USE} deep; does a fragment use itself?"
            )
        found = self.around.read(name) if isinstance(name, str) else "needs the name of a file of the project"
        if isinstance(found, str):
            raise place.wrong("F106", found)
        if (
            not isinstance(found.data, dict)
            or found.data.get("kind") != kind
            or not isinstance(found.data.get(needs), dict | list)
        ):
            raise place.wrong("F107", f'"{name}" is no {kind}; it needs kind: {kind} and {needs}')
        self.budget.text(found.text, place)
        return Place(found, (), (*place.used_at, (place.source, place.path)))

    def _params(self, there: Place, given: Any, place: Place, scope: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a blueprint's or fragment's parameters, checked against their schemas."""
        declared = there.source.data.get("params") or {}
        if not isinstance(given, Mapping) or not isinstance(declared, Mapping):
            raise place.wrong("F108", "with needs a mapping of parameters")
        values = self.values(given, place, scope)
        for name in values:
            if name not in declared:
                raise place.at(name).wrong(
                    "F108", f'no parameter "{name}"{nearest(name, declared)}', key=True
                )
        out = {}
        for name, about in declared.items():
            if name in values:
                out[name] = values[name]
                self._check_param(name, values[name], about, place.at(name))
            elif isinstance(about, Mapping) and "default" in about:
                out[name] = about["default"]
            else:
                raise place.wrong("F108", f'the parameter "{name}" is missing')
        return out

    @staticmethod
    def _check_param(name: str, value: Any, about: Any, place: Place) -> None:
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - loaded only for documents with parameters

        for error in Draft202012Validator(about if isinstance(about, dict) else {}).iter_errors(value):
            raise place.wrong("F108", f'the parameter "{name}": {error.message}')

    # -------------------------------------------------------------- fragments

    def _splice(self, items: list[Any], path: Path, prefix: str) -> list[Any]:
        """Replace ``use`` steps by their fragments' steps; ``path`` is where the list stands in the result."""
        out: list[Any] = []
        for index, item in enumerate(items):
            where = self._written((*path, index), len(path))
            self.budget.step(where)
            if isinstance(item, Mapping) and "use" in item:
                out += self._fragment(item, where, len(out), path, prefix)
            else:
                self._note((*path, len(out)), where, moved=len(out) != index)
                out.append(self._inside(item, (*path, len(out)), prefix))
        return out

    def _written(self, path: Path, known: int | None = None) -> Place:
        """Return where a path of the result was written; ``known`` is how much of it is a path of the result yet."""
        known = len(path) if known is None else known
        fitting = (o for o in self.origins if len(o.prefix) <= known and path[: len(o.prefix)] == o.prefix)
        origin = max(fitting, key=lambda o: len(o.prefix), default=None)
        if origin is None:
            return Place(self.source, path)
        return Place(origin.source, (*origin.path, *path[len(origin.prefix) :]), origin.used_at)

    def _note(self, path: Path, where: Place, *, moved: bool) -> None:
        if moved:
            self.origins.append(Origin(path, where.source, where.path, where.used_at))

    def _inside(self, item: Any, path: Path, prefix: str) -> Any:
        """Splice within the branches of one step."""
        if not isinstance(item, Mapping):
            return item
        kind = kind_of(item)
        step = dict(item)
        if isinstance(step.get(kind), Mapping):
            step[kind] = dict(step[kind])
        try:
            branches = branches_of(kind, step, None)
        except (KeyError, AttributeError, TypeError):
            return step  # validate says what is wrong with it
        for _, value, at in branches:
            if isinstance(value, list):
                keys = unwind(at)
                done = self._splice(value, (*path, *keys), prefix)
                _store(step, keys, done)
        return step

    def _fragment(
        self, item: Mapping[str, Any], where: Place, position: int, listed: Path, prefix: str
    ) -> list[Any]:
        unknown = [key for key in item if key not in ("use", "with", "id")]
        if unknown:
            raise where.at(unknown[0]).wrong(
                "F110", f"beside use stand only with and id, not {unknown[0]}", key=True
            )
        there = self._read(item["use"], where.at("use"), "fragment", "steps")
        scope = {**self.outer, "params": self._params(there, item.get("with") or {}, where.at("with"), {})}
        steps = self.values(there.source.data["steps"], there.at("steps"), scope)
        use_id = str(item.get("id") or str(item["use"]).rsplit("/", 1)[-1].split(".")[0])
        steps = renamed(steps, f"{prefix}{use_id}.", there.at("steps"))
        out: list[Any] = []
        for index, step in enumerate(steps):
            self.budget.step(where)
            target = (*listed, position + len(out))
            origin = Origin(target, there.source, ("steps", index), there.used_at)
            self.origins.append(origin)
            if isinstance(step, Mapping) and "use" in step:
                here = Place(there.source, ("steps", index), there.used_at)
                self.origins.pop()
                out += self._fragment(step, here, position + len(out), listed, "")
            else:
                out.append(self._inside(step, target, ""))
        return out


def _store(step: dict[str, Any], keys: Path, value: Any) -> None:
    """Replace a branch's list, copying what leads to it."""
    here: Any = step
    for key in keys[:-1]:
        inner = here[key]
        here[key] = list(inner) if isinstance(inner, list) else dict(inner)
        here = here[key]
    here[keys[-1]] = value
