"""Names to ids and back: ``bind`` replaces the placeholders of a request body, ``unbind`` the ids of a definition.

:class:`Names` is what an account (or its lock file) knows. What cannot be bound is an :class:`Unbound`, which
``diagnose`` shows at the lines of the document that said it.
"""

from compiler.bind.binding import Bound, Unbound, bind, unbind
from compiler.bind.names import LISTED, Names, no_such_id
from compiler.bind.places import diagnose

__all__ = ["LISTED", "Bound", "Names", "Unbound", "bind", "diagnose", "no_such_id", "unbind"]
