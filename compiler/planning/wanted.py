"""What the specs want of an account: bodies with its ids, as far as it has what they name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from compiler.bind import Names, Unbound, bind, diagnose
from compiler.bind.names import Wrong
from compiler.bind.sites import replaced
from compiler.codecs.references import PLACEHOLDER, placeholder, read
from compiler.diagnostics import Problems
from compiler.expand.document import Document
from compiler.files import read_letter
from compiler.live import Thing
from compiler.pipeline import Compiled
from compiler.plan.stages import CreateFlow, InsertAction, PatchAction
from compiler.plan.units import Unit
from compiler.planning.missing import Lack
from compiler.planning.observed import Contents
from compiler.project import Project

MAY_BE_MADE: Final = ("F313", "F318")  # the account has no such thing, or one of another kind by that name


@dataclass(frozen=True, slots=True)
class Wanted:
    """One flow or segment of the project: its attributes with ids, and what only its document says.

    ``made`` are the things, by kind and name, that this project makes and that have no id here yet: the account does
    not have them, or they are flows, of which only a plan can tell which one has the name (``references``).
    """

    kind: Literal["flow", "segment"]
    name: str
    attributes: Mapping[str, Any]
    document: Document
    used: tuple[Thing, ...]
    made: tuple[tuple[str, str], ...]

    @property
    def definition(self) -> Mapping[str, Any]:
        """The definition, with placeholders for what an apply makes."""
        found: Mapping[str, Any] = self.attributes["definition"]
        return found

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that the document asks for."""
        return tuple(self.document.data.get("tags") or ())


LeftOut = Callable[[], Mapping[tuple[str, str], str]]
"""What the project's specs make that a plan leaves out: the file of each kind and name, asked for where it counts."""


def nothing() -> Mapping[tuple[str, str], str]:
    """Return what a plan of all specs leaves out."""
    return {}


@dataclass(frozen=True, slots=True)
class Letters:
    """The templates that an apply makes, under names that say their content.

    ``files`` gives HTML by name, ``clones`` the id of the template that is copied.
    """

    files: dict[str, Mapping[str, Any]]
    clones: dict[str, str]


def wanted_of(
    compiled: Iterable[Compiled],
    names: Names,
    locked: Names | None,
    problems: Problems,
    left_out: LeftOut = nothing,
) -> tuple[list[Wanted], list[Lack]]:
    """Return what the project's bodies want, and what the account lacks.

    A name that has no id, and that nothing here makes, is diagnosed; ``left_out`` tells whether another spec makes it.
    """
    items = list(compiled)
    own = {(item.kind, item.name) for item in items}
    out: list[Wanted] = []
    lacks: list[Lack] = []
    for item in items:
        bound = bind(item.body, names, locked)
        made = []
        for unbound in bound.unbound:
            thing = _made_here(unbound, own)
            if thing is not None:
                made.append(thing)
            elif unbound.wrong.code != "F319":  # a template's file or copy: an apply makes it
                lacks += _lacking(item.document, unbound, left_out, problems)
        kind: Literal["flow", "segment"] = "flow" if item.kind == "flow" else "segment"
        attributes = bound.body["data"]["attributes"]
        out.append(Wanted(kind, item.name, attributes, item.document, bound.used, tuple(made)))
    return out, lacks


def _lacking(document: Document, unbound: Unbound, left_out: LeftOut, problems: Problems) -> list[Lack]:
    """Diagnose a reference without an id, and return what no apply can make."""
    elsewhere = left_out() if unbound.wrong.code in MAY_BE_MADE else {}
    thing = _made_here(unbound, elsewhere)
    if thing is not None:
        kind, name = thing
        message = (
            f'{elsewhere[thing]} makes the {kind} "{name}", which the account does not have yet, and this plan leaves it'
            f' out: add --target "{name}", or its file'
        )
        problems.extend(diagnose(document, replace(unbound, wrong=Wrong("F325", message))))
        return []
    found = list(diagnose(document, unbound))
    problems.extend(found)
    said = _name_of(unbound)
    lacks = unbound.wrong.code == "F313" and said is not None
    return [Lack(unbound.kind, str(said), one) for one in found if lacks]


