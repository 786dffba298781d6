"""Expands a document: blueprints, fragments, ``for_each``, expressions, defaults.

The result is plain data that ``validate`` can judge, with its :class:`Origin`s: where in which file each part was
written, so that a diagnostic points at the user's own text and names the chain that led there. A document without
``use``, ``for_each``, ``${{ }}`` and defaults is passed on as it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from compiler import expressions
from compiler.codecs.base import merge
from compiler.diagnostics import Diagnostic, Problems, Span, nearest
from compiler.resolve import STEP_KEYS, branches_of, kind_of
from compiler.source import Source, locate

LITERAL_KEYS: Final = frozenset({"kind", "use", "params", "id", "next"})
MOST_DOCUMENTS: Final = 500  # that one for_each stamps
MOST_STEPS: Final = 2_000  # of one flow after expansion
DEEPEST_USE: Final = 8
Path = tuple[Any, ...]
Read = Callable[[str], Source | str]


@dataclass(frozen=True, slots=True)
class Origin:
    """A part of an expanded document: its path there, the file and path where it was written, and who used it."""

    prefix: Path
    source: Source
    path: Path
    used_at: tuple[tuple[Source, Path], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One expanded document; ``suffix`` holds its ``for_each`` values, as in NAME.fr.json."""

    source: Source
    data: dict[str, Any]
    suffix: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()

    @property
    def kind(self) -> str:
        """The document's kind."""
        return str(self.data["kind"])

    def diagnose(self, code: str, message: str, path: Path, *, key: bool = False, severity: Any = "error") -> Diagnostic:
        """Return a diagnostic at a path of the expanded document, on the user's own text."""
        origin = self._origin(path)
        if origin is None:
            return Diagnostic(code, message, locate(self.source, path, key=key), severity)
        inner = locate(origin.source, origin.path + path[len(origin.prefix) :], key=key)
        chain = [locate(source, where, key=True) for source, where in origin.used_at]
        return Diagnostic(code, message, chain[0], severity, (*chain[1:], inner)) if chain else Diagnostic(code, message, inner, severity)

    def _origin(self, path: Path) -> Origin | None:
        fitting = [origin for origin in self.origins if path[: len(origin.prefix)] == origin.prefix]
        return max(fitting, key=lambda origin: len(origin.prefix), default=None)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a document can refer to: a reader of the project's files, its vars, the account, its defaults."""

    read: Read
    vars: Mapping[str, Any] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)


class Wrong(Exception):  # noqa: N818 - carries a diagnostic to the end of one document
    """Stops the expansion of one document."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the text that is being expanded stands, and through which uses it was reached."""

    source: Source
    path: Path = ()
    used_at: tuple[tuple[Source, Path], ...] = ()

    def at(self, *keys: Any) -> _Place:
        return _Place(self.source, (*self.path, *keys), self.used_at)

    def wrong(self, code: str, message: str, *, key: bool = False) -> Wrong:
        inner = locate(self.source, self.path, key=key)
        chain = [locate(source, where, key=True) for source, where in self.used_at]
        return Wrong(Diagnostic(code, message, chain[0] if chain else inner, via=(*chain[1:], inner) if chain else ()))


def expand(source: Source, around: Surroundings, problems: Problems) -> list[Document]:
    """Return the documents that one file stands for; blueprints and fragments stand for themselves."""
    data = source.data
    if not isinstance(data, dict) or data.get("kind") not in ("flow", "segment"):
        return [Document(source, data)] if isinstance(data, dict) else []
    defaults = merge(around.defaults, data.get("defaults") or {}) if data["kind"] == "flow" else {}
    if not defaults and "use" not in data and "for_each" not in data and not _needs_expansion(source.text):
        return [Document(source, data)]
    out = []
    try:
        for suffix, each in _each(data, _Place(source)):
            out.append(_Expansion(source, around, each, defaults).document(suffix))
    except Wrong as wrong:
        problems.found.append(wrong.diagnostic)
    return out


def _needs_expansion(text: str) -> bool:
    return "${{" in text or "use:" in text


