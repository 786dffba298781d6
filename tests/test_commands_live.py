"""The commands as a person types them: what they write, say, and exit with."""

import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from live_kit import SECRET, SETTINGS, make_project, put, reopen, seeded, snapshot, store_of
from test_client_loopback import HALF, REDIRECT, Server

from compiler.accounts import Outside
from compiler.commands.base import progress
from compiler.diagnostics import Exit

FLOW = """\
kind: flow
name: Ours
trigger:
  metric: {name: Checkout Startd}
steps:
  - send-email:
      name: Hello
      from_email: a@example.com
      from_label: A
      subject_line: Hello
      template: Welcome 1
"""


@pytest.fixture
def sandbox(tmp_path, run):
    make_project(tmp_path)
    return run


# ------------------------------------------------------------------ init and account


def test_a_project_starts_with_an_example_that_validates_and_a_sandbox_to_fill(tmp_path, run):
    assert run("init")[0] == 0
    assert ".flowc/\n" in (tmp_path / ".gitignore").read_text()
    assert run("validate")[:2] == (0, "")
    code, _, told = run("account", "seed", "--small")
    assert code == 0
    assert "20 flows" in told
    assert run("lock")[0] == 0
    code, out, _ = run("compile", "--account", "sandbox")
    assert code == 0
    newsletter = next(thing.id for thing in snapshot().lists if thing.name == "Newsletter")
    lock = json.loads((tmp_path / "accounts" / "sandbox.lock.json").read_text())
    assert lock["names"]["list"]["Newsletter"] in out or newsletter in out


def test_what_init_writes_is_in_order_and_means_something_outside_of_a_project(tmp_path, run):
    code, out, told = run("validate")
    assert (code, out) == (3, "")
    assert "run flowc init, or go to the project's folder" in told
    assert run("init")[0] == 0
    assert run("fmt", "--check")[0] == 0
    assert run("validate")[0] == 0
    assert (tmp_path / "flows" / "emails" / "welcome.html").write_bytes("Grüße".encode("latin-1")) == 5
    code, out, _ = run("validate")
    assert code == 3
    assert "flows/welcome.yaml:13:24" in out
    assert "F001 emails/welcome.html is not UTF-8; save it as UTF-8" in out


def test_a_blank_name_is_no_name(tmp_path, run):
    run("init")
    spec = tmp_path / "flows" / "welcome.yaml"
    spec.write_text(spec.read_text().replace("name: Welcome", 'name: "  "'))
    code, out, _ = run("validate")
    assert code == 3
    assert "flows/welcome.yaml:2:7 F207 name is blank; write what the account should call it" in out


def test_init_never_touches_a_project_that_is_there(tmp_path, run):
    make_project(tmp_path, full=False)
    code, _, told = run("init")
    assert code == Exit.NOT_ALLOWED
    assert "flowc.yaml here already" in told
    assert (tmp_path / "flowc.yaml").read_text() == SETTINGS


def test_init_keeps_specs_and_an_ignore_file_that_are_there(tmp_path, run):
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "a.yaml").write_text("kind: flow\nname: A\n")
    (tmp_path / ".gitignore").write_text("*.pyc")
    assert run("init")[0] == 0
    assert (tmp_path / ".gitignore").read_text() == "*.pyc\n.flowc/\n"
    assert [path.name for path in (tmp_path / "flows").iterdir()] == ["a.yaml"]


def test_init_from_an_account_writes_its_id_and_everything_live(tmp_path, run):
    shutil.copy(seeded(), tmp_path / "there.db")
    (tmp_path / ".gitignore").write_text(".flowc/\n")
    code, _, told = run("init", "--from", "here", "--embedded", "there.db")
    assert code == 0, told
    assert f"account_id: {snapshot().account.id}" in (tmp_path / "flowc.yaml").read_text()
    assert len(list((tmp_path / "flows").glob("*.yaml"))) == 20
    assert (tmp_path / ".gitignore").read_text() == ".flowc/\n"
    code, _, told = run("init", "--from", "here")
    assert code == 0
    assert "107 the same" in told


def test_init_from_an_account_without_a_key_writes_nothing(tmp_path, run, monkeypatch):
    monkeypatch.delenv("KLAVIYO_API_KEY", raising=False)
    code, _, told = run("init", "--from", "production")
    assert code == Exit.CREDENTIALS
    assert "set the environment variable KLAVIYO_API_KEY" in told
    assert list(tmp_path.iterdir()) == []


