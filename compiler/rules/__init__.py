"""Lint rules: one small module a subject, one function a rule. :func:`check` runs them all."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache

from compiler.rules.base import RULES, Finding, Rule, Subject


@cache
def rules() -> tuple[Rule, ...]:
    """Return every rule, by code; the folder listing is the registry."""
    for module in pkgutil.iter_modules(__path__):
        if module.name != "base":
            importlib.import_module(f"{__name__}.{module.name}")
    return tuple(RULES[code] for code in sorted(RULES))


def check(subject: Subject) -> Iterator[tuple[Rule, Finding]]:
    """Yield what each rule objects to in one flow."""
    for rule in rules():
        for finding in rule.check(subject):
            yield rule, finding
