"""The tags of a message, read without rendering: what is closed, what is not, and what is no tag at all."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler import pipeline
from compiler.diagnostics import Problems
from compiler.project import open_project
from compiler.rules.tags import mistake_in

CLOSED = [
    "",
    "Hello {you} 100% #{3}",
    "{{ first_name|default:'you' }}",
    "{{first_name}}{{last_name}}",
    "{% if a %}b{% elif c %}d{% else %}e{% endif %}",
    "{%- for a in b -%}{% if a %}{{ a }}{% endif %}{%- endfor -%}",
    "{% with a=b %}{% catalog a %}{{ catalog_item.title }}{% endcatalog %}{% endwith %}",
    "{% unsubscribe 'Out' %} {% coupon_code '}%{' %}",
    "{{ a|default:'}' }}",
    "{# {{ {% if %} #}",
    "{% comment %}{{ {% if x %}{% endcomment %}",
    "{% verbatim %}{{ }} {% endif %}{% endverbatim %}",
    "{% raw %}{{{% endraw %}",
]
BROKEN = [
    ("Hi {{ first_name }", 3, '"{{ first_name }" is not closed; end it with }}'),
    ("{{ a } and {{ b }}", 0, '"{{ a } and" is not closed; end it with }}'),
    ('{"a": "{{ b }"}}', 7, '"{{ b }"}}" is not closed; end it with }}'),
    ("a\n{{ b\nc", 2, '"{{ b" is not closed; end it with }}'),
    ("{% if a }b{% endif %}", 0, '"{% if a }b" is not closed; end it with %}'),
    ("{% if a", 0, '"{% if a" is not closed; end it with %}'),
    ("{{ " + "x" * 50, 0, '"{{ ' + "x" * 29 + '" is not closed; end it with }}'),
    ("Hi first_name }}", 14, '"}}" closes nothing; write {{ before what it ends'),
    ("Hi endif %}", 9, '"%}" closes nothing; write {% before what it ends'),
    ("{{ }}", 0, "{{ }} is empty; write what it shows, such as {{ first_name }}"),
    (
        "a{% if a %}{% if b %}c{% endif %}",
        1,
        "{% if a %} is never closed; write {% endif %} after what it is about",
    ),
    (
        "{%  for a\n in b  %}",
        0,
        "{% for a in b %} is never closed; write {% endfor %} after what it is about",
    ),
    (
        "{% if " + "x" * 90 + " %}",
        0,
        "{% if " + "x" * 24 + "... %} is never closed; write {% endif %} after what it is about",
    ),
    ("a{% endfor %}", 1, "{% endfor %} closes nothing; delete it, or write {% for ... %} before it"),
    (
        "{% if a %}{% for b in c %}{% endif %}",
        26,
        "{% endif %} stands where {% for b in c %} is open; write {% endfor %} first",
    ),
    (
        "a{% comment %}{{ a",
        1,
        "{% comment %} is never closed; write {% endcomment %} after what it is about",
    ),
]


@pytest.mark.parametrize("text", CLOSED)
def test_tags_that_are_closed_are_left_alone(text):
    assert mistake_in(text) is None


@pytest.mark.parametrize(("text", "offset", "message"), BROKEN)
def test_a_broken_tag_is_told_with_what_would_close_it(text, offset, message):
    assert mistake_in(text) == (offset, message)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": {"b": {"c": "{{ d }}"}}}',
        "@media print{a{color:red}}",
        "td{width:100%}",
        "@media print{#a{b:c}}",
    ],
)
def test_ends_that_belong_to_something_else_are_left_alone_where_that_can_be(text):
    assert mistake_in(text, alone=False) is None


def whole(draw, depth):
    """Draw a text whose tags are closed, as the pieces that it consists of."""
    kind = draw(st.sampled_from(["text", "value", "if", "for"] if depth else ["text", "value"]))
    if kind in ("if", "for"):
        inside = [piece for _ in range(draw(st.integers(0, 2))) for piece in whole(draw, depth - 1)]
        return [f"{{% {kind} x %}}", *inside, f"{{% end{kind} %}}"]
    return ["{{ x }}"] if kind == "value" else [draw(st.sampled_from(["a", " ", "{", "100% ", "}\n"]))]


pieces = st.composite(lambda draw: [piece for _ in range(3) for piece in whole(draw, 3)])()


@given(pieces)
def test_no_text_of_whole_tags_is_broken(parts):
    text = "\n".join(parts)
    assert mistake_in(text) is None


@given(pieces, st.data())
def test_a_text_that_lost_one_end_is_broken_at_one_of_its_tags(parts, data):
    tags = [n for n, piece in enumerate(parts) if piece.startswith(("{%", "{{"))]
    if tags:
        lost = data.draw(st.sampled_from(tags))
        broken = [*parts[:lost], parts[lost][:-1], *parts[lost + 1 :]]
        found = mistake_in("\n".join(broken))
        assert found is not None
        assert "\n".join(broken)[found.offset :].startswith(("{%", "{{", "}}", "%}"))


@given(st.text(alphabet="{}%# aif'\"endor\n", max_size=60), st.booleans())
def test_any_text_is_read(text, alone):
    found = mistake_in(text, alone=alone)
    assert found is None or 0 <= found.offset < len(text)


@pytest.mark.parametrize(
    "piece", ["{#", "{{", "{%", "}}", "{% if a %}", "{% comment %}", "{{ 'a", "{", "{{ a }} "]
)
def test_a_long_text_of_anything_is_read_in_a_second(piece):
    text = piece * (200_000 // len(piece))
    began = time.process_time()
    mistake_in(text, alone=False)
    assert time.process_time() - began < 1


FLOW = """kind: flow
name: Welcome
status: draft
trigger: {list: Newsletter}
reentry: never
steps:
  - send-email:
      subject_line: Hello
      template: {file: emails/hello.html}
  - time-delay: 1 day
  - send-internal-alert:
      name: Tell us
      subject_line: Hello
      to_emails: [team@acme.example]
      template: {file: emails/alert.html}
"""


def test_a_template_that_is_a_file_is_read_and_its_line_told(tmp_path: Path):
    emails = tmp_path / "flows" / "emails"
    emails.mkdir(parents=True)
    (tmp_path / "flows" / "a.yaml").write_text(FLOW, encoding="utf-8")
    (emails / "hello.html").write_text("<style>\na{b:{c}}</style>\n<p>{{ first_name }</p>\n")
    (emails / "alert.html").write_text("<p>{% if event.id %}{{ event.id }}</p>")
    found = pipeline.compile_project(open_project(tmp_path, Problems())).diagnostics
    assert [(each.code, each.severity, each.span.line, each.message.split(";")[0]) for each in found] == [
        ("F450", "warning", 9, 'emails/hello.html, line 3: "{{ first_name }</p>" is not closed'),
        ("F450", "warning", 15, "emails/alert.html, line 1: {% if event.id %} is never closed"),
    ]
