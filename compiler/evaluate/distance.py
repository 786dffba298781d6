"""How far profiles are from a place, and the file that says where postal codes are.

The API does not say where a postal code is, so ``places.csv`` beside the data does: a header
``country_code,postal_code,latitude,longitude`` (three letters as conditions spell them, degrees) and a line a code.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from compiler.diagnostics import Exit, Fatal

FILE: Final = "places.csv"
COLUMNS: Final = ("country_code", "postal_code", "latitude", "longitude")
DIAMETER: Final = 2 * 6371.0088  # kilometers, of the sphere with the Earth's mean radius

Places = Mapping[tuple[str, str], tuple[float, float]]


def read_places(folder: Path) -> Places:
    """Return (latitude, longitude) by country and postal code; empty without a file, Fatal for one that is wrong."""
    path = folder / FILE
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            if not set(COLUMNS) <= set(rows.fieldnames or ()):
                raise Fatal(f"{path} needs the columns {', '.join(COLUMNS)}", Exit.WRONG_SPECS)
            return {(row["country_code"], row["postal_code"]): _place(row) for row in rows}
    except (OSError, ValueError, TypeError, csv.Error) as error:
        raise Fatal(f"{path} cannot be read: {error}", Exit.WRONG_SPECS) from error


def _place(row: Mapping[str, str]) -> tuple[float, float]:
    latitude, longitude = float(row["latitude"]), float(row["longitude"])
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ValueError(f"{row['postal_code']} lies at {latitude:g}, {longitude:g}, which is nowhere")
    return latitude, longitude


def kilometers(place: tuple[float, float], latitude: Any, longitude: Any) -> Any:
    """Return the way along the sphere from a place to the columns' places (degrees), null where one is not known."""
    north, east = map(math.radians, place)
    there = latitude.radians()
    across = ((there - north) / 2).sin() ** 2 + there.cos() * math.cos(north) * (
        (longitude.radians() - east) / 2
    ).sin() ** 2
    return DIAMETER * across.clip(0, 1).sqrt().asin()
