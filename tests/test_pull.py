"""Pull: everything live becomes files that compile back to it, and nobody's work is overwritten."""

import errno
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_kit import NOW, REVISION, change, client_of, make_project, put, reopen, snapshot, store_of

from compiler.account.edits import write_flow
from compiler.account.settings import Switches
from compiler.bind import bind
from compiler.build import build_project
from compiler.diagnostics import Exit, Fatal, Problems
from compiler.lock import find_lock, forget_gone, lock_of, write_lock
from compiler.pull import State, decide, fetch, lay_out, write
from compiler.pull.naming import slug
from compiler.roundtrip import equal


def pull(project, *names, force=False):
    """Pull as the command does; returns (verdicts, diagnostics, what was fetched)."""
    before = find_lock(project, "sandbox")
    with client_of(project) as client:
        fetched = fetch(client, REVISION, names, lambda _: None)
    own = build_project(project, lint=False).built
    problems = Problems()
    items = lay_out(
        project,
        fetched,
        before,
        {(item.kind, item.name): item for item in own},
        {"name": "sandbox", "vars": {}},
        problems,
    )
    verdicts = decide(project, items, before, own)
    lock, _ = forget_gone(lock_of(fetched.snapshot, before), fetched.snapshot)
    write_lock(project, "sandbox", write(project, verdicts, lock, force=force))
    return verdicts, list(problems), fetched


def states(verdicts):
    return {verdict.item.file: verdict.state for verdict in verdicts if verdict.state is not State.SAME}


def flow_id(name):
    return next(flow.id for flow in snapshot().flows if flow.name == name)


def edit_subject(project, flow, subject):
    """Give the first email of a live flow another subject."""
    with store_of(project) as store, store.reading() as view:
        action = next(
            row
            for row in view.rows("flow-action", parent=flow)
            if row.body["definition"]["type"] == "send-email"
        )
    change(
        project,
        "flow-action",
        action.id,
        lambda body: body["definition"]["data"]["message"].update(subject_line=subject),
    )


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


@pytest.fixture
def pulled(project):
    pull(project)
    return reopen(project.root)


def test_what_was_pulled_compiles_and_binds_to_what_the_account_holds(project):
    verdicts, found, fetched = pull(project)
    assert {verdict.state for verdict in verdicts} == {State.NEW}
    assert not [diagnostic for diagnostic in found if diagnostic.severity == "error"]
    names = find_lock(project, "sandbox").names(project)
    built = {
        (item.kind, item.name): json.loads(item.text)
        for item in build_project(reopen(project.root), lint=False).built
    }
    contents = {template.id: template.html for template in fetched.templates.values()}
    assert len(built) == 80
    for kind, name, definition in [
        *(("flow", flow.about.name, flow.definition) for flow in fetched.flows),
        *(("segment", segment.name, segment.definition) for segment in fetched.segments),
    ]:
        bound = bind(built[kind, name], names)
        assert not bound.unbound
        assert equal(
            by_content(bound.body["data"]["attributes"]["definition"], contents),
            by_content(definition, contents),
        )


def by_content(value, contents):
    """A definition with the templates' content for their ids, which never match (the API clones them)."""
    if isinstance(value, dict):
        return {
            key: contents[item] if key == "template_id" and item else by_content(item, contents)
            for key, item in value.items()
        }
    return [by_content(item, contents) for item in value] if isinstance(value, list) else value


def test_pulling_twice_changes_nothing(pulled):
    before = {
        path: path.read_bytes()
        for path in sorted(pulled.root.rglob("*"))
        if path.is_file() and ".flowc" not in path.parts
    }
    verdicts, _, _ = pull(pulled)
    assert states(verdicts) == {}
    assert {path: path.read_bytes() for path in before} == before


def test_names_statuses_tags_and_integrations_stand_in_the_text(pulled):
    text = (pulled.flows / "customer-winback.yaml").read_text()
    assert "metric: {name: Placed Order, integration: Shopify}" in text or "integration: Shopify" in text
    assert "status: live" in text
    assert "@" not in text.replace("hello@fernandtide.example", "")
    tagged = [path for path in pulled.flows.rglob("*.yaml") if "\ntags: [" in path.read_text()]
    assert len(tagged) == 27


def test_emails_are_html_files_byte_for_byte_and_equal_ones_are_shared(pulled):
    brewing = [
        path.name for path in pulled.flows.rglob("*.yaml") if "emails/brewing-guide.html" in path.read_text()
    ]
    assert sorted(brewing) == ["post-purchase.yaml", "welcome-series.yaml"]
    held = next(template.html for template in snapshot().templates if template.name == "Brewing guide")
    assert (pulled.flows / "emails" / "brewing-guide.html").read_bytes() == held.encode()


