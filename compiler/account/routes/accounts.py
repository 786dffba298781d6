"""The account itself over HTTP."""

from __future__ import annotations

from typing import Any

from compiler.account.api import Call, Endpoint, Kind, Params
from compiler.account.generic import listing, read
from compiler.account.limits import XS
from compiler.account.view import Row


def describe_account(call: Call, row: Row) -> dict[str, Any]:
    """Return an account's attributes."""
    del call
    names = ("test_account", "contact_information", "industry", "timezone", "preferred_currency")
    shown = {name: row.body[name] for name in names}
    return shown | {"public_api_key": row.id, "locale": row.body["locale"]}


ACCOUNT = Kind("account", "accounts", describe_account)
KINDS = (ACCOUNT,)
_READ = ("accounts:read",)
ENDPOINTS = (
    Endpoint("GET", "/api/accounts", listing(ACCOUNT), _READ, XS, Params(("account",))),
    Endpoint("GET", "/api/accounts/<id>", read(ACCOUNT), _READ, XS, Params(("account",))),
)
