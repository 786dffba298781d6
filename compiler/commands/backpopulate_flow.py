"""Where ``flowc backpopulate`` finds a flow of the project: a spec, or a definition's JSON file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compiler.commands.base import WrongSpecs, build, show, values_of, warn
from compiler.diagnostics import Exit, Fatal, Problems, nearest

if TYPE_CHECKING:
    from compiler.bind import Names
    from compiler.project import Account, Project


@dataclass(frozen=True, slots=True)
class Asked:
    """A flow to back-populate: its name, its status where that is known, its definition in the API's shape.

    ``templates`` holds the content of its templates, by what stands in the definition for each; ``ids`` the messages
    that an account has for its actions, by action, None where that is not known, and ``differs`` says that its
    flow is not what the spec says; ``was`` is the name that a spec says it had.
    """

    name: str
    status: str | None
    definition: Mapping[str, Any]
    templates: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, tuple[str, ...]] | None = None
    differs: bool = False
    was: str | None = None


def of_project(
    project: Project,
    flow: str,
    account: Account | None,
    revision: str | None,
    names: Names | None = None,
) -> Asked:
    """Return the flow that a path or a name means in the project, with the ids that ``names`` know.

    ``account`` is whose vars a spec sees. Raises Fatal where there is no such flow.
    """
    path = Path(flow)
    if path.suffix == ".json" and path.is_file():
        asked = _from_json(path)
    else:
        asked = _from_spec(project, flow, account, revision)
    definition = asked.definition if names is None else _bound(asked.definition, names)
    files = dict(_files(project, definition, names.files if names is not None else {}))
    return replace(asked, definition=definition, templates=files)


def _from_spec(project: Project, flow: str, account: Account | None, revision: str | None) -> Asked:
    from compiler.accounts import revision_of
    from compiler.pipeline import compile_project

    named = not Path(flow).is_file()
    files = _files_with(project, flow, account, revision) if named else [Path(flow)]
    wanted = revision_of(project, account, revision)
    found = compile_project(project, files, revision=wanted, account=values_of(account), lint=False)
    flows = [item for item in found.compiled if item.kind == "flow" and (not named or item.name == flow)]
    if not flows:
        raise WrongSpecs(found.diagnostics) if found.problems.blocking else _none(flow, [])
    if len(flows) > 1:
        raise Fatal(
            f"{flow} holds {len(flows)} flows; name one of them: {', '.join(item.name for item in flows)}",
            Exit.WRONG_SPECS,
        )
    about, body = flows[0].document.data, flows[0].body["data"]["attributes"]
    was = about.get("was")
    return Asked(
        flows[0].name,
        str(about.get("status") or "draft"),
        body["definition"],
        was=was if isinstance(was, str) else None,
    )


def _files_with(project: Project, flow: str, account: Account | None, revision: str | None) -> list[Path]:
    """Return the files that hold a flow of a name; what else the project holds comes from the cache."""
    result = build(project, (), revision, account.name if account is not None else None, lint=False)
    flows = [item for item in result.built if item.kind == "flow"]
    files = sorted({item.file for item in flows if item.name == flow})
    if not files:
        show(problem for problem in result.diagnostics if problem.severity == "error")
        raise _none(flow, [item.name for item in flows])
    return [Path(file) for file in files]


def _none(flow: str, names: list[str]) -> Fatal:
    said = f'"{flow}" is no spec of a flow and no flow\'s name{nearest(flow, names)}'
    return Fatal(said, Exit.WRONG_SPECS)


def _from_json(path: Path) -> Asked:
    from compiler.definitions import read

    problems = Problems()
    found = [
        item for item in read(str(path), path.read_text(encoding="utf-8"), problems) if item.kind == "flow"
    ]
    show(problems)
    if len(found) != 1:
        raise Fatal(f"{path} holds {len(found)} flow definitions; one is needed", Exit.WRONG_SPECS)
    return Asked(found[0].name or path.stem, found[0].status, found[0].data)


def _bound(definition: Mapping[str, Any], names: Names) -> Mapping[str, Any]:
    """Return a definition with ids for names; what has none keeps its name, and why is said."""
    from compiler.bind import bind

    found = bind({"data": {"attributes": {"definition": definition}}}, names)
    for unbound in found.unbound:
        if unbound.wrong.severity == "error":
            warn(f"{unbound.wrong.message}\n")
    bound: Mapping[str, Any] = found.body["data"]["attributes"]["definition"]
    return bound


def _files(
    project: Project, definition: Mapping[str, Any], known: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the HTML of the templates that are files of the project, by their reference, or by an id that is known."""
    from compiler.codecs.references import read
    from compiler.files import read_letter

    for name in template_ids(definition):
        said = read("template", name)
        file = said["file"] if isinstance(said, Mapping) and "file" in said else known.get(name)
        path = project.inside(str(file)) if file is not None else ""
        html = read_letter(path) if isinstance(path, Path) else None
        if html is not None:
            yield name, html


def template_ids(value: Any) -> set[str]:
    """Return what stands in the places of templates' ids in a definition."""
    if isinstance(value, Mapping):
        own = {str(value["template_id"])} if value.get("template_id") else set()
        return own.union(*map(template_ids, value.values()))
    return set().union(*map(template_ids, value)) if isinstance(value, list) else set()
