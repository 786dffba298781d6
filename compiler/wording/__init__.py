"""Schema errors in words: what is wrong with a value, and what would be right."""

from compiler.wording.objection import TYPES, Finding, Objection, shown
from compiler.wording.rules import WORDS, words

__all__ = ["TYPES", "WORDS", "Finding", "Objection", "shown", "words"]
