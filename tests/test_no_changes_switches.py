"""Whatever an account answers to what the API leaves open: edits are applied as they were planned, and nothing is left."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest
from account_kit import open_account
from apply_worlds import AFTER, BEFORE, REVISION, put_metric, write_specs
from two_accounts import NONE, set_switches

ASKED = (
    "joins_at_create",
    "delete_links",
    "patch_links",
    "flow_status",
    "equal_flow_names",
    "insert_at_join",
)
ANSWERS = {
    "joins_at_create": ("refused",),
    "delete_links": ("cut",),
    "patch_links": ("honoured", "refused"),
    "flow_status": ("separate",),
    "equal_flow_names": ("refused",),
    "equal_tag_names": ("accepted",),
    "weekdays": ("absent",),
    "same_template": ("cloned",),
    "insert_at_join": ("first",),
    "message_hierarchy": ("repeated",),
}
USUAL = {
    "joins_at_create": "accepted",
    "delete_links": "splice",
    "patch_links": "ignored",
    "flow_status": "follows",
    "equal_flow_names": "accepted",
    "insert_at_join": "every",
}
SINGLE = [{name: answer} for name, answers in ANSWERS.items() for answer in answers]
PAIRS = [{**one, **other} for one, other in combinations(SINGLE, 2) if not one.keys() & other.keys()]
ALLOWED = ("--allow-replace", "--allow-live", "--allow-delete")
FORKED = """\
kind: flow
name: Forked
status: STATUS
trigger: {metric: Ordered}
steps:
  - time-delay: DELAY days
  - conditional-split:
      if:
        - profile-metric: {metric: Seen, count: {greater-than: COUNT}, timeframe: alltime}
      then:
        - send-sms: {name: Text, body: BODY}  # allow: F421 nobody is sent this
        MORE
      else:
        - send-email: {name: Mail, subject_line: SUBJECT, template: {file: emails/LETTER.html}}
        - time-delay: DELAY hours
  - send-email: {name: Both, subject_line: To all, template: {file: emails/a.html}}
"""


def forked(status: str, letter: str, more: str, *, duplicate: bool) -> str:
    changed = letter == "b"
    values = {
        "STATUS": status,
        "DELAY": "3" if changed else "1",
        "COUNT": "4" if changed else "2",
        "BODY": "Good evening" if changed else "Hello",
        "MORE": more,
        "SUBJECT": "Other" if changed else "One",
        "LETTER": letter,
    }
    text = FORKED + ("joins: duplicate\n" if duplicate else "")
    for word, value in values.items():
        text = text.replace(word, value)
    return text


def specs(*, later: bool, answers: dict[str, str]) -> dict[str, str]:
    duplicate = answers.get("joins_at_create") == "refused"
    extra = "- time-delay: 6 hours" if later else ""
    found = dict(AFTER if later else BEFORE)
    found["forked"] = forked("draft", "b" if later else "a", extra, duplicate=duplicate)
    if answers.get("equal_flow_names") == "refused":  # then no flow can take another's place under its name
        found["moved"] = BEFORE["moved"]
    return found


def learn(run: Any, folder: Path, answers: dict[str, str]) -> None:
    """Write what ``flowc probe`` would find out into the lock file."""
    assert run("lock")[0] == 0
    file = folder / "accounts" / "sandbox.lock.json"
    lock = json.loads(file.read_text())
    lock["probe"] = {REVISION: {name: answers.get(name, USUAL[name]) for name in ASKED}}
    file.write_text(json.dumps(lock, indent=2))


def applied(run: Any, folder: Path, answers: dict[str, str], *, probed: bool) -> None:
    write_specs(folder, specs(later=False, answers=answers))
    set_switches(folder / "sandbox.db", **answers)
    account = open_account(folder / "sandbox.db", limits="enforced", **answers, segment_processing=0.0)
    for name in ("Ordered", "Seen"):
        put_metric(account.store, name)
    account.store.close()
    if probed:
        learn(run, folder, answers)
    code, _, told = run("apply", "--yes", *ALLOWED)
    assert code == 0, told
    assert run("plan", "--detailed-exitcode")[:2] == (0, NONE)
    write_specs(folder, specs(later=True, answers=answers))
    assert run("plan", "--detailed-exitcode")[0] == 2
    code, _, told = run("apply", "--yes", *ALLOWED)
    for _ in range(
        0 if probed else 3
    ):  # an answer that nobody asked for stops an apply, and the next one knows
        if code == 8:
            code, _, told = run("apply", "--yes", *ALLOWED)
    assert code == 0, told
    assert run("plan", "--detailed-exitcode")[:2] == (0, NONE)
    account = open_account(folder / "sandbox.db", **answers)
    names = [row["attributes"]["name"] for row in account.data("flows") if not retired(account, row["id"])]
    account.store.close()
    assert sorted(names) == sorted(set(names))


def retired(account: Any, flow: str) -> bool:
    return any("retired" in tag["attributes"]["name"] for tag in account.data(f"flows/{flow}/tags"))


def said(answers: dict[str, str]) -> str:
    return ", ".join(f"{name} {answer}" for name, answer in answers.items())


HARDEST = {
    "delete_links": "cut",
    "patch_links": "refused",
    "flow_status": "separate",
    "same_template": "cloned",
}


@pytest.mark.parametrize("probed", [True, False], ids=["probed", "not asked"])
def test_edits_are_applied_in_an_account_that_answers_as_nobody_hopes(tmp_path: Path, run: Any, probed: bool):
    applied(run, tmp_path, HARDEST, probed=probed)


@pytest.mark.heavy
@pytest.mark.parametrize("probed", [True, False], ids=["probed", "not asked"])
@pytest.mark.parametrize("answers", SINGLE, ids=said)
def test_edits_are_applied_under_every_answer(tmp_path: Path, run: Any, answers: Any, probed: bool):
    applied(run, tmp_path, answers, probed=probed)


@pytest.mark.heavy
@pytest.mark.parametrize("answers", Random(4).sample(PAIRS, 16), ids=said)
def test_edits_are_applied_under_two_answers_at_once(tmp_path: Path, run: Any, answers: Any):
    applied(run, tmp_path, answers, probed=True)
