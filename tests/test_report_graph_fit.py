"""Text that fits: one line, cut or wrapped by what a reader sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.report.fit import cells, ems, one_line, shorten, signs, wrap

TEXTS = st.text(max_size=80) | st.text(alphabet="a b日本👩‍👧🇩🇪é\u0301-…", max_size=80)


@given(TEXTS, st.integers(1, 40), st.sampled_from([cells, ems]))
def test_shortened_text_is_one_line_within_its_limit(text, limit, measure):
    short = shorten(text, limit, measure)
    assert measure(short) <= limit
    assert "\n" not in short
    assert short == one_line(text) or short.endswith("…")


@given(TEXTS, st.integers(2, 40), st.integers(1, 4))
def test_wrapped_text_keeps_its_order_and_its_limits(text, limit, count):
    lines = wrap(text, limit, count)
    assert len(lines) <= count
    assert all(cells(line) <= limit for line in lines)
    whole = "".join("".join(lines).split())
    given_text = "".join(one_line(text).split())
    assert whole == given_text or given_text.startswith(whole.removesuffix("…"))


@given(TEXTS)
def test_signs_lose_nothing(text):
    assert "".join(signs(text)) == text


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("日本", 4),
        ("👩‍👩‍👧", 2),
        ("🇩🇪🇫🇷", 4),
        ("e\u0301", 1),
        ("👍🏽", 2),
        ("❤\ufe0f", 2),
        ("", 0),
    ],
)
def test_cells_count_what_a_terminal_shows(text, width):
    assert cells(text) == width


def test_a_family_is_never_cut_in_half():
    family = "👩‍👩‍👧"
    assert shorten(f"{family}{family}", 3) == f"{family}…"


def test_control_signs_and_lone_surrogates_are_replaced():
    assert one_line("a\x00b\r\n c\ud800\ufffe\u202ed") == "a b c\ufffd\ufffdd"


def test_long_words_are_broken_and_wide_signs_too():
    assert wrap("abcdefgh ij", 4, 3) == ["abcd", "efgh", "ij"]
    assert wrap("日本語", 2, 3) == ["日", "本", "語"]
    assert wrap("one two three", 7, 2) == ["one two", "three"]
    assert wrap("one two three four", 7, 2) == ["one two", "three…"]
    assert wrap("  ", 7, 2) == []
