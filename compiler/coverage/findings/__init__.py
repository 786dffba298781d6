"""What coverage finds, one small function a rule."""

from __future__ import annotations

from compiler.coverage.findings import dates, entries, hidden, pairs, predictions, reading, state, width
from compiler.coverage.findings.base import RULES
from compiler.coverage.model import Finding
from compiler.coverage.view import View

__all__ = ["RULES", "findings_of"]
MODULES = (entries, state, dates, pairs, width, reading, predictions, hidden)


def findings_of(view: View) -> tuple[Finding, ...]:
    """Return everything that is found, in the order of codes, then of names."""
    found = [finding for rule in sorted(RULES, key=lambda rule: rule.code) for finding in rule.findings(view)]
    return tuple(sorted(found, key=lambda finding: (finding.code, finding.entry, finding.segments)))