def test_seeding_twice_is_refused_and_reset_empties_the_account(tmp_path, run):
    make_project(tmp_path, full=False)
    assert run("account", "seed", "--small")[0] == 0
    code, _, told = run("account", "seed", "--small")
    assert (code, "not empty" in told) == (1, True)
    code, _, told = run("account", "reset", "--yes")
    assert (code, "is empty now" in told) == (0, True)
    assert not list((tmp_path / ".flowc").glob("sandbox*"))
    assert "empty already" in run("account", "reset", "--yes")[2]


def test_reset_asks_and_does_nothing_without_a_yes(sandbox, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    code, _, told = sandbox("account", "reset")
    assert code == 1
    assert "20 flows" in told
    assert (tmp_path / ".flowc" / "sandbox.db").is_file()


def test_reset_refuses_a_file_that_is_no_account(tmp_path, run):
    make_project(tmp_path, full=False)
    (tmp_path / ".flowc" / "sandbox.db").write_text("my thesis, the only copy of it, for all the years" * 100)
    code, _, told = run("account", "reset", "--yes")
    assert code == 1
    assert "cannot be opened as an account" in told
    assert (tmp_path / ".flowc" / "sandbox.db").read_text().startswith("my thesis")


def test_show_says_what_the_account_holds(sandbox):
    _, out, _ = sandbox("account", "show")
    assert "60 segments" in out
    assert "joins_at_create: accepted" in out
    _, out, _ = sandbox("account", "show", "--format", "json")
    shown = json.loads(out)
    assert (shown["format_version"], shown["id"], shown["counts"]["flow"]) == (1, snapshot().account.id, 20)


def test_definitions_of_a_folder_can_be_loaded(tmp_path, run):
    make_project(tmp_path, full=False)
    (tmp_path / "exported").mkdir()
    group = {
        "conditions": [
            {
                "type": "profile-group-membership",
                "is_member": True,
                "group_ids": ["AbCdEf"],
                "timeframe_filter": None,
            }
        ]
    }
    (tmp_path / "exported" / "vips.json").write_text(json.dumps({"condition_groups": [group]}))
    code, _, told = run("account", "seed", "--from", "exported")
    assert (code, "1 segment" in told) == (0, True)


def test_an_account_that_is_not_embedded_has_no_file(tmp_path, run):
    make_project(
        tmp_path,
        settings="kind: project\nname: a\ndefault_account: live\naccounts: {live: {key_env: NO_KEY}}\n",
        full=False,
    )
    code, _, told = run("account", "show")
    assert code == Exit.WRONG_SPECS
    assert 'the account "live" is not embedded' in told


# ------------------------------------------------------------------ pull, lock, uses


def test_pull_tells_what_it_did_and_keeps_stdout_for_differences(sandbox, tmp_path):
    code, out, told = sandbox("pull")
    assert (code, out) == (0, "")
    assert f"20 flows, 60 segments, 27 emails of sandbox ({snapshot().account.id})" in told
    assert "107 new" in told
    file = tmp_path / "flows" / "sunset.yaml"
    file.write_text(file.read_text().replace("status: live", "status: draft"))
    code, out, told = sandbox("pull")
    assert code == Exit.NOT_ALLOWED
    assert out.startswith("--- flows/sunset.yaml (here)\n+++ flows/sunset.yaml (account)\n")
    assert "--force overwrites" in told
    code, out, told = sandbox("pull", "--force")
    assert (code, out, "1 edited here, overwritten" in told) == (0, "", True)
    assert "status: live" in file.read_text()


def test_pull_fills_a_clone_whose_folder_of_specs_is_missing(sandbox, tmp_path):
    (tmp_path / "flows").rmdir()
    (tmp_path / "flowc.yaml").write_text(SETTINGS + "flows: specs/\n")
    assert sandbox("pull", "Sunset")[0] == 0
    assert (tmp_path / "specs" / "sunset.yaml").is_file()


def test_pull_stays_in_a_project_whose_specs_stand_at_its_root(sandbox, tmp_path):
    (tmp_path / "flows").rmdir()
    (tmp_path / "ours.yaml").write_text("kind: flow\nname: Ours\ntrigger: {list: Newsletter}\nsteps: []\n")
    assert sandbox("pull", "Sunset")[0] == 0
    assert (tmp_path / "sunset.yaml").is_file()


def test_pull_warns_of_equal_names_designs_and_files_that_are_gone(sandbox, tmp_path):
    project = make_project(tmp_path)
    sandbox("pull")
    segment = next(segment for segment in snapshot().segments if segment.name == "VIP")
    put(project, "segment", "VIP", definition=dict(segment.definition), is_active=True, is_starred=False)
    with store_of(project) as store, store.writing() as view:
        view.delete("flow", next(flow.id for flow in snapshot().flows if flow.name == "Birthday"))
        messages = [row.body["definition"].get("template_id") for row in view.rows("flow-message")]
        drawn, lost = [template for template in messages if template][:2]
        view.put("template", drawn, view.get("template", drawn) | {"editor_type": "USER_DRAGGABLE"})
        view.delete("template", lost)
    _, _, told = sandbox("pull")
    assert (
        '2 segments are called "VIP": flows/segments/vip.yaml, flows/segments/vip-2.yaml; rename all but one'
        in told
    )
    assert "1 email came from the drag-and-drop editor" in told
    assert "the templates of 1 message;" in told
    assert "flows/birthday.yaml is no longer in the account; the file stays" in told


def test_pull_refuses_an_account_that_is_not_the_locks(sandbox, tmp_path):
    sandbox("lock")
    path = tmp_path / "accounts" / "sandbox.lock.json"
    path.write_text(path.read_text().replace(snapshot().account.id, "Other1"))
    code, _, told = sandbox("pull")
    assert code == Exit.CREDENTIALS
    assert "is of account Other1" in told
    assert list((tmp_path / "flows").iterdir()) == []


def test_lock_says_what_has_moved_since(sandbox, tmp_path):
    code, _, told = sandbox("lock")
    assert (code, told.count("\n")) == (0, 2)
    path = tmp_path / "accounts" / "sandbox.lock.json"
    before = path.read_text()
    newsletter = next(thing.id for thing in snapshot().lists if thing.name == "Newsletter")
    path.write_text(before.replace(f'"Newsletter": "{newsletter}"', '"Newsletter": "OldOne"'))
    _, _, told = sandbox("lock")
    assert f'list "Newsletter" was OldOne and is {newsletter} now' in told
    assert path.read_text() == before


def test_uses_answers_for_each_meaning_of_a_name(sandbox):
    sandbox("pull", "Post Purchase")
    code, out, _ = sandbox("uses", "metric", "Placed Order")
    assert code == 0
    assert 'metric "Placed Order" (Shopify)' in out
    assert "Till Thank-you" in out
    assert "in git\n  flows/post-purchase.yaml  Post Purchase\n" in out
    _, out, _ = sandbox("uses", "metric", "Placed Order", "--ids")
    assert len(out.splitlines()) == 3
    _, out, _ = sandbox("uses", "list", "Newsletter", "--format", "json")
    assert [use["name"] for use in json.loads(out)["live"]] == ["Welcome Series"]
    assert sandbox("uses", "list", "Tea Club")[1].endswith("in git: none\n")


def test_a_fatal_with_json_is_json_too(sandbox):
    code, out, _ = sandbox("uses", "list", "Newslettr", "--format", "json")
    assert code == Exit.WRONG_SPECS
    assert "Newsletter" in json.loads(out)["error"]


# ------------------------------------------------------------------ names through the lock, offline


def test_compile_with_an_account_needs_its_lock_and_then_no_account(sandbox, tmp_path):
    code, _, told = sandbox("compile", "--account", "sandbox")
    assert code == Exit.WRONG_SPECS
    assert "`flowc lock --account sandbox` writes it" in told
    sandbox("pull")
    (tmp_path / ".flowc" / "sandbox.db").unlink()
    code, out, _ = sandbox("compile", "flows/customer-winback.yaml", "--body", "--account", "sandbox")
    assert code == 0
    shop = next(
        thing.id
        for thing in snapshot().metrics
        if (thing.name, thing.integration) == ("Placed Order", "Shopify")
    )
    assert json.loads(out)["data"]["attributes"]["definition"]["triggers"][0]["id"] == shop
    assert '"@' not in out


def test_an_unknown_name_is_shown_at_its_line_with_the_nearest(sandbox, tmp_path):
    sandbox("lock")
    (tmp_path / "flows" / "ours.yaml").write_text(FLOW)
    code, out, told = sandbox("compile", "--account", "sandbox")
    assert (code, out) == (Exit.WRONG_SPECS, "")
    assert (
        'flows/ours.yaml:4:11 F313 the account has no metric "Checkout Startd"; did you mean "Checkout Started"?'
        in told
    )
    assert "metric: {name: Checkout Startd}\n" in told


def test_decompile_with_an_account_gives_names(sandbox, tmp_path):
    sandbox("pull")
    sandbox("compile", "flows/post-purchase.yaml", "--account", "sandbox", "--out", "out")
    code, out, _ = sandbox("decompile", "out/post-purchase.json", "--account", "sandbox")
    assert code == 0
    expected = (tmp_path / "flows" / "post-purchase.yaml").read_text()
    assert out == "".join(line for line in expected.splitlines(keepends=True) if not line.startswith("tags:"))


def test_a_lock_of_another_account_than_the_project_expects_is_refused(sandbox, tmp_path):
    sandbox("lock")
    (tmp_path / "flowc.yaml").write_text(SETTINGS.replace("sandbox.db", "sandbox.db, account_id: Other1"))
    code, _, told = sandbox("compile", "--account", "sandbox")
    assert code == Exit.WRONG_SPECS
    assert "flowc.yaml expects Other1" in told


# ------------------------------------------------------------------ keys and servers

REMOTE = "kind: project\nname: a\ndefault_account: there\naccounts:\n  there: {{key_env: TEST_KEY, url: '{url}'}}\n"


@pytest.fixture
def server(tmp_path_factory):
    """An empty account behind ``flowc account serve`` in a process of its own; yields (process, url)."""
    folder = tmp_path_factory.mktemp("served")
    make_project(folder, full=False)
    command = [sys.executable, "-m", "compiler", "account", "serve"]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    yield process, process.stdout.readline().strip()
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_served_account_is_locked_with_its_key_refuses_a_wrong_one_and_may_be_killed(
    tmp_path, run, server, monkeypatch
):
    monkeypatch.setattr("compiler.client.delivery.FIRST_PAUSE", 0.01)
    process, url = server
    assert url.startswith("http://127.0.0.1:")
    (tmp_path / "flowc.yaml").write_text(REMOTE.format(url=url))
    code, _, told = run("lock", "--debug", "requests.txt", TEST_KEY="pk_embedded")
    assert code == 0, told
    assert "pk_embedded" not in (tmp_path / "requests.txt").read_text()
    code, _, told = run("lock", TEST_KEY=SECRET)
    assert code == Exit.CREDENTIALS
    assert "does not accept the key" in told
    code, _, told = run("lock", TEST_KEY=" ")
    assert code == Exit.CREDENTIALS
    assert "set the environment variable TEST_KEY" in told
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    code, _, told = run("lock", TEST_KEY=SECRET)
    assert code == Exit.UNEXPECTED
    assert "no connection to 127.0.0.1" in told


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (REDIRECT, "was answered by a redirect (status 308)"),
        (HALF, "got no usable answer in 5 attempts"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<title>Log in</title>",
            'something that is not JSON: "Log in"',
        ),
    ],
)
def test_what_is_no_answer_of_the_api_is_one_message(tmp_path, run, monkeypatch, answer, sentence):
    monkeypatch.setattr("compiler.client.delivery.FIRST_PAUSE", 0.001)
    server = Server(answer)
    (tmp_path / "flowc.yaml").write_text(REMOTE.format(url=server.url))
    try:
        code, _, told = run("pull", TEST_KEY=SECRET)
    finally:
        server.stop()
    assert code == Exit.UNEXPECTED
    assert sentence in told
    assert "Traceback" not in told


