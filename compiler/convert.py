"""The sentences of the way back: definitions to canonical YAML, and specs to canonical form."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from compiler import definitions, source, validate
from compiler.diagnostics import Diagnostic, Problems
from compiler.emit import emit
from compiler.expand import expand
from compiler.expand.document import Surroundings
from compiler.fmt import fmt
from compiler.pipeline import lower_document
from compiler.project import Project


def decompile_file(file: Path, revision: str, problems: Problems) -> list[str]:
    """Return the canonical YAML of each definition in a JSON file; what was found goes to ``problems``.

    The lifted document is judged like one that a person wrote, so a definition that the API would refuse is
    diagnosed at its own line.
    """
    text = file.read_text(encoding="utf-8")
    out = []
    for definition in definitions.read(str(file), text, problems):
        document = definitions.to_document(definition, file.stem, str(file), text, revision, problems)
        yaml_text = emit(document.data)
        out.append(yaml_text)
        problems.extend(judged(file, yaml_text, revision))
    return out


def judged(file: Path, yaml_text: str, revision: str) -> Iterable[Diagnostic]:
    """Yield what is wrong with decompiled text, at the lines of the YAML."""
    problems = Problems()
    name = str(file.with_suffix(".yaml"))
    read = source.load(name, yaml_text, problems)
    for document in expand(read, Surroundings(read=lambda _: "a decompiled file uses nothing"), problems):
        findings = validate.validate(document)
        problems.extend(
            document.diagnose(code, message, path, key=key) for code, message, path, key in findings
        )
        if not findings:
            _, mistakes, _ = lower_document(document, file, revision)
            problems.extend(
                document.diagnose(mistake.code, mistake.message, mistake.path) for mistake in mistakes
            )
    yield from problems


def format_file(project: Project, file: Path, revision: str, problems: Problems) -> tuple[str, str]:
    """Return a file's text before and after formatting; a broken file stays as it is, and ``problems`` says why."""
    raw = file.read_bytes()
    read = source.load(project.display(file), raw, problems)
    after = fmt(read, revision, problems)
    return read.text, read.text if after is None else after
