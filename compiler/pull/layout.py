"""Lays what was read out as files: emails first, so that flows can name them, then flows and segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from compiler.bind import Names
from compiler.cache import Built
from compiler.diagnostics import Problems, Span
from compiler.files import read_letter
from compiler.live import LiveSegment, LiveTemplate, Snapshot
from compiler.lock import Lock, Origin
from compiler.project import Project
from compiler.pull.fetching import Fetched, Message, PulledFlow
from compiler.pull.naming import Naming
from compiler.pull.texts import check, flow_text, says_the_same, segment_text


@dataclass(frozen=True, slots=True)
class Item:
    """One file as a pull would write it; ``definition`` is what its text compiles to (None for an email)."""

    file: str
    name: str
    text: str
    origin: Origin
    definition: Mapping[str, Any] | None = None


def lay_out(
    project: Project,
    fetched: Fetched,
    lock: Lock | None,
    owners: Mapping[tuple[str, str], Built],
    account: Mapping[str, Any],
    problems: Problems,
) -> list[Item]:
    """Return the files of everything that was read.

    ``owners`` are the project's own flows and segments by kind and name, ``account`` the account's name and vars
    for expressions. ``problems`` collects what no text can say, and texts that would not compile back to what
    was read.
    """
    naming = Naming(project, lock, owners)
    emails = _Emails(naming, fetched)
    names = Names(fetched.snapshot.things(), emails.files)
    layout = _Layout(naming, names, fetched.snapshot, account, problems)
    return [*emails.items(), *map(layout.flow, fetched.flows), *map(layout.segment, fetched.segments)]


class _Layout:
    """Makes the files of flows and segments, and proves that they say what was read."""

    def __init__(
        self, naming: Naming, names: Names, snapshot: Snapshot, account: Mapping[str, Any], problems: Problems
    ) -> None:
        self.naming, self.names, self.revision = naming, names, snapshot.revision
        self.account, self.problems = account, problems
        in_use = [flow for flow in snapshot.flows if not flow.archived and not flow.retired]
        self.bearers = Counter(
            [
                *(("flow", flow.name) for flow in in_use),
                *(("segment", segment.name) for segment in snapshot.segments),
            ]
        )

    def flow(self, flow: PulledFlow) -> Item:
        file, shown = self._file("flow", flow.about.id, flow.about.name)
        text = flow_text(flow, self.names, self.revision, shown, self.problems)
        return self._proven(
            Item(file, flow.about.name, text, Origin("flow", flow.about.id)), shown, flow.definition
        )

    def segment(self, segment: LiveSegment) -> Item:
        file, shown = self._file("segment", segment.id, segment.name)
        text = segment_text(segment, self.names, self.revision, shown, self.problems)
        return self._proven(
            Item(file, segment.name, text, Origin("segment", segment.id)), shown, segment.definition
        )

    def _file(self, kind: str, identifier: str, name: str) -> tuple[str, str]:
        file = self.naming.file_of(kind, identifier, name, alone=self.bearers[kind, name] == 1)
        return file, self.naming.project.display(self.naming.project.flows / file)

    def _proven(self, item: Item, shown: str, live: Mapping[str, Any]) -> Item:
        """Return the item with what its text compiles to; a text that says something else is a warning."""
        before = self.problems.errors
        definition = check(self.naming.project, item.text, shown, self.revision, self.account, self.problems)
        if self.problems.errors == before and not says_the_same(definition, live, self.names):
            message = "the text does not compile back to what the account holds; do the project's defaults change it?"
            self.problems.add("F320", message, Span(shown), "warning")
        return replace(item, definition=definition)


class _Emails:
    """Gives the content of each message a file; messages with equal content share one."""

    def __init__(self, naming: Naming, fetched: Fetched) -> None:
        self.naming = naming
        self.content: dict[str, str] = {}
        self.first: dict[str, tuple[Message, LiveTemplate]] = {}
        self.files: dict[str, str] = {}
        found = [
            (message, template)
            for flow in fetched.flows
            for message in flow.messages
            if (template := fetched.templates.get(message.id)) is not None and template.html
        ]
        known = [pair for pair in found if ("template", pair[0].id) in naming.recorded]
        for message, template in known:
            self._assign(naming.recorded["template", message.id], message, template)
        self.on_disk = self._on_disk()
        for message, template in found:
            if message.template not in self.files:
                self._assign(self._file(template, message), message, template)

    def _on_disk(self) -> dict[str, str]:
        """Return the project's email files by content, but those that this pull gives another content."""
        flows = self.naming.project.flows
        out: dict[str, str] = {}
        for path in sorted(flows.rglob("*.html")):
            file = self.naming.inside(path)
            if file not in self.content:
                content = read_letter(path)
                if content is not None:
                    out.setdefault(content, file)
        return out

    def _file(self, template: LiveTemplate, message: Message) -> str:
        content = template.html or ""
        shared = next((file for file, held in self.content.items() if held == content), None)
        return (
            shared
            or self.on_disk.get(content)
            or self.naming.fresh("template", template.name or message.name)
        )

    def _assign(self, file: str, message: Message, template: LiveTemplate) -> None:
        content = template.html or ""
        if self.content.setdefault(file, content) == content:
            self.first.setdefault(file, (message, template))
            self.files[message.template] = file

    def items(self) -> list[Item]:
        """Return the email files, by name."""
        out = []
        for file, content in sorted(self.content.items()):
            message, template = self.first[file]
            out.append(
                Item(
                    file,
                    template.name or message.name,
                    content,
                    Origin("template", message.template, message=message.id),
                )
            )
        return out
