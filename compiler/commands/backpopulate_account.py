"""What ``flowc backpopulate`` reads of an account: a live flow, the ids of its messages, and its templates whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from compiler.commands.backpopulate_flow import Asked, Wanted, flow_files, of_project, template_ids
from compiler.commands.base import show
from compiler.diagnostics import Exit, Fatal, nearest

if TYPE_CHECKING:
    from compiler.client import Client
    from compiler.diff import FlowDiff
    from compiler.live import LiveFlow, Snapshot
    from compiler.project import Account, Project

PARTS: Final = ("metrics", "lists", "segments", "templates", "flows")
SENT: Final = {"fields[template]": "name,editor_type,html,text,amp"}
# The library alone gives what drag-and-drop templates are made of (contract: get_template).
STORED: Final = {
    "additional-fields[template]": "definition",
    "fields[template]": f"{SENT['fields[template]']},definition",
}
DRAGGED: Final = "SYSTEM_DRAGGABLE"
Parts = Mapping[str, Any]


def of_account(project: Project, account: Account, client: Client, snapshot: Snapshot, flow: Wanted) -> Asked:
    """Return a flow of the account by its name or id, or one of the project with the account's ids and templates.

    A name means the account's flow before the project's, and an archived or retired flow has only its id. Raises Fatal
    where neither has such a flow, or the account has several.
    """
    from compiler.bind import Names

    live = None if flow.file is not None else _live(snapshot.flows, flow.words)
    if live is not None:
        return _of_live(client, live)
    if flow.file is None:
        _check_name(project, account, snapshot, flow.words)
    asked = of_project(project, flow, account, snapshot.revision, Names(snapshot.things()))
    return _of_file(client, snapshot, asked)


def _of_live(client: Client, live: LiveFlow) -> Asked:
    from compiler.planning.observed import sent_messages, whole_flow

    found = whole_flow(client, live.id)
    if found is None:
        raise Fatal(f'the account has the flow "{live.name}" no more')
    definition = found["definition"]
    templates = _joined(contents_of(client, dict(sent_messages(definition)), ()))
    status = _out_of_service(live) or str(found["status"])
    return Asked(str(found["name"]), status, definition, templates, ids={}, standing="same")


def _out_of_service(flow: LiveFlow) -> str:
    """Return the word for a flow that takes nobody in, empty for one that is in use."""
    return "retired" if flow.retired else "archived" if flow.archived else ""


def _live(flows: tuple[LiveFlow, ...], wanted: str) -> LiveFlow | None:
    """Return the flow of a name or id, None for neither; one that is archived or was retired has only its id."""
    found = [one for one in flows if one.id == wanted] or _named(flows, wanted)
    if len(found) > 1:
        ids = ", ".join(sorted(one.id for one in found))
        raise Fatal(
            f'{len(found)} flows of the account are called "{wanted}"; say which by its id: {ids}',
            Exit.WRONG_SPECS,
        )
    return found[0] if found else None


def _named(flows: Iterable[LiveFlow], name: str) -> list[LiveFlow]:
    return [one for one in flows if one.name == name and not _out_of_service(one)]


def _check_name(project: Project, account: Account, snapshot: Snapshot, wanted: str) -> None:
    """Raise Fatal where the project has no flow of a name either, with what the account has instead."""
    files, problems = flow_files(project, account, snapshot.revision)
    if wanted in files:
        return
    show(problem for problem in problems if problem.severity == "error")
    out = [one for one in snapshot.flows if one.name == wanted]
    if out:
        words = " and ".join(sorted({_out_of_service(one) for one in out}))
        ids = ", ".join(sorted(one.id for one in out))
        said = f'the flow "{wanted}" of the account is {words}, so that nobody can be added; its id: {ids}'
        raise Fatal(said, Exit.WRONG_SPECS)
    names = {*files, *(one.name for one in snapshot.flows if not _out_of_service(one))}
    raise Fatal(
        f'the account has no flow "{wanted}", nor has the project{nearest(wanted, sorted(names))}',
        Exit.WRONG_SPECS,
    )


def _of_file(client: Client, snapshot: Snapshot, asked: Asked) -> Asked:
    """Return a file's flow with templates, and with the ids of the messages that the account has for its steps.

    The account's flow is that of its name, else of the name that it had. Where several have it, nobody knows which.
    """
    from compiler.planning.observed import sent_messages, whole_flow

    same = _named(snapshot.flows, asked.name) or _named(snapshot.flows, asked.was or asked.name)
    live = whole_flow(client, same[0].id) if len(same) == 1 else None
    there = dict(sent_messages(live["definition"])) if live is not None else {}
    wanted = template_ids(asked.definition) - asked.templates.keys()
    contents = contents_of(client, there, wanted - set(there.values()))
    templates = {**asked.templates, **_joined({name: contents[name] for name in wanted & contents.keys()})}
    known = {**{name: {"html": text} for name, text in asked.templates.items()}, **contents}
    if len(same) > 1:
        return replace(asked, templates=templates, standing="several")
    if live is None:
        return replace(asked, templates=templates, ids={}, standing="missing")
    diff = _diff(live["definition"], asked.definition, known)
    equal = diff.empty and live["name"] == asked.name and asked.status in (None, live["status"])
    ids = _ids(live["definition"], diff)
    return replace(asked, templates=templates, ids=ids, standing="same" if equal else "differs")


def _diff(live: Parts, desired: Parts, contents: Mapping[str, Parts]) -> FlowDiff:
    from compiler.diff import diff_flows
    from compiler.normalise import normalise_pair
    from compiler.planning.observed import identity

    compared = {name: identity(parts) for name, parts in contents.items()}
    return diff_flows(*normalise_pair(live, desired, compared))


def _ids(live: Parts, diff: FlowDiff) -> dict[str, tuple[str, ...]]:
    """Return the ids of live messages by the desired actions that a plan would take for the same."""
    from compiler.backpopulate.actions import message_of

    messages = {str(action["id"]): message_of(action) for action in live["actions"]}
    found = {pair.desired: messages.get(pair.live) for pair in diff.match.pairs}
    return {name: message.ids for name, message in found.items() if message is not None}


def contents_of(client: Client, sent: Mapping[str, str], library: Iterable[str]) -> dict[str, Parts]:
    """Return whole templates by what a definition calls them: those of messages, and others by their ids.

    ``sent`` gives the template of each message. What the account does not have is left out.
    """
    from compiler.client import calls
    from compiler.planning.observed import Contents

    found = _of_messages(client, sent)
    dragged = {name for name, parts in found.items() if parts.get("editor_type") == DRAGGED}
    asked = sorted({name for name in library if not name.startswith("@")} | dragged)
    missing = []
    for name, document in client.read_many(calls.GET_TEMPLATE, asked, params=STORED).items():
        if document is not None:
            found[name] = document["data"]["attributes"]
        elif name not in found:
            missing.append(name)
    if missing:  # copies that messages of other flows have of their own
        others = Contents(client)
        others.of_library(missing)
        copies = others.copies or {}
        found |= _of_messages(client, {copies[name]: name for name in missing if name in copies})
    return found


def _of_messages(client: Client, sent: Mapping[str, str]) -> dict[str, Parts]:
    from compiler.client import calls

    read = client.read_many(calls.GET_TEMPLATE_OF_MESSAGE, sorted(sent), params=SENT)
    return {
        sent[message]: document["data"]["attributes"]
        for message, document in read.items()
        if document is not None and document.get("data")
    }


def _joined(contents: Mapping[str, Parts]) -> dict[str, str]:
    """Return all texts of each template: every part, since a coupon may stand in any."""
    from compiler.backpopulate.eligibility import texts_of

    return {name: "\n".join(texts_of(parts)) for name, parts in contents.items()}
