"""``flowc backpopulate``: may I, who, where, when, how fast, before a person presses Add past profiles."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compiler.commands.backpopulate_account import PARTS, of_account
from compiler.commands.backpopulate_flow import Asked, Wanted, of_project, wanted
from compiler.commands.base import DEBUG, FOLDER, REVISION, account_here, command, outside, project_here, say
from compiler.commands.tables import tables_of
from compiler.diagnostics import Exit, Fatal

if TYPE_CHECKING:
    from compiler.backpopulate import Backpopulation, Settings
    from compiler.evaluate import Tables


@command(
    "flowc backpopulate flows/winback.yaml\n"
    "flowc backpopulate 'Customer Winback' --account sandbox --data .flowc/data\n"
    "flowc backpopulate flows/winback.yaml --account sandbox --data .flowc/data --format html > winback.html\n"
    "flowc backpopulate 'Welcome Series' --account sandbox --data .flowc/data --mode beginning --at 2026-11-20T09:00Z\n"
    "flowc backpopulate flows/replenishment.yaml --name 'Retain | Replenish beans' --account sandbox\n"
    "flowc backpopulate live.json --sender toll-free --quiet-hours 21:00-08:00"
)
@click.argument("flow")
@click.option(
    "--account",
    metavar="A",
    help="An account of flowc.yaml: FLOW is one of its flows, or a spec that is read with its names.",
)
@click.option(
    "--name",
    metavar="NAME",
    help="Which flow of FLOW, a file that holds several (for_each stamps them).",
)
@click.option(
    "--data",
    type=FOLDER,
    metavar="DIR",
    help="Profiles, events and memberships as Parquet; without, only what the flow itself tells.",
)
@click.option(
    "--mode",
    type=click.Choice(["relative", "throughout", "beginning"]),
    help="relative (metric flows); throughout or beginning (list and segment flows).",
)
@click.option(
    "--at",
    metavar="TIME",
    help="The moment of the click in ISO 8601, such as 2026-11-20T09:00:00Z. Now by default.",
)
@click.option(
    "--account-zone",
    metavar="ZONE",
    help="The account's time zone, that of --account or UTC by default: days are counted in it, and who has no zone is "
    "taken to be there.",
)
@click.option(
    "--quiet-hours",
    default="none",
    show_default=True,
    metavar="HOURS",
    help="Quiet hours for texts: 21:00-08:00, with weekdays '20:00-11:00, sunday 00:00-14:00', or none.",
)
@click.option(
    "--quiet-zone",
    default="profile",
    show_default=True,
    metavar="ZONE",
    help="The zone of quiet hours: profile for the recipient's own, or an IANA name.",
)
@click.option(
    "--sender",
    type=click.Choice(["toll-free", "short-code", "long-code", "alpha"]),
    help="The kind of sending number; gives the speed of texts where one is published.",
)
@click.option(
    "--texts-per-second",
    type=click.IntRange(min=1),
    metavar="N",
    help="The speed of texts, where you know it.",
)
@click.option(
    "--smart-sending",
    metavar="HOURS",
    help="Smart Sending's windows in hours by channel. email=16,sms=24,push=24 by default.",
)
@click.option(
    "--allow",
    type=click.Choice(["coupon", "flow-status"]),
    multiple=True,
    help="Override a reason on which documentation disagrees.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv", "html", "svg"]),
    default="text",
    help="How the answer is shown; svg is the timeline alone.",
)
@REVISION
@DEBUG
def backpopulate(  # noqa: PLR0913, PLR0917 - one argument an option
    flow: str,
    account: str | None,
    name: str | None,
    data: Path | None,
    mode: str | None,
    at: str | None,
    account_zone: str | None,
    quiet_hours: str,
    quiet_zone: str,
    sender: str | None,
    texts_per_second: int | None,
    smart_sending: str | None,
    allow: tuple[str, ...],
    form: str,
    revision: str | None,
    debug: Path | None,
) -> int:
    """Say what adding past profiles to FLOW (a spec, its name, or a definition's JSON file) would do.

    With --account, FLOW is the name or id of one of its flows, or a spec that is read with the account's names. A name
    means the account's flow before the project's; a file, with --name, always means the project's.
    Exit code 3 where the flow is not eligible; the reasons are shown. Nothing is changed anywhere: a person clicks.
    """
    from compiler.backpopulate import Settings, modes, read_quiet_hours
    from compiler.backpopulate.assumptions import read_smart_hours

    moment, quiet = _moment(at), read_quiet_hours(quiet_hours, quiet_zone)
    speed = _speed(sender, texts_per_second)
    asked, around = _asked(wanted(flow, name), account, revision, debug)
    offered = modes(str((asked.definition.get("triggers") or [{}])[0].get("type")))
    settings = Settings(
        at=moment,
        mode=mode or (offered[0] if offered else "relative"),  # type: ignore[arg-type]
        account_zone=account_zone or around.zone or "UTC",
        quiet_hours=quiet,
        smart_hours=read_smart_hours(smart_sending),
        sms_speed=speed,
        received=around.received,
    )
    tables = tables_of(data, around.account, moment) if data is not None else None
    found = answer(asked, settings, tables, frozenset(allow))
    say(written(found, form))
    return Exit.DONE if found.eligibility.eligible else Exit.WRONG_SPECS


@dataclass(frozen=True, slots=True)
class Around:
    """What an account tells besides the flow: its id and zone, and the metrics that say what was received, by id.

    Id and zone are empty where nothing tells them.
    """

    account: str
    zone: str
    received: Mapping[str, str]


def _asked(
    flow: Wanted, account: str | None, revision: str | None, debug: Path | None
) -> tuple[Asked, Around]:
    """Find the flow: in the account where one is named, else in the project, with the names of a lock file."""
    from compiler.backpopulate.settings import received_metrics
    from compiler.lock import find_lock

    project = project_here()
    if account is None:
        chosen = account_here(project, None)
        lock = find_lock(project, chosen.name) if chosen is not None else None
        names = lock.names(project) if lock is not None else None
        metrics = [(one.name, one.id) for one in lock.things if one.kind == "metric"] if lock else []
        return of_project(project, flow, chosen, revision, names), Around(
            lock.account if lock else "", "", received_metrics(metrics)
        )
    from compiler.accounts import opened, revision_of
    from compiler.live import read

    named = project.account(account)
    reads = revision_of(project, named, revision)
    with opened(project, named, reads, outside(debug)) as client:
        snapshot = read(client, reads, parts=PARTS)
        asked = of_account(project, named, client, snapshot, flow)
    received = received_metrics((one.name, one.id) for one in snapshot.metrics)
    return asked, Around(snapshot.account.id, snapshot.account.timezone, received)


def answer(
    asked: Asked, settings: Settings, tables: Tables | None, allowed: frozenset[str]
) -> Backpopulation:
    """Return the answer for a flow, with numbers where there is data."""
    from compiler.backpopulate import back_populate, read_shape
    from compiler.backpopulate.received import with_ids
    from compiler.backpopulate.settings import check_settings
    from compiler.backpopulate.standing import with_standing

    shape = with_ids(read_shape(asked.definition, asked.name, asked.status), asked.ids or {})
    check_settings(settings, shape.trigger)
    told, differs = asked.ids is not None, asked.standing == "differs"
    found = back_populate(shape, settings, asked.templates, tables, allowed, told=told, differs=differs)
    return with_standing(found, asked.standing)


def written(found: Backpopulation, form: str) -> str:
    """Return the answer in a format."""
    from compiler.report.backpopulate_csv import as_csv
    from compiler.report.backpopulate_html import as_html
    from compiler.report.backpopulate_json import as_json
    from compiler.report.backpopulate_text import as_text
    from compiler.report.timeline_svg import timeline_svg

    if form == "svg":
        return timeline_svg(found.timeline, found.shape.name)
    if form == "text":
        return as_text(found, shutil.get_terminal_size((80, 24)).columns)
    return {"json": as_json, "csv": as_csv, "html": as_html}[form](found)


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Fatal(
            f'"{text}" is no moment in ISO 8601, such as 2026-11-20T09:00:00Z', Exit.WRONG_SPECS
        ) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _speed(sender: str | None, known: int | None) -> int | None:
    from compiler.backpopulate.settings import SENDER_SPEEDS

    if known is not None or sender is None:
        return known
    if sender not in SENDER_SPEEDS:
        raise Fatal(f"no speed is published for a {sender} sender; give --texts-per-second", Exit.WRONG_SPECS)
    return SENDER_SPEEDS[sender]
