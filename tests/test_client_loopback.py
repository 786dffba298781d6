"""A server that dies, hangs, breaks off or redirects, over real sockets on this machine."""

from __future__ import annotations

import socket
import struct
import threading
import time as real_time

import pytest
from test_client_fakes import SECRET, VirtualTime

from compiler.client import Key, Ok, Settings, Unknown, calls, connect
from compiler.diagnostics import Exit, Fatal

JSON = b"content-type: application/vnd.api+json\r\n"
WHOLE = (
    b"HTTP/1.1 200 OK\r\n"
    + JSON
    + b'content-length: 28\r\nconnection: close\r\n\r\n{"data": [{"id": "AbC123"}]}'
)
HALF = WHOLE[:-9]
HALF_CHUNK = b"HTTP/1.1 200 OK\r\n" + JSON + b'transfer-encoding: chunked\r\n\r\nff\r\n{"data"'
REDIRECT = (
    b"HTTP/1.1 308 Moved\r\nlocation: http://127.0.0.1:1/x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)
HANG, RESET, DROP = b"hang", b"reset", b"drop"


class Server:
    """Answers each connection with the next of its raw answers, the last one for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = 0
        self.open = threading.Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _address = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection):
        with connection:
            connection.recv(65536)
            self.asked += 1
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer == HANG:
                self.open.wait(5)
            elif answer == RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif answer != DROP:
                connection.sendall(answer)

    def stop(self):
        self.open.set()
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join(5)


@pytest.fixture
def serve():
    servers = []

    def start(*answers):
        servers.append(Server(*answers))
        return servers[-1]

    yield start
    for server in servers:
        if server.thread.is_alive():
            server.stop()


def client_at(server, folder):
    settings = Settings("2026-10-15", url=server.url, read_timeout=0.2, connect_timeout=0.5, attempts=3)
    return connect(settings, Key(SECRET), ledger=folder / "ledger.db", clock=VirtualTime().clock())


@pytest.mark.parametrize(
    "failure", [HALF, HALF_CHUNK, RESET, DROP, HANG], ids=["half", "chunk", "reset", "drop", "hang"]
)
def test_a_read_survives_one_broken_answer_and_not_three(serve, tmp_path, failure):
    with client_at(serve(failure, WHOLE), tmp_path) as client:
        assert client.read(calls.GET_FLOW, "x") == {"data": [{"id": "AbC123"}]}
    server = serve(failure)
    with (
        client_at(server, tmp_path) as client,
        pytest.raises(Fatal, match="no usable answer in 3 attempts") as fatal,
    ):
        client.read(calls.GET_FLOW, "x")
    assert fatal.value.exit_code is Exit.UNEXPECTED
    assert server.asked == 3


@pytest.mark.parametrize(
    "failure", [HALF, HALF_CHUNK, RESET, DROP, HANG], ids=["half", "chunk", "reset", "drop", "hang"]
)
def test_a_create_whose_answer_breaks_is_unknown_and_sent_once(serve, tmp_path, failure):
    server = serve(WHOLE, failure, WHOLE)
    with client_at(server, tmp_path) as client:
        assert isinstance(client.write(calls.CREATE_FLOW, body={}), Unknown)
        assert server.asked == 2
        assert isinstance(client.write(calls.CREATE_FLOW, body={}), Ok)


def test_a_server_that_is_killed_between_two_calls_is_one_clear_message(serve, tmp_path):
    server = serve(WHOLE)
    with client_at(server, tmp_path) as client:
        client.read(calls.GET_FLOW, "x")
        server.stop()
        with pytest.raises(Fatal, match=r"was not sent: no connection to 127\.0\.0\.1") as fatal:
            client.write(calls.CREATE_FLOW, body={})
    assert fatal.value.exit_code is Exit.UNEXPECTED


def test_a_redirect_is_not_followed(serve, tmp_path):
    server = serve(REDIRECT)
    with (
        client_at(server, tmp_path) as client,
        pytest.raises(Fatal, match=r"308\) to http://127\.0\.0\.1:1/x"),
    ):
        client.read(calls.GET_FLOW, "x")
    assert server.asked == 1


def test_a_silent_server_is_left_after_the_read_timeout(serve, tmp_path):
    started = real_time.monotonic()
    with client_at(serve(HANG), tmp_path) as client, pytest.raises(Fatal, match="no answer in time"):
        client.read(calls.GET_FLOW, "x")
    assert real_time.monotonic() - started < 4
