"""The README's files and commands are real: every console block prints what the README says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parent.parent / "README.md"
FILES = re.compile(r'^```yaml title="([^"]+)"\n(.*?)^```$', re.DOTALL | re.MULTILINE)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def commands(block: str) -> list[tuple[str, str]]:
    """A console block's commands, each with the output that the README shows."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def folder_with_files(folder: Path, text: str) -> None:
    (folder / "flowc.yaml").write_text("kind: project\nname: acme\n")
    for name, content in FILES.findall(text):
        if "typos" not in name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)


def output(command: str, folder: Path) -> str:
    """What a command prints, stdout and stderr as a terminal shows them."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "COLUMNS": "100",
    }
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize("number", range(len(CONSOLE.findall(README.read_text(encoding="utf-8")))))
def test_a_console_block_prints_what_the_readme_says(tmp_path: Path, number: int) -> None:
    text = README.read_text(encoding="utf-8")
    folder_with_files(tmp_path, text)
    block = CONSOLE.findall(text)[number]
    if "typos" in block:
        (tmp_path / "flows" / "typos.yaml").write_text(dict(FILES.findall(text))["flows/typos.yaml"])
    shown = [(command, said.rstrip()) for command, said in commands(block)]
    assert shown == [(command, output(command, tmp_path).rstrip()) for command, _ in shown]
    assert shown
