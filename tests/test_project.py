from pathlib import Path

import pytest

from compiler.diagnostics import Exit, Fatal, Problems
from compiler.project import Project, open_project


def project(folder: Path, text: str = "kind: project\nname: p\n") -> tuple[Project, Problems]:
    (folder / "flowc.yaml").write_text(text)
    problems = Problems()
    return open_project(folder, problems), problems


def test_a_folder_without_a_project_file_is_a_project_named_after_it(tmp_path: Path) -> None:
    found = open_project(tmp_path, Problems())
    assert (found.name, found.flows, found.accounts) == (tmp_path.name, tmp_path, {})


def test_the_project_is_found_from_below(tmp_path: Path) -> None:
    project(tmp_path, "kind: project\nname: p\nflows: specs\n")
    (tmp_path / "specs" / "deep").mkdir(parents=True)
    found = open_project(tmp_path / "specs" / "deep", Problems())
    assert (found.name, found.flows) == ("p", tmp_path / "specs")
    assert found.display(tmp_path / "specs" / "a.yaml").endswith("a.yaml")


def test_what_is_wrong_with_the_project_file_is_said_at_its_line(tmp_path: Path) -> None:
    _, problems = project(tmp_path, 'kind: project\nname: p\nrevision: "2026-10-16"\n')
    assert [(d.code, d.span.line) for d in problems] == [("F501", 3)]
    _, problems = project(tmp_path, "kind: project\nname: [p\n")
    assert [d.code for d in problems] == ["F003"]
    _, problems = project(tmp_path, "kind: project\nname: p\naccounts: {s: {embeded: x}}\n")
    assert [d.code for d in problems] == ["F202"]


def test_a_folder_of_specs_that_is_not_there_is_said_and_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    found, problems = project(tmp_path, "kind: project\nname: p\nflows: flow/\n")
    assert not list(problems)
    with pytest.raises(Fatal, match=r'says that the specs are in flow/, .* did you mean "flows"?') as caught:
        found.files()
    assert caught.value.exit_code is Exit.WRONG_SPECS


def test_a_default_account_that_there_is_not_is_said_at_its_line(tmp_path: Path) -> None:
    text = "kind: project\nname: p\ndefault_account: sandbx\naccounts: {sandbox: {embedded: a.db}}\n"
    _, problems = project(tmp_path, text)
    assert [(d.code, d.span.line) for d in problems] == [("F207", 3)]
    assert next(iter(problems)).message == 'accounts has no "sandbx"; did you mean "sandbox"?'


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "~/x.yaml", "../x.yaml", "a/../../x.yaml", "C:x.yaml", "a\\b.yaml", "a\0b"]
)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    found, _ = project(tmp_path)
    assert isinstance(found.inside(name), str)


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "reminders.yaml").write_text("kind: fragment\nsteps: []\n")
    found, _ = project(tmp_path)
    assert (
        found.inside("remiders.yaml")
        == 'there is no file "remiders.yaml" in flows/; did you mean "reminders.yaml"?'
    )
    assert found.inside("reminders.yaml") == tmp_path / "flows" / "reminders.yaml"


def test_links_out_of_the_project_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.yaml").write_text("kind: flow\nname: x\n")
    root = tmp_path / "root"
    (root / "flows").mkdir(parents=True)
    (root / "flows" / "link.yaml").symlink_to(outside / "secret.yaml")
    (root / "flows" / "own.yaml").write_text("kind: flow\nname: y\n")
    found, _ = project(root)
    assert [path.name for path in found.files()] == ["own.yaml"]
    assert found.inside("link.yaml") == '"link.yaml" is a link that leads out of the project'


def test_hidden_folders_and_the_project_file_are_no_specs(tmp_path: Path) -> None:
    found, _ = project(tmp_path)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "a.yaml").write_text("")
    (tmp_path / "b.yml").write_text("")
    assert [path.name for path in found.files()] == ["b.yml"]
    with pytest.raises(Fatal, match="no file or folder"):
        found.files([tmp_path / "c.yaml"])


def test_reading_a_broken_file_says_where_it_is_broken(tmp_path: Path) -> None:
    found, _ = project(tmp_path)
    (tmp_path / "a.yaml").write_text("a: [\n")
    assert str(found.read("a.yaml")).startswith("a.yaml:1:4 F003")
    assert "there is no file" in str(found.read("b.yaml"))


def test_accounts_are_found_by_name_or_default(tmp_path: Path) -> None:
    found, _ = project(tmp_path, "kind: project\nname: p\naccounts: {one: {key_env: K}}\n")
    assert found.account("one").key_env == "K"
    with pytest.raises(Fatal, match="which account") as raised:
        found.account(None)
    assert raised.value.exit_code is Exit.WRONG_SPECS
    with pytest.raises(Fatal, match='did you mean "one"'):
        found.account("onee")