# ------------------------------------------------------------------ disks and clocks

SHARED_MEMORY = 32_768  # SQLite's file beside a database, which is written whole


def with_full_disk(folder, largest, *arguments):
    """Run flowc in a process that may write no file beyond ``largest`` bytes; returns (exit code, stderr)."""
    done = subprocess.run(
        [sys.executable, "-m", "compiler", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest)),
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_a_disk_that_fills_while_seeding_leaves_an_empty_account(tmp_path, run):
    make_project(tmp_path, full=False)
    code, told = with_full_disk(tmp_path, 200_000, "account", "seed", "--small")
    assert code == Exit.UNEXPECTED
    assert "flowc: " in told
    assert "sandbox.db cannot be kept: " in told
    assert "0 flows" in run("account", "show")[1]
    assert run("account", "seed", "--small")[0] == 0


def test_a_disk_that_fills_before_an_account_is_made_or_opened_is_one_message(tmp_path, run):
    make_project(tmp_path)
    code, told = with_full_disk(tmp_path, 2_000, "lock")
    assert code == Exit.UNEXPECTED
    assert "sandbox.db cannot be opened as an account: " in told
    assert not (tmp_path / "accounts").exists()


def test_a_disk_that_fills_while_pulling_leaves_no_half_file_and_the_next_pull_goes_on(sandbox, tmp_path):
    with store_of(reopen(tmp_path)) as store, store.writing() as view:
        sent = {row.body["definition"].get("template_id") for row in view.rows("flow-message")}
        [large, *_] = sorted(sent - {None})
        body = view.get("template", large)
        view.put("template", large, body | {"html": "x" * (2 * SHARED_MEMORY)})
    code, told = with_full_disk(tmp_path, SHARED_MEMORY + 1_000, "pull")
    assert code == Exit.UNEXPECTED
    assert "flowc: OSError: [Errno 27] File too large" in told
    files = [path for path in (tmp_path / "flows").rglob("*") if path.is_file()]
    assert [path for path in files if path.name.startswith(".") or path.read_text() == ""] == []
    assert sandbox("pull")[0] == 0
    assert (2 * SHARED_MEMORY) in {path.stat().st_size for path in (tmp_path / "flows/emails").iterdir()}


