import pytest

from compiler.allow import silence
from compiler.diagnostics import Diagnostic, Span
from compiler.source import Source

TEXT = """\
kind: flow  # allow: F412 the reason
# allow: F423 first mail
# and more words
name: x
trigger:  # allow: F430
steps:  # allow: F202 because
"""
SOURCE = Source("a.yaml", TEXT, None)


def found(*places: tuple[str, int], whole: bool = True) -> list[tuple[str, int]]:
    diagnostics = [Diagnostic(code, "m", Span("a.yaml", line, 1), "warning") for code, line in places]
    return [(d.code, d.span.line) for d in silence(diagnostics, SOURCE, whole=whole)]


def test_a_finding_is_silenced_at_its_line_or_below_its_comment() -> None:
    assert ("F412", 1) not in found(("F412", 1))
    assert ("F423", 4) not in found(("F423", 4))
    assert ("F423", 1) in found(("F423", 1))


@pytest.mark.parametrize("line", [5, 6])
def test_a_comment_without_a_reason_or_for_what_is_no_rule_is_wrong(line: int) -> None:
    assert ("F016", line) in found()


def test_what_does_not_occur_is_said_only_where_every_rule_ran() -> None:
    assert ("F015", 1) in found()
    assert ("F015", 1) not in found(whole=False)


def test_a_file_without_comments_passes() -> None:
    diagnostic = Diagnostic("F412", "m", Span("b.yaml", 1, 1), "warning")
    assert list(silence([diagnostic], Source("b.yaml", "kind: flow\n", None), whole=True)) == [diagnostic]
