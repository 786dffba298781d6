"""Templates of the library: made of files, copied, and given back what their names say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from compiler.apply.bodies import document
from compiler.apply.desk import Desk
from compiler.apply.performing import Before, Request, Step, Stopped
from compiler.client import calls
from compiler.diagnostics import Exit
from compiler.plan.stages import CloneTemplate, CreateTemplate, RestoreTemplate
from compiler.planning.observed import CONTENT, Contents, identity
from compiler.planning.wanted import holds_what_it_says


def hold_template(desk: Desk, key: str, stage: CreateTemplate | CloneTemplate | RestoreTemplate) -> None:
    """Make the library hold a template.

    One that has the name by now was made by an earlier run, or by somebody: the flow that carries it looks at what it
    holds. Who makes one knows its content, which a lagging read would not show to the flow that is made on it next.
    """
    match stage:
        case RestoreTemplate(template, name, content):
            _restore(desk, key, template, name, content)
        case _ if ("template", stage.name) in desk.ids:
            pass
        case CreateTemplate(name, content):
            body = document("template", {"name": name, "editor_type": "CODE", **content})
            made = _make(desk, key, name, lambda: Request(calls.CREATE_TEMPLATE, "", body))
            desk.contents.known[made] = identity(content)
        case CloneTemplate():
            _clone(desk, key, stage)


def _clone(desk: Desk, key: str, stage: CloneTemplate) -> None:
    """Copy a template that holds, just before it is copied, what the copy's name says."""
    copied: list[Any] = []

    def prepare() -> Request:
        contents = Contents(desk.client)
        contents.of_library((stage.source,))
        copied[:] = [contents.known.get(stage.source)]
        wrong = wrong_source(stage, copied[0])
        if wrong is not None:
            raise Stopped(f"{wrong}; plan again", Exit.STALE)
        return Request(calls.CLONE_TEMPLATE, "", document("template", {"name": stage.name}, stage.source))

    made = _make(desk, key, stage.name, prepare)
    if copied:
        desk.contents.known[made] = copied[0]


def wrong_source(stage: CloneTemplate, content: Mapping[str, Any] | None) -> str | None:
    """Return why a template's content (None: it is gone) cannot be copied under the name that says it, if so."""
    if content is None:
        return f'the template {stage.source}, of which "{stage.name}" is to be a copy, is gone'
    if not holds_what_it_says(stage.name, content):
        return f'the template {stage.source}, of which "{stage.name}" is to be a copy, was changed'
    return None


def _make(desk: Desk, key: str, name: str, prepare: Callable[[], Request]) -> str:
    """Make a template and return its id."""

    def seen(before: Before) -> str | None:
        del before
        return next((one for one, _ in desk.names_of(calls.GET_TEMPLATES, "template", name)), None)

    step = Step(key, f'making the template "{name}"', prepare, seen)
    desk.ids["template", name] = desk.performer.perform(step)
    return desk.ids["template", name]


def _restore(desk: Desk, key: str, template: str, name: str, content: Mapping[str, Any]) -> None:
    """Give a template its content again, unless it has it by now."""
    wanted = identity(content)

    def seen(before: Before) -> str | None:
        del before
        found = desk.client.find(calls.GET_TEMPLATE, template, params=CONTENT)
        return "" if found is not None and identity(found["data"]["attributes"]) == wanted else None

    if seen(()) is None:
        request = Request(calls.UPDATE_TEMPLATE, template, document("template", content, template))
        desk.performer.perform(Step(key, f'setting the template "{name}" back', lambda: request, seen))
    desk.contents.known[template] = wanted