def test_a_flow_that_changed_in_the_account_updates_its_file(pulled):
    edit_subject(pulled, flow_id("Sunset"), "Stay or go?")
    verdicts, _, _ = pull(pulled)
    assert states(verdicts) == {"sunset.yaml": State.UPDATED}
    assert "Stay or go?" in (pulled.flows / "sunset.yaml").read_text()


def test_an_edited_file_is_left_alone_and_its_difference_shown_until_it_is_forced(pulled):
    file = pulled.flows / "sunset.yaml"
    text = file.read_text()
    file.write_text(text.replace("status: live", "status: manual"))
    for _ in range(2):
        [verdict] = [verdict for verdict in pull(pulled)[0] if verdict.state is not State.SAME]
        assert (verdict.state, verdict.refused) == (State.EDITED, True)
        assert "-status: manual\n+status: live\n" in verdict.difference
        assert "status: manual" in file.read_text()
    pull(pulled, force=True)
    assert file.read_text() == text
    assert states(pull(pulled)[0]) == {}


def test_an_edited_email_is_left_alone_and_its_difference_shown(pulled):
    file = pulled.flows / "emails" / "cart-1.html"
    file.write_text("<p>mine</p>")
    [verdict] = [verdict for verdict in pull(pulled)[0] if verdict.state is not State.SAME]
    assert (verdict.item.file, verdict.state) == ("emails/cart-1.html", State.EDITED)
    assert "-<p>mine</p>\n\\ No newline at end of file\n" in verdict.difference
    assert file.read_text() == "<p>mine</p>"


def test_a_file_with_comments_of_its_own_that_means_the_same_is_kept(pulled):
    file = pulled.flows / "sunset.yaml"
    file.write_text("# ours\n" + file.read_text())
    assert states(pull(pulled)[0]) == {"sunset.yaml": State.KEPT}
    assert file.read_text().startswith("# ours\n")
    edit_subject(pulled, flow_id("Sunset"), "Changed")
    assert states(pull(pulled)[0]) == {"sunset.yaml": State.EDITED}


@pytest.mark.parametrize("line", ["tags: [other]\n", "status: draft\n"])
def test_tags_and_status_count_as_edits(pulled, line):
    file = pulled.flows / "sunset.yaml"
    key = line.split(":")[0]
    kept = [text for text in file.read_text().splitlines(keepends=True) if not text.startswith(f"{key}:")]
    file.write_text("".join([*kept[:2], line, *kept[2:]]))
    assert states(pull(pulled)[0]) == {"sunset.yaml": State.EDITED}


def test_a_moved_file_is_found_by_its_name_and_a_deleted_one_comes_back(pulled):
    (pulled.flows / "retention").mkdir()
    (pulled.flows / "sunset.yaml").rename(pulled.flows / "retention" / "goodbye.yaml")
    (pulled.flows / "birthday.yaml").unlink()
    verdicts, _, _ = pull(pulled)
    assert states(verdicts) == {"birthday.yaml": State.NEW}
    assert not (pulled.flows / "sunset.yaml").exists()
    assert find_lock(pulled, "sandbox").files["retention/goodbye.yaml"].id == flow_id("Sunset")


def test_two_flows_of_one_name_are_told_apart_by_the_lock(project):
    with store_of(project) as store, store.writing(NOW.timestamp()) as view:
        trigger = {"type": "list", "id": next(thing.id for thing in snapshot().lists)}
        definition = {"triggers": [trigger], "profile_filter": None, "entry_action_id": None, "actions": []}
        second = write_flow(view, Switches(), NOW.isoformat(timespec="seconds"), "Sunset", definition)
    for _ in range(2):
        pull(project)
        files = find_lock(project, "sandbox").files
        assert (files["sunset.yaml"].id, files["sunset-2.yaml"].id) == (flow_id("Sunset"), second)
        assert "steps: []" in (project.flows / "sunset-2.yaml").read_text()
        assert "send-email" in (project.flows / "sunset.yaml").read_text()


def test_only_the_named_things_are_pulled_and_an_unknown_name_is_refused(project):
    verdicts, _, _ = pull(project, "Welcome Series", "VIP")
    assert {verdict.item.file for verdict in verdicts if verdict.item.origin.kind != "template"} == {
        "welcome-series.yaml",
        "segments/vip.yaml",
    }
    with pytest.raises(
        Fatal, match='no flow or segment "Welcom Series"; did you mean "Welcome Series"'
    ) as caught:
        pull(project, "Welcom Series")
    assert caught.value.exit_code is Exit.WRONG_SPECS


