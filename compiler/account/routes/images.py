"""Images over HTTP: read and list; messages refer to them by id."""

from __future__ import annotations

from typing import Any

from compiler.account.api import Call, Endpoint, Kind, Params
from compiler.account.filters import ANY, RANGE
from compiler.account.generic import listing, read
from compiler.account.limits import MEDIUM
from compiler.account.view import Row

FIELDS = ("name", "image_url", "format", "size", "hidden", "updated_at")


def describe_image(call: Call, row: Row) -> dict[str, Any]:
    """Return an image's attributes."""
    del call
    return {name: row.body[name] for name in FIELDS}


IMAGE = Kind("image", "images", describe_image)
KINDS = (IMAGE,)
_READ = ("images:read",)
_LIST = Params(
    ("image",),
    filters={
        "id": ANY,
        "name": ("any", "contains", "ends-with", "equals", "starts-with"),
        "format": ANY,
        "hidden": ANY,
        "updated_at": RANGE,
    },
    sort=("format", "id", "name", "size", "updated_at"),
    page=(20, 100),
)
ENDPOINTS = (
    Endpoint("GET", "/api/images", listing(IMAGE), _READ, MEDIUM, _LIST),
    Endpoint("GET", "/api/images/<id>", read(IMAGE), _READ, MEDIUM, Params(("image",))),
)
