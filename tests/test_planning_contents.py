"""What a plan reads to compare templates: by ten where the account's listing shows them, else one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from compiler.client import calls
from compiler.planning.observed import A_PAGE, Contents

Api = dict[str, Any]


class Account:
    """A client of an account whose listing shows the templates of messages, or only some of them, or none."""

    def __init__(self, shown: Iterable[str]) -> None:
        self.shown = set(shown)
        self.read_calls: list[str] = []

    def read(self, call: calls.Call, *, params: Mapping[str, str]) -> Api:
        self.read_calls.append(call.endpoint)
        ids = params["filter"].removeprefix('any(id,["').removesuffix('"])').split('","')
        assert len(ids) <= A_PAGE
        return {"data": [{"id": one, **content(one)} for one in ids if one in self.shown]}

    def read_many(self, call: calls.Call, ids: Iterable[str], *, params: Mapping[str, str]) -> dict[str, Any]:
        del params
        wanted = list(ids)
        self.read_calls += [call.endpoint] * len(wanted)
        return {one: {"data": content(one.replace("m", "t"))} for one in wanted}


def content(template: str) -> Api:
    return {"attributes": {"html": f"content of {template}"}}


def definition(prefix: str, count: int, *, live: bool) -> Api:
    actions = []
    for number in range(count):
        message: Api = {"template_id": f"t{prefix}{number}" if live else f"@template:{prefix}{number}"}
        message |= {"id": f"m{prefix}{number}"} if live else {}
        actions.append({"type": "send-email", "data": {"message": message}})
    return {"actions": actions}


def pairs(flows: int, messages: int) -> list[tuple[Api, Api]]:
    return [
        (definition(f"{flow}-", messages, live=True), definition(f"{flow}-", messages, live=False))
        for flow in range(flows)
    ]


def known(flows: int, messages: int) -> dict[str, Any]:
    names = [f"t{flow}-{number}" for flow in range(flows) for number in range(messages)]
    return {name: {"html": f"content of {name}"} for name in names}


def test_a_listing_that_shows_them_is_asked_by_ten():
    account = Account(known(20, 3))
    contents = Contents(account)  # type: ignore[arg-type]
    contents.compare_all(pairs(20, 3))
    assert account.read_calls == ["GET /api/templates"] * 6
    assert contents.known == known(20, 3)


def test_a_listing_that_shows_none_is_asked_once():
    account = Account(())
    contents = Contents(account)  # type: ignore[arg-type]
    contents.compare_all(pairs(20, 3))
    assert account.read_calls == ["GET /api/templates", *["GET /api/flow-messages/{id}/template"] * 60]
    assert contents.known == known(20, 3)


def test_what_a_listing_leaves_out_is_read_by_its_message():
    account = Account(name for name in known(20, 3) if not name.endswith("-2"))
    contents = Contents(account)  # type: ignore[arg-type]
    contents.compare_all(pairs(20, 3))
    assert account.read_calls.count("GET /api/flow-messages/{id}/template") == 20
    assert contents.known == known(20, 3)


def test_few_messages_are_read_without_asking_the_listing():
    account = Account(known(2, 3))
    Contents(account).compare_all(pairs(2, 3))  # type: ignore[arg-type]
    assert account.read_calls == ["GET /api/flow-messages/{id}/template"] * 6


def test_flows_that_name_no_other_template_need_no_content():
    account = Account(())
    same = definition("a", 3, live=True)
    Contents(account).compare_all([(same, same)])  # type: ignore[arg-type]
    assert account.read_calls == []
