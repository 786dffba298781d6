"""The canonical YAML of a live flow or segment, and the proof that it says what was read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compiler import source, validate
from compiler.bind import Names, unbind
from compiler.diagnostics import Problems, Span
from compiler.emit import emit
from compiler.expand import expand
from compiler.expand.document import Surroundings
from compiler.expressions import escape
from compiler.lift import Lifting, lift_flow, lift_segment
from compiler.live import LiveSegment
from compiler.pipeline import lower_document
from compiler.project import Project
from compiler.pull.fetching import PulledFlow
from compiler.roundtrip import equal


def flow_text(flow: PulledFlow, names: Names, revision: str, file: str, problems: Problems) -> str:
    """Return the flow's YAML; what no text can say goes to ``problems``."""
    named = unbind(flow.definition, names)
    document, lifting = lift_flow(named, flow.about.name, flow.about.status, revision)
    if flow.about.tags:
        document["tags"] = list(flow.about.tags)
    _note(lifting, file, problems)
    return emit(escape(document))


def segment_text(segment: LiveSegment, names: Names, revision: str, file: str, problems: Problems) -> str:
    """Return the segment's YAML; what no text can say goes to ``problems``."""
    document, lifting = lift_segment(unbind(segment.definition, names), segment.name, revision)
    if segment.tags:
        document["tags"] = list(segment.tags)
    if segment.is_starred:
        document["starred"] = True
    if not segment.is_active:
        document["active"] = False
    _note(lifting, file, problems)
    return emit(escape(document))


def _note(lifting: Lifting, file: str, problems: Problems) -> None:
    for mistake in lifting.errors:
        problems.add(mistake.code, mistake.message, Span(file))
    for mistake in lifting.warnings:
        problems.add(mistake.code, mistake.message, Span(file), "warning")


def check(
    project: Project, text: str, file: str, revision: str, account: Mapping[str, Any], problems: Problems
) -> dict[str, Any] | None:
    """Return the definition that a pulled text compiles to in this project; what is wrong with it is collected."""
    around = Surroundings(
        read=project.read,
        vars={**project.vars, **account.get("vars", {})},
        account={key: value for key, value in account.items() if key != "vars"},
        defaults=project.defaults,
    )
    read = source.load(file, text, problems)
    for document in expand(read, around, problems):
        findings = validate.validate(document)
        problems.extend(
            document.diagnose(code, message, path, key=key) for code, message, path, key in findings
        )
        if not findings:
            compiled, mistakes, _ = lower_document(document, Path(file), revision, project.joins)
            problems.extend(
                document.diagnose(mistake.code, mistake.message, mistake.path) for mistake in mistakes
            )
            if not mistakes:
                definition: dict[str, Any] = compiled.body["data"]["attributes"]["definition"]
                return definition
    return None


def says_the_same(compiled: Mapping[str, Any] | None, live: Mapping[str, Any], names: Names) -> bool:
    """Say whether what a text compiles to means what the account holds."""
    return compiled is not None and equal(compiled, unbind(live, names))
