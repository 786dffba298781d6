"""Writes requests and answers to a file for ``--debug``, without keys and without people's data."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from compiler.client.answer import Answer, NoAnswer, NotSent, Request
from compiler.client.calls import Call
from compiler.client.key import Key
from compiler.diagnostics import Fatal

PERSONAL = "[personal data]"


class DebugLog:
    """A file of one JSON line a request and one an answer, redacted, readable by its owner alone.

    A full disk must not hide what became of a write: :meth:`answered` remembers the failure, and the next
    :meth:`asking`, before anything is sent, raises it as Fatal.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._failure: OSError | None = None
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise self._fatal(error) from error
        self._file: IO[str] = os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace")

    def asking(self, call: Call, request: Request, key: Key) -> None:
        """Write a request that is about to be sent; Fatal if the file cannot be written."""
        shown: dict[str, object] = {"ask": call.endpoint, "path": request.path}
        shown |= {
            "params": PERSONAL if call.personal else dict(request.params),
            "body": PERSONAL if call.personal else request.body,
        }
        self._write(shown, key)
        if self._failure is not None:
            raise self._fatal(self._failure)

    def answered(self, call: Call, answer: Answer | NoAnswer | NotSent, key: Key) -> None:
        """Write what came back; never raises."""
        shown: dict[str, object] = {"answer": call.endpoint}
        match answer:
            case Answer(status, headers, text):
                body = PERSONAL if call.personal and status < 300 else text
                shown |= {"status": status, "headers": _plain(headers), "body": body}
            case NoAnswer(reason) | NotSent(reason):
                shown |= {"nothing": reason}
        self._write(shown, key)

    def close(self) -> None:
        """Close the file."""
        try:
            self._file.close()
        except OSError as error:
            self._failure = error

    def _write(self, shown: Mapping[str, object], key: Key) -> None:
        line = key.redact(json.dumps(shown, ensure_ascii=False))
        with self._lock:
            try:
                self._file.write(line + "\n")
                self._file.flush()
            except OSError as error:
                self._failure = error

    def _fatal(self, error: OSError) -> Fatal:
        return Fatal(f"the debug file {self._path} cannot be written: {error.strerror}")


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that say something about the call; cookies and the like are no one's business."""
    wanted = ("content-type", "content-length", "location", "retry-after", "date", "x-request-id")
    return {name: value for name, value in headers.items() if name in wanted or name.startswith("ratelimit-")}
