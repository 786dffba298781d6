"""Times compiling: cold and warm against what yaml.load alone takes, and the program's start."""

from __future__ import annotations

import gc
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml
from figures import Figure, report
from flow_files import write_project

from compiler.build import build_project
from compiler.diagnostics import Problems
from compiler.project import open_project

RUNS = 3


def _best(work: Callable[[], object], before: Callable[[], object] = gc.collect) -> float:
    """Return the shortest of a few runs, in seconds of wall time."""
    times = []
    for _ in range(RUNS):
        before()
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def _process(*args: str, cwd: Path) -> float:
    return _best(
        lambda: subprocess.run([sys.executable, *args], cwd=cwd, check=True, capture_output=True),
        lambda: None,
    )


def compile_rows(root: Path) -> list[Figure]:
    """Return the cold and warm rows."""
    paths = write_project(root)
    project = open_project(root, Problems())
    cache = root / ".flowc" / "cache.db"

    def load_all() -> None:
        for path in paths:
            yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)

    def throw_away() -> None:
        shutil.rmtree(cache.parent, ignore_errors=True)
        gc.collect()

    def touch_one() -> None:
        text = paths[500].read_text(encoding="utf-8")
        paths[500].write_text(text + "# seen\n", encoding="utf-8")
        gc.collect()

    base = _best(load_all)
    cold = _best(lambda: build_project(project, cache=cache), throw_away)
    warm = _best(lambda: build_project(project, cache=cache), touch_one)
    one = _best(lambda: build_project(project, cache=None, processes=1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        Figure("yaml-load", base, "s"),
        Figure("compile-cold", cold / base, "x yaml.load", 2.5),
        Figure("compile-cold-one-process", one / base, "x yaml.load"),
        Figure("compile-warm", warm / cold, "x cold", 0.15),
        Figure("compile-memory", peak, "MB"),
    ]


def start_rows(root: Path) -> list[Figure]:
    """Return the start rows, each a whole process."""
    write_project(root, flows=1)
    click = _process("-c", "import click", cwd=root)
    loads = _process("-c", "import click, yaml, jsonschema", cwd=root)
    version = _process("-m", "compiler", "--version", cwd=root)
    command = ("-m", "compiler", "validate", "flows/flow-0000.yaml")
    first = _best(
        lambda: subprocess.run([sys.executable, *command], cwd=root, check=True, capture_output=True),
        lambda: shutil.rmtree(root / ".flowc", ignore_errors=True),
    )
    again = _process(*command, cwd=root)
    return [
        Figure("start-version", version / click, "x import click", 1.5),
        Figure("start-validate-new-file", first / loads, "x import click, yaml, jsonschema", 2.0),
        Figure("start-validate-known-file", again / loads, "x import click, yaml, jsonschema", 2.0),
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        rows = compile_rows(Path(name) / "many")
        rows += start_rows(Path(name) / "one")
    report("compile", rows)


if __name__ == "__main__":
    main()
