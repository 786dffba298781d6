"""YAML in: the core schema of YAML 1.2, the traps of marketing text, positions, limits."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.diagnostics import Problems
from compiler.nodes import DEPTH, VALUES
from compiler.positions import locate
from compiler.scalars import scalar
from compiler.source import MOST_COMMENTS, MOST_NUMBERS, SIZE, Source, broken, load, plain


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
        ("5", 5), ("-5", -5), ("0", 0), ("-0", 0), ("0b1", "0b1"), ("0x", "0x"), ("0o8", "0o8"), ("+", "+"), ("+49 12", "+49 12"), ("0800-1", "0800-1"),
        ("1.5", 1.5), ("0.5", 0.5), ("-0.5", -0.5), ("0e1", 0.0), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("-1.5E-2", -0.015), (".inf", ".inf"), ("-.INF", "-.INF"), (".nan", ".nan"),
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
        ("a: [1, 2", "1:4", "F003", 'a "[" without its "]"; mend the brackets, or quote the text: "[1, 2"'),
        ("a: *b", "1:4", "F003", 'a text that starts with "*" needs quotes: "*b"'),
        ("a: 'b", "1:4", "F003", 'the quote that opens here is never closed; write "b"'),
        ("a: \x01", "1:4", "F003", "not YAML"),
        ("", "1:1", "F004", "empty"),
        ("# nothing", "1:1", "F004", "empty"),
        ("a:\n\tb: 1", "2:1", "F006", "tab"),
        ("a: b: c", "1:5", "F007", "quote the whole text"),
        ("a: @b", "1:4", "F007", "'@'"),
        ("a: `b`", "1:4", "F007", "'`'"),
        ("a: {{ b }}", "1:4", "F008", 'a text that starts with "{{" needs quotes: "{{ b }}"'),
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


# ---------------------------------------------------------------- numbers whose text would be lost


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("01234", "1234"), ("007", "7"), ("00", "0"), ("-01", "-1"), ("+4912345", "4912345"), ("+0", "0"), ("+1.5", "1.5"),
        ("+.5", "0.5"), ("01.50", "1.5"), ("0x10", "16"), ("0xff", "255"), ("0o17", "15"), ("+1e3", "1000"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("around", "place"),
    [("zip: {}", "1:6"), ("a:\n  - {}", "2:5"), ("{{a: [x, {}]}}", "1:9"), ("a:\n  {}\n", "2:3")],
)
def test_a_number_whose_text_would_be_lost_is_told_with_both_readings(around, place, written, number):
    assert wrong(around.format(written)) == (
        f'a.yaml:{place} F007 {written} would be read as {number}; write "{written}" for the text, {number} for the number'
    )


def test_such_a_number_can_be_quoted_and_can_be_a_key():
    assert data("zip: '01234'\nphone: \"+49\"\n0x10: a\n007: b\ntext: |\n  007") == {
        "zip": "01234",
        "phone": "+49",
        "0x10": "a",
        "007": "b",
        "text": "007",
    }


def test_all_such_numbers_of_a_file_are_told_at_once_up_to_a_hundred():
    source, problems = read("in: [01, 02, 3]\nzip: 04")
    assert [problem.split()[0] for problem in problems] == ["a.yaml:1:6", "a.yaml:1:10", "a.yaml:2:6"]
    assert source.data is None, "nothing is compiled from what is only guessed"
    assert len(read("a:\n" + "- 01\n" * 500)[1]) == MOST_NUMBERS


def test_a_long_number_is_cut_in_what_is_said_of_it():
    assert len(wrong("a: 0" + "1" * 290)) < 300


@given(
    text=st.from_regex(r"[-+]?0?[xo]?[0-9a-f]{0,3}\.?[0-9]{0,2}(e[0-9])?", fullmatch=True), flow=st.booleans()
)
def test_what_the_emitter_writes_of_a_text_is_the_text_and_never_such_a_number(text, flow):
    written = scalar(text, flow=flow)
    assert data(f"a: {written}" if not flow else f"{{a: {written}}}") == {"a": text}


@given(number=st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_what_the_emitter_writes_of_a_number_is_the_number(number):
    assert data(f"a: {scalar(number, flow=False)}") == {"a": number}


# ---------------------------------------------------------------- texts that need quotes

ABOVE = "kind: flow\nsteps:\n  - send-email:\n      name: Hello\n"


def wrong_subject(written: str, column: int = 21) -> str:
    """Return what is said of a subject line with a line below it; it must be said at its own place."""
    found = wrong(f"{ABOVE}      subject_line: {written}\n      preview_text: there\n")
    place, said = found.split(" ", 1)
    assert place == f"a.yaml:5:{column}", found
    return said


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("{{ first_name }}", '"{{ first_name }}"'),
        ("{{ first_name }}, hi", '"{{ first_name }}, hi"'),
        ("{{ first_name }} hi", '"{{ first_name }} hi"'),
        ("{{ first_name|default:'there' }}, hi", "\"{{ first_name|default:'there' }}, hi\""),
        ('{{ x|default:"y" }}, hi', "'{{ x|default:\"y\" }}, hi'"),
        ("{{ a }}{{ b }}", '"{{ a }}{{ b }}"'),
        ("{{ a }", '"{{ a }"'),
        ("{% if x %}hi{% endif %}", '"{% if x %}hi{% endif %}"'),
    ],
)
def test_a_subject_that_starts_with_braces_is_told_with_its_quotes(written, typed):
    assert wrong_subject(written) == f'F008 a text that starts with "{written[:2]}" needs quotes: {typed}'


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("[Sale] now", '"[Sale] now"'),
        ('[Sale] {{ x }}, it\'s "now"', '"[Sale] {{ x }}, it\'s \\"now\\""'),
        ("{Sale} now", '"{Sale} now"'),
        ("*Sale*", '"*Sale*"'),
        ("> 5 left", '"> 5 left"'),
        ("|Hi", '"|Hi"'),
        ("| Sale | now |", '"| Sale | now |"'),
        ("? what", '"? what"'),
        (", hi", '", hi"'),
        ("- a dash", '"- a dash"; a list starts on the line below its key'),
        ("[Sale] now # the first", '"[Sale] now"'),
        ("> " + "x" * 200, '"> ' + "x" * 85 + '..."'),
    ],
)
def test_a_subject_that_starts_with_a_sign_of_yaml_is_told_with_its_quotes(written, typed):
    assert wrong_subject(written) == f'F003 a text that starts with "{written[0]}" needs quotes: {typed}'


@pytest.mark.parametrize("sign", "@%`")
def test_a_subject_that_starts_with_a_sign_of_no_text_is_told_with_its_quotes(sign):
    assert (
        wrong_subject(f"{sign}sale")
        == f'F007 a text cannot start with {sign!r} unless it is quoted: "{sign}sale"'
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("'It's here'", 'a quote inside the quotes ends the text too early; write "It\'s here"'),
        ('"Say "hi" now"', "a quote inside the quotes ends the text too early; write 'Say \"hi\" now'"),
        ('"Hi" there', "a text goes on behind its closing quote; quote all of it: '\"Hi\" there'"),
        (
            '"C:\\dir"',
            "a backslash in double quotes needs a letter that it can stand before; write 'C:\\dir'",
        ),
        ('"Hi', 'the quote that opens here is never closed; write "Hi"'),
        ("'Hi", 'the quote that opens here is never closed; write "Hi"'),
        ("[Sale", 'a "[" without its "]"; mend the brackets, or quote the text: "[Sale"'),
        ("]", 'a text that starts with "]" needs quotes: "]"'),
    ],
)
def test_a_subject_whose_quotes_or_brackets_do_not_match_is_told_where_it_starts(written, said):
    assert wrong_subject(written) == f"F003 {said}"


@pytest.mark.parametrize("below", ['preview_text: "there"', "preview_text: there\n      from_label: 'x'\n"])
def test_a_quote_that_the_next_quote_closes_is_told_where_it_opens(below):
    quote = below.rstrip()[-1]
    found = wrong(f"{ABOVE}      subject_line: {quote}Hi\n      {below}\n")
    assert found == 'a.yaml:5:21 F003 the quote that opens here is not closed on its line; write "Hi"'


@pytest.mark.parametrize(
    ("written", "column", "more"),
    [
        ("Hi: there", 23, ""),
        ("Hi:", 23, ""),
        ("Hi {{ a }}: b", 31, ""),
        ("list: Newsletter", 25, ", or write {list: Newsletter} if it is a mapping"),
        ("a: b: c", 22, ""),
    ],
)
def test_a_colon_inside_a_text_is_told_with_the_whole_text(written, column, more):
    assert (
        wrong_subject(written, column)
        == f'F007 a ": " inside an unquoted text; quote the whole text: "{written}"{more}'
    )


@pytest.mark.parametrize(
    ("written", "place", "said"),
    [
        ("{a: x, b: [Sale] now}", "1:14", 'F003 a text that starts with "[" needs quotes: "[Sale] now"'),
        ("{a: {{ x }} hi, b: y}", "1:8", 'F008 a text that starts with "{{" needs quotes: "{{ x }} hi"'),
        ("[a, @b, c]", "1:8", "F007 a text cannot start with '@' unless it is quoted: \"@b\""),
        ("[a, *b, c]", "1:8", 'F003 a text that starts with "*" needs quotes: "*b"'),
        ("{a: 'It's'}", "1:8", 'F003 a quote inside the quotes ends the text too early; write "It\'s"'),
        ("{a: ${{ vars.x }}}", "1:8", 'F008 "${{" inside { } or [ ] needs quotes: "${{ vars.x }}"'),
        ("{a: Hi {{ x }}}", "1:8", 'F008 a text with brackets or braces needs quotes inside [ ] and { }: "Hi {{ x }}"'),
        ("[Hi {x}]", "1:5", 'F003 a text with brackets or braces needs quotes inside [ ] and { }: "Hi {x}"'),
        ("{a: x: y}", "1:9", 'F007 a ": " inside an unquoted text; quote the whole text: "x: y", or write {x: y} if it is a mapping'),
        ("{a: x b: y}", "1:11", 'F007 a ": " inside an unquoted text; quote the whole text: "x b: y", or put a comma before "b"'),
        ("{a: x, b: [c, d}", "1:4", 'F003 a "[" without its "]"; mend the brackets'),
        ("{a: x}}", "1:4", 'F003 a "}" without its "{"; mend the brackets'),
        ("[a,\n  @b,\n  c]", "2:3", "F007 a text cannot start with '@' unless it is quoted: \"@b\""),
    ],
)  # fmt: skip
def test_of_a_text_inside_brackets_only_the_text_is_quoted(written, place, said):
    assert wrong(f"k: {written}\nl: 1\n") == f"a.yaml:{place} {said}"


@given(
    text=st.text(st.sampled_from("Hi !\"'[]{}:,*&@%`|>?-#\\$")),
    below=st.sampled_from(["", "\n  b: c", "\n  b: 'c'"]),
)
def test_what_is_advised_for_a_subject_is_yaml_for_the_text(text, below):
    """A text that libyaml cannot read has advice whose typed form reads as a text."""
    _, problems = read(f"k:\n  a: {text}{below}\n")
    typed = re.search(
        r"""(?:needs quotes|is quoted|all of it|the text|whole text): (".*?"|'.*')(?:, or|; a list|$)""",
        problems[0] if problems else "",
    )
    if typed and "..." not in typed[1] and "# " not in text:
        meant = data(f"a: {typed[1]}")["a"]
        assert meant in text or meant.replace("\\", "") in text.replace("\\", "")


def test_a_text_that_starts_with_an_ampersand_does_not_lose_its_first_word():
    assert wrong("a: &Co rocks\nb: 1") == (
        'a.yaml:1:4 F007 "&Co" names a value that nothing repeats; quote a text that starts with "&": "&Co rocks"'
    )
    assert data("a: &x hi\nb: *x\nc: Fish &Chips\nd: Fish & Chips\ne: &y [1]\nf: ' &z'") == {
        "a": "hi",
        "b": "hi",
        "c": "Fish &Chips",
        "d": "Fish & Chips",
        "e": [1],
        "f": " &z",
    }


# ---------------------------------------------------------------- lines that do not stand right


@pytest.mark.parametrize(
    ("steps", "place", "said"),
    [
        (
            "  - id: hello\n     send-email:\n       name: a\n",
            "3:6",
            '"send-email" is indented by 5 blanks, which fits no line above; indent it by 4, as "id" in line 2 is',
        ),
        (
            "  - id: hello\n   send-email:\n       name: a\n",
            "3:4",
            '"send-email" is indented by 3 blanks, which fits no line above; indent it by 4, as "id" in line 2 is',
        ),
        (
            "  - send-email:\n      name: a\n       subject_line: b\n",
            "4:8",
            '"subject_line" is indented by 7 blanks, which fits no line above; indent it by 6, as "name" in line 3 is',
        ),
        (
            "  - send-email:\n      # why\n\n      name: a\n     subject_line: b\n",
            "6:6",
            '"subject_line" is indented by 5 blanks, which fits no line above; indent it by 6, as "name" in line 5 is, or by 4, as "send-email" in line 2 is',
        ),
        (
            "  - send-email: Hello\n      name: Hello\n",
            "3:7",
            '"name" is indented by 6 blanks, which fits no line above; indent it by 4, as "send-email" in line 2 is, or take the value of "send-email" away',
        ),
        (
            "  - send-email:\n     name: a\n      subject_line: b\n",
            "4:7",
            '"subject_line" is indented by 6 blanks, which fits no line above; indent it by 5, as "name" in line 3 is',
        ),
        (
            "  - a:\n      b: 1\n - c: 2\n    d: 3\n",
            "4:2",
            "the dash is indented by 1 blank, which fits no line above; indent it by 2, as the dash in line 2 is",
        ),
        (
            "  - then:\n    - a: 1\n   - b: 1\n  - then:\n    x: 1\n",
            "4:4",
            "the dash is indented by 3 blanks, which fits no line above; indent it by 4, as the dash in line 3 is, or by 2, as the dash in line 2 is",
        ),
        (
            "  - a: 1\n    b: 2\n - c: 1\n    b: 2\n",
            "4:2",
            "the dash is indented by 1 blank, which fits no line above; indent it by 2, as the dash in line 2 is",
        ),
        (
            "    c: 1\nd:\n - e: 1\n    f: 2\n",
            "4:2",
            'the dash is indented by 1 blank; indent it by 2, to stand with "f" in line 5',
        ),
        ("  -send-email:\n      name: x\n  - time-delay: 1 day\n", "2:4", 'a blank is missing behind the dash; write "- send-email:"'),
        (
            "  - time-delay: 1 day\n - time-delay: 1 day\n",
            "3:2",
            "the dash is indented by 1 blank, which fits no line above; indent it by 2, as the dash in line 2 is",
        ),
        (
            "  - name: Hello\n    - time-delay: 1 day\n",
            "3:5",
            "the dash is indented by 4 blanks, which fits no line above; indent it by 2, as the dash in line 2 is",
        ),
        ("  - send-email:\n      body: |\n      Hi\n      there\n", "4:7", 'the text behind "|" in line 3 needs 8 blanks or more before each line'),
        ("  - send-email:\n      body: >-\n          Hi\n\n         there\n", "6:10", 'the text behind ">" in line 3 needs 10 blanks or more before each line'),
        ("  - send-email\n      name: Hello\n", "2:15", 'a colon is missing; write "send-email:"'),
        ("  - time-delay 1 day\n    id: x\n", "2:15", 'a colon is missing; write "time-delay: 1 day"'),
        ("  - send-email:\n      name:Hi\n      subject_line: x\n", "3:12", 'a blank is missing behind the colon; write "name: Hi"'),
        ("  - send-email:\n      subject_line: x\n      name:Hi\n", "4:12", 'a blank is missing behind the colon; write "name: Hi"'),
    ],
)  # fmt: skip
def test_a_line_that_does_not_stand_right_is_told_with_what_would(steps, place, said):
    assert wrong(f"steps:\n{steps}") == f"a.yaml:{place} F003 {said}"


@pytest.mark.parametrize(
    ("character", "name"),
    [("\u00a0", "no-break space (U+00A0)"), ("\u202f", "narrow no-break space (U+202F)"), ("\u200b", "zero width space (U+200B)"), ("\u3000", "ideographic space (U+3000)")],
)  # fmt: skip
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a:\n  name:{}Hello\n  b: x\n", "2:8"),
        ("a:\n  name: {}b: x\n", "2:9"),
        ("a:\n  - b: x\n{}   c: d\n    e: f\n", "3:1"),
    ],
)
def test_a_character_that_only_looks_like_a_blank_is_named_at_its_place(text, place, character, name):
    found = wrong(text.format(character))
    if ": {}" in text:
        assert "F007" in found, "behind a blank it is a part of the text"
    else:
        assert found == f"a.yaml:{place} F006 a {name}, which is no blank to YAML; type a blank instead"


@pytest.mark.parametrize("text", ["a:\n\tb: 1", "a: 1\n\tb: 2", "a:\n  -\tb: 1"])
def test_a_tab_is_told_wherever_it_stands_for_blanks(text):
    assert "F006 a tab; indent with spaces" in wrong(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: b\n" * 0 + "a:\n  b: [c\n  d: 'e\n f: g",
        "}{",
        "a: b\n  c\nd",
        "- a\nb: c",
        "? [a\n: b\n c",
        "a: 'b' 'c' [",
        "%x\n%y",
        '"a" "b": c\n-',
    ],
)
def test_several_mistakes_in_one_place_are_one_diagnostic(text):
    assert re.match(r"a\.yaml:\d+:\d+ F0\d\d \S", wrong(text))


def test_what_is_too_long_to_try_is_still_told_at_its_place():
    assert wrong("a: " + "x" * 3_000 + ": y").startswith('a.yaml:1:3004 F007 a ": " where no mapping can be')
    many = "".join(f"k{number}: a text of some length\n" for number in range(10_000))
    assert wrong(many + "a: [b] c\n").startswith("a.yaml:10001:8 F003 not YAML: ")
    assert wrong(many + "a: *b\n") == (
        'a.yaml:10001:4 F003 an alias of an anchor that is nowhere; quote a text that starts with "*"'
    )


@pytest.mark.parametrize(
    "row",
    ["a" + " " * 200_000, " " * 200_000, "- " * 1_000, "a " * 100_000, "'" * 200_001, "a:" * 100_000, ": " * 100_000, "#" * 200_000, " #" * 100_000, "\u00a0" * 200_000, "-" * 200_000, "a" * 200_000, "{{" * 500, "a: |" + " " * 200_000 + "x"],
)  # fmt: skip
@pytest.mark.parametrize("end", ["a: b: c", " - x: y\n- z", "a: [b] c", "\u00a0  b: c"])
def test_long_lines_around_a_mistake_take_no_longer_to_look_at(row, end):
    text = f"k: 1\n{row}\n{end}\n"
    start = time.process_time()
    read(text)
    assert time.process_time() - start < 3


@given(st.text(st.sampled_from("ab:-{}[]'\"|>&*!%@#, \n\t\u00a0\u2028\r"), max_size=60))
def test_no_text_is_too_odd_to_be_told_of(text):
    _, problems = read(text)
    assert all(re.match(r"a\.yaml:\d+:\d+ F0\d\d .", problem) for problem in problems)


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
