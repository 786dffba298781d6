"""YAML in: the core schema of YAML 1.2, the traps of marketing text, positions, limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.diagnostics import Problems
from compiler.nodes import DEPTH, VALUES
from compiler.positions import locate
from compiler.source import MOST_COMMENTS, SIZE, Source, broken, load, plain


def read(text: str | bytes) -> tuple[Source, list[str]]:
    problems = Problems()
    source = load("a.yaml", text, problems)
    return source, [str(diagnostic) for diagnostic in problems]


def data(text: str) -> object:
    source, problems = read(text)
    assert problems == []
    return source.data


def wrong(text: str | bytes) -> str:
    """Return the one thing that is wrong with a text."""
    _source, problems = read(text)
    assert len(problems) == 1, problems
    return problems[0]


# ---------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"), ("no", "no"), ("yes", "yes"), ("on", "on"), ("y", "y"), ("10:30", "10:30"), ("2026-01-01", "2026-01-01"), ("1_000", "1_000"),
        ("null", None), ("~", None), ("", None), ("Null", None), ("true", True), ("TRUE", True), ("False", False), ("nul", "nul"),
        ("5", 5), ("-5", -5), ("+5", 5), ("007", 7), ("0o17", 15), ("0x1F", 31), ("0b1", "0b1"),
        ("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("-1.5E-2", -0.015), (".inf", ".inf"), ("-.INF", "-.INF"), (".nan", ".nan"),
        ("'5'", "5"), ('"true"', "true"), ("'it''s'", "it's"), ('"a\\tb"', "a\tb"), ("=", "="), ("<<", "<<"), ("-", None), ("a#b", "a#b"),
        ("[1, a, null]", [1, "a", None]), ("{a: 1}", {"a": 1}), ("[]", []), ("{}", {}),
    ],
)  # fmt: skip
def test_a_value_is_read_by_the_core_schema(written, value):
    if written == "-":
        assert data("-") == [None]
        return
    assert data(f"key: {written}") == {"key": value}


def test_a_number_of_thousands_of_digits_stays_a_text():
    assert plain("9" * 300) == int("9" * 300)
    assert plain("9" * 5_000) == "9" * 5_000


def test_keys_are_texts_as_written():
    assert data("1: a\non: b\nnull: c\n2026-01-01: d\n0.5: e\n'~': f") == {
        "1": "a",
        "on": "b",
        "null": "c",
        "2026-01-01": "d",
        "0.5": "e",
        "~": "f",
    }


def test_anchors_repeat_values():
    assert data("a: &x [1, 2]\nb: *x") == {"a": [1, 2], "b": [1, 2]}


def test_a_byte_order_mark_is_no_part_of_the_text():
    source, problems = read(b"\xef\xbb\xbfkind: flow")
    assert source.data == {"kind": "flow"}
    assert problems == []


def test_block_scalars_hold_their_lines():
    assert data("a: |\n  one\n  two\nb: >-\n  one\n  two") == {"a": "one\ntwo\n", "b": "one two"}


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("text", "place", "code", "words"),
    [
        (b"name: caf\xe9", "1:10", "F001", "UTF-8"),
        (b"kind: flow\nname: \xff", "2:7", "F001", "UTF-8"),
        ('a: "\\ud800"', "1:7", "F001", "surrogate"),
        ("a: [1, 2", "2:1", "F003", "needs quotes"),
        ("a: *b", "1:4", "F003", "quote it"),
        ("a: 'b", "1:6", "F003", ""),
        ("a: \x01", "1:4", "F003", "not YAML"),
        ("", "1:1", "F004", "empty"),
        ("# nothing", "1:1", "F004", "empty"),
        ("a:\n\tb: 1", "2:1", "F006", "tab"),
        ("a: b: c", "1:5", "F007", "quote the whole text"),
        ("a: @b", "1:4", "F007", "'@'"),
        ("a: `b`", "1:4", "F007", "'`'"),
        ("a: {{ b }}", "1:4", "F008", "{{ ... }}"),
        ("a: {b: ${{ c }}}", "1:8", "F008", "${{"),
        ("a: 1\n---\nb: 2", "2:1", "F009", "second document"),
        ("a: 1\nb: 2\na: 3", "3:1", "F011", '"a" is written twice'),
        ("a: !!int 5", "1:4", "F012", "tag"),
        ("a: !b c", "1:4", "F012", "!"),
        ("? [a, b]\n: c", "1:3", "F013", "key must be text"),
        ("name: Email #1", "1:13", "F014", "quote the text"),
        ("#a comment\nb: 1", "1:1", "F014", "blank after"),
    ],
)  # fmt: skip
def test_a_mistake_has_its_place_code_and_words(text, place, code, words):
    found = wrong(text)
    assert found.startswith(f"a.yaml:{place} {code} "), found
    assert words in found


@pytest.mark.parametrize(
    "text",
    [
        "name: 'Email #1'",
        'a: "x #y"',
        "a: |\n  x #1\nb: 1",
        "a: b # c",
        "a: b#c",
        "a: 1 # see #3",
        "#!/usr/bin/flowc\na: 1",
        "a: 1\n## heading",
    ],
)
def test_a_number_sign_in_a_quoted_text_or_with_a_blank_is_fine(text):
    assert read(text)[1] == []


def test_a_comment_that_begins_after_a_block_scalar_is_found():
    assert wrong("a: |\n  text #1\nb: c #2").startswith("a.yaml:3:6 F014")


def test_at_most_a_hundred_comments_are_refused():
    assert len(read("a: 1\n" + "#x\n" * 500)[1]) == MOST_COMMENTS


def test_deep_nesting_is_refused_before_it_hurts():
    assert "F005" in wrong("a: " + "[" * 100_000)
    assert "F005" in wrong("a: " + "[" * (DEPTH + 5) + "]" * (DEPTH + 5))
    assert read("a: " + "[" * (DEPTH - 5) + "]" * (DEPTH - 5))[1] == []


def test_deep_nesting_in_blocks_is_refused():
    text = "a:\n" + "".join(" " * level + "- b:\n" for level in range(1, 2 * DEPTH, 2))
    assert read(text)[1][0].split()[1] in ("F003", "F005")


def test_an_alias_may_not_nest_deeper_than_its_place_allows():
    half = "[" * (DEPTH - 100) + "]" * (DEPTH - 100)
    assert "F005" in wrong(f"a: &x {half}\nb: {'[' * 150}*x{']' * 150}")


def test_a_file_that_is_too_long_is_refused():
    assert wrong("a: " + "x" * SIZE).startswith("a.yaml:1:1 F002")


def test_a_file_of_too_many_values_is_refused_at_the_first_too_many():
    found = wrong("a:\n" + "- 1\n" * (VALUES + 10))
    assert found.startswith("a.yaml:1999")
    assert "F002" in found
    assert read("a: |\n" + "  x, y: z\n" * 80_000)[1] == [], "a text with many commas is one value"


def test_anchors_that_explode_are_refused():
    lines = ["a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9]"]
    lines += [
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    assert "F010" in wrong("\n".join(lines))


# ---------------------------------------------------------------- positions


TEXT = """kind: flow
steps:
  - send-email:
      name: "Hello"
      empty:
  - {time-delay: 1 day}
