"""The HTTP face: keys, revisions, limits and late writes around the handlers, every answer JSON:API."""

from __future__ import annotations

import json
import re
import sqlite3
import uuid
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from compiler.account.api import Answer, Call, Endpoint
from compiler.account.errors import (
    Problem,
    Refusal,
    error_document,
    invalid,
    lacks_scope,
    no_such_path,
    not_authenticated,
    wrong_method,
)
from compiler.account.limits import count_call
from compiler.account.parameters import read_query
from compiler.account.revisions import served_revision
from compiler.account.routes.registry import ENDPOINTS, KINDS
from compiler.account.settings import Settings, Switches
from compiler.account.store import Store
from compiler.account.view import View
from compiler.diagnostics import Fatal

MEDIA_TYPE = "application/vnd.api+json"
METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]
SCHEME = "Klaviyo-API-Key"
LATE = Problem(
    504, "gateway_timeout", "Gateway timeout.", "The answer did not come in time; the call may still act.", {}
)
_ROUTES = tuple(
    (re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", endpoint.path)), endpoint) for endpoint in ENDPOINTS
)


def create_app(store: Store, *, settings: Settings) -> Flask:
    """Return the WSGI application over ``store``; every call is one transaction of the file."""
    app = Flask(__name__)
    face = Face(store, settings)

    @app.route("/", defaults={"path": ""}, methods=METHODS)
    @app.route("/<path:path>", methods=METHODS)
    def dispatch(path: str) -> Response:
        del path
        return face.respond()

    @app.errorhandler(HTTPException)
    def refuse(problem: HTTPException) -> Response:
        status = problem.code or 500
        code = "invalid" if status < 500 else "error"
        return _error(Refusal(Problem(status, code, problem.name, str(problem.description), {})))

    return app


class Face:
    """Answers the requests of one account."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings

    def respond(self) -> Response:
        """Answer the current request of Flask."""
        try:
            status, document, headers = self._answer()
        except Refusal as refusal:
            return _error(refusal)
        except (Fatal, sqlite3.DatabaseError) as problem:  # the file fails: nothing of the call was kept
            return _error(Refusal(Problem(500, "error", "The account cannot be kept.", str(problem), {})))
        body = "" if document is None else json.dumps(document, ensure_ascii=False)
        return Response(body, status, headers, content_type=MEDIA_TYPE)

    def _answer(self) -> tuple[int, dict[str, Any] | None, dict[str, str]]:
        scopes = self._scopes()
        now = self.settings.clock()
        revision = served_revision(request.headers.get("revision"), now)
        switches = self.store.switches()
        self._act_late(switches)
        path = request.path.rstrip("/")
        endpoint, args = find_endpoint(request.method, path, revision)
        if "*" not in scopes and not set(endpoint.scopes) <= scopes:
            raise lacks_scope(endpoint.scopes)
        pairs = parse_qsl(request.query_string.decode(), keep_blank_values=True)
        query = read_query(pairs, endpoint.params, revision)
        limit = endpoint.limit_for(query)
        headers = count_call(self.store, endpoint.name, limit, now) if switches.limits == "enforced" else {}
        body = _json_body() if request.method != "GET" else None
        if request.method == "GET" or endpoint.path.endswith(("-reports", "-aggregates", "-render")):
            horizon = now.timestamp() - switches.read_lag if switches.read_lag else None
            with self.store.reading(horizon) as view:
                return *self._call(endpoint, args, view, switches, revision, query, body), headers
        if switches.write_lateness:
            self._postpone(revision, now.timestamp() + switches.write_lateness)
            raise Refusal(LATE)
        with self.store.writing(now.timestamp(), switches.read_lag) as view:
            answer = self._call(endpoint, args, view, switches, revision, query, body)
        return *answer, headers

    def _call(
        self,
        endpoint: Endpoint,
        args: dict[str, str],
        view: View,
        switches: Switches,
        revision: str,
        query: Any,
        body: Any,
    ) -> Answer:
        path = f"{endpoint.path}"
        for name, value in args.items():
            path = path.replace(f"<{name}>", value)
        now = self.settings.clock()
        return endpoint.handler(
            Call(view, self.settings, switches, KINDS, revision, now, path, args, query, body)
        )

    def _scopes(self) -> frozenset[str]:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != SCHEME or not key.strip():
            raise not_authenticated("Missing or malformed Authorization header: use 'Klaviyo-API-Key <key>'.")
        scopes = self.store.scopes_of(key.strip())
        if scopes is None:
            raise not_authenticated("The API key is not known to this account.")
        return scopes

    def _postpone(self, revision: str, due: float) -> None:
        with self.store.writing() as view:
            view.connection.execute(
                "INSERT INTO pending (due, method, target, revision, body) VALUES (?, ?, ?, ?, ?)",
                (due, request.method, request.full_path, revision, request.get_data()),
            )

    def _act_late(self, switches: Switches) -> None:
        """Perform the writes whose time has come; a refusal among them is nobody's answer any more."""
        now = self.settings.clock().timestamp()
        due = "SELECT number, method, target, revision, body FROM pending WHERE due <= ? ORDER BY due, number"
        if not self.store.connection.execute(due, (now,)).fetchone():
            return
        with self.store.writing(now, switches.read_lag) as view:
            for number, method, target, revision, body in view.connection.execute(due, (now,)).fetchall():
                view.connection.execute("DELETE FROM pending WHERE number = ?", (number,))
                view.connection.execute("SAVEPOINT late")
                try:
                    self._perform(view, switches, method, target, revision, body)
                except Refusal:
                    view.connection.execute("ROLLBACK TO late")
                view.connection.execute("RELEASE late")

    def _perform(
        self, view: View, switches: Switches, method: str, target: str, revision: str, body: bytes
    ) -> None:
        parts = urlsplit(target)
        endpoint, args = find_endpoint(method, parts.path.rstrip("/"), revision)
        query = read_query(parse_qsl(parts.query), endpoint.params, revision)
        self._call(endpoint, args, view, switches, revision, query, json.loads(body) if body else None)


def find_endpoint(method: str, path: str, revision: str) -> tuple[Endpoint, dict[str, str]]:
    """Return the endpoint of a call and the parts of its path.

    Raises ``Refusal``: 404 where no endpoint of this revision has the path, 405 where one has, by another method.
    """
    others = False
    for pattern, endpoint in _ROUTES:
        found = pattern.fullmatch(path)
        if found and endpoint.since <= revision:
            if endpoint.method == method:
                return endpoint, found.groupdict()
            others = True
    raise wrong_method(method) if others else no_such_path(path)


def _json_body() -> Any:
    sent = request.get_data()
    if not sent:
        return None
    try:
        return json.loads(sent)
    except ValueError:
        raise invalid("The body is not JSON.", "") from None


def _error(refusal: Refusal) -> Response:
    ids = [
        _error_id(f"{request.method} {request.full_path} {n} {refusal}") for n in range(len(refusal.problems))
    ]
    body = json.dumps(error_document(refusal.problems, ids), ensure_ascii=False)
    return Response(body, refusal.status, refusal.headers, content_type=MEDIA_TYPE)


def _error_id(occasion: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, occasion))
