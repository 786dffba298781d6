"""The account on loopback, over waitress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from waitress.server import create_server  # type: ignore[import-untyped]  # waitress ships no types

from compiler.account.app import create_app
from compiler.account.settings import Settings
from compiler.account.store import Store

HOST = "127.0.0.1"
THREADS = 8


def serve(path: Path, port: int, *, settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve the account at ``path`` on loopback until interrupted; port 0 takes a free one.

    ``ready`` is called once with the URL, after the port is bound. Raises ``OSError`` when it is taken.
    """
    store = Store(path)
    server = None
    try:
        server = create_server(lambda *_: [], host=HOST, port=port, threads=THREADS)
        url = f"http://{HOST}:{server.effective_port}"
        server.application = create_app(store, settings=replace(settings, origin=url))
        ready(url)
        server.run()
    finally:
        if server is not None:
            server.close()
        store.close()
