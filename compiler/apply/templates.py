"""Templates of the library: made of files, copied, and given back what their names say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.apply.bodies import document
from compiler.apply.desk import Desk
from compiler.apply.performing import Before, Request, Step
from compiler.client import calls
from compiler.plan.stages import CloneTemplate, CreateTemplate, RestoreTemplate
from compiler.planning.observed import CONTENT, identity


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
            made = _make(desk, key, name, Request(calls.CREATE_TEMPLATE, "", body))
            desk.contents.known[made] = identity(content)
        case CloneTemplate(name, source):
            body = document("template", {"name": name}, source)
            made = _make(desk, key, name, Request(calls.CLONE_TEMPLATE, "", body))
            desk.contents.of_library((source,))
            desk.contents.known[made] = desk.contents.known.get(source)


def _make(desk: Desk, key: str, name: str, request: Request) -> str:
    """Make a template and return its id."""

    def seen(before: Before) -> str | None:
        del before
        return next((one for one, _ in desk.names_of(calls.GET_TEMPLATES, "template", name)), None)

    step = Step(key, f'making the template "{name}"', lambda: request, seen)
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
