"""What can be seen wrong with a project's catalogs without an account."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from compiler.bind import Names
from compiler.coverage.catalog import read_catalog, shipped
from compiler.coverage.fitting import Behaviour, Surroundings, fit
from compiler.coverage.notes import contradictions
from compiler.coverage.roles import ROLES, Resolved
from compiler.diagnostics import Diagnostic, Problems
from compiler.live import Thing
from compiler.source import Source


def mistakes_in(
    catalogs: Iterable[Source], files: Collection[str], revision: str, at: datetime
) -> list[Diagnostic]:
    """Return what ``coverage`` would say of the catalogs named ``files``, read after the shipped one and each other.

    Every metric role counts as found, and thresholds are the defaults, as in an account that shows nothing else. An
    entry that names things of an account by their names is not compared with others.
    """
    problems = Problems()
    entries = read_catalog((shipped(problems), *catalogs), problems)
    roles = {role: Resolved(role, Thing("metric", role, "", role), "") for role in ROLES}
    fitted = fit(entries, Surroundings(Behaviour(at), roles, Names(()), revision), problems)
    contradictions(fitted, at, problems)
    return [diagnostic for diagnostic in problems if diagnostic.span.file in files]
