"""A pytest plugin that ships with flowc, for a user's own repository.

``pytest --flowc`` collects every flow and segment of the project and every blueprint's ``examples``, and compares
the request bodies with syrupy snapshots beside the files (``pytest --flowc --snapshot-update`` writes them).
``pytest --corpus DIR`` makes a test of every definition in a folder: it must come back equal through YAML.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's options."""
    group = parser.getgroup("flowc", "flows as code")
    group.addoption(
        "--flowc", action="store_true", help="snapshot tests of every flow, segment and blueprint example"
    )
    group.addoption(
        "--corpus",
        metavar="DIR",
        help="round-trip every definition (response, create body, bare) in a folder",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the project's specs where ``--flowc`` asks for it."""
    if parent.config.getoption("--flowc") and file_path.suffix in (".yaml", ".yml"):
        return SpecFile.from_parent(parent, path=file_path)
    return None


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Collect nothing else where ``--corpus`` names a folder."""
    return True if config.getoption("--corpus") else None


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add a test for each definition of the folder that ``--corpus`` names; these alone run then."""
    folder = config.getoption("--corpus")
    if folder:
        module = Corpus.from_parent(session, path=Path(folder).resolve(), nodeid="corpus")
        items[:] = [item for item in module.collect() if isinstance(item, pytest.Item)]


class _Made(pytest.Module):
    """A module of tests that are made from files."""

    def _getobj(self) -> types.ModuleType:
        module = types.ModuleType(re.sub(r"\W", "_", self.path.stem))
        for name, function in self.tests():
            while hasattr(module, name):  # two names that differ only in what is no letter
                name += "_"  # noqa: PLW2901 - the name is what it becomes
            function.__name__ = function.__qualname__ = name
            function.__module__ = module.__name__
            setattr(module, name, function)
        return module

    def tests(self) -> Iterator[tuple[str, Callable[..., None]]]:
        """Yield the name and function of each test."""
        raise NotImplementedError

    def _traceback_filter(self, excinfo: Any) -> Any:
        return excinfo.traceback


class SpecFile(_Made):
    """One file of the project: a snapshot test for each request body that it stands for."""

    def tests(self) -> Iterator[tuple[str, Callable[..., None]]]:
        """Yield a snapshot test a flow, segment or example; a test that fails where the file does not compile."""
        from compiler.diagnostics import Fatal  # noqa: PLC0415 - pytest loads this module in every project
        from compiler.stamped import stamped  # noqa: PLC0415 - the same

        try:
            for name, body in stamped(self.path):
                yield f"test_{_word(name)}", _snapshot_test(body)
        except Fatal as fatal:
            yield f"test_{_word(self.path.stem)}_compiles", _failing_test(fatal.message)


def _word(name: str) -> str:
    return re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_")


def _failing_test(message: str) -> Callable[..., None]:
    def test(pytestconfig: pytest.Config) -> None:
        pytestconfig.option.no_cleanup = True  # else syrupy deletes the snapshots that the file had
        pytest.fail(message, pytrace=False)

    return test


def _snapshot_test(body: Any) -> Callable[..., None]:
    def test(snapshot: Any) -> None:
        assert json.dumps(body, ensure_ascii=False, indent=2) == snapshot

    return test


class Corpus(_Made):
    """A folder of definitions: a round trip each."""

    def tests(self) -> Iterator[tuple[str, Callable[..., None]]]:
        """Yield a round trip for each file that holds a definition."""
        from compiler.roundtrip import has_definition  # noqa: PLC0415 - pytest loads this module in every project

        for file in sorted(self.path.rglob("*.json")) if self.path.is_dir() else [self.path]:
            if not has_definition(file):
                continue
            inside = file.relative_to(self.path) if self.path.is_dir() else Path(file.name)
            yield f"test_{re.sub(r'[^0-9A-Za-z]+', '_', str(inside.with_suffix('')))}", _round_trip(file)


def _round_trip(file: Path) -> Callable[[], None]:
    def test() -> None:
        from compiler.roundtrip import differences  # noqa: PLC0415 - pytest loads this module in every project

        assert differences(file) == []

    return test
