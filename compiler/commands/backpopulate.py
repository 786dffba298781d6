"""``flowc backpopulate``: may I, who, where, when, how fast, before a person presses Add past profiles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compiler.commands.base import FOLDER, REVISION, build, command, project_here, say, show
from compiler.diagnostics import Exit, Fatal, Problems, nearest

if TYPE_CHECKING:
    from compiler.backpopulate import Backpopulation, Settings
    from compiler.project import Project


@dataclass(frozen=True, slots=True)
class Asked:
    """A flow to back-populate: its name, its status where that is known, its definition in the API's shape."""

    name: str
    status: str | None
    definition: Mapping[str, Any]


@command(
    "flowc backpopulate flows/winback.yaml\n"
    "flowc backpopulate flows/winback.yaml --data data/ --account-zone Europe/Berlin --format html > winback.html\n"
    "flowc backpopulate 'Welcome | Ten days by mail' --data data/ --mode beginning --at 2026-11-20T09:00:00Z\n"
    "flowc backpopulate live.json --sender toll-free --quiet-hours 21:00-08:00"
)
@click.argument("flow")
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
    default="UTC",
    show_default=True,
    metavar="ZONE",
    help="The account's time zone: days are counted in it, and who has no zone is taken to be there.",
)
@click.option(
    "--quiet-hours",
    default="none",
    show_default=True,
    metavar="HOURS",
    help="Quiet hours for texts in the recipient's zone: 21:00-08:00, or none.",
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
def backpopulate(  # noqa: PLR0913, PLR0917 - one argument an option
    flow: str,
    data: Path | None,
    mode: str | None,
    at: str | None,
    account_zone: str,
    quiet_hours: str,
    sender: str | None,
    texts_per_second: int | None,
    allow: tuple[str, ...],
    form: str,
    revision: str | None,
) -> int:
    """Say what adding past profiles to FLOW (a spec, its name, or a definition's JSON file) would do.

    Exit code 3 where the flow is not eligible; the reasons are shown. Nothing is changed anywhere: a person clicks.
    """
    from compiler.backpopulate import Settings, modes, read_quiet_hours

    project = project_here()
    asked = find_flow(project, flow, revision)
    offered = modes(str((asked.definition.get("triggers") or [{}])[0].get("type")))
    settings = Settings(
        at=_moment(at),
        mode=mode or (offered[0] if offered else "relative"),  # type: ignore[arg-type]
        account_zone=account_zone,
        quiet_hours=read_quiet_hours(quiet_hours),
        sms_speed=_speed(sender, texts_per_second),
    )
    found = answer(project, asked, settings, data, frozenset(allow))
    say(written(found, form))
    return Exit.DONE if found.eligibility.eligible else Exit.WRONG_SPECS


def answer(
    project: Project,
    asked: Asked,
    settings: Settings,
    data: Path | None,
    allowed: frozenset[str],
    ids: Mapping[str, str] | None = None,
) -> Backpopulation:
    """Return the answer for a flow over a folder of data; ``ids`` gives the account's ids for names (``@metric:X``)."""
    from compiler.backpopulate import back_populate, read_shape
    from compiler.backpopulate.settings import check_settings
    from compiler.evaluate import open_tables

    shape = read_shape(asked.definition, asked.name, asked.status, ids)
    if shape.trigger in ("metric", "list", "segment"):
        check_settings(settings, shape.trigger)
    tables = open_tables(data) if data is not None else None
    return back_populate(shape, settings, read_templates(project, asked.definition), tables, allowed)


def written(found: Backpopulation, form: str) -> str:
    """Return the answer in a format."""
    from compiler.report.backpopulate_csv import as_csv
    from compiler.report.backpopulate_html import as_html
    from compiler.report.backpopulate_text import as_json, as_text
    from compiler.report.timeline_svg import timeline_svg

    if form == "svg":
        return timeline_svg(found.timeline, found.shape.name)
    return {"text": as_text, "json": as_json, "csv": as_csv, "html": as_html}[form](found)


def find_flow(project: Project, flow: str, revision: str | None) -> Asked:
    """Return the flow that a path or a name means; raises Fatal where there is none."""
    path = Path(flow)
    if path.suffix == ".json" and path.is_file():
        return _from_json(path)
    result = build(project, (path,) if path.is_file() else (), revision, None, lint=False)
    flows = [item for item in result.built if item.kind == "flow"]
    if not path.is_file():
        flows = [item for item in flows if item.name == flow]
    if not flows:
        show(problem for problem in result.diagnostics if problem.severity == "error")
        names = [item.name for item in result.built if item.kind == "flow"]
        raise Fatal(
            f'"{flow}" is no spec of a flow and no flow\'s name{nearest(flow, names)}', Exit.WRONG_SPECS
        )
    if len(flows) > 1:
        raise Fatal(
            f"{flow} holds {len(flows)} flows; name one of them: {', '.join(item.name for item in flows)}",
            Exit.WRONG_SPECS,
        )
    body = json.loads(flows[0].text)["data"]["attributes"]
    return Asked(str(body["name"]), None, body["definition"])


def _from_json(path: Path) -> Asked:
    from compiler.definitions import read

    problems = Problems()
    found = [
        item for item in read(str(path), path.read_text(encoding="utf-8"), problems) if item.kind == "flow"
    ]
    show(problems)
    if len(found) != 1:
        raise Fatal(f"{path} holds {len(found)} flow definitions; one is needed", Exit.WRONG_SPECS)
    return Asked(found[0].name or path.stem, found[0].status, found[0].data)


def read_templates(project: Project, definition: Mapping[str, Any]) -> dict[str, str]:
    """Return the HTML of the templates that are files of the project, by their reference."""
    from compiler.codecs.references import read

    found: dict[str, str] = {}
    for name in _template_ids(definition):
        file = read("template", name)
        path = project.inside(str(file["file"])) if isinstance(file, Mapping) and "file" in file else ""
        if isinstance(path, Path):
            found[name] = path.read_text(encoding="utf-8", errors="replace")
    return found


def _template_ids(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        own = {str(value["template_id"])} if value.get("template_id") else set()
        return own.union(*map(_template_ids, value.values()))
    return set().union(*map(_template_ids, value)) if isinstance(value, list) else set()


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
