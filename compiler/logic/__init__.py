"""Rules as logic: what two segment definitions are to each other, shown by a proof or by a witness profile.

Definitions come in the API's shape. ``compare`` says equal, contained, contains, overlapping, disjoint or
undecided; ``empty`` and ``nearly_all`` judge one; ``canonical`` and ``digest`` give two spellings of one rule
one form; ``matches`` is the reference evaluator; :class:`Library` answers for hundreds of rules at once.
"""

from compiler.logic.canonical import canonical, digest
from compiler.logic.describe import describe
from compiler.logic.library import Library
from compiler.logic.model import Profile, Record, Standing, Subject
from compiler.logic.read import NotADefinition
from compiler.logic.verdicts import (
    Finding,
    Relation,
    Verdict,
    compare,
    empty,
    matches,
    nearly_all,
    relation,
    verdicts,
)

__all__ = [
    "Finding",
    "Library",
    "NotADefinition",
    "Profile",
    "Record",
    "Relation",
    "Standing",
    "Subject",
    "Verdict",
    "canonical",
    "compare",
    "describe",
    "digest",
    "empty",
    "matches",
    "nearly_all",
    "relation",
    "verdicts",
]
