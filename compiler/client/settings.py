"""Where the account is, and how patient the client is with it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from compiler.diagnostics import Exit, Fatal

KLAVIYO = "https://a.klaviyo.com"
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Settings:
    """One account's address and the client's waits, in seconds.

    ``account_id`` is the account that the key must belong to (None: any). ``read_timeout`` is the longest
    silence within an answer; ``patience`` the longest ``Retry-After`` that is waited for; ``attempts`` how
    often a call that may be repeated is sent before the client gives up; ``threads`` how many calls may be
    under way at once.
    """

    revision: str
    url: str = KLAVIYO
    account_id: str | None = None
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    patience: float = 120.0
    attempts: int = 5
    threads: int = 8

    @property
    def loopback(self) -> bool:
        """Whether the address is on this machine."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @property
    def origin(self) -> tuple[str, str, int | None]:
        """Scheme, host and port that every request goes to."""
        return origin_of(self.url)


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of an address, or an origin that equals no account's if it is none."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return "", "", None


def check_address(settings: Settings) -> None:
    """Raise Fatal unless a key may be sent to the address: https, or http on this machine, and no password."""
    scheme, host, _port = settings.origin
    if scheme not in DEFAULT_PORTS or not host:
        raise Fatal(
            f'the account\'s url "{without_user(settings.url)}" is no http or https address', Exit.CREDENTIALS
        )
    if "@" in urlsplit(settings.url).netloc:
        raise Fatal("the account's url must not hold a user or a password", Exit.CREDENTIALS)
    if scheme == "http" and not settings.loopback:
        raise Fatal(f"the key would cross the network unprotected: use https for {host}", Exit.CREDENTIALS)


def without_user(url: str) -> str:
    """Return an address as it may be shown: without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
