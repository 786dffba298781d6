"""The only place that knows httpx: a request goes out, an answer or the lack of one comes back as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from compiler.client.answer import Answer, NoAnswer, NotSent, Request
from compiler.client.key import Key
from compiler.client.settings import Settings
from compiler.diagnostics import Exit, Fatal

MEDIA_TYPE = "application/vnd.api+json"


@dataclass(frozen=True, slots=True)
class Wire:
    """One connection pool to one account; it never follows a redirect and never retries."""

    pool: httpx.Client

    def send(self, request: Request) -> Answer | NoAnswer | NotSent:
        """Send one request and return what came back; no exception of the network's leaves here."""
        body = None if request.body is None else request.body.encode()
        headers = {"content-type": MEDIA_TYPE} if body is not None else {}
        try:
            answer = self.pool.request(
                request.method, request.path, params=dict(request.params), content=body, headers=headers
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            return NotSent(_words(error))
        except httpx.HTTPError as error:
            return NoAnswer(_words(error))
        return Answer(answer.status_code, {**answer.headers}, answer.text)

    def close(self) -> None:
        """Close the connections."""
        self.pool.close()


def open_wire(settings: Settings, key: Key, transport: httpx.BaseTransport | None) -> Wire:
    """Open the pool to an account; the proxies of the environment are used for remote addresses alone.

    Raises Fatal for an address that httpx cannot use.
    """
    try:
        pool = httpx.Client(
            base_url=settings.url,
            headers={
                "accept": MEDIA_TYPE,
                "authorization": f"Klaviyo-API-Key {key.reveal()}",
                "revision": settings.revision,
                "user-agent": "flowc",
            },
            timeout=httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout),
            limits=httpx.Limits(max_connections=settings.threads, keepalive_expiry=5.0),
            follow_redirects=False,
            transport=transport,
            trust_env=transport is None and not settings.loopback,
        )
    except httpx.InvalidURL as error:
        raise Fatal(f"the account's url cannot be used: {error}", Exit.CREDENTIALS) from None
    return Wire(pool)


def wsgi_transport(app: Callable[..., Any]) -> httpx.BaseTransport:
    """Return a transport that calls a WSGI application in this process."""
    return httpx.WSGITransport(app=app)


def _words(error: Exception) -> str:
    kind = {
        "ReadTimeout": "no answer in time",
        "WriteTimeout": "the request could not be sent in time",
        "ConnectTimeout": "no connection in time",
        "RemoteProtocolError": "the connection ended before the answer did",
    }.get(type(error).__name__)
    return kind or f"{type(error).__name__}: {error}".removesuffix(": ")