def _each(data: Mapping[str, Any], place: _Place) -> Iterator[tuple[tuple[str, ...], dict[str, Any] | None]]:
    loops = data.get("for_each")
    if loops is None:
        yield (), None
        return
    here = place.at("for_each")
    if not isinstance(loops, Mapping) or not loops:
        raise here.wrong("F101", "for_each needs names with lists, as in {locale: [en, fr]}")
    for name, values in loops.items():
        if not isinstance(values, list) or not values or not all(isinstance(value, str | int | float | dict) for value in values):
            raise here.at(name).wrong("F101", f"for_each needs a list of values for {name}")
    count = 1
    for values in loops.values():
        count *= len(values)
    if count > MOST_DOCUMENTS:
        raise here.wrong("F102", f"for_each stamps {count:,} documents; {MOST_DOCUMENTS} is the limit")
    for combination in itertools.product(*loops.values()):
        each = dict(zip(loops, combination, strict=True))
        yield tuple(_word(value) for value in combination), each


def _word(value: Any) -> str:
    """Return the part of a file name that stands for a value of for_each."""
    if isinstance(value, Mapping):
        value = value.get("key") or value.get("name") or next(iter(value.values()), "")
    return "".join(char if char.isalnum() or char in "-_" else "-" for char in str(value))


