"""Sets of numbers, totals over cells: compared with trying everything."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.logic import counting, sums
from compiler.logic.counting import TooLong, count_cells
from compiler.logic.model import Range
from compiler.logic.numeric import (
    EVERYTHING,
    admitted,
    complement,
    contains,
    exact,
    intersection,
    union,
    whole,
)
from compiler.logic.sums import TooMany, value_cells

OPERATORS = [
    "equals",
    "not-equals",
    "greater-than",
    "greater-than-or-equal",
    "less-than",
    "less-than-or-equal",
]
TESTS = st.tuples(st.sampled_from(OPERATORS), st.integers(-2, 3)).map(lambda pair: admitted(*pair))
TRIED = [Fraction(number, 2) for number in range(-9, 12)]


@given(TESTS, TESTS, TESTS)
def test_sets_of_numbers_are_sets(one, two, three):
    mixed = intersection(union(one, two), complement(three))
    for number in TRIED:
        inside = (contains(one, number) or contains(two, number)) and not contains(three, number)
        assert contains(mixed, number) == inside
    assert complement(complement(mixed)) == mixed
    assert union(mixed, complement(mixed)) == EVERYTHING


@given(TESTS, TESTS)
def test_whole_numbers_are_those_from_zero(one, two):
    both = union(one, two)
    found = whole(both)
    assert [number for number in range(-4, 9) if contains(found, number)] == [
        number for number in range(9) if contains(both, number)
    ]
    assert all(not part.low_open and not part.high_open for part in found)


def test_a_decimal_is_what_was_written():
    assert exact(0.1) == Fraction(1, 10)
    assert exact(2.0) == 2


CELLS = 3
TOTALS = st.lists(
    st.tuples(
        st.lists(st.integers(0, CELLS - 1), min_size=1, max_size=CELLS, unique=True),
        st.integers(0, 4),
        st.one_of(st.none(), st.integers(0, 5)),
    ),
    max_size=4,
)


@given(TOTALS)
def test_counts_of_cells_are_found_when_there_are_any(totals):
    found = count_cells([0] * CELLS, [None] * CELLS, totals)

    def fits(numbers):
        return all(
            low <= sum(numbers[n] for n in cells) <= (99 if high is None else high)
            for cells, low, high in totals
        )

    possible = any(fits(numbers) for numbers in product(range(6), repeat=CELLS))
    assert (found is not None) == possible
    assert found is None or fits(found)


SPANS = st.builds(
    Range,
    st.one_of(st.none(), st.integers(-3, 3)),
    st.one_of(st.none(), st.integers(-3, 3)),
    st.booleans(),
    st.booleans(),
)
SUMS = st.lists(
    st.tuples(st.lists(st.integers(0, CELLS - 1), min_size=1, max_size=CELLS, unique=True), SPANS), max_size=4
)


@settings(max_examples=200)
@given(SUMS, st.booleans())
def test_values_of_cells_are_found_when_there_are_any(totals, positive):
    found = value_cells(CELLS, totals, positive=positive)

    def fits(values):
        return all(contains((span,), sum(values[n] for n in cells)) for cells, span in totals)

    grid = [Fraction(number, 2) for number in range(0 if positive else -6, 7)]
    assert found is not None or not any(fits(values) for values in product(grid, repeat=CELLS))
    assert found is None or (fits(found) and (not positive or min(found) >= 0))


def test_a_count_that_takes_too_many_steps_is_given_up(monkeypatch):
    monkeypatch.setattr(counting, "MOST_STEPS", 0)
    with pytest.raises(TooLong):
        count_cells([0], [None], [([0], 1, None)])


def test_a_sum_that_makes_too_many_bounds_is_given_up(monkeypatch):
    monkeypatch.setattr(sums, "MOST_BOUNDS", 0)
    with pytest.raises(TooMany):
        value_cells(2, [([0, 1], Range(1, 2))], positive=True)
