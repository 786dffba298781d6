"""``flowc account set``: what a person types, what is kept, and how the account answers then."""

from __future__ import annotations

import json
from dataclasses import fields

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_kit import make_project, store_of

from compiler.account.settings import Switches
from compiler.commands.account_switches import MEANINGS, changed, values
from compiler.diagnostics import Exit


@pytest.fixture
def sandbox(tmp_path, run):
    make_project(tmp_path)
    return run


def shown(run):
    return json.loads(run("account", "show", "--format", "json")[1])["switches"]


def test_a_switch_that_is_set_stays_set_and_the_others_stay_as_they_were(sandbox):
    before = shown(sandbox)
    code, out, told = sandbox("account", "set", "delete_links=cut", "read_lag=2.5", "limits=enforced")
    assert (code, out) == (Exit.DONE, "")
    assert told.splitlines() == [
        "delete_links is cut now; it was splice",
        "read_lag is 2.5 now; it was 0.0",
        "limits is enforced already",
    ]
    assert shown(sandbox) == {**before, "delete_links": "cut", "read_lag": 2.5}


def test_a_probe_meets_the_answer_that_was_set(sandbox):
    assert sandbox("account", "set", "delete_links=cut", "segment_processing=0")[0] == Exit.DONE
    code, out, told = sandbox("probe", "--yes", "--format", "json")
    assert code == Exit.DONE, told
    assert '"cut"' in out


def test_limits_off_forgets_the_creates_that_were_counted_today(sandbox, tmp_path):
    counted = tmp_path / ".flowc" / "sandbox.db.calls"
    assert sandbox("probe", "--yes")[0] == Exit.DONE
    assert sandbox("account", "set", "limits=enforced")[0] == Exit.DONE
    assert counted.exists()
    assert sandbox("account", "set", "limits=off")[0] == Exit.DONE
    assert not counted.exists()


def test_an_account_can_be_set_before_it_is_filled_and_a_reset_forgets_it(tmp_path, run):
    make_project(tmp_path, full=False)
    assert run("account", "set", "weekdays=absent")[0] == Exit.DONE
    assert run("account", "seed", "--small")[0] == Exit.DONE
    assert shown(run)["weekdays"] == "absent"
    assert run("account", "reset", "--yes")[0] == Exit.DONE
    assert shown(run) == Switches().to_json()


WRONG = [
    (("limit=off",), 'there is no switch "limit" (joins_at_create, delete_links,'),
    (("limit=off",), 'write_lateness); did you mean "limits"?'),
    (("limits=of",), 'limits cannot be "of"; write limits=enforced|off; did you mean "off"?'),
    (("limits",), 'limits cannot be ""; write limits=enforced|off'),
    (("read_lag=soon",), 'read_lag cannot be "soon"; it counts seconds, as in read_lag=2.5'),
    (("read_lag=-1",), 'read_lag cannot be "-1"'),
    (("read_lag=nan",), 'read_lag cannot be "nan"'),
    (("read_lag=inf",), 'read_lag cannot be "inf"'),
    (("read_lag=1", "read_lag=2"), "read_lag is set twice"),
    ((), "Missing argument 'NAME=VALUE...'"),
]


@pytest.mark.parametrize(("said", "answer"), WRONG)
def test_what_is_no_switch_or_no_value_is_told_with_what_there_is_and_nothing_is_set(
    sandbox, tmp_path, said, answer
):
    code, out, told = sandbox("account", "set", *(("weekdays=absent", *said) if said else ()))
    assert (code, out) == (Exit.UNEXPECTED, "")
    assert answer in told
    with store_of(make_project(tmp_path, full=False)) as store:
        assert store.switches() == Switches()


def test_the_help_lists_every_switch_with_its_values(sandbox):
    code, out, _ = sandbox("account", "set", "--help")
    assert code == Exit.DONE
    assert "flowc account set limits=off\n" in out
    for name, known in values().items():
        assert f"{name}={'|'.join(known) or 'SECONDS'}" in out
    assert list(MEANINGS) == list(values()) == [field.name for field in fields(Switches)]


@given(
    st.sampled_from([(name, value) for name, known in values().items() for value in known or ("0", "2.5")])
)
def test_every_value_that_the_help_names_can_be_set(pair):
    name, value = pair
    after = changed(Switches(), [f"{name}={value}"])
    assert str(getattr(after, name)) in (value, f"{value}.0")


def test_a_switch_without_a_value_is_refused_whatever_its_kind():
    for name in values():
        with pytest.raises(click.BadParameter):
            changed(Switches(), [name])
