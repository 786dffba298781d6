"""What an account says of itself, from its first moment on."""

from __future__ import annotations

from typing import Any

from compiler.account.view import View

FIRST: dict[str, Any] = {
    "test_account": True,
    "contact_information": {
        "default_sender_name": "Embedded",
        "default_sender_email": "hello@example.com",
        "website_url": None,
        "organization_name": "Embedded account",
        "street_address": {
            "address1": None,
            "address2": None,
            "city": None,
            "region": None,
            "country": None,
            "zip": None,
        },
    },
    "industry": None,
    "timezone": "UTC",
    "preferred_currency": "USD",
    "locale": "en-US",
}
"""The attributes of a new account; its public key is its id."""


def name_account(view: View, salt: str, **said: Any) -> str:
    """Give the account an id, and all later ids another sequence, both determined by ``salt``; return the id."""
    view.set_meta("salt", salt)
    for row in view.rows("account"):
        view.delete("account", row.id)
    identifier = view.new_id("account")
    view.put("account", identifier, FIRST | said, parent="")
    return identifier
