"""Templates by an id that the account does not have: said at the line that says the id, before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from compiler.bind import Unbound, diagnose, no_such_id
from compiler.client import Client, calls
from compiler.codecs.references import PLACEHOLDER
from compiler.diagnostics import Diagnostic
from compiler.planning.observed import template_sources
from compiler.planning.quick import LISTED
from compiler.planning.wanted import Wanted


def foreign_templates(
    client: Client, flows: Iterable[tuple[Wanted, Mapping[str, Any] | None]], known: Collection[str]
) -> Iterator[Diagnostic]:
    """Yield a diagnostic where a flow, beside the live one that it is to be, says the id of no template.

    ``known`` are the templates of the library that were read, as all that a flow newly names have been. The copy that
    a message has of its own is in no library: all flows are looked through for such an id, fifty a call.
    """
    asked = [
        (item, source)
        for item, live in flows
        for source in sorted(template_sources(item.definition) - template_sources((live or {}).get("definition")))
        if source not in known and not PLACEHOLDER.fullmatch(source)
    ]
    copies = _copies(client) if asked else set()
    for item, source in asked:
        if source not in copies:
            yield from diagnose(item.document, Unbound("template", source, no_such_id("template", source)))


def _copies(client: Client) -> set[str]:
    """Return the ids of the templates that the messages of all flows have."""
    pages = client.pages(calls.GET_FLOWS, params=LISTED)
    actions = [row["attributes"]["definition"] for page in pages for row in page.get("included") or ()]
    return template_sources({"actions": actions})
