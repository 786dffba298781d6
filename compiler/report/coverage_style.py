"""The style sheet and the script of the coverage page: light and dark, tables that sort and filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from compiler.report.svg_style import DARK, FONT, LIGHT

# Statuses by class: the colour of the edge and of the ground.
HUES: Final = {
    "covered": ("live", "live-chip"),
    "unmanaged": ("manual", "manual-chip"),
    "inactive": ("removed", "chip"),
    "missing": ("removed", "ground"),
    "fill": ("draft", "draft-chip"),
    "blocked": ("quiet", "chip"),
}

SHEET: Final = f"""
* {{ box-sizing: border-box; }}
body {{ font: 15px/1.5 {FONT}; margin: 0; background: var(--ground); color: var(--ink); }}
main {{ max-width: 84rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }}
h1 {{ font-size: 1.5rem; margin: 0; }} h2 {{ font-size: 1.15rem; margin: 2.25rem 0 0.5rem; }} h3 {{ font-size: 1rem; margin: 1.25rem 0 0.25rem; }}
p {{ margin: 0.35rem 0; }} ul {{ margin: 0.3rem 0; padding-left: 1.3rem; }} li {{ margin: 0.25rem 0; }} .quiet {{ color: var(--quiet); }}
.tiles {{ display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1.25rem 0; }}
.tiles div {{ flex: 1 1 9rem; background: var(--chip); border-radius: 8px; padding: 0.7rem 1rem; }} .tiles b {{ display: block; font-size: 1.6rem; line-height: 1.2; }}
.stages {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: 1rem 0.75rem; }}
.stage h3 {{ margin: 0 0 0.15rem; display: flex; justify-content: space-between; text-transform: capitalize; }} .stage h3 span {{ color: var(--quiet); font-weight: 400; text-transform: none; }}
.meter {{ height: 5px; border-radius: 3px; background: var(--edge); margin-bottom: 0.5rem; overflow: hidden; }} .meter i {{ display: block; height: 100%; background: var(--live); }}
.cell {{ border: 1px solid var(--edge); border-left-width: 5px; border-radius: 6px; padding: 0.3rem 0.5rem; margin: 0.35rem 0; font-size: 0.85rem; line-height: 1.3; display: flex; justify-content: space-between; gap: 0.5rem; }}
.cell b {{ font-weight: 550; overflow-wrap: anywhere; }} .cell span {{ color: var(--quiet); }}
.legend {{ display: flex; flex-wrap: wrap; gap: 0.3rem 1.1rem; font-size: 0.85rem; margin: 0.5rem 0 1rem; }} .legend i {{ display: inline-block; width: 0.85rem; height: 0.85rem; border-radius: 3px; margin-right: 0.35rem; vertical-align: -1px; border: 2px solid; }}
.scroll {{ overflow-x: auto; border: 1px solid var(--edge); border-radius: 8px; }}
table {{ border-collapse: collapse; width: 100%; font-size: 0.85rem; line-height: 1.4; }}
th, td {{ text-align: left; vertical-align: top; padding: 0.4rem 0.6rem; border-bottom: 1px solid var(--edge); }} tbody tr:last-child td {{ border-bottom: 0; }}
th {{ position: sticky; top: 0; background: var(--chip); white-space: nowrap; }}
th button {{ all: unset; cursor: pointer; font-weight: 650; }} th button:focus-visible {{ outline: 2px solid var(--message); }} th[aria-sort="ascending"] button::after {{ content: " \\2191"; }} th[aria-sort="descending"] button::after {{ content: " \\2193"; }}
td.long {{ min-width: 16rem; }} td.number {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
.chip {{ border-radius: 5px; padding: 0.05rem 0.45rem; white-space: nowrap; font-weight: 550; border: 1px solid transparent; }}
.filter {{ display: block; margin: 0.5rem 0; padding: 0.4rem 0.6rem; width: min(24rem, 100%); font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--edge); border-radius: 6px; }}
.people {{ font-size: 0.8rem; color: var(--quiet); margin: -0.2rem 0 0.4rem; }} .moves th + th {{ text-align: right; }} .stayed {{ color: var(--quiet); }}
.spark {{ vertical-align: -4px; }} .spark polyline {{ fill: none; stroke: var(--message); stroke-width: 1.5; stroke-linejoin: round; }}
details {{ margin: 0.4rem 0; }} summary {{ cursor: pointer; font-weight: 550; }}
"""

SCRIPT: Final = """
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  table.querySelectorAll("th button").forEach((button, column) => {
    button.addEventListener("click", () => {
      const head = button.parentElement;
      const down = head.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("th").forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const said = row => row.cells[column].dataset.sort ?? row.cells[column].textContent;
      const rows = [...body.rows].sort((a, b) => {
        const [x, y] = [said(a), said(b)];
        if (x === "" || y === "") return (x === "") - (y === "");
        const apart = Number(x) - Number(y); // of numbers, those below zero too; of texts it is none
        return (isNaN(apart) ? x.localeCompare(y, undefined, {numeric: true}) : apart) * (down ? -1 : 1);
      });
      body.append(...rows);
    });
  });
}
for (const input of document.querySelectorAll("input.filter")) {
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    for (const row of document.getElementById(input.dataset.table).tBodies[0].rows) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
    }
  });
}
"""


def spark(numbers: Sequence[int]) -> str:
    """Return a line of numbers as a small picture, from the least at the bottom to the most at the top."""
    low, high = min(numbers), max(numbers)
    step, rise = 56 / (len(numbers) - 1), 14 / ((high - low) or 1)
    points = " ".join(
        f"{place * step:.1f},{16 - (number - low) * rise:.1f}" for place, number in enumerate(numbers)
    )
    label = f"{numbers[0]:,} to {numbers[-1]:,} members in {len(numbers)} weeks"
    return f'<svg class="spark" viewBox="-1 0 58 18" width="58" height="18" role="img" aria-label="{label}"><polyline points="{points}"/></svg>'


def sheet() -> str:
    """Return the style sheet."""
    hues = "".join(
        f".{name} {{ border-color: var(--{edge}); }} .chip.{name}, .legend i.{name} {{ background: var(--{ground}); color: var(--{edge}); border-color: var(--{edge}); }}\n"
        for name, (edge, ground) in HUES.items()
    )
    dark = f"@media (prefers-color-scheme: dark) {{ :root {{ {_colours(DARK)} }} }}"
    return f":root {{ color-scheme: light dark; {_colours(LIGHT)} }}\n{dark}\n{SHEET}{hues}"


def _colours(of: dict[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in of.items())
