"""The library in ``flows/``: whole, without findings, canonical, and deliverable to the seeded account."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from compiler.account.brand.catalog import LETTERS, LISTS, METRICS
from compiler.diagnostics import Problems
from compiler.fmt import fmt
from compiler.pipeline import compile_project
from compiler.project import open_project
from compiler.source import load

ROOT = Path(__file__).parents[1]
FLOWS = {
    "welcome": "list",
    "welcome-sms": "list",
    "abandoned-checkout.en": "metric",
    "abandoned-checkout.de": "metric",
    "abandoned-checkout.fr": "metric",
    "abandoned-cart": "metric",
    "browse-abandonment": "metric",
    "price-drop": "price-drop",
    "back-in-stock": "metric",
    "birthday": "date",
    "post-purchase": "metric",
    "review-request": "metric",
    "replenishment.beans": "metric",
    "replenishment.pods": "metric",
    "winback": "metric",
    "sunset": "segment",
    "vip": "segment",
    "low-inventory": "low-inventory",
    "second-order": "metric",
    "delivery-by-region": "metric",
}
MESSAGES = ("send-email", "send-sms")


@cache
def library():
    project = open_project(ROOT, Problems())
    return compile_project(project, account={"name": "sandbox", "vars": project.accounts["sandbox"].vars})


def flows():
    return {item.stem: item.body["data"]["attributes"] for item in library().compiled if item.kind == "flow"}


def actions(stem):
    return flows()[stem]["definition"]["actions"]


def documents(kind):
    loaded = [load(str(file), file.read_text(encoding="utf-8"), Problems()).data for file in yaml_files()]
    return [data for data in loaded if data["kind"] == kind]


def yaml_files():
    return sorted((ROOT / "flows").rglob("*.yaml"))


def inside(value):
    """Yield every mapping and text of some data."""
    yield value
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from inside(item)


def conditions(*bodies):
    lists = [
        part["conditions"] for part in inside(list(bodies)) if isinstance(part, dict) and "conditions" in part
    ]
    return Counter(condition["type"] for group in lists for condition in group)


def days_of_messages(stem):
    """Return on which day each message of a flow goes, along its first exits."""
    by_id = {action["temporary_id"]: action for action in actions(stem)}
    here, day, out = flows()[stem]["definition"]["entry_action_id"], 0, []
    while here is not None:
        action = by_id[here]
        if action["type"] == "time-delay":
            assert action["data"]["unit"] == "days"
            day += action["data"]["value"]
        elif action["type"] in MESSAGES:
            out.append(day)
        links = action["links"]
        here = links["next"] if "next" in links else links["next_if_true"]
    return out


def test_the_library_compiles_without_a_finding():
    assert [str(diagnostic) for diagnostic in library().diagnostics] == []


def test_every_flow_of_the_library_starts_as_it_should():
    assert {stem: flow["definition"]["triggers"][0]["type"] for stem, flow in flows().items()} == FLOWS


def test_no_two_flows_or_segments_are_alike():
    for kind in ("flow", "segment"):
        bodies = [item.body["data"]["attributes"] for item in library().compiled if item.kind == kind]
        assert len({body["name"] for body in bodies}) == len(bodies)
        assert len({str(body["definition"]) for body in bodies}) == len(bodies)


def test_the_library_shows_most_kinds_of_steps_and_conditions():
    kinds = {action["type"] for stem in flows() for action in actions(stem)}
    assert {"ab-test", "multi-branch-split", "trigger-split", "back-in-stock-delay", "target-date"} <= kinds
    assert len(kinds) >= 13
    assert len(conditions(*(item.body for item in library().compiled))) >= 11


@pytest.mark.parametrize(
    ("stem", "days"),
    [("welcome", [0, 3, 7, 10]), ("welcome-sms", [0, 7, 14]), ("winback", [75, 85]), ("vip", [0, 5, 10])],
)
def test_messages_go_on_the_days_that_the_library_promises(stem, days):
    assert days_of_messages(stem) == days


def test_texts_stand_behind_a_consent_gate():
    with_texts = [stem for stem in flows() if any(action["type"] == "send-sms" for action in actions(stem))]
    assert len(with_texts) == 9
    assert all(conditions(flows()[stem])["profile-marketing-consent"] for stem in with_texts)


def test_four_flows_and_more_are_stamped_from_blueprints_with_fragments():
    stamped = [data for data in documents("flow") if "use" in data]
    assert len(stamped) >= 4
    assert sum("for_each" in data for data in stamped) >= 2
    fragments = {
        part["use"]
        for data in documents("blueprint")
        for part in inside(data)
        if isinstance(part, dict) and "use" in part
    }
    assert len(fragments) == len(documents("fragment")) == 2


def test_the_checkout_speaks_to_each_market_in_its_language():
    subjects = {
        actions(f"abandoned-checkout.{locale}")[1]["data"]["message"]["subject_line"]
        for locale in ("en", "de", "fr")
    }
    assert subjects == {"Your coffee is waiting", "Ihr Kaffee wartet", "Votre café vous attend"}


def test_ten_segments_each_cover_an_entry_of_the_catalog_and_say_who_answers():
    segments = documents("segment")
    assert len(segments) == len({data["lifecycle"] for data in segments}) == 10
    assert all(data["owner"] and data["uses"] and data["review"] for data in segments)


def test_segments_that_trigger_flows_are_in_the_library():
    triggers = {
        data["trigger"]["segment"] for data in documents("flow") if "segment" in data.get("trigger", {})
    }
    by_name = {data["name"]: data for data in documents("segment")}
    assert triggers == {name for name, data in by_name.items() if "flow-trigger" in data["uses"]}


def test_every_mail_is_used_and_can_be_unsubscribed_from():
    named = {
        part
        for item in library().compiled
        for part in inside(item.body)
        if isinstance(part, str) and part.startswith("@template:{")
    }
    for file in sorted((ROOT / "flows" / "emails").iterdir()):
        assert any(f'"emails/{file.name}"' in name for name in named), file.name
        assert "{% unsubscribe" in file.read_text(encoding="utf-8"), file.name


def test_every_name_from_outside_exists_in_the_seeded_account():
    texts = {
        part
        for item in library().compiled
        for part in inside(item.body)
        if isinstance(part, str) and part.startswith("@")
    }
    own = {f"@segment:{data['name']}" for data in documents("segment")}
    clear = {
        name
        for name, count in Counter(name for names in METRICS.values() for name in names).items()
        if count == 1
    }
    known = {
        *(f"@metric:{name}" for name in clear),
        *(
            f'@metric:{{"name": "{name}", "integration": "{source}"}}'
            for source, names in METRICS.items()
            for name in names
        ),
        *(f"@{kind}:{name}" for kind in ("list", "group") for name in LISTS),
        *(f"@template:{letter.name}" for letter in LETTERS),
    }
    assert {text for text in texts - own - known if not text.startswith('@template:{"file"')} == set()


@pytest.mark.parametrize("file", yaml_files(), ids=lambda file: file.relative_to(ROOT).as_posix())
def test_the_library_is_written_in_canonical_form(file):
    text = file.read_text(encoding="utf-8")
    assert fmt(load(str(file), text, Problems()), "2026-10-15", Problems()) == text
