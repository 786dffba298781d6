"""Assembles the JSON Schema of the language from the kind files: for validation, for editors, for key order.

Every union is decided by a key or by the value's own type, never by ``oneOf``, so that an error names the leaf.
Inside, references are resolved in place except where the language is recursive (steps and condition lists).
"""

from compiler.schema.documents import DOCUMENTS, document, kind_names
from compiler.schema.editor import editor
from compiler.schema.parts import shared

__all__ = ["DOCUMENTS", "document", "editor", "kind_names", "shared"]
