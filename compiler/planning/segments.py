"""What becomes of a segment, and which live flows a change of it may fill."""

from __future__ import annotations

from dataclasses import replace

from compiler.client import Client
from compiler.live import LiveSegment
from compiler.plan.others import SegmentCase, decide_segment
from compiler.plan.units import Unit
from compiler.planning.observed import live_segment, live_triggers
from compiler.planning.wanted import Wanted


def wanted_segment(client: Client, item: Wanted, found: LiveSegment | None, tag: str) -> Unit:
    """Return what becomes of a segment that a spec wants; what it triggers is read only where it changes."""
    if found is None:
        attributes = {key: value for key, value in item.attributes.items() if key != "name"}
        return decide_segment(SegmentCase(item.name, attributes))
    case = SegmentCase(item.name, item.attributes, live_segment(found), tagged=tag in found.tags)
    unit = decide_segment(case)
    if not unit.stages:
        return unit
    return decide_segment(replace(case, triggers=live_triggers(client, found.id)))


def gone_segment(client: Client, found: LiveSegment) -> Unit:
    """Return what becomes of a segment of the project that no spec wants any more."""
    triggers = live_triggers(client, found.id)
    return decide_segment(SegmentCase(found.name, None, live_segment(found), triggers, tagged=True))
