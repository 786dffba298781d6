"""What goes over the wire, and what an answer means."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from compiler.client.outcome import Ok, Refused, Unknown, errors_of
from compiler.client.settings import without_user

TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?")
FIRST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, without the headers that all share."""

    method: str
    path: str
    params: Mapping[str, str]
    body: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """No connection was made, so the account has not seen the request."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The request may have arrived, but no whole answer came back."""

    reason: str


@dataclass(frozen=True, slots=True)
class Busy:
    """The limit was reached (429): the account did nothing; ``seconds`` is its ``Retry-After``, if it gave one."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class Denied:
    """The key is wrong (401) or lacks a scope (403): the account did nothing."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Astray:
    """Something other than the API answered: a redirect, or a page in place of JSON."""

    reason: str


Verdict = Ok | Refused | Unknown | Busy | Denied | Astray | NotSent


def judge(answer: Answer | NoAnswer | NotSent) -> Verdict:
    """Return what an answer, or the lack of one, means for the call that was made."""
    match answer:
        case NotSent():
            return answer
        case NoAnswer(reason):
            return Unknown(reason)
        case Answer(status) if status >= 500 or status < 200:
            return Unknown(f"the server failed with status {status}{_failure(answer)}")
        case Answer(status, headers) if 300 <= status < 400:
            target = without_user(headers.get("location", "")) or "nowhere"
            return Astray(f"a redirect (status {status}) to {target}, which is not followed")
        case Answer(status) if status >= 400:
            return _refusal(answer)
        case Answer():
            return _success(answer)


def _success(answer: Answer) -> Ok | Unknown | Astray:
    if not answer.text.strip():
        # 202 and 204 come without a body; any other success without one lost it on the way.
        return Ok({}) if answer.status in {202, 204} else Unknown("an empty answer")
    try:
        document = json.loads(answer.text)
    except ValueError:
        if "json" in answer.headers.get("content-type", ""):
            return Unknown("half an answer: its JSON breaks off or is broken")
        return Astray(f"something that is not JSON{_title(answer)}")
    return Ok(document) if isinstance(document, dict) else Astray("JSON that is no JSON:API document")


def _refusal(answer: Answer) -> Refused | Busy | Denied | Astray:
    try:
        refused = Refused(answer.status, tuple(errors_of(json.loads(answer.text))))
    except ValueError:
        refused = None
    if answer.status == 429:
        after = answer.headers.get("retry-after", "").strip()
        return Busy(float(after) if SECONDS.fullmatch(after) else None)
    if answer.status in (401, 403):
        return Denied(answer.status, str(refused or f"status {answer.status}{_title(answer)}"))
    return refused or Astray(f"status {answer.status} with something that is not JSON{_title(answer)}")


def _failure(answer: Answer) -> str:
    """Return ``: what the server says of its failure``, in its own words where it speaks as the API does."""
    try:
        errors = [str(error) for error in errors_of(json.loads(answer.text))]
    except ValueError:
        errors = []
    return f": {'; '.join(errors)}" if errors else _title(answer)


def _title(answer: Answer) -> str:
    """Return ``: "first words"`` of a page, for a person to recognise who answered."""
    found = TITLE.search(answer.text)
    text = found[1] if found else re.sub(r"<[^>]*>", " ", answer.text[:2000])
    words = text.split()
    return f': "{" ".join(words[:FIRST_WORDS])}"' if words else ""
