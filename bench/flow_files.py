"""Writes a seeded project of many flows, for the benches: believable specs of about 25 steps each."""

from __future__ import annotations

import random
from pathlib import Path

from compiler.emit import emit

WORDS = [
    "river",
    "cedar",
    "amber",
    "quilt",
    "maple",
    "stone",
    "vivid",
    "jolly",
    "birch",
    "lemon",
    "ember",
    "grove",
    "tulip",
    "fable",
    "pearl",
]


def _phrase(rng: random.Random, count: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(count)).capitalize()


def _email(rng: random.Random, number: int) -> dict:
    return {
        "send-email": {
            "name": f"Email #{number}",
            "subject_line": "{{ first_name|default:'Hey' }}, " + _phrase(rng, 5),
            "preview_text": _phrase(rng, 8) + ".",
            "from_email": "team@example.com",
            "from_label": "Acme",
            "template": _phrase(rng, 2),
            "add_tracking_params": True,
            "custom_tracking_params": [
                {"param": "utm_source", "value": rng.choice(WORDS)},
                {"param": "utm_campaign", "value": _phrase(rng, 2)},
            ],
        }
    }


def _zero(rng: random.Random) -> dict:
    return {
        "profile-metric": {
            "metric": rng.choice(["Placed Order", "Clicked Email", "Viewed Product"]),
            "count": 0,
            "timeframe": "flow-start",
        }
    }


def _some(rng: random.Random) -> dict:
    return {
        "profile-metric": {
            "metric": "Placed Order",
            "count": {"greater-than": rng.randint(0, 3)},
            "timeframe": {"in-the-last": f"{rng.randint(5, 90)} days"},
            "metric_filters": [{"property": "Categories", "contains": rng.choice(WORDS)}],
        }
    }


def flow(rng: random.Random, number: int, steps: int) -> dict:
    """Return one flow document of about ``steps`` steps."""
    listed: list[dict] = []
    count = 0
    while count < steps:
        listed.append({"time-delay": f"{rng.randint(2, 9)} days"})
        if rng.random() < 0.25:
            inner = [_email(rng, count + 1), {"time-delay": "2 days"}, _email(rng, count + 3)]
            listed.append({"conditional-split": {"if": [_some(rng)], "then": inner, "else": "end"}})
            count += 5
        else:
            listed.append(_email(rng, count + 1))
            count += 2
    return {
        "kind": "flow",
        "name": f"Flow {number} {_phrase(rng, 2)}",
        "status": "draft",
        "trigger": {"metric": "Checkout Started"},
        "reentry": "30 days",
        "profile_filter": [_zero(rng), _zero(rng)],
        "steps": listed,
    }


def write_project(root: Path, flows: int = 1000, steps: int = 25, seed: int = 7) -> list[Path]:
    """Write ``flows`` flow files below ``root`` and return their paths."""
    rng = random.Random(seed)
    folder = root / "flows"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "flowc.yaml").write_text('kind: project\nname: bench\nrevision: "2026-10-15"\n', encoding="utf-8")
    paths = []
    for number in range(flows):
        path = folder / f"flow-{number:04}.yaml"
        path.write_text(emit(flow(rng, number, steps)), encoding="utf-8")
        paths.append(path)
    return paths
