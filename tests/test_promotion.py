"""The same files against a second account: what is missing there comes first, what cannot be made is listed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from apply_worlds import segment
from two_accounts import ALLOW, NONE, allow_what_is_there, contents, make_accounts

from compiler.account.inventing import invented
from compiler.account.store import Store

SETTINGS = """\
kind: project
name: tea
default_account: one
vars: {sender: one@example.com}
accounts:
  one: {embedded: one.db}
  two: {embedded: two.db, vars: {sender: two@example.com}}
"""
WELCOME = """\
kind: flow
name: Welcome
status: live
tags: [lifecycle]
trigger: {segment: Fresh}
steps:
  - send-email:
      name: Hello
      subject_line: Hello
      from_email: ${{ vars.sender }}
      from_label: Tea
      template: {file: emails/hello.html}
  - time-delay: 2 days
  - conditional-split:
      if:
        - profile-group-membership: {is_member: true, groups: [Newsletter, Buyers]}
      then:
        - send-email:
            name: Again
            subject_line: Again
            from_email: ${{ vars.sender }}
            from_label: Tea
            template: {clone: Base layout}
      else: end
"""
AFTERWARDS = """\
kind: flow
name: Afterwards
status: draft
trigger: {metric: Ordered}
profile_filter:
  - profile-metric:
      metric: Opened
      count: 0
      timeframe: alltime
      metric_filters:
        - {property: $flow, equals: {flow: Welcome}}
steps:
  - time-delay: 3 days
