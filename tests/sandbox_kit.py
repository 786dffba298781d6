"""A project whose account lives in a file beside it, and commands as they are called in it."""

import sqlite3

from click.testing import CliRunner

PROJECT = """
kind: project
name: fern
default_account: sandbox
accounts:
  sandbox: {embedded: .flowc/sandbox.db}
"""


def call(command, *words):
    """Return what a command returns and what it prints; raises what it raises."""
    result = CliRunner().invoke(command, list(words), standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.return_value, result.stdout


def database():
    """Return the account's file, opened."""
    return sqlite3.connect(".flowc/sandbox.db")
