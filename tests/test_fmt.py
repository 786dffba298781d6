import re

import pytest

from compiler.comments import read_comments
from compiler.diagnostics import Problems
from compiler.fmt import fmt
from compiler.kinds import default_revision
from compiler.source import load


def formatted(text: str) -> str:
    problems = Problems()
    after = fmt(load("a.yaml", text, problems), default_revision(), problems)
    assert not problems.errors, list(map(str, problems))
    assert after is not None
    return after


COMMENTED = """\
# yaml-language-server: $schema=x
# A flow
kind: flow
status: live   # it is live
name: C
steps:
  # wait first
  - time-delay: {unit: hours, value: 1} # one hour
  - conditional-split:
      # why
      if:
        - profile-sample: 50   # half
      then: []
      else:
        # inner
        - send-email: {name: A, smart_sending_enabled: true, subject_line: "x"} # allow: F423 because
        - send-email:
            subject_line: y z
            # note on name
            name: B # b
  # last
  - send-sms: {body: "x #1"}
trigger:
  metric: {name: A} # the metric
# the end
"""

CANONICAL = """\
# yaml-language-server: $schema=x
# A flow
kind: flow
name: C
status: live # it is live
trigger:
  metric: A # the metric
steps:
  # wait first
  - time-delay: 1 hour # one hour
  - conditional-split:
      # why
      if:
        - profile-sample: 50 # half
      else:
        # inner
        - send-email: # allow: F423 because
            name: A
            subject_line: x
        - send-email:
            # note on name
            name: B # b
            subject_line: y z
  # last
  - send-sms:
      body: "x #1"
# the end
"""


def test_keys_stand_in_order_short_forms_are_used_and_comments_stay() -> None:
    assert formatted(COMMENTED) == CANONICAL


def test_canonical_text_stays_as_it_is() -> None:
    assert formatted(CANONICAL) == CANONICAL


def test_no_comment_is_lost_when_steps_move() -> None:
    nested = """\
kind: flow
name: N
trigger: {list: Newsletter}
steps:
  - conditional-split:
      if:
        - profile-sample: 50 # half of them
      then:
        # the only way on
        - time-delay: 1 day # a day
        - send-email: {name: A, subject_line: s} # the mail
      else: end # the others
"""
    after = formatted(nested)
    assert after.index("conditional-split") < after.index("time-delay")
    assert "  # the only way on\n  - time-delay: 1 day # a day\n" in after
    for words in ("half of them", "the mail", "the others"):
        assert words in after


@pytest.mark.parametrize("extra", ["defaults: {send-email: {from_label: Acme}}", "for_each: {locale: [en]}"])
def test_a_document_that_is_stamped_keeps_its_values_and_gets_its_order(extra: str) -> None:
    text = f"name: N ${{{{ each.locale }}}}\nkind: flow\n{extra}\nsteps:\n  - send-email: {{subject_line: s, name: A}}\ntrigger: {{list: L}}\n"
    after = formatted(text)
    assert after.startswith("kind: flow\nname: N ${{ each.locale }}\n")
    assert after.index("trigger") < after.index("steps")
    assert after.index("name: A") < after.index("subject_line")


def test_a_literal_dollar_brace_keeps_its_dollar() -> None:
    text = 'kind: flow\nname: "$${{ x }}"\nstatus: draft\ntrigger:\n  list: L\nsteps:\n  - send-sms:\n      body: "$$${{ y }}"\n'
    assert formatted(text) == text.replace('"$${{ x }}"', "$${{ x }}").replace('"$$${{ y }}"', "$$${{ y }}")


def test_a_segment_is_written_canonically() -> None:
    text = "kind: segment\nname: S\nowner: x@example.com\ndefinition:\n  - {profile-property: {is-set: true, property: email}} # who\n"
    assert formatted(text).endswith(
        "definition:\n  - profile-property: {property: email, is-set: true} # who\n"
    )


def test_a_broken_file_is_left_alone_and_says_why() -> None:
    problems = Problems()
    assert (
        fmt(
            load("a.yaml", "kind: flow\nname: X\nsteps:\n  - send-mail: {}\n", problems),
            default_revision(),
            problems,
        )
        is None
    )
    assert [diagnostic.code for diagnostic in problems] == ["F202"]


def test_a_step_that_nothing_leads_to_is_not_thrown_away() -> None:
    text = "kind: flow\nname: X\ntrigger:\n  list: L\nsteps:\n  - conditional-split:\n      then: end\n      else: end\n  - send-sms:\n      body: lost\n"
    assert "lost" in formatted(text)


def test_comments_in_texts_are_no_comments() -> None:
    assert read_comments('a: "x # y"\nb: |\n  # z\n') == {}


def test_every_comment_of_a_text_belongs_somewhere() -> None:
    found = read_comments(COMMENTED)
    said = [line for comment in found.values() for line in (*comment.before, comment.after) if line]
    assert sorted(said) == sorted(re.findall(r"(?<![\"x] )#(?!1).*", COMMENTED))
