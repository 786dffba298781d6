"""Which lifecycle audiences an account has, lacks, or keeps badly; a plan to review, never a change.

:func:`cover` takes an :class:`Inventory` (:func:`read_inventory`, or saved and loaded), catalogs and specs, and
returns a :class:`Report`; :func:`drafts` writes the missing segments; ``report`` shows it.
"""

from compiler.coverage.catalog import read_catalog, shipped
from compiler.coverage.cover import Report, Wanted, cover
from compiler.coverage.inventory import Inventory, load_inventory, save_inventory
from compiler.coverage.model import Entry, Finding, Row, Spec
from compiler.coverage.reading import read_inventory
from compiler.coverage.tracker import History

__all__ = [
    "Entry",
    "Finding",
    "History",
    "Inventory",
    "Report",
    "Row",
    "Spec",
    "Wanted",
    "cover",
    "load_inventory",
    "read_catalog",
    "read_inventory",
    "save_inventory",
    "shipped",
]