def test_a_flow_that_a_blueprint_makes_is_compared_by_meaning_and_never_overwritten(pulled):
    plain = (pulled.flows / "sunset.yaml").read_text()
    body = plain.replace("kind: flow\n", "", 1).replace("name: Sunset\n", "", 1)
    indented = "".join(f"  {line}\n" for line in body.splitlines())
    (pulled.flows / "blueprint.yaml").write_text(f"kind: blueprint\nname: b\nparams: {{}}\nflow:\n{indented}")
    (pulled.flows / "sunset.yaml").write_text("kind: flow\nuse: blueprint.yaml\nname: Sunset\n")
    assert states(pull(pulled)[0]) == {"sunset.yaml": State.KEPT}
    edit_subject(pulled, flow_id("Sunset"), "Changed")
    verdicts, _, _ = pull(pulled, force=True)
    assert states(verdicts) == {"sunset.yaml": State.STAMPED}
    assert "use: blueprint.yaml" in (pulled.flows / "sunset.yaml").read_text()
    assert "+      subject_line: Changed\n" in next(
        verdict.difference for verdict in verdicts if verdict.refused
    )


def test_a_pulled_file_never_takes_the_place_of_another_document(project):
    (project.flows / "sunset.yaml").write_text(
        "kind: flow\nname: Ours\ntrigger: {list: Newsletter}\nsteps: []\n"
    )
    (project.flows / "birthday.yaml").write_text("kind: [")
    (project.flows / "emails").mkdir()
    (project.flows / "emails" / "cart-1.html").write_text("ours")
    verdicts, _, _ = pull(reopen(project.root))
    files = {verdict.item.file for verdict in verdicts}
    assert {"sunset-2.yaml", "birthday-2.yaml", "emails/cart-1-2.html"} <= files
    assert not {"sunset.yaml", "birthday.yaml", "emails/cart-1.html"} & files


def test_an_email_that_is_in_the_project_already_is_used(project):
    held = next(template.html for template in snapshot().templates if template.name == "Cart 1")
    (project.flows / "emails").mkdir()
    (project.flows / "emails" / "basket.html").write_text(held)
    verdicts, _, _ = pull(reopen(project.root))
    assert "emails/cart-1.html" not in {verdict.item.file for verdict in verdicts}
    assert "{file: emails/basket.html}" in (project.flows / "abandoned-cart.yaml").read_text()


def test_an_email_that_changes_in_one_of_two_flows_gets_a_file_of_its_own(pulled):
    origin = find_lock(pulled, "sandbox").files["emails/brewing-guide.html"]
    change(pulled, "template", origin.id, lambda body: body.update(html="<p>new</p>"))
    verdicts, _, _ = pull(pulled)
    assert (pulled.flows / "emails" / "brewing-guide.html").read_text() == "<p>new</p>"
    assert states(verdicts)["emails/brewing-guide-2.html"] is State.NEW


def test_archived_and_retired_flows_are_left_out_and_counted(project):
    change(project, "flow", flow_id("Sunset"), lambda body: body.update(archived=True))
    tag = put(project, "tag", "flowc-retired 2026", group="")
    with store_of(project) as store, store.writing() as view:
        view.put("tagging", f"{tag}/flow/x", {"type": "flow", "id": flow_id("Birthday")}, parent=tag)
    verdicts, _, fetched = pull(project)
    assert len(fetched.flows) == 18
    assert fetched.skipped == ("1 archived flows were left out", "1 retired flows were left out")
    assert "sunset.yaml" not in {verdict.item.file for verdict in verdicts}


def test_a_message_whose_template_is_gone_keeps_its_id(project):
    with store_of(project) as store, store.writing() as view:
        message = next(row for row in view.rows("flow-message") if row.body["definition"].get("template_id"))
        template = message.body["definition"]["template_id"]
        view.delete("template", template)
    pull(project)
    assert sum(f"{{id: {template}}}" in path.read_text() for path in project.flows.glob("*.yaml")) == 1


def test_inactive_and_starred_segments_say_so(pulled):
    assert "starred: true" in (pulled.flows / "segments" / "vip.yaml").read_text()
    old = next(segment for segment in snapshot().segments if not segment.is_active)
    assert "active: false" in (pulled.flows / "segments" / f"{slug(old.name)}.yaml").read_text()


