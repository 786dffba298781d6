"""How the page of a back-population looks: one style sheet, in light and dark, from a phone's width on."""

from __future__ import annotations

from compiler.report.backpopulate_charts import HUES
from compiler.report.svg_style import DARK, FONT, LIGHT


def sheet() -> str:
    """Return the style sheet."""
    return f"""
body {{ font: 15px/1.5 {FONT}; margin: 0; }}
main {{ max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }}
h1 {{ font-size: 1.5rem; margin: 0; }} h2 {{ font-size: 1.1rem; margin: 2rem 0 0.5rem; }} h3 {{ margin: 1rem 0 0.25rem; font-size: 1rem; }}
p {{ margin: 0.4rem 0; }} ol, ul {{ padding-left: 1.4rem; margin: 0.3rem 0; }} li {{ margin: 0.2rem 0; }}
.verdict {{ display: inline-block; font-weight: 650; border-radius: 6px; padding: 0.2rem 0.7rem; }}
.picture {{ overflow-x: auto; }} svg {{ max-width: 100%; height: auto; }}
table {{ border-collapse: collapse; width: 100%; }} th, td {{ text-align: left; padding: 0.3rem 0.6rem; vertical-align: top; }}
.tiles {{ display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1.25rem 0; }}
.tiles div {{ flex: 1 1 8rem; border-radius: 8px; padding: 0.7rem 1rem; }} .tiles b {{ display: block; font-size: 1.6rem; }}
.bars div {{ display: grid; grid-template-columns: minmax(9rem, 20rem) 1fr 5rem; gap: 0 0.75rem; align-items: center; margin: 0.35rem 0; }}
.bars b {{ text-align: right; }} .bars i {{ height: 0.9rem; border-radius: 3px; min-width: 2px; }} .bars em {{ grid-column: 2 / 4; font-size: 0.8rem; font-style: normal; }}
.picture > svg {{ min-width: 46rem; }} .picture > table {{ min-width: 36rem; }}
.chart text {{ font-size: 11px; }} .chart path {{ stroke-width: 1; fill: none; }}
.legend {{ display: flex; flex-wrap: wrap; gap: 0.3rem 1rem; font-size: 0.85rem; }} .legend i {{ display: inline-block; width: 0.8rem; height: 0.8rem; border-radius: 3px; margin-right: 0.35rem; vertical-align: -1px; }}
@media (max-width: 40rem) {{
.bars div {{ grid-template-columns: 1fr 4rem; }} .bars span {{ grid-column: 1 / 3; }} .bars em {{ grid-column: 1 / 3; }}
}}
{_colours(LIGHT)}@media (prefers-color-scheme: dark) {{
{_colours(DARK)}}}
"""


def _colours(of: dict[str, str]) -> str:
    hues = "".join(
        f".hue-{place} {{ fill: {of[hue]}; }} i.hue-{place} {{ background: {of[hue]}; }}\n"
        for place, hue in enumerate(HUES)
    )
    return (
        f"body {{ background: {of['ground']}; color: {of['ink']}; }} .quiet, .bars em {{ color: {of['quiet']}; }}\n"
        f".yes {{ background: {of['live-chip']}; color: {of['live']}; }} .no {{ background: {of['draft-chip']}; color: {of['draft']}; }}\n"
        f".tiles div {{ background: {of['chip']}; }} th, td {{ border-bottom: 1px solid {of['edge']}; }}\n"
        f".bars i {{ background: {of['message']}; }} .chart path {{ stroke: {of['edge']}; }} .chart text {{ fill: {of['quiet']}; }}\n{hues}"
    )
