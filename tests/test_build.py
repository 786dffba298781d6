import json
import sqlite3
from pathlib import Path

import pytest

from compiler import build as building
from compiler.build import build_project
from compiler.diagnostics import Problems
from compiler.project import Project, open_project

FLOW = "kind: flow\nname: {name}\ntrigger: {{list: L}}\nsteps:\n  - send-email: {{name: A, subject_line: s, template: T, from_email: a@example.com}}\n"
BLUEPRINT = 'kind: blueprint\nname: b\nparams: {p: {type: string}}\nflow:\n  trigger: {list: L}\n  steps:\n    - send-email: {name: "${{ params.p }}", subject_line: one}\n'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "flows"
    folder.mkdir()
    (tmp_path / "flowc.yaml").write_text("kind: project\nname: p\n")
    for number in range(3):
        (folder / f"f{number}.yaml").write_text(FLOW.format(name=f"Flow {number}"))
    return open_project(tmp_path, Problems())


def texts(project: Project, cache: Path | None, **options: int) -> list[str]:
    return [built.text for built in build_project(project, cache=cache, **options).built]


def count_compiled(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    seen: list[Path] = []
    original = building._entry
    monkeypatch.setattr(building, "_entry", lambda order, file: (seen.append(file), original(order, file))[1])
    return seen


def test_what_the_cache_knows_is_not_compiled_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = project.root / ".flowc" / "cache.db"
    cold = texts(project, cache)
    seen = count_compiled(monkeypatch)
    assert texts(project, cache) == cold
    assert seen == []


def test_a_changed_file_alone_is_compiled_again(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = project.root / "cache.db"
    texts(project, cache)
    (project.flows / "f1.yaml").write_text(FLOW.format(name="Renamed"))
    seen = count_compiled(monkeypatch)
    assert "Renamed" in texts(project, cache)[1]
    assert [path.name for path in seen] == ["f1.yaml"]


def test_a_file_is_compiled_again_when_its_blueprint_changes(project: Project) -> None:
    cache = project.root / "cache.db"
    blueprint = project.flows / "b.yaml"
    blueprint.write_text(BLUEPRINT)
    (project.flows / "stamped.yaml").write_text("kind: flow\nname: Stamped\nuse: b.yaml\nwith: {p: x}\n")
    assert "one" in texts(project, cache)[-1]
    blueprint.write_text(BLUEPRINT.replace("one", "two"))
    assert "two" in texts(project, cache)[-1]
    blueprint.unlink()
    assert build_project(project, cache=cache).problems.errors == 1


def test_another_revision_and_other_vars_are_other_entries(project: Project) -> None:
    cache = project.root / "cache.db"
    (project.flows / "v.yaml").write_text(FLOW.format(name='"${{ vars.brand }}"'))
    assert build_project(project, cache=cache).problems.errors == 1
    assert "Acme" in texts(project, cache, account={"vars": {"brand": "Acme"}})[-1]
    assert "Other" in texts(project, cache, account={"vars": {"brand": "Other"}})[-1]


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_broken_cache_is_thrown_away(project: Project, content: bytes) -> None:
    cache = project.root / "cache.db"
    cold = texts(project, cache)
    cache.write_bytes(content)
    assert texts(project, cache) == cold
    assert texts(project, cache) == cold


def test_an_entry_that_cannot_be_read_is_made_again(project: Project) -> None:
    cache = project.root / "cache.db"
    cold = texts(project, cache)
    with sqlite3.connect(cache) as connection:
        connection.execute("UPDATE entry SET about = 'no json'")
    assert texts(project, cache) == cold


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(project: Project) -> None:
    (project.root / "file").write_text("")
    assert len(texts(project, project.root / "file" / "cache.db")) == 3


def test_two_processes_give_the_same_bytes(project: Project) -> None:
    for number in range(building.WORTH_TWO):
        (project.flows / f"g{number:03}.yaml").write_text(FLOW.format(name=f"Other {number}"))
    assert texts(project, None, processes=2) == texts(project, None, processes=1)


def test_equal_names_are_an_error_at_the_second(project: Project) -> None:
    (project.flows / "z.yaml").write_text(FLOW.format(name="Flow 0"))
    (found,) = [d for d in build_project(project, cache=None).diagnostics if d.severity == "error"]
    assert (found.code, found.span.file, found.span.line) == ("F310", "flows/z.yaml", 2)
    assert 'another flow is called "Flow 0", in flows/f0.yaml' in found.message


def test_diagnostics_come_from_the_cache_as_they_were(project: Project) -> None:
    cache = project.root / "cache.db"
    (project.flows / "bad.yaml").write_text("kind: flow\nname: B\nuse: missing.yaml\n")
    first = build_project(project, cache=cache).diagnostics
    assert any(d.code == "F106" for d in first)
    assert build_project(project, cache=cache).diagnostics == first


def test_a_body_is_one_line_of_json(project: Project) -> None:
    (text, *_) = texts(project, None)
    assert "\n" not in text
    assert json.loads(text)["data"]["attributes"]["name"] == "Flow 0"
