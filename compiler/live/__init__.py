"""What an account holds: ``read(client)`` takes a frozen :class:`Snapshot`, which is saved and loaded as JSON."""

from compiler.live.model import Account, LiveFlow, LiveSegment, LiveTemplate, Snapshot, Thing
from compiler.live.reading import read
from compiler.live.saving import load, save

__all__ = [
    "Account",
    "LiveFlow",
    "LiveSegment",
    "LiveTemplate",
    "Snapshot",
    "Thing",
    "load",
    "read",
    "save",
]