"""


@pytest.mark.parametrize(
    ("path", "key", "place"),
    [
        ((), False, "1:1"), (("kind",), False, "1:7"), (("kind",), True, "1:1"), (("steps", 0), False, "3:5"), (("steps", 0, "send-email"), True, "3:5"),
        (("steps", 0, "send-email", "name"), False, "4:13"), (("steps", 0, "send-email", "name"), True, "4:7"), (("steps", 0, "send-email", "empty"), False, "5:7"),
        (("steps", 1, "time-delay"), False, "6:18"), (("steps", 0, "send-email", "missing"), False, "3:5"), (("steps", 7), False, "2:1"), (("nothing",), True, "1:1"),
    ],
)  # fmt: skip
def test_a_path_has_its_place(path, key, place):
    source, _ = read(TEXT)
    found = locate(source, path, key=key)
    assert f"{found.line}:{found.column}" == place


def test_a_place_in_a_broken_text_is_where_it_breaks():
    assert locate(Source("a.yaml", "a:\n- b: c: d", None), ("a",)).line == 2


def test_a_file_as_a_whole_is_at_its_start():
    assert str(broken(Source("a.yaml", "", None), "F201", "no")) == "a.yaml:1:1 F201 no"


def test_reading_leaves_the_text_as_it_is(tmp_path):
    path = Path(tmp_path) / "a.yaml"
    path.write_bytes(b"a: 1\r\nb: 2\r\n")
    source, problems = read(path.read_bytes())
    assert source.data == {"a": 1, "b": 2}
    assert problems == []
