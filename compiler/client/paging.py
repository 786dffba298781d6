"""Follows the cursor of a listing, never to another address."""

from __future__ import annotations

from urllib.parse import parse_qsl, urljoin, urlsplit

from compiler.client.calls import Call
from compiler.client.outcome import Document
from compiler.client.settings import origin_of, without_user
from compiler.diagnostics import Fatal


def next_query(document: Document, call: Call, url: str, path: str) -> dict[str, str] | None:
    """Return the query of the page after ``document``, or None if it is the last.

    ``url`` is the account's address, ``path`` the listing's. Raises Fatal if the link leads anywhere else: the
    key goes with every request.
    """
    links = document.get("links")
    link = links.get("next") if isinstance(links, dict) else None
    if not link:
        return None
    base = url.rstrip("/") + path
    target = _joined(base, str(link))
    if origin_of(target) != origin_of(url) or _path(target) != _path(base):
        raise Fatal(
            f"{call.endpoint}: the next page is at {without_user(target)}, another address; not followed"
        )
    return dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:  # no address at all, which is no address of the account's either
        return ""


def _path(url: str) -> str:
    return urlsplit(url).path.rstrip("/")
