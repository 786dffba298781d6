"""Does what a plan says, once, and says what is true at the end.

``apply_plan`` is the room's verb: it checks that the account is as the plan saw it, writes unit by unit with a
journal line before and after each call, and reads everything back.
"""

from compiler.apply.announcing import Holder, locks
from compiler.apply.checking import check_plan
from compiler.apply.locking import Lock, locked, unlock
from compiler.apply.running import Result, Run, apply_plan, not_allowed
from compiler.apply.waiting import Patience

__all__ = [
    "Holder",
    "Lock",
    "Patience",
    "Result",
    "Run",
    "apply_plan",
    "check_plan",
    "locked",
    "locks",
    "not_allowed",
    "unlock",
]