class _Expansion:
    """The expansion of one document for one set of for_each values."""

    def __init__(self, source: Source, around: Surroundings, each: Mapping[str, Any] | None, defaults: Mapping[str, Any]) -> None:
        self.source, self.around, self.defaults = source, around, defaults
        self.outer: dict[str, Any] = {"vars": around.vars, "account": around.account}
        if each is not None:
            self.outer["each"] = each
        self.origins: list[Origin] = []
        self.steps = 0

    def document(self, suffix: tuple[str, ...]) -> Document:
        place = _Place(self.source)
        own = {key: value for key, value in self.source.data.items() if key not in ("for_each", "with", "use")}
        self.defaults = self.values(self.defaults, place.at("defaults"), self.outer)
        data = self.values(own, place, self.outer)
        if "use" in self.source.data:
            data = self._stamp(data, place)
        if isinstance(data.get("steps"), list):
            data["steps"] = self._splice(data["steps"], ("steps",), (), "")
        if self.defaults and isinstance(data.get("steps"), list):
            data["steps"] = [self._fill(step) for step in data["steps"]]
        data.pop("defaults", None)
        return Document(self.source, data, suffix, tuple(self.origins))

    # -------------------------------------------------------------- expressions

    def values(self, value: Any, place: _Place, scope: Mapping[str, Any]) -> Any:
        """Return data with its expressions evaluated."""
        if isinstance(value, str):
            if "${{" not in value:
                return value
            try:
                return expressions.evaluate(value, scope)
            except expressions.ExpressionError as error:
                raise place.wrong("F103", f"{value if len(value) < 60 else value[:57] + '...'}: {error}") from error
        if isinstance(value, Mapping):
            return {key: item if key in LITERAL_KEYS else self.values(item, place.at(key), scope) for key, item in value.items()}
        if isinstance(value, list):
            return [self.values(item, place.at(index), scope) for index, item in enumerate(value)]
        return value

    # -------------------------------------------------------------- blueprints

    def _stamp(self, own: dict[str, Any], place: _Place) -> dict[str, Any]:
        if "steps" in own:
            raise place.at("steps").wrong("F104", "steps beside use; a document that uses a blueprint has the blueprint's steps", key=True)
        there = self._read(self.source.data["use"], place.at("use"), "blueprint", "flow")
        scope = {**self.outer, "params": self._params(there, self.source.data.get("with") or {}, place.at("with"), self.outer)}
        inner = _Place(there.source, ("flow",), there.used_at)
        stamped = self.values(there.source.data["flow"], inner, scope)
        for key in stamped:
            if key not in own:
                self.origins.append(Origin((key,), there.source, ("flow", key), there.used_at))
        return {**stamped, **own}

    def _read(self, name: Any, place: _Place, kind: str, needs: str) -> _Place:
        if len(place.used_at) >= DEEPEST_USE:
            raise place.wrong("F105", f"use is nested more than {DEEPEST_USE} deep; does a fragment use itself?")
        found = self.around.read(name) if isinstance(name, str) else "needs the name of a file of the project"
        if isinstance(found, str):
            raise place.wrong("F106", found)
        if not isinstance(found.data, dict) or found.data.get("kind") != kind or not isinstance(found.data.get(needs), dict | list):
            raise place.wrong("F107", f'"{name}" is no {kind}; it needs kind: {kind} and {needs}')
        return _Place(found, (), (*place.used_at, (place.source, place.path)))

    def _params(self, there: _Place, given: Any, place: _Place, scope: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a blueprint's or fragment's parameters, checked against their schemas."""
        declared = there.source.data.get("params") or {}
        if not isinstance(given, Mapping) or not isinstance(declared, Mapping):
            raise place.wrong("F108", "with needs a mapping of parameters")
        values = self.values(given, place, scope)
        for name in values:
            if name not in declared:
                raise place.at(name).wrong("F108", f'no parameter "{name}"{nearest(name, declared)}', key=True)
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
    def _check_param(name: str, value: Any, about: Any, place: _Place) -> None:
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - loaded only for documents with parameters

        for error in Draft202012Validator(about if isinstance(about, dict) else {}).iter_errors(value):
            raise place.wrong("F108", f'the parameter "{name}": {error.message}')

    # -------------------------------------------------------------- fragments

    def _splice(self, items: list[Any], path: Path, inherited: tuple[Origin, ...], prefix: str) -> list[Any]:
        """Replace ``use`` steps by their fragments' steps; ``path`` is where the list stands in the result."""
        out: list[Any] = []
        for index, item in enumerate(items):
            where = self._written(path, index, inherited)
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise where.wrong("F109", f"more than {MOST_STEPS:,} steps after expansion")
            if isinstance(item, Mapping) and "use" in item:
                out += self._fragment(item, (*path, len(out)), where, len(out), path, prefix)
            else:
                self._note((*path, len(out)), where, moved=len(out) != index)
                out.append(self._inside(item, (*path, len(out)), prefix))
        return out

    def _written(self, path: Path, index: int, inherited: tuple[Origin, ...]) -> _Place:
        """Return where the item of a list was written."""
        origin = max((o for o in (*self.origins, *inherited) if path[: len(o.prefix)] == o.prefix), key=lambda o: len(o.prefix), default=None)
        if origin is None:
            return _Place(self.source, (*path, index))
        return _Place(origin.source, (*origin.path, *path[len(origin.prefix) :], index), origin.used_at)

    def _note(self, path: Path, where: _Place, *, moved: bool) -> None:
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
        for role, value, at in branches:
            if isinstance(value, list):
                keys = _keys(at)
                done = self._splice(value, (*path, *keys), (), prefix)
                _store(step, keys, done)
            del role
        return step

    def _fragment(self, item: Mapping[str, Any], path: Path, where: _Place, position: int, listed: Path, prefix: str) -> list[Any]:
        unknown = [key for key in item if key not in ("use", "with", "id")]
        if unknown:
            raise where.at(unknown[0]).wrong("F110", f"beside use stand only with and id, not {unknown[0]}", key=True)
        there = self._read(item["use"], where.at("use"), "fragment", "steps")
        scope = {**self.outer, "params": self._params(there, item.get("with") or {}, where.at("with"), {})}
        steps = self.values(there.source.data["steps"], there.at("steps"), scope)
        use_id = str(item.get("id") or str(item["use"]).rsplit("/", 1)[-1].split(".")[0])
        steps = _renamed(steps, f"{prefix}{use_id}.", there.at("steps"))
        out: list[Any] = []
        for index, step in enumerate(steps):
            target = (*listed, position + len(out))
            origin = Origin(target, there.source, ("steps", index), there.used_at)
            self.origins.append(origin)
            if isinstance(step, Mapping) and "use" in step:
                here = _Place(there.source, ("steps", index), there.used_at)
                self.origins.pop()
                out += self._fragment(step, target, here, position + len(out), listed, "")
            else:
                out.append(self._inside(step, target, ""))
        del path
        return out

    # -------------------------------------------------------------- defaults

    def _fill(self, step: Any) -> Any:
        """Add what the defaults say to the fields that a step leaves out."""
        if not isinstance(step, Mapping):
            return step
        out = dict(step)
        for key, value in step.items():
            if key in self.defaults and isinstance(value, Mapping | None):
                out[key] = {**self.defaults[key], **(value or {})}
            if key not in STEP_KEYS and isinstance(out.get(key), Mapping):
                out[key] = self._fill_inside(out[key])
            elif key in ("then", "else") and isinstance(value, list):
                out[key] = [self._fill(item) for item in value]
        return out

    def _fill_inside(self, body: Mapping[str, Any]) -> dict[str, Any]:
        out = dict(body)
        for key in ("then", "else", "variations"):
            if isinstance(out.get(key), list):
                out[key] = [self._fill(item) for item in out[key]]
        if isinstance(out.get("main"), Mapping):
            out["main"] = self._fill(out["main"])
        if isinstance(out.get("branches"), list):
            out["branches"] = [self._fill_inside(branch) if isinstance(branch, Mapping) else branch for branch in out["branches"]]
        return out


def _keys(at: Any) -> Path:
    keys: list[Any] = []
    while at is not None:
        at, key = at
        keys.append(key)
    return tuple(reversed(keys))


def _store(step: dict[str, Any], keys: Path, value: Any) -> None:
    """Replace a branch's list, copying what leads to it."""
    here: Any = step
    for key in keys[:-1]:
        inner = here[key]
        here[key] = list(inner) if isinstance(inner, list) else dict(inner)
        here = here[key]
    here[keys[-1]] = value


def _renamed(steps: list[Any], prefix: str, place: _Place) -> list[Any]:
    """Return a fragment's steps with its ids under the use's; jumps stay within the fragment."""
    own = set(_ids(steps))
    return [_rename(step, prefix, own, place.at(index)) for index, step in enumerate(steps)]


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("id"), str) and (kind_of(value) != "raw" or "raw" in value):
            yield value["id"]
        for key, item in value.items():
            if key != "id":
                yield from _ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from _ids(item)


