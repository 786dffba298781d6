import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from compiler import __version__, cli
from compiler.diagnostics import Exit, Fatal

FLOW = """\
kind: flow
name: Hello
status: draft
trigger:
  list: Newsletter
steps:
  - send-internal-alert:
      name: Tell us
      subject_line: Somebody joined
      from_email: ops@example.com
      from_label: Ops
      to_emails:
        - team@example.com
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flowc.yaml").write_text(
        "kind: project\nname: p\naccounts:\n  sandbox: {embedded: .flowc/a.db, vars: {brand: Acme}}\n"
    )
    (tmp_path / "flows" / "hello.yaml").write_text(FLOW)
    monkeypatch.chdir(tmp_path)

    def command(*args: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["flowc", *args])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        out, err = capsys.readouterr()
        return int(stopped.value.code or 0), out, err

    return command


def test_version_is_one_line(run: Run) -> None:
    assert run("--version") == (0, f"flowc, version {__version__}\n", "")


def test_every_command_has_examples_in_its_help(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    for name in cli.cli.list_commands(None):  # type: ignore[arg-type]
        assert name in out
        assert f"flowc {name}" in run(name, "--help")[1].split("Examples:")[1]


def test_validate_finds_nothing_wrong(run: Run) -> None:
    assert run("validate") == (
        0,
        "",
        "1 flows, 0 segments: nothing to object to (1 remark; --info shows them)\n",
    )


def test_remarks_are_shown_on_request(run: Run) -> None:
    assert "F420 info:" in run("validate", "--info")[1]


def test_validate_shows_the_line_and_the_right_name(run: Run) -> None:
    Path("flows/bad.yaml").write_text(FLOW.replace("Hello", "Bad").replace("subject_line", "subject"))
    code, out, err = run("validate")
    assert code == Exit.WRONG_SPECS
    assert 'flows/bad.yaml:9:7 F202 no field "subject" here; did you mean "subject_line"?\n' in out
    assert "          subject: Somebody joined\n          ^\n" in out
    assert "1 error" in err


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_machine_formats_are_one_json_document(run: Run, form: str) -> None:
    Path("flows/bad.yaml").write_text("kind: flw\n")
    code, out, _ = run("validate", "--format", form)
    document = json.loads(out)
    assert code == Exit.WRONG_SPECS
    if form == "json":
        assert document["format_version"] == 1
        assert document["diagnostics"][0]["code"] == "F201"
    else:
        result = document["runs"][0]["results"][0]
        assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 7}


def test_github_format_annotates_the_line(run: Run) -> None:
    Path("flows/bad.yaml").write_text("kind: flw\n")
    _, out, _ = run("validate", "--format", "github")
    assert out.startswith("::error file=flows/bad.yaml,line=1,col=7,title=F201::")


def test_compile_gives_the_body_alone(run: Run) -> None:
    code, out, _ = run("compile", "flows/hello.yaml", "--body")
    assert code == 0
    assert json.loads(out)["data"]["attributes"]["name"] == "Hello"


def test_compile_gives_one_document_for_all(run: Run) -> None:
    Path("flows/s.yaml").write_text(
        "kind: segment\nname: S\ndefinition:\n  - profile-property: {property: email, is-set: true}\n"
    )
    _, out, _ = run("compile")
    document = json.loads(out)
    assert document["format_version"] == 1
    assert [flow["source"] for flow in document["flows"]] == ["flows/hello.yaml"]
    assert document["segments"][0]["body"]["data"]["type"] == "segment"


def test_compile_writes_one_body_a_file(run: Run) -> None:
    Path("flows/sub").mkdir()
    Path("flows/sub/many.yaml").write_text(
        FLOW.replace("name: Hello", "name: Hello ${{ each.l }}\nfor_each: {l: [en, fr]}")
    )
    assert run("compile", "--out", "build")[0] == 0
    written = sorted(str(path.relative_to("build")) for path in Path("build").rglob("*.json"))
    assert written == ["hello.json", "sub/many.en.json", "sub/many.fr.json"]


def test_compile_refuses_body_for_several(run: Run) -> None:
    Path("flows/b.yaml").write_text(FLOW.replace("Hello", "B"))
    code, out, err = run("compile", "--body")
    assert (code, out) == (Exit.WRONG_SPECS, "")
    assert "--body takes one flow or segment; these are 2" in err


def test_what_a_lint_rule_objects_to_is_shown_and_compiled_all_the_same(run: Run) -> None:
    Path("flows/sms.yaml").write_text(
        "kind: flow\nname: S\ntrigger:\n  list: L\nsteps:\n  - send-sms:\n      body: Hi\n"
    )
    code, out, err = run("compile", "flows/sms.yaml", "--body")
    assert code == 0
    assert json.loads(out)["data"]["attributes"]["name"] == "S"
    assert "F421" in err
    assert run("validate", "flows/sms.yaml")[0] == Exit.WRONG_SPECS


def test_compile_writes_nothing_where_something_is_wrong(run: Run) -> None:
    Path("flows/b.yaml").write_text("kind: flow\nname: B\nsteps: 5\n")
    code, out, err = run("compile")
    assert (code, out) == (Exit.WRONG_SPECS, "")
    assert "F206" in err


def test_decompile_gives_back_what_was_compiled(run: Run) -> None:
    Path("hello.json").write_text(run("compile", "--body")[1])
    assert run("decompile", "hello.json") == (0, FLOW, "")
    assert run("decompile", "hello.json", "--out", "back")[0] == 0
    assert Path("back/hello.yaml").read_text() == FLOW


def test_decompile_of_no_definition_says_so(run: Run) -> None:
    Path("x.json").write_text("{}")
    code, _, err = run("decompile", "x.json")
    assert code == Exit.WRONG_SPECS
    assert "neither a flow's nor a segment's definition" in err


def test_fmt_check_exits_2_and_fmt_writes(run: Run) -> None:
    path = Path("flows/hello.yaml")
    path.write_text(FLOW.replace("kind: flow\nname: Hello", "name: Hello\nkind: flow"))
    assert run("fmt", "--check")[0] == Exit.CHANGES
    assert "+kind: flow" in run("fmt", "--diff")[1]
    assert run("fmt")[0] == 0
    assert path.read_text() == FLOW
    assert run("fmt", "--check") == (0, "", "nothing to change\n")


def test_fmt_of_a_broken_file_says_why(run: Run) -> None:
    Path("flows/b.yaml").write_text("kind: flow\nname: [B\n")
    assert run("fmt")[0] == Exit.WRONG_SPECS


def test_schema_is_printed_or_written(run: Run) -> None:
    assert json.loads(run("schema")[1])["properties"]["kind"]["enum"][0] == "flow"
    assert run("schema", "--out", "deep/schema.json")[0] == 0
    assert json.loads(Path("deep/schema.json").read_text())["title"] == "flowc"


def test_explain_prints_a_page_or_all_titles(run: Run) -> None:
    assert "```yaml bad" in run("explain", "f421")[1]
    assert "F421" in run("explain")[1]
    code, _, err = run("explain", "F999")
    assert code == Exit.WRONG_SPECS
    assert "F999" in err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (
            ("compile", "--revision", "2026-10-16"),
            'unknown revision "2026-10-16"; did you mean "2026-10-15"?',
        ),
        (("compile", "--account", "sandbax"), 'flowc.yaml has no account "sandbax"; did you mean "sandbox"?'),
        (("validate", "flowz"), "there is no file or folder flowz"),
    ],
)
def test_wrong_names_get_the_nearest_right_one(run: Run, args: tuple[str, ...], said: str) -> None:
    code, _, err = run(*args)
    assert code == Exit.WRONG_SPECS
    assert said in err


def test_a_broken_project_file_is_a_diagnostic(run: Run) -> None:
    Path("flowc.yaml").write_text('kind: project\nname: p\nrevisoin: "2026-10-15"\n')
    code, _, err = run("validate")
    assert code == Exit.WRONG_SPECS
    assert 'flowc.yaml:3:1 F202 a project has no "revisoin"; did you mean "revision"?' in err
    assert err.endswith("flowc: the specs are wrong\n")


@pytest.mark.parametrize("name", ["validate", "plan", "apply", "coverage", "probe", "backpopulate"])
def test_a_broken_project_file_is_in_the_document_of_each_command(run: Run, name: str) -> None:
    Path("flowc.yaml").write_text('kind: project\nname: p\nrevisoin: "2026-10-15"\n')
    flow = ("Welcome",) if name == "backpopulate" else ()
    code, out, err = run(name, *flow, "--format", "json")
    document = json.loads(out)
    assert (code, document["error"], document["exit_code"]) == (3, "the specs are wrong", 3)
    [found] = document["diagnostics"]
    assert (found["code"], found["file"], found["line"]) == ("F202", "flowc.yaml", 3)
    assert "flowc.yaml:3:1 F202" in err


def test_a_broken_project_file_is_annotated_in_a_pull_request(run: Run) -> None:
    Path("flowc.yaml").write_text('kind: project\nname: p\nrevisoin: "2026-10-15"\n')
    code, out, _ = run("validate", "--format", "github")
    assert (code, out.partition(",title")[0]) == (3, "::error file=flowc.yaml,line=3,col=1")
    code, out, _ = run("validate", "--format", "sarif")
    assert json.loads(out)["runs"][0]["results"][0]["ruleId"] == "F202"


def test_an_unknown_command_is_a_usage_error_that_is_not_changes_pending(run: Run) -> None:
    code, _, err = run("validaet")
    assert code == Exit.UNEXPECTED
    assert "No such command" in err


def test_failures_are_json_where_json_is_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = run("validate", "nowhere", "--format", "json")
    assert code == Exit.WRONG_SPECS
    assert json.loads(out) == {
        "format_version": 1,
        "error": "there is no file or folder nowhere",
        "exit_code": 3,
        "diagnostics": [],
    }
    assert "nowhere" in err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError("disk full"), 1),
        (MemoryError(), 1),
        (Fatal("no", Exit.STALE), 7),
        (BrokenPipeError(), 1),
        (KeyboardInterrupt(), 1),
    ],
)
def test_every_failure_ends_in_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("compiler.commands.validate.project_here", fail)
    found, out, err = run("validate")
    assert (found, out) == (code, "")
    assert "Traceback" not in err


def test_it_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "compiler", "--version"], capture_output=True, text=True, check=True
    )
    assert __version__ in done.stdout


@pytest.mark.parametrize("form", ["mermaid", "svg", "dot", "json"])
def test_graph_draws_a_flow_by_its_file_or_name(run: Run, form: str) -> None:
    code, by_file, _ = run("graph", "flows/hello.yaml", "--format", form)
    assert code == 0
    assert "Somebody joined" in by_file
    assert run("graph", "Hello", "--format", form)[1] == by_file


def test_graph_of_no_flow_names_the_nearest(run: Run) -> None:
    code, _, err = run("graph", "Helo")
    assert code == Exit.WRONG_SPECS
    assert 'there is no flow "Helo"; did you mean "Hello"?' in err


def test_graph_of_several_flows_asks_for_one(run: Run) -> None:
    Path("flows/many.yaml").write_text(
        FLOW.replace("name: Hello", "name: Hello ${{ each.l }}\nfor_each: {l: [en, fr]}")
    )
    code, _, err = run("graph", "flows/many.yaml")
    assert code == Exit.WRONG_SPECS
    assert '"Hello en", "Hello fr"' in err
    assert run("graph", "Hello fr")[0] == 0
    assert run("graph", "--format", "svg", "--out", "pictures")[0] == 0
    assert sorted(path.name for path in Path("pictures").iterdir()) == [
        "hello.svg",
        "many.en.svg",
        "many.fr.svg",
    ]
