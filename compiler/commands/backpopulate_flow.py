"""Where ``flowc backpopulate`` finds a flow of the project: a spec, or a definition's JSON file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compiler.commands.base import WrongSpecs, build, show, values_of, warn
from compiler.diagnostics import Diagnostic, Exit, Fatal, Problems, nearest

if TYPE_CHECKING:
    from compiler.backpopulate.standing import Standing
    from compiler.bind import Names
    from compiler.project import Account, Project


@dataclass(frozen=True, slots=True)
class Asked:
    """A flow to back-populate: its name, its status where that is known, its definition in the API's shape.

    ``templates`` holds the content of its templates, by what stands in the definition for each; ``ids`` the messages
    that an account has for its actions, by action, None where that is not known; ``standing`` says how this one stands
    to the account's flow; ``was`` is the name that a spec says it had.
    """

    name: str
    status: str | None
    definition: Mapping[str, Any]
    templates: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, tuple[str, ...]] | None = None
    standing: Standing = "unknown"
    was: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which flow is asked for: the words of the argument, the file that they name, and its flow of a name."""

    words: str
    file: Path | None
    name: str | None

    def one_of(self, names: list[str]) -> int:
        """Return which flow of the file is meant; raises Fatal where it has none of that name, or several and no name."""
        if self.name is not None and self.name not in names:
            said = f'{self.words} holds no flow "{self.name}"{nearest(self.name, names)}'
            raise Fatal(said, Exit.WRONG_SPECS)
        if self.name is None and len(names) > 1:
            said = f"{self.words} holds {len(names)} flows; pick one of them by --name: {', '.join(names)}"
            raise Fatal(said, Exit.WRONG_SPECS)
        if self.name is not None and names.count(self.name) > 1:
            raise Fatal(
                f'{names.count(self.name)} flows are called "{self.name}"; rename one', Exit.WRONG_SPECS
            )
        return 0 if self.name is None else names.index(self.name)


def wanted(flow: str, name: str | None) -> Wanted:
    """Return what the argument and --name ask for; raises Fatal for a name of what is no file."""
    file = Path(flow) if Path(flow).is_file() else None
    if name is not None and file is None:
        raise Fatal(f'--name picks a flow of a file, and "{flow}" is no file', Exit.WRONG_SPECS)
    return Wanted(flow, file, flow if file is None else name)


def of_project(
    project: Project,
    flow: Wanted,
    account: Account | None,
    revision: str | None,
    names: Names | None = None,
) -> Asked:
    """Return the flow that a path or a name means in the project, with the ids that ``names`` know.

    ``account`` is whose vars a spec sees. Raises Fatal where there is no such flow.
    """
    if flow.file is not None and flow.file.suffix == ".json":
        asked = _from_json(flow, flow.file)
    else:
        asked = _from_spec(project, flow, account, revision)
    definition = asked.definition if names is None else _bound(asked.definition, names)
    files = dict(_files(project, definition, names.files if names is not None else {}))
    return replace(asked, definition=definition, templates=files)


def _from_spec(project: Project, flow: Wanted, account: Account | None, revision: str | None) -> Asked:
    from compiler.accounts import revision_of
    from compiler.pipeline import compile_project

    files = [flow.file] if flow.file is not None else _files_with(project, flow.words, account, revision)
    reads = revision_of(project, account, revision)
    found = compile_project(project, files, revision=reads, account=values_of(account), lint=False)
    flows = [item for item in found.compiled if item.kind == "flow"]
    if not flows:
        raise WrongSpecs(found.diagnostics) if found.problems.blocking else _none(flow.words, [])
    one = flows[flow.one_of([item.name for item in flows])]
    about, body = one.document.data, one.body["data"]["attributes"]
    was = about.get("was")
    return Asked(
        one.name,
        str(about.get("status") or "draft"),
        body["definition"],
        was=was if isinstance(was, str) else None,
    )


def flow_files(
    project: Project, account: Account | None, revision: str | None
) -> tuple[dict[str, set[str]], Iterable[Diagnostic]]:
    """Return the files of the project's flows by name, and what is wrong; what was compiled comes from the cache."""
    result = build(project, (), revision, account.name if account is not None else None, lint=False)
    found: dict[str, set[str]] = {}
    for item in result.built:
        if item.kind == "flow":
            found.setdefault(item.name, set()).add(item.file)
    return found, result.diagnostics


def _files_with(project: Project, name: str, account: Account | None, revision: str | None) -> list[Path]:
    """Return the files that hold a flow of a name."""
    flows, problems = flow_files(project, account, revision)
    if name not in flows:
        show(problem for problem in problems if problem.severity == "error")
        raise _none(name, sorted(flows))
    return [Path(file) for file in sorted(flows[name])]


def _none(flow: str, names: list[str]) -> Fatal:
    said = f'"{flow}" is no spec of a flow and no flow\'s name{nearest(flow, names)}'
    return Fatal(said, Exit.WRONG_SPECS)


def _from_json(flow: Wanted, path: Path) -> Asked:
    from compiler.definitions import read

    problems = Problems()
    found = [
        item for item in read(str(path), path.read_text(encoding="utf-8"), problems) if item.kind == "flow"
    ]
    show(problems)
    if not found:
        raise Fatal(f"{path} holds 0 flow definitions; one is needed", Exit.WRONG_SPECS)
    one = found[flow.one_of([item.name or path.stem for item in found])]
    return Asked(one.name or path.stem, one.status, one.data)


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
