"""Whether the templates that a plan relies on are there, and hold what the plan has seen: asked before the first write."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from compiler.apply.desk import Desk
from compiler.apply.templates import wrong_source
from compiler.plan.stages import CloneTemplate, RestoreTemplate
from compiler.plan.units import Unit
from compiler.planning.observed import Contents, template_sources
from compiler.planning.wanted import holds_what_it_says, letters_of

Live = Mapping[str, Mapping[str, Any]]


def moved_letters(desk: Desk, units: Collection[Unit], fresh: Collection[Unit], live: Live) -> list[str]:
    """Return what of the templates is not as planned, a sentence each.

    ``units`` are those that are left, ``fresh`` those of them that nothing was sent for, ``live`` their flows by id.
    """
    contents = Contents(desk.client)  # one of its own, lest it keeps a flow from looking again when it begins
    gone = dict.fromkeys([*_missing(desk, units), *_gone(desk, fresh, live, contents)])
    return [*gone, *_sources(desk, fresh, contents), *_changed(desk, units, contents)]


def _missing(desk: Desk, units: Iterable[Unit]) -> Iterator[str]:
    """Yield the content-named templates that bodies carry and that neither the account nor this plan has."""
    made = {unit.name for unit in units if unit.kind == "template" and unit.change == "create"}
    for name in sorted(_carried(units) - made):
        if ("template", name) not in desk.ids:
            yield _is_gone(f'"{name}"')
    library = {one.id for one in desk.snapshot.templates}
    for stage in (stage for unit in units for stage in unit.stages):
        if isinstance(stage, RestoreTemplate) and stage.template not in library:
            yield _is_gone(f'"{stage.name}"')


def _gone(desk: Desk, fresh: Iterable[Unit], live: Live, contents: Contents) -> Iterator[str]:
    """Yield the templates that a spec says by id, and that are neither in the library nor a message's own any more.

    Those that it says by name are among the plan's names, which are looked at in any case.
    """
    known = {one.id for one in desk.snapshot.templates} | {relied.id for relied in desk.plan.names}
    for unit in (unit for unit in fresh if unit.kind == "flow" and unit.stages):
        there = template_sources(live.get(str(unit.id), {}).get("definition"))
        said = template_sources(unit.desired) - there - known
        contents.of_library(said)
        yield from (
            _is_gone(one) for one in sorted(said) if one not in contents.known and not one.startswith("@")
        )


def _sources(desk: Desk, fresh: Iterable[Unit], contents: Contents) -> Iterator[str]:
    """Yield the templates of which copies are to be made, where they are not what their copies' names say."""
    for stage in (stage for unit in fresh for stage in unit.stages):
        if isinstance(stage, CloneTemplate) and ("template", stage.name) not in desk.ids:
            contents.of_library((stage.source,))
            wrong = wrong_source(stage, contents.known.get(stage.source))
            yield from (wrong,) if wrong is not None else ()


def _changed(desk: Desk, units: Iterable[Unit], contents: Contents) -> list[str]:
    """Return which templates that bodies carry hold something else by now, besides those that are to be set back."""
    restored = {unit.name for unit in units if unit.kind == "template" and unit.change == "update"}
    names = _carried(units) - restored
    contents.of_library(desk.ids["template", name] for name in names if ("template", name) in desk.ids)
    return altered(desk, names, contents)


def altered(desk: Desk, names: Iterable[str], contents: Contents) -> list[str]:
    """Return which content-named templates do not hold what their names say, of those whose content is known."""
    return [
        f'the template "{name}" was changed in the account since the plan was made'
        for name in sorted(names)
        if (content := contents.known.get(desk.ids.get(("template", name), ""))) is not None
        and not holds_what_it_says(name, content)
    ]


def _carried(units: Iterable[Unit]) -> set[str]:
    """Return the content-named templates that the bodies of some units carry."""
    return {name for unit in units if unit.kind == "flow" for name in letters_of(unit)}


def _is_gone(template: str) -> str:
    return f"the template {template} is gone since the plan was made"
