"""The house keeps its shape: one-way imports, printing in one room, HTTP in one room, sizes, commands in the README."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "diagnostics", "kinds", "codecs", "yaml_errors", "nodes", "source", "positions", "sandbox", "expressions", "schema", "model",
    "resolve", "graph", "expand", "wording", "validate", "prune", "allow", "joins", "actions", "triggers", "lower",
    "layout", "lift", "scalars", "emit", "comments", "definitions", "rules", "project", "pages", "files", "pipeline",
    "fmt", "convert", "roundtrip", "stamped", "check", "cache", "build", "pytest_plugin",
    "labels", "logic", "evaluate", "backpopulate", "account", "client", "accounts", "live", "bind", "uses", "lock",
    "coverage", "pull", "normalise", "diff", "plan", "planning", "journal", "apply", "probe", "report", "commands", "cli",
)  # fmt: skip
MODULES = sorted((ROOT / "compiler").rglob("*.py"))


def imports(path: Path) -> set[str]:
    """The rooms that a module imports at its top or inside its functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "compiler":
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("compiler.")}
    return found


def room(path: Path) -> str:
    return path.relative_to(ROOT / "compiler").parts[0].removesuffix(".py")


def test_every_room_has_its_place() -> None:
    assert {room(path) for path in MODULES} - set(ROOMS) == {"__init__", "__main__"}


@pytest.mark.parametrize(
    "path", [path for path in MODULES if room(path) in ROOMS], ids=lambda path: str(path.relative_to(ROOT))
)
def test_a_room_imports_only_rooms_before_it(path: Path) -> None:
    own = ROOMS.index(room(path))
    later = {name for name in imports(path) if name in ROOMS and ROOMS.index(name) > own}
    assert later == set()


def test_only_the_command_line_prints_exits_and_reads_the_environment() -> None:
    guilty = []
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        if room(path) not in ("cli", "commands") and re.search(
            r"^[^#\"]*\b(print\(|sys\.exit\(|os\.environ|os\.getenv)", text, re.MULTILINE
        ):
            guilty.append(str(path.relative_to(ROOT)))
    assert guilty == []


def test_only_the_client_speaks_http() -> None:
    guilty = [
        str(path)
        for path in MODULES
        if room(path) != "client"
        and re.search(r"^\s*(import|from) httpx", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert guilty == []


def test_modules_stay_small() -> None:
    sizes = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES
    }
    assert {name: size for name, size in sizes.items() if size > 250} == {}


def test_no_path_of_a_machine_and_no_host_of_a_registry_is_written() -> None:
    words = re.compile(
        "|".join(
            [
                "/" + "work/",
                "/" + "root/",
                "pypi" + r"\.org",
                "registry" + r"\.npmjs",
                "deb" + r"\.debian\.org",
            ]
        )
    )
    files = [
        path
        for path in ROOT.rglob("*")
        if path.is_file()
        and path.suffix in (".py", ".md", ".toml", ".yaml", ".json", ".sh")
        and not {".venv", ".git", "out"} & set(path.parts)
    ]
    assert [
        str(path.relative_to(ROOT))
        for path in files
        if words.search(path.read_text(encoding="utf-8", errors="replace"))
    ] == []


def test_the_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in text
    assert "make test" in text