def test_a_project_default_that_changes_what_a_text_means_is_a_warning(tmp_path):
    settings = make_project(tmp_path) and (tmp_path / "flowc.yaml").read_text()
    project = make_project(
        tmp_path, settings=settings + "defaults: {send-email: {smart_sending_enabled: false}}\n"
    )
    _, found, _ = pull(project, "Sunset")
    assert [(diagnostic.code, diagnostic.severity, diagnostic.span.file) for diagnostic in found] == [
        ("F320", "warning", "flows/sunset.yaml")
    ]


def test_what_no_text_can_say_is_an_error_at_the_file_and_the_rest_is_written(project):
    def cut(body):
        body["frame"]["entry_action_id"] = None

    change(project, "flow", flow_id("Sunset"), cut)
    verdicts, found, _ = pull(project)
    assert {diagnostic.code for diagnostic in found if diagnostic.severity == "error"} == {"F483"}
    assert (project.flows / "sunset.yaml").is_file()
    assert len(verdicts) == 107


@pytest.mark.parametrize(
    ("key", "value", "code"), [("timezone", 5, "F2"), ("delay_until_time", "25:99:00", "F")]
)
def test_a_value_that_no_spec_may_have_is_shown_at_its_line(project, key, value, code):
    with store_of(project) as store, store.reading() as view:
        actions = view.rows("flow-action", parent=flow_id("Abandoned Cart"))
    delay = next(row for row in actions if row.body["definition"]["type"] == "time-delay")
    change(project, "flow-action", delay.id, lambda body: body["definition"]["data"].update({key: value}))
    _, found, _ = pull(project)
    assert found
    assert all(
        diagnostic.span.file == "flows/abandoned-cart.yaml" and diagnostic.code.startswith(code)
        for diagnostic in found
    )


def test_an_action_that_is_unknown_here_is_kept_under_raw_with_a_warning(project):
    with store_of(project) as store, store.reading() as view:
        action = view.rows("flow-action", parent=flow_id("Sunset"))[0]
    change(project, "flow-action", action.id, lambda body: body["definition"]["data"].update(novelty=7))
    _, found, _ = pull(project)
    assert [(diagnostic.code, diagnostic.span.file) for diagnostic in found] == [
        ("F481", "flows/sunset.yaml")
    ]
    assert (
        "raw: {data: {novelty: 7}}" in (project.flows / "sunset.yaml").read_text()
        or "novelty: 7" in (project.flows / "sunset.yaml").read_text()
    )


def test_an_expression_of_the_vendors_own_kind_is_escaped(project):
    edit_subject(project, flow_id("Sunset"), "Only ${{ event.total }}")
    _, found, _ = pull(project)
    assert not found
    assert "subject_line: Only $${{ event.total }}\n" in (project.flows / "sunset.yaml").read_text()


def test_a_flow_deleted_in_the_account_leaves_its_file(pulled):
    with store_of(pulled) as store, store.writing() as view:
        view.delete("flow", flow_id("Sunset"))
    verdicts, _, _ = pull(pulled)
    assert len(verdicts) < 107
    assert (pulled.flows / "sunset.yaml").is_file()
    assert "sunset.yaml" not in find_lock(pulled, "sandbox").files


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Welcome Series", "welcome-series"),
        ("  50% Off!! / Été  ", "50-off-ete"),
        ("歓迎メール", "歓迎メール"),
        ("***", "unnamed"),
        ("a" * 200, "a" * 80),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_a_name_becomes_a_file_name(name, file):
    assert slug(name) == file


@given(st.text(max_size=100))
def test_every_name_is_a_file_name_inside_its_folder(name):
    found = slug(name)
    assert found
    assert len(found) <= 80
    assert not set(found) & set('/\\:*?"<>|. \t\n\0')


def test_a_full_disk_leaves_whole_files_and_the_next_pull_goes_on(project, monkeypatch):
    left = [40]
    write_bytes = Path.write_bytes

    def until_full(path, content):
        left[0] -= 1
        if left[0] < 0:
            write_bytes(path, content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_bytes(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", until_full)
        with pytest.raises(OSError, match="No space left"):
            pull(project)
    held = [path for path in project.flows.rglob("*") if path.is_file()]
    assert len(held) == 40
    verdicts, _, _ = pull(reopen(project.root))
    assert {verdict.state for verdict in verdicts} == {State.NEW, State.SAME}
    assert states(pull(reopen(project.root))[0]) == {}
