"""Refusals, as the API words them: JSON:API error objects with a pointer or a parameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of ``errors[]``; ``source`` is ``{"pointer": ...}``, ``{"parameter": ...}`` or empty."""

    status: int
    code: str
    title: str
    detail: str
    source: Mapping[str, str]


class Refusal(Exception):  # noqa: N818 - it is an answer of the API, not a failure of the program
    """Ends a call with one status and at least one problem."""

    def __init__(self, *problems: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problems[0].detail)
        self.problems = problems
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self.problems[0].status


def error_document(problems: tuple[Problem, ...], ids: list[str]) -> dict[str, Any]:
    """Return the JSON:API document for ``problems``; ``ids`` names each of them uniquely."""
    return {
        "errors": [
            {
                "id": error_id,
                "status": problem.status,
                "code": problem.code,
                "title": problem.title,
                "detail": problem.detail,
                "source": dict(problem.source),
                "links": {},
                "meta": {},
            }
            for problem, error_id in zip(problems, ids, strict=True)
        ]
    }


def invalid_field(detail: str, pointer: str) -> Problem:
    """Return the problem of one wrong field of a body."""
    return Problem(400, "invalid", "Invalid input.", detail, {"pointer": pointer})


def invalid(detail: str, pointer: str) -> Refusal:
    """Return the refusal of a body for one wrong field."""
    return Refusal(invalid_field(detail, pointer))


def bad_parameter(detail: str, parameter: str) -> Refusal:
    """Return the refusal of a query parameter."""
    return Refusal(Problem(400, "invalid", "Invalid input.", detail, {"parameter": parameter}))


def not_found(kind: str, identifier: str) -> Refusal:
    """Return the refusal for a resource that is not there."""
    detail = f"A {kind} with id {identifier} does not exist."
    return Refusal(Problem(404, "not_found", "Not found.", detail, {}))


def no_such_path(path: str) -> Refusal:
    """Return the refusal for a path that no endpoint has at this revision."""
    return Refusal(Problem(404, "not_found", "Not found.", f"The path {path} could not be found.", {}))


def wrong_method(method: str) -> Refusal:
    """Return the refusal for a path that has no such method at this revision."""
    detail = f'Method "{method}" not allowed.'
    return Refusal(Problem(405, "method_not_allowed", "Method not allowed.", detail, {}))


def duplicate(detail: str, pointer: str) -> Refusal:
    """Return the refusal for a second resource of one name."""
    return Refusal(Problem(409, "duplicate", "Conflict.", detail, {"pointer": pointer}))


def not_authenticated(detail: str) -> Refusal:
    """Return the refusal of a missing or unknown key."""
    return Refusal(Problem(401, "not_authenticated", "Authentication failed.", detail, {}))


def lacks_scope(scopes: tuple[str, ...]) -> Refusal:
    """Return the refusal of a key that does not carry ``scopes``."""
    detail = f"The API key lacks a scope that this call needs: {', '.join(scopes)}."
    return Refusal(Problem(403, "permission_denied", "You do not have permission.", detail, {}))


def throttled(seconds: int) -> Refusal:
    """Return the refusal of a call over its limit, to be tried again after ``seconds``."""
    detail = f"Request was throttled. Expected available in {seconds} seconds."
    problem = Problem(429, "throttled", "Request was throttled.", detail, {})
    return Refusal(problem, headers={"Retry-After": str(seconds)})