def _name_of(unbound: Unbound) -> str | None:
    """Return the name that a reference without an id says."""
    said = read(unbound.kind, unbound.text) if PLACEHOLDER.fullmatch(unbound.text) else None
    name = (said.get("name") or said.get("clone")) if isinstance(said, Mapping) else said
    return name if isinstance(name, str) else None


def _made_here(unbound: Unbound, own: Container[tuple[str, str]]) -> tuple[str, str] | None:
    said = read(unbound.kind, unbound.text) if PLACEHOLDER.fullmatch(unbound.text) else None
    name = said.get("name") if isinstance(said, Mapping) and said.keys() == {"name"} else said
    if unbound.wrong.code not in MAY_BE_MADE or not isinstance(name, str):
        return None
    kinds = ("segment",) if unbound.kind in ("group", "segment") else (unbound.kind,)
    return next(((kind, name) for kind in kinds if (kind, name) in own), None)


def with_letters(
    wanted: Iterable[Wanted], project: Project, names: Names, contents: Contents
) -> tuple[list[Wanted], Letters]:
    """Return the wants with files and copies of templates named by their content, and those templates.

    The contents learn what each of these names holds.
    """
    letters = Letters({}, {})
    out = []
    for item in wanted:

        def named(kind: str, text: str) -> str:
            said = read(kind, text) if PLACEHOLDER.fullmatch(text) else None
            if kind != "template" or not isinstance(said, Mapping):
                return text
            made = _from_file(project, said, letters) or _copied(project, said, names, letters, contents)
            if made is None:
                return text
            name, content = made
            contents.known[placeholder("template", name)] = content
            return placeholder("template", name)

        attributes = {**item.attributes, "definition": replaced(item.definition, named)}
        out.append(Wanted(item.kind, item.name, attributes, item.document, item.used, item.made))
    return out, letters


def _from_file(
    project: Project, said: Mapping[str, Any], letters: Letters
) -> tuple[str, Mapping[str, Any]] | None:
    if "file" not in said:
        return None
    path = project.inside(said["file"])
    html = None if isinstance(path, str) else read_letter(path)
    if html is None:
        return None  # the compiler has said that there is no such file, or that it is not UTF-8
    content = {"html": html}
    name = content_name(project.name, said["file"], content)
    letters.files[name] = content
    return name, content


def _copied(
    project: Project, said: Mapping[str, Any], names: Names, letters: Letters, contents: Contents
) -> tuple[str, Mapping[str, Any]] | None:
    source = names.find("template", said["clone"]) if "clone" in said else None
    if not isinstance(source, Thing):
        return None
    contents.of_library([source.id])
    content = contents.known.get(source.id, {})
    name = content_name(project.name, source.name, content)
    letters.clones[name] = source.id
    return name, content


def content_name(project: str, origin: str, content: Mapping[str, Any]) -> str:
    """Return the name of a template that says where it comes from and what it holds."""
    return f"flowc/{project}/{origin}@{_mark(content)}"


def holds_what_it_says(name: str, content: Mapping[str, Any]) -> bool:
    """Say whether a template holds what its name, of ``content_name``, says."""
    return name.endswith(f"@{_mark(content)}")


def _mark(content: Mapping[str, Any]) -> str:
    text = "\0".join(str(content[key]) for key in sorted(content))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def letters_of(unit: Unit) -> set[str]:
    """Return the names of the templates that a unit's bodies carry: all in a create, else those of some steps."""
    if unit.desired is None or not unit.stages:
        return set()
    bodies = unit.desired["actions"]
    if not any(isinstance(stage, CreateFlow) for stage in unit.stages):
        steps = {stage.step for stage in unit.stages if isinstance(stage, InsertAction | PatchAction)}
        bodies = [one for one in bodies if str(one.get("temporary_id") or one.get("id")) in steps]
    return {name for kind, name in placeholders(bodies) if kind == "template"}


def placeholders(value: Any) -> Iterator[tuple[str, str]]:
    """Yield kind and name of everything in a definition that has no id yet."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from placeholders(item)
    elif isinstance(value, list):
        for item in value:
            yield from placeholders(item)
    elif isinstance(value, str) and (match := PLACEHOLDER.fullmatch(value)):
        said = read(match[1], value)
        if isinstance(said, str):
            yield match[1], said
