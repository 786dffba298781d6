"""``compiler.probe``: every answer of every account is found, and nothing is left or touched."""

from __future__ import annotations

import itertools
import json
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest
from apply_worlds import LATE, REVISION, WAYS, World
from live_kit import SECRET
from probe_worlds import client_of, new_world, run_probe, things

from compiler.account.settings import Switches
from compiler.apply import Holder, locked, unlock
from compiler.client import Ok, calls
from compiler.diagnostics import Exit, Fatal
from compiler.plan.knowledge import Knowledge
from compiler.plan.knowledge import calls as calls_of
from compiler.probe import QUESTIONS, Report, Run, as_kept, costs, probe
from compiler.probe.scratch import is_own, scratch_name
from compiler.probe.showing import as_json, as_text
from compiler.project import Account

WORDS: dict[str, tuple[str, ...]] = {
    "joins_at_create": ("accepted", "refused"),
    "delete_links": ("splice", "cut"),
    "patch_links": ("ignored", "honoured", "refused"),
    "flow_status": ("follows", "separate"),
    "equal_flow_names": ("accepted", "refused"),
    "equal_tag_names": ("accepted", "refused"),
    "weekdays": ("all", "absent"),
    "same_template": ("kept", "cloned"),
    "insert_at_join": ("every", "first"),
    "message_hierarchy": ("absent", "repeated"),
}
SECONDS = {"segment_processing": (0.0, 2.0, 9.0), "read_lag": (0.0, 3.0, 7.5), "write_lateness": (0.0, 20.0)}
ONE_BY_ONE = [(name, value) for name, values in (WORDS | SECONDS).items() for value in values]
WRITES = 28


def answers(world: World, **how: Any) -> dict[str, Any]:
    report, _ = run_probe(world, **how)
    assert report is not None
    assert (report.exit_code, report.stopped, report.left) == (Exit.DONE, "", ())
    return {name: answer.value for name, answer in report.answers.items()}


def why(world: World, question: str, **how: Any) -> str:
    report, _ = run_probe(world, **how)
    assert report is not None
    assert report.answers[question].value is None
    return report.answers[question].why


@pytest.mark.parametrize(("switch", "value"), ONE_BY_ONE)
def test_every_answer_of_an_account_is_found_and_nothing_stays(switch: str, value: Any, tmp_path: Path):
    world = new_world(tmp_path, **{switch: value})
    before = things(world)
    found = answers(world)[switch]
    assert things(world) == before
    assert not list((tmp_path / ".flowc" / "journal").rglob("probe-*"))
    if isinstance(value, str):
        assert found == value
    else:
        assert value <= found <= value * 1.3 + 0.6


def test_every_question_of_the_planner_and_of_the_embedded_account_is_asked():
    asked = {question.name for question in QUESTIONS}
    assert asked == {one.name for one in fields(Knowledge)} | set(Switches.names())
    assert set(WORDS) | set(SECONDS) == asked - {"refused", "limits"}


@pytest.mark.heavy
def test_answers_do_not_depend_on_each_other(tmp_path: Path):
    combined = itertools.islice(itertools.product(*WORDS.values()), 0, None, 193)
    for number, values in enumerate(combined):
        switches = dict(zip(WORDS, values, strict=True))
        world = new_world(tmp_path / str(number), **switches)
        expected: dict[str, Any] = switches | (
            {"insert_at_join": None} if switches["joins_at_create"] == "refused" else {}
        )
        found = answers(world)
        assert {name: found[name] for name in switches} == expected
        world.close()
    assert number == 7


@pytest.mark.heavy
def test_answers_do_not_depend_on_each_other_with_reads_that_lag(tmp_path: Path):
    every_fifth = list(itertools.islice(itertools.product(*WORDS.values()), 0, None, 5))
    pairs = {pair for values in every_fifth for pair in itertools.combinations(enumerate(values), 2)}
    assert len(pairs) == sum(len(a) * len(b) for a, b in itertools.combinations(WORDS.values(), 2))
    for number, values in enumerate(every_fifth):
        switches = dict(zip(WORDS, values, strict=True))
        world = new_world(tmp_path, read_lag=float(number % 4), **switches)
        found = answers(world)
        refused = switches["joins_at_create"] == "refused"
        expected: dict[str, Any] = switches | ({"insert_at_join": None} if refused else {})
        assert {name: found[name] for name in switches} == expected
        world.close()
        shutil.rmtree(tmp_path)


