"""A probe's report for people and machines: question, answer, what comes of it; then what is left."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, Final

from compiler.apply import Patience
from compiler.probe.answers import Answer, Left, Report
from compiler.probe.questions import QUESTIONS, UNITS
from compiler.project import Account

FORMAT: Final = 1
PAGE: Final = "https://www.klaviyo.com/flow/{}/edit"
HEADS: Final = ("question", "answer", "what plan and apply do")
NARROWEST: Final = (26, 12, 24)  # 66 columns with the gaps
GAP: Final = "  "


def as_text(report: Report, account: Account, patience: Patience, width: int) -> str:
    """Return the report as a table of at most ``width`` columns, at least 66, and the sentences below it."""
    asks, answers, uses = NARROWEST
    spare = max(0, width - sum(NARROWEST) - 2 * len(GAP))
    columns = (asks + spare * 2 // 5, answers + spare // 10, uses + spare // 2)
    lines = [*_row(HEADS, columns), *_row(tuple("-" * column for column in columns), columns)]
    for question in QUESTIONS:
        answer = report.answers.get(question.name)
        if answer is not None:
            value = answer.value
            lines += _row(
                (question.asks, said(question.name, answer), question.use(value, patience)), columns
            )
    lines += ["", *_reasons(report)]
    return "".join(f"{line.rstrip()}\n" for line in [*lines, *_ends(report, account)]).rstrip("\n") + "\n"


def _row(texts: tuple[str, ...], columns: tuple[int, ...]) -> Iterator[str]:
    """Yield the lines of one row, each cell wrapped in its column."""
    cells = [textwrap.wrap(text, column) or [""] for text, column in zip(texts, columns, strict=True)]
    for number in range(max(map(len, cells))):
        parts = [cell[number] if number < len(cell) else "" for cell in cells]
        yield GAP.join(part.ljust(column) for part, column in zip(parts, columns, strict=True))


def said(name: str, answer: Answer) -> str:
    """Return an answer in a word."""
    match answer.value:
        case None:
            return "unknown"
        case ():
            return "none"
        case tuple(calls):
            return ", ".join(calls)
        case value if name in UNITS:
            return f"{value} s"
        case value:
            return str(value)


def _reasons(report: Report) -> Iterator[str]:
    for question in QUESTIONS:
        answer = report.answers.get(question.name)
        if answer is not None and answer.value is None:
            yield f"{question.asks} Unknown: {answer.why}"


def _ends(report: Report, account: Account) -> Iterator[str]:
    for sentence in report.mended:
        yield f"deleted what an earlier probe had left: {sentence}"
    yield from report.alike
    for one in report.left:
        page = link(one, account)
        yield f"not deleted: {one}" + (f"; see {page}" if page else "")


def link(left: Left, account: Account) -> str:
    """Return the page on which a person deletes a flow; empty for what has none, or an account elsewhere."""
    if left.kind != "flow" or account.embedded is not None or account.url is not None:
        return ""
    return PAGE.format(left.id)


def as_json(report: Report, account: Account, revision: str, patience: Patience) -> dict[str, Any]:
    """Return the report as one document for machines."""
    return {
        "format_version": FORMAT,
        "exit_code": int(report.exit_code),
        "account": account.name,
        "revision": revision,
        "answers": [
            {
                "question": question.name,
                "asks": question.asks,
                "answer": list(answer.value) if isinstance(answer.value, tuple) else answer.value,
                "why": answer.why or None,
                "use": question.use(answer.value, patience),
            }
            for question in QUESTIONS
            for answer in [report.answers[question.name]]
        ],
        "mended": list(report.mended),
        "left_alone": list(report.alike),
        "left": [
            {
                "kind": one.kind,
                "id": one.id,
                "name": one.name,
                "why": one.why,
                "link": link(one, account) or None,
            }
            for one in report.left
        ],
        "error": report.stopped or None,
    }
