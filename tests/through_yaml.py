"""A definition through canonical YAML text and back, by the project's own rooms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compiler import kinds, source, validate
from compiler.diagnostics import Problems
from compiler.emit import emit
from compiler.expand import expand
from compiler.expand.document import Document, Surroundings
from compiler.expressions import escape
from compiler.lift import Lifting, lift_flow, lift_segment
from compiler.pipeline import lower_document

NOTHING = Surroundings(read=lambda _: "nothing is used")


def decompile(
    definition: Mapping[str, Any], revision: str | None = None, name: str = "Generated"
) -> tuple[str, Lifting]:
    """Return a definition's canonical text, and what was found on the way."""
    revision = revision or kinds.default_revision()
    if "condition_groups" in definition:
        data, lifting = lift_segment(definition, name, revision)
    else:
        data, lifting = lift_flow(definition, name, None, revision)
    return emit(escape(data)), lifting


def documents(text: str, problems: Problems, file: str = "a.yaml") -> list[Document]:
    """Return the documents of a text; what is wrong with the text goes to ``problems``."""
    return expand(source.load(file, text.encode("utf-8"), problems), NOTHING, problems)


def compiled(text: str, revision: str | None = None, *, judge: bool = True) -> Any:
    """Return the definition that a text compiles to; asserts that nothing is wrong with it."""
    problems = Problems()
    (document,) = documents(text, problems)
    assert not list(problems), list(map(str, problems))
    if judge:
        findings = validate.validate(document)
        assert not findings, [
            str(document.diagnose(code, message, path, key=key)) for code, message, path, key in findings
        ]
    out, mistakes, _ = lower_document(document, Path("a.yaml"), revision or kinds.default_revision())
    assert not mistakes, mistakes
    return out.body["data"]["attributes"]["definition"]