# ------------------------------------------------------------------ what cannot be asked


@pytest.mark.parametrize(
    ("revision", "open_ones"),
    [
        (
            "2025-01-15",
            {
                "delete_links",
                "patch_links",
                "flow_status",
                "insert_at_join",
                "same_template",
                "message_hierarchy",
            }
            | {"refused", "limits"},
        ),
        ("2025-10-15", {"delete_links", "insert_at_join", "message_hierarchy", "limits"}),
        ("2026-07-15", {"insert_at_join", "message_hierarchy", "limits"}),
        ("2026-10-15", {"limits"}),
    ],
)
def test_an_older_revision_says_what_cannot_be_asked(revision: str, open_ones: set[str], tmp_path: Path):
    report, _ = run_probe(new_world(tmp_path), revision=revision)
    assert report is not None
    assert {name for name, answer in report.answers.items() if answer.value is None} == open_ones
    kept = as_kept(report)
    assert kept["unknown"].keys() == open_ones
    if "delete_links" in open_ones:
        assert kept["unknown"]["delete_links"] == f"revision {revision} cannot delete a step"


def key_without(world: World, *scopes: str) -> str:
    every = {scope for call in calls.ALL for scope in call.scopes}
    world.store.add_key("pk_limited", every - set(scopes))
    return "pk_limited"


def test_a_key_that_may_not_write_flows_is_told_so_and_nothing_stays(tmp_path: Path):
    world = new_world(tmp_path)
    before = things(world)
    report, _ = run_probe(world, key=key_without(world, "flows:write"))
    assert report is not None
    assert report.exit_code is Exit.CREDENTIALS
    assert "needs the scope flows:write" in report.stopped
    assert report.answers["delete_links"].why == "the probe ended before it was asked"
    assert report.answers["equal_tag_names"].value == "refused"
    assert things(world) == before


@pytest.mark.parametrize(
    ("scope", "question"),
    [
        ("tags:write", "equal_tag_names"),
        ("tags:read", "equal_tag_names"),
        ("segments:write", "segment_processing"),
        ("templates:write", "same_template"),
    ],
)
def test_a_scope_that_is_missing_costs_one_answer(scope: str, question: str, tmp_path: Path):
    world = new_world(tmp_path)
    found = answers(world, key=key_without(world, scope))
    assert {name for name, value in found.items() if value is None} == {question, "limits"}


def test_a_spent_day_ends_it_before_anything_is_made(tmp_path: Path):
    world = new_world(tmp_path)
    before = things(world)
    client, _ = client_of(world)
    with client:
        ledger = client._delivery.ledger
        for _ in range(98):
            assert ledger.take(client.verify_account(), calls.CREATE_FLOW.endpoint, 100)
        run = Run(client, REVISION, tmp_path / "journals", world.patience, len)
        with pytest.raises(Fatal, match=r"up to 3 creates of flows; left today \(UTC\) at most: 2") as caught:
            probe(run)
    assert caught.value.exit_code is Exit.BUDGET
    assert things(world) == before


def test_it_takes_no_more_than_it_says(tmp_path: Path):
    for number, joins in enumerate(WORDS["joins_at_create"]):
        seen: list[str] = []

        def count(request: httpx.Request, seen: list[str] = seen) -> None:
            seen.append(f"{request.method} {request.url.path}")

        world = new_world(tmp_path / str(number), joins_at_create=joins)
        answers(world, odd=count)
        said = costs(calls_of(REVISION, Knowledge()))
        assert said.calls * 0.5 < len(seen) <= said.calls
        assert seen.count("POST /api/flows") <= said.flow_creates
        assert seen.count("POST /api/segments") == said.segment_creates


# ------------------------------------------------------------------ accounts that nobody has seen


def refusing(method: str, path: str, status: int = 400, times: int = 99) -> Any:
    left = [times]

    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.method != method or not request.url.path.startswith(path) or not left[0]:
            return None
        left[0] -= 1
        return httpx.Response(status, json={"errors": [{"detail": "not here"}]}, request=request)

    return answer


