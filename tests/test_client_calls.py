"""The table of calls agrees with itself, and the client's room keeps its border."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import compiler
from compiler.client import calls
from compiler.client.calls import Effect

ROOT = Path(compiler.__file__).parent


def test_every_endpoint_is_named_once():
    endpoints = [call.endpoint for call in calls.ALL]
    assert len(endpoints) == len(set(endpoints))
    assert len(endpoints) > 40


@pytest.mark.parametrize("call", calls.ALL, ids=lambda call: call.endpoint)
def test_a_call_is_whole(call):
    assert call.method in {"GET", "POST", "PATCH", "DELETE"}
    assert call.path.startswith("/api/")
    assert call.scopes
    assert call.writes == any(scope.endswith(":write") for scope in call.scopes)
    assert call.limits.burst > 0
    assert call.limits.steady >= call.limits.burst


def test_creates_inserts_and_patches_are_never_sent_again():
    once = {call.endpoint for call in calls.ALL if call.effect is Effect.ONCE}
    assert {call.endpoint for call in calls.ALL if call.method == "PATCH"} <= once
    assert {"POST /api/flows", "POST /api/flow-actions", "POST /api/segments", "POST /api/templates"} <= once
    assert "POST /api/template-clone" in once


@pytest.mark.parametrize(
    ("call", "burst", "steady", "daily", "page"),
    [
        (calls.GET_FLOWS, 3, 60, None, 50),
        (calls.CREATE_FLOW, 1, 15, 100, None),
        (calls.INSERT_ACTION, 3, 60, None, None),
        (calls.GET_SEGMENTS, 75, 750, None, 10),
        (calls.UPDATE_SEGMENT, 1, 15, 100, None),
        (calls.QUERY_SEGMENT_SERIES, 1, 2, 225, None),
        (calls.GET_EVENTS, 350, 3500, None, 1000),
        (calls.GET_ACCOUNTS, 1, 15, None, None),
    ],
    ids=lambda value: getattr(value, "endpoint", str(value)),
)
def test_the_published_limits_hold(call, burst, steady, daily, page):
    assert (call.limits.burst, call.limits.steady, call.limits.daily, call.page) == (
        burst,
        steady,
        daily,
        page,
    )


@pytest.mark.parametrize(
    ("call", "params", "burst"),
    [
        (calls.GET_SEGMENT, {"additional-fields[segment]": "profile_count"}, 1),
        (calls.GET_SEGMENT, {"additional-fields[segment]": "other"}, 75),
        (calls.GET_PROFILES, {"additional-fields[profile]": "subscriptions,predictive_analytics"}, 10),
        (calls.GET_PROFILES, {"additional-fields[profile]": "subscriptions"}, 75),
    ],
)
def test_costly_parameters_lower_the_limits(call, params, burst):
    assert call.limits_for(params).burst == burst


def test_only_one_module_imports_httpx():
    importing = set()
    for path in ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        typing_only = {
            id(node)
            for block in ast.walk(tree)
            if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
            for node in ast.walk(block)
        }
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if id(node) not in typing_only and any(name.split(".")[0] == "httpx" for name in names):
                importing.add(path.relative_to(ROOT).as_posix())
    assert importing == {"client/wire.py"}


def test_importing_the_client_does_not_load_httpx():
    program = "import sys, compiler.client; print('httpx' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
