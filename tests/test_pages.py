"""Every diagnostic has a page, every page a diagnostic; what a page shows as bad is found, what it shows as good is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import compiler
from compiler import pages
from compiler.diagnostics import Exit, Fatal, Problems
from compiler.pipeline import compile_project
from compiler.project import open_project

ROOT = Path(compiler.__file__).parent
CODE = re.compile(r"\"(F\d{3})\"")
MINE = ("F0", "F1", "F2", "F3", "F4", "F5", "F7")
WITHOUT_CASES = {
    "F002": "the file would be larger than the page",
    "F313": "needs an account", "F314": "needs an account", "F315": "needs an account", "F316": "needs an account", "F317": "needs an account",
    "F318": "needs an account", "F319": "needs an account", "F320": "needs an account", "F321": "needs an account",
    "F322": "needs an account", "F323": "needs an account", "F324": "needs an account",
    "F325": "needs an account",
    **dict.fromkeys([f"F{number}" for number in range(480, 490)], "found in a definition, not in YAML"),
}  # fmt: skip


def emitted() -> set[str]:
    """Return the codes that the source of the compiler names."""
    return {code for path in ROOT.rglob("*.py") for code in CODE.findall(path.read_text(encoding="utf-8"))}


def found_in(folder: Path, case: str) -> dict[str, str]:
    """Return {code: message} of what is found in a case's files."""
    name = "flows/page.yaml"
    files: dict[str, list[str]] = {}
    for line in case.splitlines():
        if line.startswith("# file: "):
            name = line.removeprefix("# file: ")
            name = name if name.startswith("flows/") or name == "flowc.yaml" else f"flows/{name}"
        else:
            files.setdefault(name, []).append(line)
    for file, lines in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "flows").mkdir(exist_ok=True)
    problems = Problems()
    compilation = compile_project(open_project(folder, problems))
    problems.extend(compilation.problems)
    return {diagnostic.code: str(diagnostic) for diagnostic in problems}


def test_every_code_that_can_be_emitted_has_a_page_and_the_other_way_round():
    assert {code for code in emitted() if code.startswith(MINE)} == {
        code for code in pages.codes() if code.startswith(MINE)
    }


# The pages of coverage's findings (F7) speak of accounts; its own tests run their cases.
@pytest.mark.parametrize("code", [code for code in pages.codes() if code.startswith(MINE[:-1])])
def test_a_page_s_cases_are_true(code, tmp_path):
    cases = pages.cases(code)
    if code in WITHOUT_CASES:
        assert cases == []
        return
    assert {kind for kind, _ in cases} == {"bad", "good"}
    for number, (kind, case) in enumerate(cases):
        found = found_in(tmp_path / str(number), case)
        if kind == "bad":
            assert code in found, found
        else:
            errors = {
                key: text for key, text in found.items() if not re.search(rf" {key} (info|warning): ", text)
            }
            assert code not in found
            assert not errors


@pytest.mark.parametrize("code", pages.codes())
def test_a_page_has_a_title_a_way_out_and_a_source(code):
    lines = pages.page(code).splitlines()
    assert re.fullmatch(rf"# {code} [A-Z].*[^.]", lines[0])
    assert lines[1] == ""
    assert lines[-1].startswith("Source: ")
    assert (
        all(len(line) <= 120 for line in lines if not line.startswith(("kind: flow", "#", "steps:")))
        or code == "F005"
    )


def test_an_unknown_code_names_the_nearest():
    with pytest.raises(Fatal) as raised:
        pages.page("F3011")
    assert raised.value.exit_code is Exit.WRONG_SPECS
    assert 'did you mean "F301"?' in raised.value.message


def test_the_listing_has_each_code_with_its_title():
    listing = pages.listing()
    assert "F301 Jump to a step that exists\n" in listing
    assert len(listing.splitlines()) == len(pages.codes())
