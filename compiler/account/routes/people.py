"""Profiles as rows of their own table: reading, describing, paging them; members of lists and segments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from compiler.account.api import Call
from compiler.account.filters import Clause, moment_of
from compiler.account.parameters import write_cursor
from compiler.account.view import Row

COLUMNS = "p.number, p.id, p.email, p.phone_number, p.external_id, p.created, p.updated, p.body"
OPERATORS = {"greater-than": ">", "greater-or-equal": ">=", "less-than": "<", "less-or-equal": "<="}
TEXTS = ("first_name", "last_name", "organization", "locale", "title", "image")


def iso(moment: float) -> str:
    """Return an epoch second as the API writes times."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")


def profile_row(found: Sequence[Any]) -> Row:
    """Return a profile from its columns (``COLUMNS``, then the moment of joining where one was read)."""
    number, identifier, email, phone, external, created, updated, body = found[:8]
    stored: dict[str, Any] = json.loads(body)
    stored |= {"email": email, "phone_number": phone, "external_id": external}
    stored |= {"created": created, "updated": updated}
    if len(found) > 8:
        stored["joined_group_at"] = found[8]
    return Row(identifier, "", stored, number)


def fetch_profile(call: Call, identifier: str) -> Row | None:
    """Return one profile, or ``None``."""
    found = call.view.connection.execute(
        f"SELECT {COLUMNS} FROM profiles p WHERE p.id = ?",  # noqa: S608 - fixed columns
        (identifier,),
    ).fetchone()
    return profile_row(found) if found else None


def describe_profile(call: Call, row: Row) -> dict[str, Any]:
    """Return a profile's attributes; ``joined_group_at`` only among the members of a group."""
    last = call.view.connection.execute("SELECT max(at) FROM events WHERE profile = ?", (row.id,)).fetchone()[
        0
    ]
    made = {name: row.body.get(name) for name in ("email", "phone_number", "external_id", *TEXTS)}
    made |= {"created": row.body["created"], "updated": row.body["updated"]}
    made |= {
        "last_event_date": None if last is None else iso(last),
        "location": row.body.get("location") or {},
        "properties": row.body.get("properties") or {},
    }
    if "joined_group_at" in row.body:
        made["joined_group_at"] = row.body["joined_group_at"]
    return made


def describe_more(call: Call, row: Row) -> dict[str, Any]:
    """Return what a profile shows on demand: subscriptions and predictive analytics."""
    del call
    return {
        "subscriptions": row.body.get("subscriptions") or never_subscribed(),
        "predictive_analytics": row.body.get("predictive_analytics") or {},
    }


def never_subscribed() -> dict[str, Any]:
    """Return the subscriptions of a profile that never consented to anything."""
    return {
        "email": {
            "marketing": {
                "can_receive_email_marketing": True,
                "consent": "NEVER_SUBSCRIBED",
                "consent_timestamp": None,
                "last_updated": None,
                "method": None,
                "method_detail": None,
                "custom_method_detail": None,
                "double_optin": None,
                "suppression": [],
                "list_suppressions": [],
            }
        },
        "sms": {
            "marketing": {
                "can_receive_sms_marketing": False,
                "consent": "NEVER_SUBSCRIBED",
                "consent_timestamp": None,
                "method": None,
                "method_detail": None,
                "last_updated": None,
            }
        },
        "mobile_push": {
            "marketing": {
                "can_receive_push_marketing": False,
                "consent": "NEVER_SUBSCRIBED",
                "consent_timestamp": None,
            }
        },
    }


def where(clauses: Sequence[Clause], columns: dict[str, str]) -> tuple[list[str], list[Any]]:
    """Return SQL conditions and their values for ``clauses``; ``columns`` maps fields to SQL expressions.

    Times compare as the API writes them, in UTC, to the second.
    """
    conditions, values = [], []
    for clause in clauses:
        column = columns[clause.field]
        if clause.operator in OPERATORS:
            conditions.append(f"{column} {OPERATORS[clause.operator]} ?")
            values.append(moment_of(clause).astimezone(UTC).isoformat(timespec="seconds"))
        else:
            wanted = clause.value if isinstance(clause.value, list) else [clause.value]
            conditions.append(f"{column} IN ({', '.join('?' * len(wanted))})")
            values.extend(wanted)
    return conditions, values


def select_page(
    call: Call,
    source: str,
    key: str,
    tie: str,
    conditions: list[str],
    values: list[Any],
    *,
    descending: bool,
) -> tuple[list[tuple[Any, ...]], str | None]:
    """Return one page of ``source`` (a SELECT without WHERE) in the order of ``key``, and the next cursor.

    Each row begins with its key and its tie-breaker.
    """
    way, compare = ("DESC", "<") if descending else ("ASC", ">")
    conditions, values = list(conditions), list(values)
    if call.query.cursor is not None:
        conditions.append(f"({key}, {tie}) {compare} (?, ?)")
        values += call.query.cursor
    limit = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    found = call.view.connection.execute(
        f"{source}{limit} ORDER BY {key} {way}, {tie} {way} LIMIT ?", [*values, call.query.size + 1]
    ).fetchall()
    shown = found[: call.query.size]
    following = write_cursor(shown[-1][0], shown[-1][1]) if len(found) > len(shown) else None
    return shown, following


MEMBER_FIELDS = {
    "profile_id": "p.id",
    "email": "p.email",
    "phone_number": "p.phone_number",
    "push_token": "''",
    "_kx": "p.id",
    "joined_group_at": "m.joined",
}


def members_page(call: Call, group: str) -> tuple[list[Row], str | None]:
    """Return one page of the members of a list or segment, latest joined first unless sorted otherwise."""
    conditions, values = where(call.query.clauses, MEMBER_FIELDS)
    source = (
        f"SELECT m.joined, p.number, {COLUMNS}, m.joined "  # noqa: S608 - fixed columns
        "FROM members m JOIN profiles p ON p.id = m.profile"
    )
    shown, following = select_page(
        call,
        source,
        "m.joined",
        "p.number",
        ["m.held_by = ?", *conditions],
        [group, *values],
        descending=call.query.sort != "joined_group_at",
    )
    return [profile_row(found[2:]) for found in shown], following


def count_members(call: Call, group: str) -> int:
    """Return how many profiles are in a list or segment."""
    found = call.view.connection.execute(
        "SELECT count(*) FROM members WHERE held_by = ?", (group,)
    ).fetchone()
    return int(found[0])


def groups_of(call: Call, family: str, profile: str) -> list[str]:
    """Return the ids of the lists or segments that a profile is in."""
    found = call.view.connection.execute(
        "SELECT held_by FROM members WHERE profile = ? AND family = ? ORDER BY held_by", (profile, family)
    )
    return [identifier for (identifier,) in found]
