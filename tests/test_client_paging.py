"""Listings are read page by page, and never from another address."""

from __future__ import annotations

import httpx
import pytest
from test_client_fakes import URL, Script, client_of

from compiler.client import calls
from compiler.diagnostics import Fatal


def page(*ids, following=None):
    data = [{"type": "flow", "id": identifier} for identifier in ids]
    return httpx.Response(200, json={"data": data, "links": {"self": "x", "next": following}})


def test_pages_follow_the_cursor_to_the_end(tmp_path):
    script = Script(
        GET=[
            page("a", "b", following=f"{URL}/api/flows?page%5Bcursor%5D=two&filter=equals(name,%22N%22)"),
            page("c", following="/api/flows/?page%5Bcursor%5D=three&empty="),
            page("d"),
        ]
    )
    with client_of(script, tmp_path) as client:
        read = list(client.pages(calls.GET_FLOWS, params={"filter": 'equals(name,"N")'}))
    assert [resource["id"] for document in read for resource in document["data"]] == ["a", "b", "c", "d"]
    asked = [dict(request.url.params) for request in script.asked]
    assert asked == [
        {"page[size]": "50", "filter": 'equals(name,"N")'},
        {"page[cursor]": "two", "filter": 'equals(name,"N")'},
        {"page[cursor]": "three", "empty": ""},
    ]


def test_a_page_size_can_be_named_and_is_left_out_where_the_api_has_none(tmp_path):
    script = Script(GET=[page("a")])
    with client_of(script, tmp_path) as client:
        list(client.pages(calls.GET_FLOWS, params={"page[size]": "7"}))
        list(client.pages(calls.GET_METRICS))
    assert [dict(request.url.params) for request in script.asked] == [{"page[size]": "7"}, {}]


@pytest.mark.parametrize("document", [{"data": []}, {"data": [], "links": None}, {"data": [], "links": {}}])
def test_a_page_without_links_is_the_last(tmp_path, document):
    with client_of(Script(GET=[httpx.Response(200, json=document)]), tmp_path) as client:
        assert list(client.pages(calls.GET_FLOWS)) == [document]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/api/flows?page%5Bcursor%5D=two",
        "http://account.example/api/flows?page%5Bcursor%5D=two",
        "https://account.example:8443/api/flows",
        "//evil.example/api/flows",
        f"{URL}/api/profiles?page%5Bcursor%5D=two",
        "http://[broken",
    ],
)
def test_a_next_link_to_another_address_is_not_followed(tmp_path, link):
    script = Script(GET=[page("a", following=link)])
    with client_of(script, tmp_path) as client, pytest.raises(Fatal, match="another address; not followed"):
        list(client.pages(calls.GET_FLOWS))
    assert len(script.asked) == 1


def test_pages_that_go_round_in_a_circle_end_the_run(tmp_path):
    script = Script(GET=[page("a", following=f"{URL}/api/flows?page%5Bcursor%5D=two")])
    with client_of(script, tmp_path) as client, pytest.raises(Fatal, match="round in a circle"):
        list(client.pages(calls.GET_FLOWS))
    assert len(script.asked) == 2


def test_a_listing_behind_a_base_path_is_followed_there(tmp_path):
    script = Script(GET=[page("a", following=f"{URL}/proxy/api/flows?page%5Bcursor%5D=2"), page("b")])
    with client_of(script, tmp_path, url=f"{URL}/proxy") as client:
        assert len(list(client.pages(calls.GET_FLOWS))) == 2