@pytest.mark.parametrize(
    ("method", "question", "call"),
    [
        ("PATCH", "patch_links", "update-action"),
        ("POST", "insert_at_join", "insert-action"),
        ("DELETE", "delete_links", "delete-action"),
    ],
)
def test_a_call_that_is_always_refused_is_left_out_of_plans(
    method: str, question: str, call: str, tmp_path: Path
):
    world = new_world(tmp_path)
    report, _ = run_probe(world, odd=refusing(method, "/api/flow-actions", 405))
    assert report is not None
    assert report.answers[question].value is None
    assert "the account says: not here" in report.answers[question].why
    assert report.answers["refused"].value == (call,)
    assert report.answers["refused"].why == f"{call}: the account says: not here"


def test_a_delete_refused_in_one_place_is_no_answer(tmp_path: Path):
    found = why(new_world(tmp_path), "delete_links", odd=refusing("DELETE", "/api/flow-actions", times=1))
    assert found.startswith("at the end refused, at a join spliced")


def test_a_flow_that_cannot_be_created_ends_it(tmp_path: Path):
    world = new_world(tmp_path)
    before = things(world)
    report, _ = run_probe(world, odd=refusing("POST", "/api/flows"))
    assert report is not None
    assert (report.exit_code, report.stopped) == (
        Exit.UNEXPECTED,
        "the scratch flow could not be created: the account says: not here",
    )
    known = {name for name, answer in report.answers.items() if answer.value is not None}
    assert known == {"equal_tag_names", "segment_processing"}
    assert things(world) == before


def test_a_flow_that_never_shows_ends_it_and_is_deleted(tmp_path: Path):
    world = new_world(tmp_path)
    before = things(world)

    def blind(request: httpx.Request) -> httpx.Response | None:
        if "additional-fields" not in str(request.url):
            return None
        return httpx.Response(404, json={"errors": [{"detail": "none"}]}, request=request)

    report, _ = run_probe(world, odd=blind)
    assert report is not None
    assert (report.exit_code, report.stopped) == (
        Exit.UNEXPECTED,
        "the scratch flow was created and never showed",
    )
    assert things(world) == before


@pytest.mark.parametrize("method", ["PATCH", "POST", "DELETE"])
def test_a_scratch_flow_that_somebody_deletes_meanwhile_leaves_questions_open(method: str, tmp_path: Path):
    world = new_world(tmp_path)
    before = things(world)
    done: list[int] = []

    def meddle(request: httpx.Request) -> None:
        if request.method == method and request.url.path.startswith("/api/flow-actions") and not done:
            done.append(1)
            flow = next(one for name, one in things(world)["flow"] if name.startswith("flowc probe"))
            client, _ = client_of(world)
            with client:
                assert isinstance(client.write(calls.DELETE_FLOW, flow), Ok)

    report, _ = run_probe(world, odd=meddle)
    assert report is not None
    assert (report.exit_code, report.left) == (Exit.DONE, ())
    assert report.answers["delete_links"].value is None
    assert (report.answers["patch_links"].value is None) == (method == "PATCH")
    assert (report.answers["insert_at_join"].value is None) == (method != "DELETE")
    assert things(world) == before


def test_a_segment_that_is_processed_for_long_is_not_waited_for(tmp_path: Path):
    world = new_world(tmp_path, segment_processing=600.0)
    assert why(world, "segment_processing") == "it was still processed after 60 s"


def test_a_full_library_of_templates_costs_one_answer(tmp_path: Path):
    found = why(new_world(tmp_path), "same_template", odd=refusing("POST", "/api/templates"))
    assert found == "the account says: not here"


