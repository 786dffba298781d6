"""What libyaml objects to, in words for a marketer: the trap that the text fell into, and what to type instead.

libyaml says where it gave up, which is often a line after the mistake, and never what would be right. So each guess at
a mistake is tried: the line is changed as the advice says, and the advice is given only if libyaml then comes further.
"""

from compiler.yaml_errors.broken import Broken, bad_character, first_line
from compiler.yaml_errors.lines import odd_character
from compiler.yaml_errors.quoting import in_quotes
from compiler.yaml_errors.telling import explain

__all__ = ["Broken", "bad_character", "explain", "first_line", "in_quotes", "odd_character"]
