"""The whole report as one JSON document."""

from __future__ import annotations

import json
from dataclasses import asdict

from compiler.coverage import Report
from compiler.diagnostics import Problems
from compiler.report.diagnostics import plain


def as_json(report: Report, problems: Problems) -> str:
    """Return everything that coverage says, and what was wrong with its inputs, with ``format_version``; dates as ISO texts."""
    data = {
        "format_version": 1,
        "account": report.account,
        "taken": report.taken,
        "covered": round(report.covered, 4),
        "mailable": asdict(report.base) if report.base else None,
        "channels": dict(report.channels),
        "stages": asdict(report.stages) if report.stages else None,
        "findings": [asdict(finding) for finding in report.findings],
        "tracker": [asdict(row) for row in report.rows],
        "summary": {group: [asdict(item) for item in items] for group, items in report.summary.items()},
        "calendar": [asdict(quarter) for quarter in report.calendar],
        "notes": list(report.notes),
        "diagnostics": plain(problems),
    }
    return json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n"
