"""Keys, scopes, revisions, limits, parameters: what stands before every handler."""

from __future__ import annotations

import httpx
import pytest
from account_kit import NOW, open_account, problem, wait

from compiler.account.app import create_app
from compiler.account.errors import Refusal
from compiler.account.revisions import REVISIONS, served_revision
from compiler.account.settings import Settings


@pytest.fixture
def account(tmp_path):
    opened = open_account(tmp_path / "account.db")
    yield opened
    opened.store.close()


# keys


@pytest.mark.parametrize(
    "header", [None, "", "Bearer pk_embedded", "Klaviyo-API-Key ", "Klaviyo-API-Key pk_wrong"]
)
def test_without_a_known_key_nothing_is_answered(account, header):
    del account.client.headers["Authorization"]
    answer = account.client.get("/api/flows", headers={"Authorization": header} if header is not None else {})
    assert problem(answer)[0] == 401
    assert answer.json()["errors"][0]["code"] == "not_authenticated"
    assert "pk_wrong" not in answer.text


def test_a_key_reaches_what_its_scopes_allow(account):
    account.store.add_key("pk_reader", ["flows:read"])
    account.client.headers["Authorization"] = "Klaviyo-API-Key pk_reader"
    assert account.get("flows").status_code == 200
    answer = account.create({})
    assert problem(answer)[0] == 403
    assert "flows:write" in problem(answer)[1]
    assert problem(account.get("accounts"))[0] == 403


def test_no_key_is_ever_stored(account, tmp_path):
    account.store.add_key("pk_very_secret")
    account.client.headers["Authorization"] = "Klaviyo-API-Key pk_very_secret"
    assert account.get("flows").status_code == 200
    account.store.close()
    assert b"pk_very_secret" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


# revisions


def test_a_revision_header_is_needed_and_must_be_a_date(account):
    for value in (None, "latest", "2026-1-1", "2025-01-15.pre"):
        headers = {} if value is None else {"revision": value}
        account.client.headers.pop("revision", None)
        assert problem(account.client.get("/api/flows", headers=headers))[0] == 400


@pytest.mark.parametrize(
    ("header", "served"),
    [(r, r) for r in REVISIONS[1:]] + [("2025-02-01", "2025-01-15"), ("2027-01-01", "2026-10-15")],
)
def test_a_date_between_revisions_means_the_earlier_one(header, served):
    assert served_revision(header, NOW) == served


def test_a_revision_is_gone_two_years_after_its_release():
    with pytest.raises(Refusal) as gone:
        served_revision("2024-10-15.pre", NOW)
    assert gone.value.status == 410
    assert served_revision("2024-10-15.pre", NOW.replace(month=10, day=14)) == "2024-10-15.pre"
    with pytest.raises(Refusal):
        served_revision("2024-11-01", NOW)


@pytest.mark.parametrize(
    ("method", "path", "before", "since"),
    [
        ("PATCH", "flow-actions/1", "2025-07-15", "2025-10-15"),
        ("DELETE", "flow-actions/1", "2026-01-15", "2026-04-15"),
        ("POST", "flow-actions", "2026-07-15", "2026-10-15"),
        ("GET", "campaigns/1/campaign-audiences", "2026-07-15", "2026-10-15"),
    ],
)
def test_an_endpoint_is_not_there_before_its_revision(account, method, path, before, since):
    def call(revision):
        return account.client.request(
            method, f"/api/{path}", headers={"revision": revision}, json={"data": {}}
        )

    assert problem(call(before))[1] in (
        f'Method "{method}" not allowed.',
        f"The path /api/{path} could not be found.",
    )
    assert problem(call(since))[0] in (400, 404)
    assert "could not be found" not in problem(call(since))[1]


def test_unknown_paths_and_methods_answer_as_errors_of_the_api(account):
    assert problem(account.get("flowers")) == (404, "The path /api/flowers could not be found.", {})
    assert problem(account.client.delete("/api/flows")) == (405, 'Method "DELETE" not allowed.', {})
    assert problem(account.client.get("/"))[0] == 404
    assert problem(account.client.request("TRACE", "/api/flows"))[0] == 405


def test_a_failure_of_the_account_is_an_error_document_too(account):
    def broken():
        raise RuntimeError

    app = create_app(account.store, settings=Settings(clock=broken))
    app.logger.disabled = True
    client = httpx.Client(
        transport=httpx.WSGITransport(app), base_url="http://a", headers=account.client.headers
    )
    answer = client.get("/api/profiles")
    assert problem(answer)[0] == 500
    assert answer.json()["errors"][0]["title"] == "Internal Server Error"


