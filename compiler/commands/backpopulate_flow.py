"""Where ``flowc backpopulate`` finds its flow: a spec, a definition's JSON file, or a live flow with its templates."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from compiler.commands.base import build, show, warn
from compiler.diagnostics import Exit, Fatal, Problems, nearest

if TYPE_CHECKING:
    from compiler.bind import Names
    from compiler.client import Client
    from compiler.live import LiveFlow, Snapshot
    from compiler.project import Project

PARTS: Final = ("metrics", "lists", "segments", "templates", "flows")


@dataclass(frozen=True, slots=True)
class Asked:
    """A flow to back-populate: its name, its status where that is known, its definition in the API's shape.

    ``templates`` holds the content of its templates, by what stands in the definition for each.
    """

    name: str
    status: str | None
    definition: Mapping[str, Any]
    templates: Mapping[str, str] = field(default_factory=dict)


def of_project(project: Project, flow: str, revision: str | None, names: Names | None = None) -> Asked:
    """Return the flow that a path or a name means in the project, with the ids that ``names`` know.

    Raises Fatal where there is no such flow.
    """
    path = Path(flow)
    if path.suffix == ".json" and path.is_file():
        name, status, definition = _from_json(path)
    else:
        (name, definition), status = _from_spec(project, flow, revision), None
    if names is not None:
        definition = _bound(definition, names)
    return Asked(name, status, definition, dict(_files(project, definition)))


def _from_spec(project: Project, flow: str, revision: str | None) -> tuple[str, Mapping[str, Any]]:
    path = Path(flow)
    result = build(project, (path,) if path.is_file() else (), revision, None, lint=False)
    flows = [item for item in result.built if item.kind == "flow"]
    if not path.is_file():
        flows = [item for item in flows if item.name == flow]
    if not flows:
        show(problem for problem in result.diagnostics if problem.severity == "error")
        names = [item.name for item in result.built if item.kind == "flow"]
        raise Fatal(
            f'"{flow}" is no spec of a flow and no flow\'s name{nearest(flow, names)}', Exit.WRONG_SPECS
        )
    if len(flows) > 1:
        raise Fatal(
            f"{flow} holds {len(flows)} flows; name one of them: {', '.join(item.name for item in flows)}",
            Exit.WRONG_SPECS,
        )
    body = json.loads(flows[0].text)["data"]["attributes"]
    return str(body["name"]), body["definition"]


def _from_json(path: Path) -> tuple[str, str | None, Mapping[str, Any]]:
    from compiler.definitions import read

    problems = Problems()
    found = [
        item for item in read(str(path), path.read_text(encoding="utf-8"), problems) if item.kind == "flow"
    ]
    show(problems)
    if len(found) != 1:
        raise Fatal(f"{path} holds {len(found)} flow definitions; one is needed", Exit.WRONG_SPECS)
    return found[0].name or path.stem, found[0].status, found[0].data


def of_account(project: Project, client: Client, snapshot: Snapshot, flow: str) -> Asked:
    """Return a live flow by its name or id with its templates, or a file with the account's ids and templates.

    Raises Fatal where the account has no such flow, or several.
    """
    from compiler.bind import Names
    from compiler.planning.observed import Contents, whole_flow

    names, contents = Names(snapshot.things()), Contents(client)
    if Path(flow).is_file():
        asked = of_project(project, flow, snapshot.revision, names)
        contents.of_library(template_ids(asked.definition) - asked.templates.keys())
        return _with_templates(asked, contents.known)
    found = whole_flow(client, _live(snapshot.flows, flow).id)
    if found is None:
        raise Fatal(f'the account has the flow "{flow}" no more')
    contents.of_flow(found["definition"])
    return _with_templates(
        Asked(str(found["name"]), str(found["status"]), found["definition"]), contents.known
    )


def _live(flows: tuple[LiveFlow, ...], wanted: str) -> LiveFlow:
    """Return the flow of a name or id; one that is archived or was retired has only its id."""
    found = [one for one in flows if one.id == wanted]
    found = found or [one for one in flows if one.name == wanted and not one.retired and not one.archived]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(sorted(one.id for one in found))
        raise Fatal(
            f'{len(found)} flows of the account are called "{wanted}"; say which by its id: {ids}',
            Exit.WRONG_SPECS,
        )
    names = sorted({one.name for one in flows})
    raise Fatal(
        f'the account has no flow "{wanted}"{nearest(wanted, names)}; a spec is named by its file',
        Exit.WRONG_SPECS,
    )


def _with_templates(asked: Asked, known: Mapping[str, Any]) -> Asked:
    """Return the flow with the content that the account has for its templates."""
    from compiler.backpopulate.eligibility import texts_of

    found = dict(asked.templates)
    for name in template_ids(asked.definition):
        if name in known and name not in found:
            found[name] = "\n".join(texts_of(known[name]))
    return replace(asked, templates=found)


def _bound(definition: Mapping[str, Any], names: Names) -> Mapping[str, Any]:
    """Return a definition with ids for names; what has none keeps its name, and why is said."""
    from compiler.bind import bind

    found = bind({"data": {"attributes": {"definition": definition}}}, names)
    for unbound in found.unbound:
        if unbound.wrong.severity == "error":
            warn(f"{unbound.wrong.message}\n")
    bound: Mapping[str, Any] = found.body["data"]["attributes"]["definition"]
    return bound


def _files(project: Project, definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the HTML of the templates that are files of the project, by their reference."""
    from compiler.codecs.references import read

    for name in template_ids(definition):
        file = read("template", name)
        path = project.inside(str(file["file"])) if isinstance(file, Mapping) and "file" in file else ""
        if isinstance(path, Path):
            yield name, path.read_text(encoding="utf-8", errors="replace")


def template_ids(value: Any) -> set[str]:
    """Return what stands in the places of templates' ids in a definition."""
    if isinstance(value, Mapping):
        own = {str(value["template_id"])} if value.get("template_id") else set()
        return own.union(*map(template_ids, value.values()))
    return set().union(*map(template_ids, value)) if isinstance(value, list) else set()
