"""The pages of ``flowc explain``: one Markdown file a code, with a bad and a good case that the tests run.

A page is a title line ``# F301 sentence``, paragraphs, and fenced blocks ``yaml bad`` and ``yaml good`` (several
files in one block are parted by ``# file: NAME`` lines). The page's last line may be ``Source: ...``.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from compiler.diagnostics import Exit, Fatal, nearest

HERE = Path(__file__).resolve().parent
BLOCK = re.compile(r"^```yaml (bad|good)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@cache
def codes() -> tuple[str, ...]:
    """Return the codes that have a page, sorted."""
    return tuple(sorted(path.stem for path in HERE.glob("F*.md")))


def page(code: str) -> str:
    """Return the page of a code; Fatal with the nearest one where there is none."""
    if code not in codes():
        raise Fatal(f'there is no diagnostic "{code}"{nearest(code, codes())}', Exit.WRONG_SPECS)
    return (HERE / f"{code}.md").read_text(encoding="utf-8")


def listing() -> str:
    """Return every code with its title."""
    return "".join(page(code).splitlines()[0].removeprefix("# ") + "\n" for code in codes())


def cases(code: str) -> list[tuple[str, str]]:
    """Return a page's cases: (bad or good, text)."""
    return BLOCK.findall(page(code))
