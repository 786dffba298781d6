"""Diagnostics as text, JSON, GitHub annotations and SARIF 2.1.0."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from compiler.diagnostics import Diagnostic, Span

FORMATS = ("text", "json", "github", "sarif")
SARIF_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
GITHUB_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def as_text(diagnostics: Iterable[Diagnostic], lines: Mapping[str, list[str]]) -> str:
    """Return one paragraph a diagnostic: the sentence, then the user's own line with a mark below it."""
    return "".join(_paragraph(diagnostic, lines) for diagnostic in diagnostics)


def _paragraph(diagnostic: Diagnostic, lines: Mapping[str, list[str]]) -> str:
    text = f"{diagnostic}\n"
    span = diagnostic.span
    listed = lines.get(span.file, [])
    if 0 < span.line <= len(listed):
        line = listed[span.line - 1].rstrip("\r\n")
        start = max(0, span.column - 61) if len(line) > 120 else 0
        shown = line[start : start + 120]
        text += f"    {shown}\n    {' ' * (span.column - 1 - start)}^\n"
    return text


def _place(span: Span) -> dict[str, Any]:
    return {"file": span.file, "line": span.line, "column": span.column}


def plain(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """Return diagnostics as plain data for JSON documents."""
    return [
        {
            "code": d.code,
            "severity": d.severity,
            "message": d.message,
            **_place(d.span),
            "via": [_place(span) for span in d.via],
        }
        for d in diagnostics
    ]


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """Return one JSON document with ``format_version``."""
    return (
        json.dumps({"format_version": 1, "diagnostics": plain(diagnostics)}, ensure_ascii=False, indent=2)
        + "\n"
    )


def as_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Return GitHub's workflow commands, which annotate the lines of a pull request."""
    return "".join(
        f"::{GITHUB_LEVELS[d.severity]} file={_property(d.span.file)},line={d.span.line or 1},col={d.span.column or 1},title={d.code}::{_data(d.message)}\n"
        for d in diagnostics
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(diagnostics: Iterable[Diagnostic], version: str) -> str:
    """Return a SARIF 2.1.0 log, which code scanning services read."""
    found = list(diagnostics)
    rules = [{"id": code} for code in sorted({d.code for d in found})]
    results = [
        {
            "ruleId": d.code,
            "level": SARIF_LEVELS[d.severity],
            "message": {"text": d.message},
            "locations": [_location(d.span)],
            **({"relatedLocations": [_location(span) for span in d.via]} if d.via else {}),
        }
        for d in found
    ]
    driver = {"name": "flowc", "version": version, "rules": rules}
    log = {
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _location(span: Span) -> dict[str, Any]:
    region = {"startLine": max(span.line, 1), "startColumn": max(span.column, 1)}
    return {"physicalLocation": {"artifactLocation": {"uri": span.file}, "region": region}}
