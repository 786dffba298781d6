"""Finds the account's key, and keeps it out of everything that a person or a file gets to see."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from compiler.diagnostics import Exit, Fatal

HIDDEN = "[key]"
LOOKS_LIKE_A_KEY = re.compile(r"\bpk_[A-Za-z0-9_-]{4,}")
SENDABLE = re.compile(r"[A-Za-z0-9_.~+/=:-]+")


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """An API key that shows itself only to :meth:`reveal`."""

    _text: str

    def reveal(self) -> str:
        """Return the key itself, for the request's header alone."""
        return self._text

    def redact(self, text: str) -> str:
        """Return ``text`` without this key and without anything that looks like a key."""
        return LOOKS_LIKE_A_KEY.sub(HIDDEN, text.replace(self._text, HIDDEN))

    def __repr__(self) -> str:
        return f"Key({HIDDEN})"


class AccountConfig(Protocol):
    """The part of a project's account that says where its key is."""

    @property
    def name(self) -> str:
        """The account's name in the project file."""

    @property
    def key_env(self) -> str | None:
        """The environment variable that holds the key."""


def find_key(
    account: AccountConfig,
    environ: Mapping[str, str],
    keyring_get: Callable[[str, str], str | None] | None = None,
) -> Key:
    """Return the account's key from ``environ``, else from the keyring (service ``flowc``, user: its name).

    Raises Fatal (CREDENTIALS) that says what to set, or that what is set cannot be a key.
    """
    found = environ.get(account.key_env, "") if account.key_env else ""
    place = f"the environment variable {account.key_env}"
    if not found.strip() and keyring_get is not None:
        found = _from_keyring(account.name, keyring_get)
        place = f'the keyring (service "flowc", user "{account.name}")'
    if not found.strip():
        raise Fatal(f'no key for account "{account.name}": {_advice(account)}', Exit.CREDENTIALS)
    if not SENDABLE.fullmatch(found.strip()):
        raise Fatal(f"{place} holds characters that no API key has", Exit.CREDENTIALS)
    return Key(found.strip())


def _from_keyring(name: str, keyring_get: Callable[[str, str], str | None]) -> str:
    try:
        return keyring_get("flowc", name) or ""
    except Exception as error:  # noqa: BLE001 - every keyring backend raises exceptions of its own
        raise Fatal(f"the keyring could not be read ({type(error).__name__})", Exit.CREDENTIALS) from None


def _advice(account: AccountConfig) -> str:
    if account.key_env:
        return f"set the environment variable {account.key_env}, or store it with `keyring set flowc {account.name}`"
    return f"give the account a `key_env` in flowc.yaml, or store it with `keyring set flowc {account.name}`"
