"""The account on loopback, over waitress."""

from __future__ import annotations

import os
import socket
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
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(os.name == "posix"))
        listener.bind((HOST, port))
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        store = Store(path)
        app = create_app(store, settings=replace(settings, origin=url))
        server = create_server(app, sockets=[listener], threads=THREADS)
        try:
            ready(url)
            server.run()
        finally:
            server.close()
            store.close()
