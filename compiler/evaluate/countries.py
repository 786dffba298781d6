"""Countries by name, as profiles spell them, and the two regions that conditions know."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

EUROPEAN_UNION = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES",
    "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
    "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
UNITED_STATES = ("US",)
# Parts of member states, and of the United States, with a country code of their own: how they count is not documented.
PARTLY_EUROPEAN = ("AX", "GF", "GP", "MF", "MQ", "RE", "YT")
UNITED_STATES_TERRITORIES = ("AS", "GU", "MP", "PR", "UM", "VI")

# Common spellings beside those of the ISO 3166 table that the tzdata package carries.
ALIASES = {
    "america": "US",
    "czechia": "CZ",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "macedonia": "MK",
    "northern ireland": "GB",
    "republic of ireland": "IE",
    "russian federation": "RU",
    "scotland": "GB",
    "south korea": "KR",
    "the netherlands": "NL",
    "turkiye": "TR",
    "türkiye": "TR",
    "u.s.": "US",
    "u.s.a.": "US",
    "uae": "AE",
    "uk": "GB",
    "united kingdom": "GB",
    "united states of america": "US",
    "usa": "US",
    "viet nam": "VN",
    "wales": "GB",
}


def country_code(name: str | None) -> str | None:
    """Return the two letters of a country's English name or code in any case, None where it is not recognised."""
    return _codes().get(" ".join(name.casefold().split())) if name else None


@cache
def _codes() -> dict[str, str]:
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return (
        {code.casefold(): code for code, _ in rows} | {name.casefold(): code for code, name in rows} | ALIASES
    )
