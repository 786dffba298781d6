"""Evaluates segment definitions over profiles, events and memberships, on any engine that Ibis speaks to."""

from compiler.evaluate.columns import Named, event_column, named_properties, profile_column
from compiler.evaluate.definition import Definition
from compiler.evaluate.evaluation import Evaluation, Verdicts, evaluate_many, members, verdicts
from compiler.evaluate.plan import Measure, Undecidable
from compiler.evaluate.reading import read_definition
from compiler.evaluate.tables import Tables, open_tables, warehouse_tables
from compiler.evaluate.writer import extract_properties, write_events, write_memberships, write_profiles
from compiler.evaluate.zones import ZoneOffsets, tzdata_version, zone_offsets

__all__ = [
    "Definition",
    "Evaluation",
    "Measure",
    "Named",
    "Tables",
    "Undecidable",
    "Verdicts",
    "ZoneOffsets",
    "evaluate_many",
    "event_column",
    "extract_properties",
    "members",
    "named_properties",
    "open_tables",
    "profile_column",
    "read_definition",
    "tzdata_version",
    "verdicts",
    "warehouse_tables",
    "write_events",
    "write_memberships",
    "write_profiles",
    "zone_offsets",
]