"""
THINGS = {"metric": ("Ordered", "Opened"), "list": ("Newsletter",), "template": ("Base layout",)}


def give(file: Path, things: dict[str, tuple[str, ...]]) -> None:
    store = Store(file)
    with store.writing() as view:
        for kind, names in things.items():
            for name in names:
                identifier = view.new_id(kind)
                body = {**invented(kind, identifier, "2026-11-20T12:00:00+00:00"), "name": name}
                body |= {"html": "<p>Base</p>", "text": None} if kind == "template" else {}
                view.put(kind, identifier, body, parent="")
    store.close()


@pytest.fixture
def promoted(tmp_path: Path, run: Any) -> Any:
    """A project whose first account holds what its files say."""
    make_accounts(tmp_path)
    (tmp_path / "flowc.yaml").write_text(SETTINGS)
    flows = tmp_path / "flows"
    (flows / "emails").mkdir()
    (flows / "emails" / "hello.html").write_text("<p>Hello</p>\n")
    (flows / "welcome.yaml").write_text(WELCOME)
    (flows / "afterwards.yaml").write_text(AFTERWARDS)
    (flows / "fresh.yaml").write_text(segment("Fresh", 3))
    (flows / "buyers.yaml").write_text(segment("Buyers", 1))
    give(tmp_path / "one.db", THINGS)
    code, _, told = run("apply", "--yes", *ALLOW)
    assert code == 0, told
    assert run("plan", "--detailed-exitcode")[:2] == (0, NONE)
    return run


def flows_of(file: Path) -> dict[str, Any]:
    store = Store(file)
    with store.reading() as view:
        found = {
            row.body["name"]: {
                "id": row.id,
                "frame": row.body["frame"],
                "actions": [one.body["definition"] for one in view.rows("flow-action", parent=row.id)],
            }
            for row in view.rows("flow")
        }
    store.close()
    return found


def test_what_a_second_account_lacks_is_made_in_order_and_the_first_stays_as_it_is(
    promoted: Any, tmp_path: Path
):
    # an account in which the ids are others: something was made there before
    give(tmp_path / "two.db", {"metric": ("Seen", "Clicked"), "list": ("Old",), "template": ("Old",)})
    give(tmp_path / "two.db", THINGS)
    before = contents(tmp_path / "one.db")
    code, out, _ = promoted("plan", "--account", "two", "--format", "json", "--detailed-exitcode")
    assert code == 2
    units = [(unit["kind"], unit["name"].partition("@")[0]) for unit in json.loads(out)["plan"]["units"]]
    assert {unit["change"] for unit in json.loads(out)["plan"]["units"]} == {"create"}
    assert [kind for kind, _ in units] == [
        "tag",
        "tag",
        "template",
        "template",
        "segment",
        "segment",
        "flow",
        "flow",
    ]
    assert units.index(("flow", "Welcome")) < units.index(("flow", "Afterwards"))
    code, _, told = promoted("apply", "--account", "two", "--yes", *ALLOW)
    assert code == 0, told
    assert promoted("plan", "--account", "two", "--detailed-exitcode")[:2] == (0, NONE)
    assert promoted("plan", "--detailed-exitcode")[:2] == (0, NONE)
    assert contents(tmp_path / "one.db") == before
    one, two = flows_of(tmp_path / "one.db"), flows_of(tmp_path / "two.db")
    senders = [{step["data"]["message"]["from_email"] for step in flow["Welcome"]["actions"] if step["type"] == "send-email"} for flow in (one, two)]  # fmt: skip
    assert senders == [{"one@example.com"}, {"two@example.com"}]
    for there, other in ((one, two), (two, one)):
        assert f'"{there["Welcome"]["id"]}"' in json.dumps(there["Afterwards"]["frame"])
        assert other["Welcome"]["id"] not in json.dumps(there)


def test_what_nobody_can_make_is_listed_with_who_must_do_what_and_nothing_is_written(
    promoted: Any, tmp_path: Path
):
    before = contents(tmp_path / "two.db")
    code, out, _ = promoted("plan", "--account", "two", "--format", "json")
    assert code == 3
    document = json.loads(out)
    missing = {(one["kind"], one["name"]): one for one in document["missing"]}
    assert missing.keys() == {
        ("metric", "Ordered"),
        ("metric", "Opened"),
        ("list or segment", "Newsletter"),
        ("template", "Base layout"),
    }
    assert "first event" in missing["metric", "Ordered"]["remedy"]
    assert "a person makes the list" in missing["list or segment", "Newsletter"]["remedy"]
    code, _, told = promoted("apply", "--account", "two", "--yes", *ALLOW)
    assert code == 3
    for _, name in missing:
        assert name in told
    assert contents(tmp_path / "two.db") == before


def test_an_id_without_a_name_belongs_to_the_account_that_it_is_from(promoted: Any, tmp_path: Path):
    give(tmp_path / "two.db", THINGS)
    store = Store(tmp_path / "one.db")
    with store.reading() as view:
        ordered = next(row.id for row in view.rows("metric") if row.body["name"] == "Ordered")
    store.close()
    file = tmp_path / "flows" / "afterwards.yaml"
    file.write_text(AFTERWARDS.replace("metric: Ordered", f"metric: {{id: {ordered}}}"))
    assert promoted("plan", "--detailed-exitcode")[:2] == (0, NONE)
    code, out, _ = promoted("plan", "--account", "two", "--format", "json")
    assert code == 3
    (found,) = json.loads(out)["diagnostics"]
    assert (found["code"], found["line"], ordered in found["message"]) == ("F315", 4, True)


def test_a_pulled_account_can_be_promoted(promoted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pulled = tmp_path / "pulled"
    (pulled / "flows").mkdir(parents=True)
    (pulled / "flowc.yaml").write_text(SETTINGS.replace("one.db", "../one.db").replace("two.db", "../two.db"))
    monkeypatch.chdir(pulled)
    assert promoted("pull")[0] == 0
    assert promoted("plan", "--detailed-exitcode")[:2] == (0, NONE)
    give(tmp_path / "two.db", THINGS)
    allow_what_is_there(promoted, pulled)
    code, _, told = promoted("apply", "--account", "two", "--yes", *ALLOW)
    assert code == 0, told
    assert promoted("plan", "--account", "two", "--detailed-exitcode")[:2] == (0, NONE)
