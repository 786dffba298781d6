"""The client of one account: reads that succeed or end the run, writes that say what came of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from compiler.client.answer import Astray, Request
from compiler.client.calls import GET_ACCOUNTS, Call
from compiler.client.clock import Clock
from compiler.client.debug import DebugLog
from compiler.client.delivery import Delivery
from compiler.client.key import Key
from compiler.client.ledger import Ledger
from compiler.client.limits import Lanes
from compiler.client.many import Progress, each
from compiler.client.outcome import Document, Ok, Outcome, Refused, Unknown
from compiler.client.paging import next_query
from compiler.client.settings import Settings, check_address
from compiler.diagnostics import Exit, Fatal

if TYPE_CHECKING:
    import httpx

NO_PARAMS: Mapping[str, str] = {}


class Client:
    """Speaks to one account with one key; safe for threads; use it as a context manager or close it."""

    def __init__(self, delivery: Delivery, progress: Progress | None = None) -> None:
        self._delivery = delivery
        self._settings = delivery.settings
        self._progress = progress
        self._account: Document = {}
        self._account_lock = threading.Lock()

    def verify_account(self) -> str:
        """Return the id of the account that the key belongs to.

        Writes and calls with a daily limit do this by themselves. Raises Fatal (CREDENTIALS) if it is not the
        account that the settings expect.
        """
        return str(self.account()["id"])

    def account(self) -> Document:
        """Return the JSON:API resource of the account that the key belongs to, read once a run.

        Raises Fatal as :meth:`verify_account` does.
        """
        with self._account_lock:
            if not self._account:
                self._account = self._read_account()
            return self._account

    def read(
        self,
        call: Call,
        identifier: str = "",
        *,
        params: Mapping[str, str] = NO_PARAMS,
        body: Document | None = None,
    ) -> Document:
        """Return the document that a reading call answers; whatever else happens is a Fatal."""
        found = self.find(call, identifier, params=params, body=body)
        if found is None:
            raise Fatal(f"{call.endpoint}: the account has nothing at {call.url(identifier)}")
        return found

    def find(
        self,
        call: Call,
        identifier: str = "",
        *,
        params: Mapping[str, str] = NO_PARAMS,
        body: Document | None = None,
    ) -> Document | None:
        """Return what :meth:`read` returns, or None if the API itself says that there is no such thing (404)."""
        if call.writes:
            raise ValueError(f"{call.endpoint} is a write")
        account = self.verify_account() if call.limits.daily else ""
        outcome = self._delivery.deliver(call, _request(call, identifier, params, body), account)
        match outcome:
            case Ok(document):
                return document
            case Refused(404, errors) if errors:
                return None
            case Refused(status):
                raise Fatal(f"{call.endpoint} was refused (status {status}): {outcome}")
            case Unknown(reason):
                tries = self._settings.attempts
                raise Fatal(f"{call.endpoint} got no usable answer in {tries} attempts: {reason}")
            case Astray(reason):
                raise Fatal(f"{call.endpoint} was answered by {reason}; is {self._host} the right address?")

    def write(
        self,
        call: Call,
        identifier: str = "",
        *,
        params: Mapping[str, str] = NO_PARAMS,
        body: Document | None = None,
    ) -> Outcome:
        """Send a changing call and return what came of it; a Fatal means that the account did not act on it.

        Before the first write the account's id is read and compared with the expected one.
        """
        if not call.writes:
            raise ValueError(f"{call.endpoint} is a read")
        account = self.verify_account()
        outcome = self._delivery.deliver(call, _request(call, identifier, params, body), account)
        if isinstance(outcome, Astray):
            return Unknown(f"answered by {outcome.reason}")
        return outcome

    def pages(
        self, call: Call, identifier: str = "", *, params: Mapping[str, str] = NO_PARAMS
    ) -> Iterator[Document]:
        """Yield the documents of a listing page by page, the largest pages unless ``params`` names a size.

        Raises Fatal when a page's next link points to another address or to a page already read.
        """
        largest = {"page[size]": str(call.page)} if call.page else {}
        query: dict[str, str] | None = {**largest, **params}
        seen: list[dict[str, str]] = []
        while query is not None:
            if query in seen:
                raise Fatal(f"{call.endpoint}: the pages of the account's answer go round in a circle")
            seen.append(query)
            document = self.read(call, identifier, params=query)
            yield document
            query = next_query(document, call, self._settings.url, call.url(identifier))

    def read_many(
        self, call: Call, ids: Iterable[str], *, params: Mapping[str, str] = NO_PARAMS
    ) -> dict[str, Document | None]:
        """Return the document of every id, in the ids' order; None for what the account no longer has.

        A few threads read at once, within the call's limits; progress is told after each answer. The first
        Fatal ends them all.
        """
        limits = call.limits_for(params)
        return each(
            list(dict.fromkeys(ids)),
            lambda one: self.find(call, one, params=params),
            threads=min(self._settings.threads, limits.burst),
            limits=limits,
            now=self._delivery.clock.now,
            progress=self._progress,
        )

    def used_today(self, call: Call) -> int:
        """Return at least how many of a daily-limited call's uses the account has counted today (UTC)."""
        return self._delivery.ledger.used(self.verify_account(), call.endpoint)

    def left_today(self, call: Call) -> int | None:
        """Return at most how many uses of a call are left today (UTC), or None if no day limits it."""
        return None if call.limits.daily is None else max(0, call.limits.daily - self.used_today(call))

    def close(self) -> None:
        """Close the connections and the debug file."""
        self._delivery.wire.close()
        if self._delivery.debug is not None:
            self._delivery.debug.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _host(self) -> str:
        return self._settings.origin[1]

    def _read_account(self) -> Document:
        match self.read(GET_ACCOUNTS):
            case {"data": [{"id": str(found)} as row, *_]} if found:
                expected = self._settings.account_id
            case _:
                raise Fatal("the account does not say its id, so nothing can be done", Exit.CREDENTIALS)
        if expected is not None and found != expected:
            raise Fatal(
                f"the key belongs to account {found}, but the project expects {expected}; nothing was done",
                Exit.CREDENTIALS,
            )
        return dict(row)


def connect(
    settings: Settings,
    key: Key,
    *,
    ledger: Path,
    app: Callable[..., Any] | None = None,
    transport: httpx.BaseTransport | None = None,
    clock: Clock | None = None,
    progress: Progress | None = None,
    debug: Path | None = None,
) -> Client:
    """Return a client of the account at ``settings.url``; nothing is sent yet.

    ``ledger`` is the file of daily limits. ``app``, a WSGI application, is called in this process in place of the
    network; ``transport`` replaces httpx's own. ``debug`` is the file for redacted requests. Raises Fatal
    for an address that a key must not be sent to, or a debug file that cannot be written.
    """
    from compiler.client.wire import open_wire, wsgi_transport  # noqa: PLC0415 - httpx loads where it is needed

    check_address(settings)
    clock = clock or Clock()
    delivery = Delivery(
        settings=settings,
        key=key,
        wire=open_wire(settings, key, wsgi_transport(app) if app is not None else transport),
        ledger=Ledger(ledger, clock.today),
        lanes=Lanes(clock),
        clock=clock,
        debug=DebugLog(debug) if debug is not None else None,
    )
    return Client(delivery, progress)


def _request(call: Call, identifier: str, params: Mapping[str, str], body: Document | None) -> Request:
    text = None if body is None else json.dumps(body, allow_nan=False, separators=(",", ":"))
    return Request(call.method, call.url(identifier), params, text)
