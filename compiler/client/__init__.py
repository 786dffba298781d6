"""HTTP to one account: limits, paging, retries, redaction; the only room that imports httpx.

``connect`` returns a :class:`Client`; ``calls`` names what can be called; ``find_key`` finds the key. Reads return
documents or raise Fatal. Writes return ``Ok``, ``Refused`` or ``Unknown``.
"""

from compiler.client import calls
from compiler.client.calls import Call
from compiler.client.clock import Clock, hurried
from compiler.client.key import Key, find_key
from compiler.client.many import Progress
from compiler.client.outcome import ApiError, Document, Ok, Outcome, Refused, Unknown
from compiler.client.session import Client, connect
from compiler.client.settings import Settings

__all__ = [
    "ApiError",
    "Call",
    "Client",
    "Clock",
    "Document",
    "Key",
    "Ok",
    "Outcome",
    "Progress",
    "Refused",
    "Settings",
    "Unknown",
    "calls",
    "connect",
    "find_key",
    "hurried",
]