@pytest.mark.parametrize("hours", [-7, 7])
def test_a_wall_clock_that_jumps_by_hours_at_every_call_changes_nothing(
    sandbox, tmp_path, monkeypatch, hours
):
    assert sandbox("lock")[0] == 0
    lock = tmp_path / "accounts" / "sandbox.lock.json"
    steady = lock.read_text()
    lock.unlink()
    asked = []

    def jumping():
        asked.append(None)
        return datetime(2026, 11, 20, 12, tzinfo=UTC) + timedelta(hours=hours * len(asked))

    monkeypatch.setattr("compiler.commands.live.outside", lambda _: Outside({}, jumping))
    code, _, told = sandbox("lock")
    assert (code, lock.read_text()) == (0, steady), told
    assert len(asked) > 20


def test_a_port_that_is_taken_is_one_message(sandbox, server):
    port = server[1].rpartition(":")[2]
    code, _, told = sandbox("account", "serve", "--port", port)
    assert code == 1
    assert f"port {port} cannot be served" in told


def test_serving_ends_with_the_users_interrupt(server):
    process, _ = server
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0


def test_the_keyring_is_asked_where_the_environment_has_no_key(tmp_path, run, monkeypatch):
    class Keyring:
        @staticmethod
        def get_password(service, user):
            return {("flowc", "there"): "not a key!"}.get((service, user))

    monkeypatch.setitem(sys.modules, "keyring", Keyring)
    (tmp_path / "flowc.yaml").write_text(REMOTE.format(url="http://127.0.0.1:9"))
    code, _, told = run("lock")
    assert code == Exit.CREDENTIALS
    assert 'the keyring (service "flowc", user "there") holds characters that no API key has' in told


