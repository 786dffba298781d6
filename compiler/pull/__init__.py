"""``flowc pull``: an account's flows and segments as canonical YAML with names, its emails as HTML files.

``fetch`` reads, ``lay_out`` says which file each thing belongs in, ``decide`` compares with what is on disk,
``write`` writes what nobody edited.
"""

from compiler.pull.deciding import State, Verdict, decide, write
from compiler.pull.fetching import Fetched, fetch
from compiler.pull.layout import Item, lay_out

__all__ = ["Fetched", "Item", "State", "Verdict", "decide", "fetch", "lay_out", "write"]
