"""The lock's tag in the account: ``flowc apply START HOST NONCE until END``.

A lock whose end has passed is dead. It stays in the account until an apply has ended well: its start says since when
a run that nobody finished may have made things.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from compiler.apply.waiting import Patience
from compiler.client import Client, Ok, Refused, calls
from compiler.diagnostics import Exit, Fatal

PREFIX: Final = "flowc apply "
STARTS: Final = re.compile(r"flowc apply (\S+) \S+ \S+ until ")
ENDS: Final = re.compile(r" until (\S+)$")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who applies: the machine's name and a number that no other run has; both without spaces."""

    host: str
    nonce: str


def lock_name(holder: Holder, start: dt.datetime, end: dt.datetime) -> str:
    """Return the name of a lock; of two the one that began earlier is the smaller."""
    return f"{PREFIX}{_stamp(start)} {holder.host} {holder.nonce} until {_stamp(end)}"


def ended(name: str, at: dt.datetime) -> str:
    """Return the name of a lock with another end."""
    return ENDS.sub("", name) + f" until {_stamp(at)}"


def started(name: str) -> dt.datetime | None:
    """Return when a lock's run began, None for a name that does not say it."""
    return _moment(STARTS.match(name))


def end_of(name: str) -> dt.datetime | None:
    """Return when a lock ends, None for a name that does not say it."""
    return _moment(ENDS.search(name))


def expired(name: str, now: dt.datetime) -> bool:
    """Say whether a lock's end has passed; a lock without a readable end never expires."""
    end = end_of(name)
    return end is not None and end <= now


def locks(client: Client) -> list[tuple[str, str]]:
    """Return id and name of every lock in the account, dead ones too, in the order of their names."""
    rows = [row for page in client.pages(calls.GET_TAGS) for row in page["data"]]
    found = [(str(row["id"]), str((row.get("attributes") or {}).get("name") or "")) for row in rows]
    return sorted((one for one in found if one[1].startswith(PREFIX)), key=lambda one: one[1])


def announce(client: Client, name: str, patience: Patience) -> None:
    """Make a lock's tag; it is there when this returns. Raises Fatal, CREDENTIALS for a key that may not write tags."""
    outcome = client.write(calls.CREATE_TAG, body={"data": {"type": "tag", "attributes": {"name": name}}})
    if isinstance(outcome, Refused):
        raise Fatal(f"the account's lock cannot be taken: {outcome}")
    if isinstance(outcome, Ok):
        return
    seen = patience.until(
        lambda: True if any(one == name for _, one in locks(client)) else None,
        patience.timeout + patience.settle,
    )
    if seen is None:
        raise Fatal("the account's lock cannot be taken: nobody can tell whether its tag was made")


def may_announce(client: Client, name: str, patience: Patience, note: Callable[[str], object]) -> bool:
    """Make a lock's tag; False, with a word to the user, where the key may not write tags."""
    try:
        announce(client, name, patience)
    except Fatal as fatal:
        if fatal.exit_code is not Exit.CREDENTIALS:
            raise
        note("the key may not write tags, so the lock holds on this machine only")
        return False
    return True


def bury(client: Client, chosen: Callable[[str], bool], patience: Patience) -> dict[str, str]:
    """End locks now: they stay in the account as dead ones. Returns their new names by the old ones."""
    now = patience.now()
    alive = [(one, name) for one, name in locks(client) if chosen(name) and not expired(name, now)]
    for identifier, name in alive:
        announce(client, ended(name, now), patience)
        client.write(calls.DELETE_TAG, identifier)
    return {name: ended(name, now) for _, name in alive}


def remove(client: Client, chosen: Callable[[str], bool]) -> None:
    """Take locks out of the account."""
    for identifier, name in locks(client):
        if chosen(name):
            client.write(calls.DELETE_TAG, identifier)


def _stamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(match: re.Match[str] | None) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(match[1]) if match else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
