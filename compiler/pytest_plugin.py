"""A pytest plugin: ``pytest --flowc`` collects every flow and blueprint; ``pytest --corpus DIR`` round-trips definitions."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's options."""
    group = parser.getgroup("flowc")
    group.addoption("--flowc", action="store_true", help="collect every flow and every blueprint's examples as snapshot tests")
    group.addoption("--corpus", metavar="DIR", help="round-trip every definition (JSON) in a folder")
