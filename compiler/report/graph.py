"""Draws a flow: the one entry to Mermaid, SVG, DOT and JSON pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from compiler.labels.filters import Names
from compiler.model import Flow
from compiler.report.dot import dot
from compiler.report.graph_json import graph_json
from compiler.report.mermaid import mermaid
from compiler.report.picture import Mark, Picture, picture
from compiler.report.svg import svg

WRITERS: Final[Mapping[str, Callable[[Picture], str]]] = {
    "mermaid": mermaid,
    "svg": svg,
    "dot": dot,
    "json": graph_json,
}
FORMATS: Final = tuple(WRITERS)


def draw(
    flow: Flow,
    definition: Mapping[str, Any],
    form: str,
    *,
    names: Names | None = None,
    marks: Mapping[str, Mark] | None = None,
) -> str:
    """Return a flow and its lowered definition as a picture in one of :data:`FORMATS`.

    ``names`` maps ids of the account to names; ``marks`` maps ids of actions to ``added``, ``changed``, ``removed``.
    """
    return WRITERS[form](picture(flow, definition, names, marks))
