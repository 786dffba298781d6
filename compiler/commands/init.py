"""``flowc init``: starts a project in the current folder, from an account where one is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from compiler.accounts import opened, revision_of
from compiler.commands.base import DEBUG, command, outside, project_here, warn
from compiler.commands.live import pull_account, pull_with, with_folder
from compiler.diagnostics import Exit, Fatal, Problems
from compiler.project import FILE, Account, Project, open_project
from compiler.scalars import scalar

IGNORED = ".flowc/"
WELCOME = """\
kind: flow
name: Welcome
status: draft
trigger:
  list: Newsletter
steps:
  - time-delay: 1 hour
  - send-email:
      name: "Email #1"
      subject_line: Welcome
      from_email: hello@example.com
      from_label: Example
      template: {file: emails/welcome.html}
"""
LETTER = """\
<html>
  <body>
    <p>Hello {{ first_name|default:'there' }},</p>
    <p>thank you for joining us.</p>
    <p>{% unsubscribe 'Unsubscribe' %}</p>
  </body>
</html>
"""


@command(
    "flowc init\nKLAVIYO_API_KEY=... flowc init --from production\nflowc init --from staging --url http://127.0.0.1:8080 --key-env STAGING_KEY"
)
@click.option("--from", "source", metavar="ACCOUNT", help="Pull what is live in this account.")
@click.option(
    "--key-env",
    default="KLAVIYO_API_KEY",
    show_default=True,
    metavar="NAME",
    help="The environment variable that holds the account's key.",
)
@click.option("--url", metavar="URL", help="The account's address, where it is not Klaviyo's.")
@click.option("--embedded", metavar="FILE", help="The file of an embedded account.")
@DEBUG
def init(source: str | None, key_env: str, url: str | None, embedded: str | None, debug: Path | None) -> int:
    """Start a project here: flowc.yaml, a folder of specs, and an example or what is live in an account."""
    project = project_here()
    here = Path.cwd()
    if source is None:
        return _example(here)
    if (project.root / FILE).is_file():
        return pull_account(
            with_folder(project), project.account(source), (), force=False, revision=None, debug=debug
        )
    account = Account(source, embedded=embedded) if embedded else Account(source, key_env=key_env, url=url)
    return _from_account(replace(project, accounts={source: account}), here, account, debug)


def _from_account(project: Project, here: Path, account: Account, debug: Path | None) -> int:
    """Write the project file with the account's id, which guards against another account's key later, and pull.

    Nothing is written before the account has answered.
    """
    revision = revision_of(project, account)
    with opened(project, account, revision, outside(debug)) as client:
        known = replace(account, account_id=client.verify_account())
        _start(here, _settings(here.name, known))
        fresh = open_project(here, Problems())
        return pull_with(client, fresh, fresh.account(known.name), (), force=False, revision=revision)


def _example(here: Path) -> int:
    if (here / FILE).exists():
        raise Fatal(
            f"there is a {FILE} here already; flowc init --from ACCOUNT pulls into its project",
            Exit.NOT_ALLOWED,
        )
    _start(here, _settings(here.name, Account("sandbox", embedded=".flowc/sandbox.db")))
    if not any((here / "flows").iterdir()):
        (here / "flows" / "emails").mkdir()
        (here / "flows" / "welcome.yaml").write_text(WELCOME, encoding="utf-8")
        (here / "flows" / "emails" / "welcome.html").write_text(LETTER, encoding="utf-8")
    warn(f"{FILE} and flows/ are ready; next: flowc validate, flowc account seed, flowc lock\n")
    return Exit.DONE


def _start(here: Path, settings: str) -> None:
    (here / FILE).write_text(settings, encoding="utf-8")
    (here / "flows").mkdir(exist_ok=True)
    ignore = here / ".gitignore"
    held = ignore.read_text(encoding="utf-8") if ignore.is_file() else ""
    if IGNORED not in held.split("\n"):
        gap = "" if not held or held.endswith("\n") else "\n"
        ignore.write_text(f"{held}{gap}{IGNORED}\n", encoding="utf-8")


def _settings(name: str, account: Account) -> str:
    """Return the text of a project file with one account."""
    parts = {
        "embedded": account.embedded,
        "key_env": account.key_env,
        "account_id": account.account_id,
        "url": account.url,
    }
    listed = "".join(f"    {key}: {scalar(value, flow=False)}\n" for key, value in parts.items() if value)
    shown = scalar(account.name, flow=False)
    return f"kind: project\nname: {scalar(name or 'flows', flow=False)}\nflows: flows/\ndefault_account: {shown}\naccounts:\n  {shown}:\n{listed}"