def test_a_file_that_is_spoilt_under_the_account_is_an_error_document_too(account):
    account.store.connection.execute("DROP TABLE profiles")
    status, detail, _ = problem(account.get("profiles"))
    assert status == 500
    assert "cannot be kept: no such table: profiles" in detail
    account.store.connection.execute("DROP TABLE keys")
    assert problem(account.get("flows"))[:2] == (500, "no such table: keys")


def test_a_trailing_slash_changes_nothing(account):
    assert account.get("flows/").status_code == 200


# parameters


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("flows?page[size]=51", "page[size]"),
        ("flows?page[size]=0", "page[size]"),
        ("flows?page[size]=x", "page[size]"),
        ("metrics?page[size]=5", "page[size]"),
        ("flows?page[cursor]=abc", "page[cursor]"),
        ("flows?sort=colour", "sort"),
        ("flows?include=template", "include"),
        ("flows?fields[flow]=colour", "fields[flow]"),
        ("flows?fields[list]=name", "fields[list]"),
        ("flows?additional-fields[flow]=definition", "additional-fields[flow]"),
        ("flows?color=red", "color"),
        ("flows?filter=equals(colour,'red')", "filter"),
        ("flows?filter=less-than(name,'red')", "filter"),
        ("flows?filter=name", "filter"),
        ("flows?filter=equals(name,'a')equals(name,'b')", "filter"),
        ("flows?filter=", "filter"),
        ("events?filter=greater-than(datetime,yesterday)", "filter"),
    ],
)
def test_a_wrong_parameter_is_named(account, path, parameter):
    if parameter == "fields[flow]":
        account.flow(wait("a"))
    answer = account.client.get(f"/api/{path}")
    assert problem(answer)[0] == 400
    assert problem(answer)[2] == {"parameter": parameter}


# limits


def test_the_fourth_call_of_a_second_waits_and_the_sixty_first_of_a_minute(account):
    account.switch(limits="enforced")
    for second in range(20):
        for _ in range(3):
            answer = account.get("flows")
            assert answer.status_code == 200
        assert answer.headers["RateLimit-Remaining"] == str(60 - 3 * (second + 1))
        refused = account.get("flows")
        assert problem(refused)[0] == 429
        account.clock.pass_seconds(1)
    refused = account.get("flows")
    assert refused.headers["Retry-After"] == "40"
    account.clock.pass_seconds(40)
    assert account.get("flows").status_code == 200


def test_each_endpoint_is_counted_by_itself(account):
    account.switch(limits="enforced")
    assert account.get("accounts").status_code == 200
    assert account.get("accounts").status_code == 429
    assert account.get("flows").status_code == 200


def test_a_hundred_flows_a_day_may_be_created(account):
    definition = account.definition(wait("a"))
    account.switch(limits="enforced")
    for n in range(100):
        assert account.create(definition, f"Flow {n}").status_code == 201
        account.clock.pass_seconds(4)
    refused = account.create(definition)
    assert problem(refused)[0] == 429
    assert int(refused.headers["Retry-After"]) > 3600
    account.clock.pass_seconds(int(refused.headers["Retry-After"]))
    assert account.create(definition).status_code == 201


def test_a_costly_field_has_the_tighter_limit(account):
    account.switch(limits="enforced", segment_processing=0)
    member = {"type": "profile-region", "in_region": True, "region": "united_states"}
    segment = account.make(
        "segments", "segment", name="S", definition={"condition_groups": [{"conditions": [member]}]}
    )
    for _ in range(5):
        assert account.get(f"segments/{segment}").status_code == 200
    account.clock.pass_seconds(1)
    counted = {"additional-fields[segment]": "profile_count"}
    assert account.client.get(f"/api/segments/{segment}", params=counted).status_code in (200, 429)
    account.clock.pass_seconds(60)
    assert account.client.get(f"/api/segments/{segment}", params=counted).status_code == 200
    assert account.client.get(f"/api/segments/{segment}", params=counted).status_code == 429


def test_counts_outlive_the_program(account, tmp_path):
    account.switch(limits="enforced")
    assert account.get("accounts").status_code == 200
    account.store.close()
    again = open_account(tmp_path / "account.db", limits="enforced")
    assert again.get("accounts").status_code == 429
    again.store.close()
