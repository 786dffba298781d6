"""Seeded plain values for generated definitions: texts (plain and odd), numbers, ids, moments."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, TypeVar

Item = TypeVar("Item")

WORDS = (
    "welcome", "cart", "gift", "spring", "order", "points", "silk", "olive", "harbour", "lantern", "reward", "reminder",
    "Thank you", "Don't miss it", "Back again", "Loyalty #3", "Fall / Winter", "50% off", "Größe", "été", "新着", "café",
)  # fmt: skip
ODD_TEXTS = (
    "", " ", "  ", " leading", "trailing ", "\ttab", "tab\tinside", "tab at end\t", "NO", "no", "Yes", "on", "off", "y", "n", "null", "Null", "~", "true",
    "TRUE", "False", "10:30", "1:2:3", "190:20:30", "0o17", "017", "0x1F", "0b101", "1_000", "1e3", ".5", "5.", "+1", "-0", "-", "--", "---", "...", ".inf",
    "-.INF", ".nan", "2026-01-01", "2026-01-01T10:00:00Z", "12e03", "0", "00", "3.0", "=", "<<", "*", "&", "!", "|", ">", "%", "@", "`", "?", ":", "#", "#1",
    "Email #1", "a #b", "a # b", "a: b", "a:b", "a :b", ": a", "a:", "- a", "-a", "? a", "[a", "a]", "{a", "}", "[]", "{}", ",", "a, b", "'", '"', "''", '""',
    "it's", 'say "hi"', "\\", "\\n", "back\\slash", "{{ first_name }}", "{{ person|lookup:'x'|default:\"y\" }}", "{% if a %}b{% endif %}", "{# c #}",
    "${{", "$${{", "$$${{ x }}", "${{ params.x }}", "$${{ event.total }}", "${{ event.total }}", "costs ${{ price }} or $$", "$", "${", "${ {", "}}",
    "\n", "\n\n", "a\n", "a\nb", "a\n\nb", "a\n\n", "\na", " a\nb", "a \nb", "a\n b", "a\n  - b: c\n", "a\r\nb", "a\rb", "\r", "a\n#b", "# a\nb", "a\n---\nb",
    "a\n...\nb", "a\n\tb", "a\n \nb", "x\x00y", "\x01", "\x07bell", "\x1b[0m", "\x7f", "\x80", "\x85", "a\x85b", "a\xa0b", "\xad", "\u2028", "a\u2028b",
    "\u2029", "a\u2029b", "\u200b", "\u202e", "\ufeff", "a\ufeffb", "\ufffe", "\uffff", "\U0001f600", "👩\u200d👩\u200d👧", "🇩🇪", "e\u0301", "\U0010ffff", "日本語",
    "end", "none", "flow", "raw", "any", "@metric:Placed Order", "@list:x", "@", "@group:{", '@metric:{"name": "a"}', '@metric:{"id": "a"}', "@flow:", "{id}",
    "never", "always", "alltime", "flow-start", "1 hour", "30 days", "use: x", "kind: flow", "# allow: F412 x", "a" * 300, "word " * 60, "x" * 5000,
    "a\n" * 40, "key\n: value", "!!str x", "!tag", "&a b", "*a", "%YAML 1.2", "a\tb: c", "'a' b", '"a" b', "a'b\"c", "\u00df", "\t", "\t\n", "\n\t", "a\u3000",
)  # fmt: skip
ALPHABET = "abcXYZ019 _-.:#@'\"\\{}[],&*!|>%$\n\t\réü漢😀\u2028\x85\x00~"
IDS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ZONES = ("profile", "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Africa/Abidjan")


class Values:
    """Draws plain values.

    ``odd`` is how often a text is one that YAML, JSON or Jinja could misread, ``named`` how often a placeholder of
    an offline payload stands in an id's place (``@metric:Placed Order``).
    """

    def __init__(self, random: Random, *, odd: float = 0.0, named: float = 0.15) -> None:
        self.random, self.odd, self.named = random, odd, named

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def one(self, items: Sequence[Item]) -> Item:
        return items[self.random.randrange(len(items))]

    def few(self, make: Callable[[], Item], low: int = 0, high: int = 3) -> list[Item]:
        return [make() for _ in range(self.random.randint(low, high))]

    def text(self) -> str:
        if self.chance(self.odd):
            if self.chance(0.2):
                return "".join(self.one(ALPHABET) for _ in range(self.random.randint(0, 12)))
            return self.one(ODD_TEXTS)
        return " ".join(self.few(lambda: self.one(WORDS), 1, 4))

    def reference(self, kind: str = "") -> str:
        """An id as the account makes them, a placeholder, or (among odd texts) whatever else stands there."""
        if kind and self.chance(self.named):
            return self.placeholder(kind)
        return self.text() if self.chance(self.odd / 3) else "".join(self.one(IDS) for _ in range(6))

    def placeholder(self, kind: str) -> str:
        """A thing of the account by its name, as an offline payload holds it."""
        if kind == "metric" and self.flag():
            return "@metric:" + json.dumps(
                {"name": self.text(), "integration": self.text()}, ensure_ascii=False
            )
        if kind == "template" and self.flag():
            return "@template:" + json.dumps({self.one(("file", "clone")): self.text()}, ensure_ascii=False)
        return f"@{self.one(('group', 'list', 'segment')) if kind == 'group' else kind}:{self.one(WORDS)}"

    def whole(self) -> int:
        return self.one((0, 1, 2, 3, 5, 7, 10, 14, 30, 45, 90, 365, 1000, 123456, self.random.randint(0, 99)))

    def number(self) -> int | float:
        return self.one((self.whole(), -self.whole(), 0.5, 30.0, 12.25, -1.5, 99.99, 1e21, 1.5e-7, 0.1 + 0.2))

    def flag(self) -> bool:
        return self.chance(0.5)

    def moment(self) -> str:
        day = f"{self.random.randint(2019, 2031)}-{self.random.randint(1, 12):02d}-{self.random.randint(1, 28):02d}"
        return day + self.one(
            (
                "T00:00:00+00:00",
                "T00:00:00+00:00",
                "T09:30:00+00:00",
                "T00:00:00Z",
                "T23:59:59.250000+02:00",
                "T00:00:00-05:00",
            )
        )

    def clock(self) -> str:
        return f"{self.random.randint(0, 23):02d}:{self.one(('00', '15', '30', '59'))}:{self.one(('00', '00', '00', '30'))}"

    def weekdays(self) -> list[str]:
        if self.chance(0.2):
            return list(WEEKDAYS)
        return self.random.sample(WEEKDAYS, self.random.randint(0, 6))

    def free(self, depth: int = 2) -> Any:
        """Any JSON value, as free maps and future fields hold."""
        if depth and self.chance(0.3):
            return {self.text(): self.free(depth - 1) for _ in range(self.random.randint(0, 3))}
        if depth and self.chance(0.2):
            return self.few(lambda: self.free(depth - 1))
        return self.one((self.text(), self.number(), self.flag()))

    def free_map(self) -> dict[str, Any]:
        """A free map of texts: headers, key-value pairs."""
        return {self.text(): self.text() for _ in range(self.random.randint(0, 4))}

    def fields(
        self,
        required: Mapping[str, Any] | None = None,
        nullable: Mapping[str, Callable[[], Any]] | None = None,
        optional: Mapping[str, Callable[[], Any]] | None = None,
        share: float = 0.5,
    ) -> dict[str, Any]:
        """An object: what it needs, what may be null or absent, what may only be absent; keys in any order."""
        out = dict(required or {})
        for name, make in (nullable or {}).items():
            if self.chance(share):
                out[name] = None if self.chance(0.2) else make()
        for name, make in (optional or {}).items():
            if self.chance(share):
                out[name] = make()
        if self.chance(0.3):
            names = list(out)
            self.random.shuffle(names)
            out = {name: out[name] for name in names}
        return out
