"""Reads a request's query parameters against what its endpoint takes."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from compiler.account.api import Params, Query
from compiler.account.errors import bad_parameter
from compiler.account.filters import Clause, parse_filter

_BRACKETED = re.compile(r"(fields|additional-fields)\[([a-z-]+)\]")
_OWN = ("filter", "include", "sort", "page[size]", "page[cursor]")


def read_query(pairs: Iterable[tuple[str, str]], params: Params, revision: str) -> Query:
    """Return the checked query; raises ``Refusal`` (400 with ``source.parameter``) for what is not taken."""
    raw = tuple(pairs)
    given = dict(raw)
    fields: dict[str, tuple[str, ...]] = {}
    additional: dict[str, tuple[str, ...]] = {}
    for name, value in given.items():
        bracketed = _BRACKETED.fullmatch(name)
        if bracketed:
            target = fields if bracketed[1] == "fields" else additional
            target[bracketed[2]] = _names(value)
            _check_bracketed(name, bracketed[1], bracketed[2], target[bracketed[2]], params)
        elif name not in _OWN:
            raise bad_parameter(f"'{name}' is not a parameter of this call.", name)
    return Query(
        fields=fields,
        additional=additional,
        include=_include(given.get("include", ""), params),
        clauses=_clauses(given.get("filter"), params, revision),
        sort=_sort(given.get("sort", ""), params),
        size=_size(given.get("page[size]"), params),
        cursor=_cursor(given.get("page[cursor]"), params),
        raw=raw,
    )


def _names(value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())


def _check_bracketed(name: str, form: str, kind: str, values: tuple[str, ...], params: Params) -> None:
    if form == "fields" and kind not in params.fields:
        raise bad_parameter(f"'{kind}' is not a resource of this call.", name)
    if form == "additional-fields":
        for value in values:
            if value not in params.additional.get(kind, ()):
                raise bad_parameter(f"'{value}' is not an additional field of '{kind}'.", name)


def _include(value: str, params: Params) -> tuple[str, ...]:
    names = _names(value)
    for name in names:
        if name not in params.include:
            raise bad_parameter(f"'{name}' is not a relationship that this call can include.", "include")
    return names


def _clauses(value: str | None, params: Params, revision: str) -> tuple[Clause, ...]:
    clauses = () if value is None else tuple(parse_filter(value, params.filters, "filter"))
    required = params.required_filter(revision) if params.required_filter else ""
    if required and required not in {clause.field for clause in clauses}:
        raise bad_parameter(f"A filter on '{required}' is required.", "filter")
    return clauses


def _sort(value: str, params: Params) -> str:
    if value and value.removeprefix("-") not in params.sort:
        raise bad_parameter(f"'{value}' is not a sort order of this call.", "sort")
    return value


def _size(value: str | None, params: Params) -> int:
    if params.page is None:
        if value is not None:
            raise bad_parameter("This call has no page size.", "page[size]")
        return params.fixed_page
    default, largest = params.page
    if value is None:
        return default
    if not value.isdigit() or not 1 <= int(value) <= largest:
        raise bad_parameter(f"The page size must be between 1 and {largest}.", "page[size]")
    return int(value)


def _cursor(value: str | None, params: Params) -> tuple[Any, ...] | None:
    if value is None or (params.page is None and not params.fixed_page):
        return None
    linked = parse_qs(urlsplit(value).query).get("page[cursor]")
    if linked:  # the vendor's SDK passes the whole link of the next page, and unwraps only https ones
        value = linked[0]
    try:
        read = json.loads(base64.urlsafe_b64decode(value.encode()))
        return (read[0], read[1])
    except (ValueError, binascii.Error, LookupError, TypeError):
        raise bad_parameter("The page cursor is not one that this API gave.", "page[cursor]") from None


def write_cursor(key: Any, tie: Any) -> str:
    """Return the opaque cursor that continues after the item with this sort key and tie-breaker."""
    return base64.urlsafe_b64encode(json.dumps([key, tie]).encode()).decode()