def test_without_the_keyring_library_the_environment_alone_is_asked(tmp_path, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.delenv("TEST_KEY", raising=False)
    (tmp_path / "flowc.yaml").write_text(REMOTE.format(url="http://127.0.0.1:9"))
    assert run("lock")[0] == Exit.CREDENTIALS


def test_a_project_file_that_is_wrong_stops_every_command_at_its_line(tmp_path, run):
    (tmp_path / "flowc.yaml").write_text("kind: project\nname: a\nacounts: {}\n")
    code, _, told = run("pull")
    assert code == Exit.WRONG_SPECS
    assert "flowc.yaml:3:1" in told


def test_the_list_of_commands_is_whole(run):
    code, out, _ = run("--help")
    assert code == 0
    listed = [line.split()[0] for line in out.partition("Commands:\n")[2].splitlines()]
    assert listed == sorted(listed)
    assert {"account", "compile", "pull"} < set(listed)


def test_help_lists_every_command_with_examples_and_version_loads_no_room():
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    helped = subprocess.run(
        [sys.executable, "-m", "compiler", "pull", "--help"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "flowc pull 'Welcome Series' --account production" in helped
    listed = subprocess.run(
        [sys.executable, "-m", "compiler", "--help"], env=env, capture_output=True, text=True, check=True
    ).stdout
    assert all(f"\n  {name} " in listed for name in ("account", "init", "lock", "pull", "uses", "validate"))
    program = "import sys; sys.argv=['flowc','--version']\nimport compiler.cli as c\ntry: c.main()\nexcept SystemExit: print([m for m in ('httpx','flask','yaml','compiler.live','compiler.kinds') if m in sys.modules])"
    shown = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
    ).stdout
    assert shown.endswith("[]\n")


def test_progress_is_shown_on_a_terminal_alone(monkeypatch, capsys):
    progress(1, 2, 30.0)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress(1, 2, 30.4)
    progress(2, 2, 0.0)
    assert capsys.readouterr().err == "\r1 of 2, about 30 s left\x1b[K\r2 of 2\x1b[K\r\x1b[K"