def altered(path: str, alter: Any) -> Any:
    """Let the account's reads of a path pass through ``alter``; needs the inner transport, so it is bound later."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.method != "GET" or path not in str(request.url):
            return None
        response = answer.inner.handle_request(request)  # type: ignore[attr-defined]
        document = json.loads(response.read())
        alter(document)
        return httpx.Response(response.status_code, json=document, request=request)

    return answer


def test_a_join_that_is_taken_and_not_kept_counts_as_refused(tmp_path: Path):
    def unjoin(definition: dict[str, Any]) -> None:
        for action in definition["actions"]:
            if action["data"].get("value") == 8:  # the right branch
                action["links"]["next"] = None

    report = probed_with(tmp_path, unjoin)
    assert report.answers["joins_at_create"].value == "refused"
    assert "do not join" in report.answers["joins_at_create"].why


def test_links_that_are_neither_kept_nor_sent_are_no_answer(tmp_path: Path):
    def lose(definition: dict[str, Any]) -> None:
        for action in definition["actions"]:
            if action["type"] == "conditional-split" and "swapped" in str(action["data"]):
                action["links"]["next_if_false"] = None

    report = probed_with(tmp_path, lose)
    assert report.answers["patch_links"].value is None
    assert "neither as before nor as sent" in report.answers["patch_links"].why


def test_a_delete_that_does_something_else_is_not_relied_on(tmp_path: Path):
    def hide(definition: dict[str, Any]) -> None:
        values = {action["data"].get("value") for action in definition["actions"]}
        if 10 not in values:  # the last delay was deleted
            definition["actions"] = [one for one in definition["actions"] if one["data"].get("value") != 8]

    report = probed_with(tmp_path, hide)
    assert report.answers["delete_links"].value is None
    assert "fits neither answer: at the end something else" in report.answers["delete_links"].why


def probed_with(folder: Path, alter: Any) -> Report:
    """Probe an account whose reads of a whole flow are altered on their way."""
    world = new_world(folder)
    _, plain = client_of(world)
    hook = altered(
        "additional-fields",
        lambda found: alter(found["data"]["attributes"]["definition"]) if "data" in found else None,
    )
    hook.inner = plain.inner
    report, _ = run_probe(world, odd=hook)
    assert report is not None
    assert report.left == ()
    return report


def test_writes_that_never_show_are_no_answer(tmp_path: Path):
    world = new_world(tmp_path)
    ignored = {"PATCH": 200, "DELETE": 204}

    def deaf(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.startswith("/api/flow-actions") and request.method in ignored:
            return httpx.Response(ignored[request.method], json={"data": {}}, request=request)
        return None

    report, _ = run_probe(world, odd=deaf)
    assert report is not None
    for question in ("delete_links", "patch_links", "flow_status", "same_template"):
        assert report.answers[question].value is None
        assert "never showed what it did" in report.answers[question].why
    assert "delete-action" not in (report.answers["refused"].value or ())


# ------------------------------------------------------------------ stopped, and run again


def test_the_probe_that_is_stopped_takes_every_kind_of_write(tmp_path: Path):
    _, faults = run_probe(new_world(tmp_path))
    assert faults.writes == WRITES
    assert {line.split("/")[2] for line in faults.log} == {
        "tags",
        "segments",
        "templates",
        "flows",
        "flow-actions",
    }


def stop_and_run_again(folder: Path, way: str, at: int, lag: float, journal: str) -> None:
    world = new_world(folder, read_lag=lag)
    before = things(world)
    _, faults = run_probe(world, way=way, at=at)
    assert faults.writes > at, "the fault came up"
    lone_tag = [
        name for kind, found in things(world).items() for name, _ in found if (name, kind) not in before
    ]
    if journal == "lost":
        shutil.rmtree(folder / ".flowc", ignore_errors=True)
        (folder / "lock").unlink(missing_ok=True)
        world.pass_seconds(3600)
    world.pass_seconds(LATE)
    report, _ = run_probe(world)
    assert report is not None
    assert (report.exit_code, report.stopped, report.left) == (Exit.DONE, "", ())
    assert {name for name, answer in report.answers.items() if answer.value is None} == {"limits"}
    left = things(world)
    if journal == "lost" and report.alike:  # a lone tag proves nothing
        assert all("stands on nothing: left alone" in sentence for sentence in report.alike)
        left["tag"] = [one for one in left["tag"] if not one[0].startswith("flowc probe")]
        assert lone_tag
    assert left == before
    world.close()


MATRIX = [*itertools.product(WAYS, range(WRITES), (0.0, 3.0), ("kept", "lost"))]


@pytest.mark.parametrize(("way", "at", "lag", "journal"), MATRIX[3::71])
def test_what_a_stopped_probe_left_the_next_one_deletes(
    way: str, at: int, lag: float, journal: str, tmp_path: Path
):
    stop_and_run_again(tmp_path, way, at, lag, journal)


@pytest.mark.heavy
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("journal", ["kept", "lost"])
def test_what_a_probe_stopped_at_any_call_left_the_next_one_deletes(way: str, journal: str, tmp_path: Path):
    for at, lag in itertools.product(range(WRITES), (0.0, 3.0)):
        stop_and_run_again(tmp_path / f"{at}-{lag:.0f}", way, at, lag, journal)


def test_an_interrupt_deletes_everything_before_it_ends(tmp_path: Path):
    for at in (5, 12, 20):
        world = new_world(tmp_path / str(at))
        before = things(world)
        number = itertools.count()

        def interrupt(request: httpx.Request, number: Any = number, at: int = at) -> None:
            if request.method != "GET" and next(number) == at:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run_probe(world, odd=interrupt)
        assert things(world) == before


def test_an_interrupt_says_what_it_could_not_delete(tmp_path: Path):
    world = new_world(tmp_path)
    refuse = refusing("DELETE", "/api/flows/")

    def odd(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PATCH":
            raise KeyboardInterrupt
        found: httpx.Response | None = refuse(request)
        return found

    notes: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        run_probe(world, notes, odd=odd)
    told = [sentence for sentence in notes if "is still there: the account says: not here" in sentence]
    assert len(told) == 2
    again, _ = run_probe(world)
    assert again is not None
    assert again.exit_code is Exit.DONE


def test_what_another_machine_left_and_cannot_be_deleted_is_named(tmp_path: Path):
    world = new_world(tmp_path)
    run_probe(world, way="killed after", at=15)
    shutil.rmtree(tmp_path / ".flowc")
    world.pass_seconds(7200)
    report, _ = run_probe(world, odd=refusing("DELETE", "/api/templates"))
    assert report is not None
    assert report.exit_code is Exit.PARTIAL
    assert [one.kind for one in report.left] == ["template", "template"]  # the dead run's, and its own
    assert sorted(sentence.split()[1] for sentence in report.mended) == ["flow", "segment", "tag"]


def test_an_account_that_is_gone_at_the_end_leaves_the_journal_for_the_next_run(tmp_path: Path):
    world = new_world(tmp_path)
    before = things(world)
    gone: list[int] = []

    def leave(request: httpx.Request) -> None:
        if gone or (request.method == "DELETE" and "/api/flow-actions" in request.url.path):
            gone.append(1)
            raise httpx.ConnectError("no route", request=request)

    with pytest.raises(Fatal):
        stopped_probe(world, leave)
    again, _ = run_probe(world)
    assert again is not None
    assert again.exit_code is Exit.DONE
    assert things(world) == before


def stopped_probe(world: World, odd: Any) -> None:
    """Probe without a lock, and raise what its report says."""
    client, _ = client_of(world, odd=odd)
    with client:
        run = Run(client, REVISION, world.folder / ".flowc" / "journal", world.patience, len)
        report = probe(run)
    assert "no connection" in report.stopped
    assert report.left
    assert all("no connection" in one.why for one in report.left)
    raise Fatal(report.stopped)


def test_a_flow_of_such_a_name_that_no_probe_made_is_left_alone(tmp_path: Path):
    world = new_world(tmp_path)
    client, _ = client_of(world)
    name = scratch_name(world.now)
    with client:
        definition = {
            "triggers": [{"type": "metric", "id": client.read(calls.GET_METRICS)["data"][0]["id"]}],
            "profile_filter": None,
            "entry_action_id": None,
            "actions": [],
        }
        ids = {}
        for kind, call, attributes in (
            ("flow", calls.CREATE_FLOW, {"name": name, "definition": definition}),
            ("tag", calls.CREATE_TAG, {"name": name}),
            ("template", calls.CREATE_TEMPLATE, {"name": name, "editor_type": "CODE", "html": "<p>Mine</p>"}),
        ):
            made = client.write(call, body={"data": {"type": kind, "attributes": attributes}})
            assert isinstance(made, Ok)
            ids[kind] = made.document["data"]["id"]
        tagged = client.write(
            calls.TAG_FLOWS, ids["tag"], body={"data": [{"type": "flow", "id": ids["flow"]}]}
        )
        assert isinstance(tagged, Ok)
    before = things(world)
    report, _ = run_probe(world)  # its own name may be the very same
    assert report is not None
    assert things(world) == before
    assert report.alike == (
        f'the flow {ids["flow"]} is called or tagged "{name}", and no probe made it: left alone',
    )
    assert not is_own("flow", "Welcome", {"name": "Welcome"})


def test_a_scratch_flow_that_somebody_made_live_is_named_and_kept(tmp_path: Path):
    world = new_world(tmp_path)
    before = things(world)
    _, faults = run_probe(world, way="killed after", at=20)
    assert faults.dead
    client, _ = client_of(world)
    flow = next(one for name, one in things(world)["flow"] if name.startswith("flowc probe"))
    with client:
        body = {"data": {"type": "flow", "id": flow, "attributes": {"status": "live"}}}
        assert isinstance(client.write(calls.UPDATE_FLOW, flow, body=body), Ok)
    report, _ = run_probe(world)
    assert report is not None
    assert report.exit_code is Exit.PARTIAL
    assert [(one.kind, one.id) for one in report.left] == [("flow", flow)]
    assert "somebody has made it live" in report.left[0].why
    assert [one for _, one in things(world)["flow"]] == [*(one for _, one in before["flow"]), flow]
    shown = as_text(report, Account("shop", key_env="K"), world.patience, 100)
    assert f"see https://www.klaviyo.com/flow/{flow}/edit" in shown


def test_what_cannot_be_deleted_is_named_and_deleted_by_the_next_run(tmp_path: Path):
    world = new_world(tmp_path)
    before = things(world)
    report, _ = run_probe(world, odd=refusing("DELETE", "/api/flows/"))
    assert report is not None
    assert report.exit_code is Exit.PARTIAL
    assert {one.kind for one in report.left} == {"flow"}
    assert len(report.left) == 2
    assert all("not here" in str(one) for one in report.left)
    again, _ = run_probe(world)
    assert again is not None
    assert again.exit_code is Exit.DONE
    assert len(again.mended) == 2
    assert things(world) == before


def test_only_one_probe_or_apply_runs_at_once(tmp_path: Path):
    world = new_world(tmp_path)
    client, _ = client_of(world)
    before = things(world)
    with client, locked(client, tmp_path / "other", Holder("there", "a"), world.patience, 60.0, len):
        assert run_probe(world)[0] is None
        assert things(world) == before
    client, _ = client_of(world)
    with client:
        assert unlock(client, tmp_path / "lock", world.patience) == []


# ------------------------------------------------------------------ what is said


def test_no_key_is_said_or_kept(tmp_path: Path):
    world = new_world(tmp_path)
    world.store.add_key(SECRET)

    def tattle(request: httpx.Request) -> httpx.Response | None:
        if request.method != "DELETE" or "/api/flow" not in request.url.path:
            return None
        text = f"no, {request.headers['Authorization']}"
        return httpx.Response(400, json={"errors": [{"detail": text}]}, request=request)

    report, _ = run_probe(world, key=SECRET, odd=tattle)
    assert report is not None
    assert report.left
    account = Account("shop", key_env="K")
    said = as_text(report, account, world.patience, 80) + json.dumps(
        [as_json(report, account, REVISION, world.patience), as_kept(report)]
    )
    assert "no, " in said
    assert SECRET not in said
    journals = [*(tmp_path / ".flowc" / "journal").rglob("*.jsonl")]
    assert journals
    assert not [path for path in journals if SECRET in path.read_text()]


@pytest.mark.parametrize("width", [40, 66, 100, 160])
def test_the_table_fits_and_says_every_answer(width: int, tmp_path: Path):
    world = new_world(tmp_path)
    report, _ = run_probe(world)
    assert report is not None
    text = as_text(report, Account("shop", embedded="a.db"), world.patience, width)
    table, _, below = text.partition("\n\n")
    assert max(map(len, table.splitlines())) <= max(width, 66)
    assert (
        below
        == "Are the documented limits enforced? Unknown: not asked: they are documented, and no call goes over them\n"
    )
    words = " ".join(table.split())
    assert all(word in words for word in ("splice", "accepted", "ignored", "follows", "none", "2.1 s"))
