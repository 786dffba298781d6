"""The lock file: sorted, reviewable, and enough to resolve names without a key."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_kit import make_project, snapshot

from compiler.diagnostics import Exit, Fatal
from compiler.live import Thing
from compiler.lock import (
    Lock,
    Origin,
    changes,
    digest,
    find_lock,
    forget_gone,
    lock_of,
    lock_path,
    lock_text,
    read_lock,
    require_lock,
    require_same_account,
    write_lock,
)

KINDS = ["metric", "list", "segment", "template", "flow", "tag"]
ROWS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.text(max_size=5), st.sampled_from(["", "Shop", "Till"])), max_size=12
)


def lock(*things: Thing, **more) -> Lock:
    return Lock("AbC123", "2026-10-15", tuple(sorted(things)), **more)


@given(ROWS)
def test_a_lock_comes_back_from_its_text_equal(rows):
    things = [
        Thing(kind, name, integration if kind == "metric" else "", f"id{n}")
        for n, (kind, name, integration) in enumerate(rows)
    ]
    written = lock(
        *things,
        files={"b.yaml": Origin("flow", "x", "d"), "a.html": Origin("template", "t", "e", "m")},
        rest={"probe": {"joins": "accepted"}},
    )
    assert read_lock(lock_text(written), "it") == written


def test_names_stand_sorted_one_a_line_and_metrics_by_their_integration():
    text = lock_text(
        lock(
            Thing("metric", "Placed Order", "Till", "m2"),
            Thing("metric", "Placed Order", "Shopify", "m1"),
            Thing("list", "B", "", "l2"),
            Thing("list", "A", "", "l1"),
            Thing("list", "A", "", "l0"),
        )
    )
    names = json.loads(text)["names"]
    assert names == {
        "list": {"A": ["l0", "l1"], "B": "l2"},
        "metric": {"Placed Order": {"Shopify": "m1", "Till": "m2"}},
    }
    assert list(names["metric"]["Placed Order"]) == ["Shopify", "Till"]
    assert '        "Shopify": "m1",\n        "Till": "m2"\n' in text


def test_the_order_of_what_was_read_does_not_show_in_the_file():
    things = [Thing("list", name, "", name) for name in "CAB"]
    assert lock_text(Lock("a", "r", tuple(things))) == lock_text(Lock("a", "r", tuple(reversed(things))))


def test_a_lock_is_written_beside_the_project_and_found_again(tmp_path):
    project = make_project(tmp_path, full=False)
    assert find_lock(project, "sandbox") is None
    made = lock_of(snapshot())
    path = write_lock(project, "sandbox", made)
    assert path == tmp_path / "accounts" / "sandbox.lock.json"
    assert find_lock(project, "sandbox") == made
    assert [file.name for file in path.parent.iterdir()] == ["sandbox.lock.json"]


def test_a_missing_lock_says_which_command_writes_it(tmp_path):
    project = make_project(tmp_path, full=False)
    with pytest.raises(
        Fatal, match=r"accounts/sandbox\.lock\.json; `flowc lock --account sandbox` writes it"
    ) as caught:
        require_lock(project, "sandbox")
    assert caught.value.exit_code is Exit.WRONG_SPECS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"format_version": 1}',
        '{"format_version": 9}',
        '{"format_version": 1, "account": "a", "revision": "r", "names": [], "files": {}}',
    ],
)
def test_a_broken_lock_is_one_message_with_its_name(text):
    with pytest.raises(Fatal, match=r"x\.lock\.json"):
        read_lock(text, "x.lock.json")


@pytest.mark.parametrize("name", ["../x", "", "a/b", ".hidden"])
def test_an_account_whose_name_is_no_file_name_has_no_lock(tmp_path, name):
    with pytest.raises(Fatal, match="cannot have a lock file"):
        lock_path(make_project(tmp_path, full=False), name)


def test_a_template_file_has_an_id_only_as_long_as_nobody_edits_it(tmp_path):
    project = make_project(tmp_path, full=False)
    file = project.flows / "hello.html"
    file.write_bytes(b"<p>")
    held = lock(
        files={
            "hello.html": Origin("template", "tA", digest(b"<p>")),
            "gone.html": Origin("template", "tB", "x"),
        }
    )
    assert held.names(project).find("template", {"file": "hello.html"}) == "tA"
    file.write_bytes(b"<b>")
    assert held.names(project).find("template", {"file": "hello.html"}).code == "F319"


def test_changed_ids_are_named_and_the_rest_is_counted():
    before = lock(
        Thing("metric", "Order", "Till", "m1"),
        Thing("list", "Old", "", "l1"),
        Thing("list", "Same", "", "l2"),
    )
    after = lock(
        Thing("metric", "Order", "Till", "m9"),
        Thing("list", "New", "", "l3"),
        Thing("list", "Newer", "", "l4"),
        Thing("list", "Same", "", "l2"),
    )
    assert changes(before, after) == [
        'metric "Order" (Till) was m1 and is m9 now',
        "2 new names",
        "1 name is gone",
    ]
    assert changes(before, before) == []


def test_a_new_lock_keeps_the_files_and_what_other_commands_wrote():
    before = lock(files={"a.yaml": Origin("flow", "x")}, rest={"probe": {}})
    after = lock_of(snapshot(), before)
    assert (after.files, after.rest) == (before.files, before.rest)
    assert len(after.things) == len(snapshot().things())


def test_files_of_what_the_account_no_longer_has_are_forgotten_and_named():
    flow = snapshot().flows[0].id
    files = {
        "a.yaml": Origin("flow", flow),
        "b.yaml": Origin("flow", "gone01"),
        "c.html": Origin("template", "t"),
    }
    after, gone = forget_gone(lock(files=files), snapshot())
    assert gone == ["b.yaml"]
    assert set(after.files) == {"a.yaml", "c.html"}


def test_a_lock_of_another_account_stops_the_run(tmp_path):
    project = make_project(tmp_path, full=False)
    with pytest.raises(Fatal, match="is of account AbC123, but Other1 answered") as caught:
        require_same_account(project, "sandbox", lock(), "Other1")
    assert caught.value.exit_code is Exit.CREDENTIALS
    require_same_account(project, "sandbox", lock(), "AbC123")
    require_same_account(project, "sandbox", None, "Other1")
