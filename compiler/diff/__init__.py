"""Compare two normalised flow definitions: match their steps, then compare fields.

``diff_flows`` is the room's verb. Steps are matched by *twins and chains*: no handle, position or state is
needed to recognise a step, so an inserted step shows as one insertion wherever it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.diff.fields import aspects, field_changes, setting_changes
from compiler.diff.flowgraph import ROOT, Exit, Flowgraph, Step, read_flow
from compiler.diff.leftovers import pair_leftovers, relinks
from compiler.diff.result import Aspect, FieldChange, FlowDiff, Match, Pair, Relink, StepChange
from compiler.diff.sides import two_sides
from compiler.diff.walk import Walk, walk

__all__ = [
    "Aspect",
    "Exit",
    "FieldChange",
    "FlowDiff",
    "Flowgraph",
    "Match",
    "Pair",
    "Relink",
    "Step",
    "StepChange",
    "diff_flows",
    "read_flow",
]


def diff_flows(
    live: Mapping[str, Any], desired: Mapping[str, Any], pins: Mapping[str, str] | None = None
) -> FlowDiff:
    """Compare two normalised definitions in the API's shape; ``pins`` maps desired ids to live ones.

    Both sides must speak one vocabulary: null means absent, defaults are filled in, equal things are equal.
    A pin counts only if both its steps exist and are of one kind. ``name`` and ``status`` may stand beside
    the definition's own keys and are compared where both sides say them. Raises ``Fatal`` for a definition
    that is no flow: an id missing or used twice, a link to nothing, a loop.
    """
    old, new = read_flow(live), read_flow(desired)
    state = walk(*two_sides(old, new, pins or {}))
    pair_leftovers(state)
    match = _match(state)
    changes = tuple(_step_change(state, pair) for pair in match.changed)
    return FlowDiff(old, new, match, changes, tuple(relinks(state)), setting_changes(live, desired))


def _match(state: Walk) -> Match:
    live, desired = state.live, state.desired
    pairs = tuple(
        Pair(desired.partner[name], name) for name in desired.graph.order[1:] if not desired.free(name)
    )
    return Match(
        pairs=pairs,
        inserted=tuple(name for name in desired.graph.order if desired.free(name)),
        deleted=tuple(name for name in live.graph.order if live.free(name)),
        changed=tuple(
            pair for pair in pairs if live.step(pair.live).compared != desired.step(pair.desired).compared
        ),
        moved=tuple(pair for pair in pairs if pair.live in live.moved),
        swapped=tuple(pair for pair in pairs if pair.live in state.swapped),
        exits={name: mapping for name, mapping in state.exits.items() if name != ROOT},
    )


def _step_change(state: Walk, pair: Pair) -> StepChange:
    kind = state.live.step(pair.live).kind
    old, new = state.live.graph.data[pair.live], state.desired.graph.data[pair.desired]
    fields = field_changes(old, new, "data")
    return StepChange(pair, kind, aspects(kind, fields), fields)
