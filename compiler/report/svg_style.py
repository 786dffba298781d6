"""The colours and type of the SVG picture, light and dark; every rule is scoped to the picture's root class."""

from __future__ import annotations

FONT = 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
LIGHT = {
    "ground": "#ffffff",
    "card": "#ffffff",
    "edge": "#d5dae1",
    "ink": "#1c2430",
    "quiet": "#5a6675",
    "line": "#8793a3",
    "chip": "#eef1f5",
    "message": "#2563eb",
    "delay": "#b45309",
    "split": "#7c3aed",
    "update": "#0f766e",
    "other": "#64748b",
    "draft": "#92400e",
    "draft-chip": "#fef0c7",
    "manual": "#1e40af",
    "manual-chip": "#dbeafe",
    "live": "#166534",
    "live-chip": "#dcfce7",
    "added": "#15803d",
    "changed": "#b45309",
    "removed": "#b91c1c",
}
DARK = {
    "ground": "#12161c",
    "card": "#1c232c",
    "edge": "#38424f",
    "ink": "#e8edf3",
    "quiet": "#a3b0bf",
    "line": "#76859a",
    "chip": "#2a333f",
    "message": "#6ea0ff",
    "delay": "#f0a94b",
    "split": "#b794ff",
    "update": "#4fd1c0",
    "other": "#94a3b8",
    "draft": "#fcd98a",
    "draft-chip": "#4a3510",
    "manual": "#bcd4ff",
    "manual-chip": "#1e3566",
    "live": "#a5e9bd",
    "live-chip": "#14412a",
    "added": "#4ade80",
    "changed": "#fbbf24",
    "removed": "#f87171",
}
SHAPES = """
.flowc text { font-family: FONT; }
.flowc .name { font-size: 17px; font-weight: 650; }
.flowc .count, .flowc .detail { font-size: 11.5px; }
.flowc .heading { font-size: 10px; font-weight: 650; letter-spacing: 0.06em; }
.flowc .text { font-size: 13px; font-weight: 550; }
.flowc .chip { font-size: 10px; font-weight: 650; text-anchor: middle; }
.flowc .word { font-size: 11.5px; font-weight: 550; text-anchor: middle; }
.flowc .line { fill: none; stroke-width: 1.5; }
.flowc .box { stroke-width: 1; }
.flowc .marked .box { stroke-width: 2; }
.flowc .removed .box { stroke-dasharray: 6 4; }
"""
FAMILIES = ("message", "delay", "split", "update", "other")
STATUSES = ("draft", "manual", "live")
MARKS = ("added", "changed", "removed")


def sheet() -> str:
    """Return the style sheet: shapes, the light colours, and the dark ones for who prefers them."""
    dark = "".join(f"  {line}\n" for line in _colours(DARK).splitlines())
    return (
        f"{SHAPES.replace('FONT', FONT)}{_colours(LIGHT)}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"
    )


def _colours(of: dict[str, str]) -> str:
    rules = {
        ".ground": f"fill: {of['ground']}",
        ".box": f"fill: {of['card']}; stroke: {of['edge']}",
        ".name, .flowc .text": f"fill: {of['ink']}",
        ".count, .flowc .detail": f"fill: {of['quiet']}",
        ".line": f"stroke: {of['line']}",
        ".tip": f"fill: {of['line']}",
        ".plate": f"fill: {of['chip']}",
        ".word, .flowc .chip": f"fill: {of['quiet']}",
    }
    for family in FAMILIES:
        rules[f".{family} .bar, .flowc .{family} .heading"] = f"fill: {of[family]}"
    for status in STATUSES:
        rules[f".plate.{status}"] = f"fill: {of[f'{status}-chip']}"
        rules[f".chip.{status}"] = f"fill: {of[status]}"
    for mark in MARKS:
        rules[f".{mark} .box"] = f"stroke: {of[mark]}"
        rules[f".chip.{mark}"] = f"fill: {of[mark]}"
    return "".join(f".flowc {selector} {{ {rule} }}\n" for selector, rule in rules.items())