def _rename(step: Any, prefix: str, own: set[str], place: _Place) -> Any:
    if not isinstance(step, Mapping):
        return step
    out = dict(step)
    if "id" in step and "use" not in step:
        out["id"] = f"{prefix}{step['id']}"
    elif "use" in step:
        out["id"] = f"{prefix}{step.get('id') or str(step['use']).rsplit('/', 1)[-1].split('.')[0]}"
        return out
    for key in ("next", "then", "else"):
        if key in step:
            out[key] = _rename_way(step[key], prefix, own, place.at(key))
    kind = kind_of(step)
    body = step.get(kind)
    if kind != "raw" and isinstance(body, Mapping):
        inner = dict(body)
        for key in ("then", "else"):
            if key in inner:
                inner[key] = _rename_way(inner[key], prefix, own, place.at(kind, key))
        if isinstance(inner.get("branches"), list):
            inner["branches"] = [
                {**branch, "then": _rename_way(branch["then"], prefix, own, place.at(kind, "branches", index, "then"))}
                if isinstance(branch, Mapping) and "then" in branch else branch
                for index, branch in enumerate(inner["branches"])
            ]
        out[kind] = inner
    return out


def _rename_way(way: Any, prefix: str, own: set[str], place: _Place) -> Any:
    if isinstance(way, list):
        return [_rename(step, prefix, own, place.at(index)) for index, step in enumerate(way)]
    if way in ("end", "none") or not isinstance(way, str):
        return way
    if way not in own:
        raise place.wrong("F111", f'a fragment cannot lead out to "{way}"{nearest(way, [*own, "end"])}')
    return f"{prefix}{way}"


def file_span(source: Source) -> Span:
    """Return the place of a file as a whole."""
    return Span(source.file, 1, 1)
