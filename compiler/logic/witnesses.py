"""The profiles found so far and what they show of pairs of rules: someone in both, someone in the first alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from compiler.logic.model import Profile


@dataclass(slots=True)
class Witnesses:
    """For every pair of numbered rules one profile in both, one in the first alone; (n, n) is in rule n."""

    both: dict[tuple[int, int], Profile] = field(default_factory=dict)
    first: dict[tuple[int, int], Profile] = field(default_factory=dict)
    _both_bits: dict[int, int] = field(default_factory=dict)
    _first_bits: dict[int, int] = field(default_factory=dict)

    def keep(self, profile: Profile, matched: int, failed: int) -> None:
        """Remember what a profile shows that no earlier one did; rules are bits."""
        both_bits, first_bits = self._both_bits, self._first_bits
        for one in bits_of(matched):
            known_both, known_first = both_bits.get(one, 0), first_bits.get(one, 0)
            new_both, new_first = matched & ~known_both, failed & ~known_first
            if new_both:
                both_bits[one] = known_both | matched
                self.both.update(((one, two), profile) for two in bits_of(new_both))
            if new_first:
                first_bits[one] = known_first | failed
                self.first.update(((one, two), profile) for two in bits_of(new_first))


def bits_of(number: int) -> list[int]:
    """List the places of the bits that are set, from the lowest."""
    digits = f"{number:b}"[::-1]
    out: list[int] = []
    place = digits.find("1")
    while place >= 0:
        out.append(place)
        place = digits.find("1", place + 1)
    return out
