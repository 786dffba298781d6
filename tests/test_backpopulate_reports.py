"""The answer as text, JSON, CSV, HTML and SVG, and the command that gives it."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from backpopulate_worlds import ORDER, chain, ladder, person, write_people
from click.testing import CliRunner

from compiler.backpopulate import Settings, back_populate, read_quiet_hours, read_shape, timeline
from compiler.commands.backpopulate import backpopulate
from compiler.diagnostics import Exit, Fatal
from compiler.evaluate import open_tables
from compiler.report.backpopulate_csv import as_csv
from compiler.report.backpopulate_html import as_html
from compiler.report.backpopulate_json import as_json
from compiler.report.backpopulate_text import as_text
from compiler.report.timeline_svg import timeline_svg

pytest.importorskip("ibis")
AT = datetime(2026, 6, 10, 15, 30, tzinfo=UTC)
DAY = timedelta(days=1)
SVG = "{http://www.w3.org/2000/svg}"
SPEC = """kind: flow
name: Winback
status: live
trigger: {metric: Order1}
steps:
  - time-delay: 75 days
  - send-email: {name: Mail 1, subject_line: Hello, from_email: a@example.com, from_label: A, template: {file: mail.html}}
  - time-delay: 10 days
  - send-email: {name: Mail 2, subject_line: Again, from_email: a@example.com, from_label: A, template: Stored}
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    people = [
        person(f"p{place}", AT, place * DAY / 3, zone=None, email="x@example.com" if place % 3 else None)
        for place in range(30)
    ]
    write_people(folder, people)
    flow = chain(["=first mail", "2 days", "text <b>", "5 days", "manual mail"], "list")
    flow["profile_filter"] = {
        "condition_groups": [{"conditions": [{"type": "profile-not-in-flow", "flow_id": "F"}]}]
    }
    settings = Settings(
        at=AT,
        mode="throughout",
        sms_speed=1,
        quiet_hours=read_quiet_hours("21:00-08:00"),
        account_zone="Europe/Berlin",
    )
    return back_populate(read_shape(flow, "Text & mail"), settings, {}, open_tables(folder))


def blocked():
    return back_populate(read_shape(chain(["mail"], "date"), "Birthday"), Settings(at=AT), {})


def test_text_says_may_i_who_where_what_when_how_fast_and_what_is_in_doubt(found):
    text = as_text(found)
    for words in (
        "MAY I? Yes.",
        "TIMELINE: 1 path, horizon 7 days",
        "WHO: 21 of 30",
        "WHERE\n",
        "WHAT\n",
        "WHEN (sent, by day",
        "HOW FAST: 1 text a second",
        "IN DOUBT",
        "Undecided: the flow's filter",
        "RUNBOOK",
    ):
        assert words in text
    assert "9 not: they are beyond the flow's timeline" in text


def test_text_of_a_blocked_flow_gives_reasons_and_no_clicks():
    text = as_text(blocked())
    assert "MAY I? No." in text
    assert "blocks: A date-based flow queues people by itself" in text
    assert "RUNBOOK: nothing to click; see what blocks above." in text


def test_many_days_are_gathered_in_text_and_whole_in_csv(tmp_path):
    people = [person(f"p{place}", AT, place * DAY) for place in range(30)]
    write_people(tmp_path, people)
    answer = back_populate(
        read_shape(chain(["30 days", "mail"]), "Long"), Settings(at=AT), {}, open_tables(tmp_path)
    )
    text = as_text(answer)
    assert "WHEN (sent, by 7 days of the account)\n" in text
    weeks = re.findall(r"^  \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d: (\d+) \"mail\"$", text, re.MULTILINE)
    assert list(map(int, weeks)) == [7, 7, 7, 7, 2]
    rows = list(csv.DictReader(io.StringIO(as_csv(answer))))
    assert sum(row["about"] == "day" for row in rows) == 30


def test_json_is_one_document_with_iso_moments(found):
    plain = json.loads(as_json(found))
    assert (plain["format_version"], plain["flow"], plain["at"], plain["eligible"]) == (
        1,
        "Text & mail",
        "2026-06-10T15:30:00Z",
        True,
    )
    simulated = plain["simulation"]
    assert simulated["added"] == 21
    assert all(row["first"].endswith("Z") for row in simulated["entries"])
    assert simulated["queue"]["done"].endswith("Z")
    assert plain["timeline"]["horizon"] == 7 * 86_400
    assert json.loads(as_json(blocked()))["simulation"] is None


def test_csv_adds_up_and_holds_no_formula(found):
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    total = {
        about: sum(int(row["count"]) for row in rows if row["about"] == about)
        for about in ("entry", "left out", "day")
    }
    assert total["entry"] == 21
    assert total["entry"] + total["left out"] == 30
    assert {row["name"] for row in rows if row["about"] == "missed"} == {"'=first mail", "text <b>"}
    assert any(row["about"] == "queue" for row in rows)
    assert [row["about"] for row in csv.DictReader(io.StringIO(as_csv(blocked())))] == ["reason"] * len(
        blocked().eligibility.reasons
    )


def test_html_needs_nothing_else_and_escapes_what_people_wrote(found):
    page = as_html(found)
    assert "<title>Back-population: Text &amp; mail</title>" in page
    assert "text &lt;b&gt;" in page
    assert "text <b>" not in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in page
    assert 'class="chart"' in page
    assert "May not be back-populated" in as_html(blocked())


def page_of(folder, ages, steps):
    """The page of a flow for which people triggered so many days ago."""
    write_people(folder, [person(f"p{place}", AT, age * DAY) for place, age in enumerate(ages)])
    shape = read_shape(chain(steps), "Long")
    return as_html(back_populate(shape, Settings(at=AT), {}, open_tables(folder)))


def bars_of(page):
    """Each bar of the chart: where it stands, and what it says."""
    found = re.findall(r'<rect class="hue-\d" x="([^"]+)"[^>]*><title>([^<]+)</title>', page)
    return [(float(x), title) for x, title in found]


def test_html_gathers_very_many_days_by_calendar_and_says_so(tmp_path):
    page = page_of(tmp_path, range(150), ["200 days", "mail"])
    assert "<h2>What is sent or put to review, by 7 days of the account</h2>" in page
    titles = [title for _, title in bars_of(page)]
    assert len(titles) == 22  # 150 days by weeks from the first
    assert titles[0] == "2026-07-31 to 2026-08-06: 7 mail"
    assert titles[-1] == "2026-12-25 to 2026-12-27: 3 mail"
    assert sum(int(title.split(": ")[1].split()[0]) for title in titles) == 150


def test_days_on_which_nothing_goes_out_keep_their_place(tmp_path):
    page = page_of(tmp_path / "few", [0, 9, 10], ["20 days", "mail"])
    assert "review, by day of the account" in page
    xs, titles = zip(*bars_of(page), strict=True)
    assert titles == ("2026-06-20: 1 mail", "2026-06-21: 1 mail", "2026-06-30: 1 mail")
    assert xs[2] - xs[1] == pytest.approx(9 * (xs[1] - xs[0]), abs=1)
    # A whole year of silence, in which sends far apart would stand side by side.
    xs, titles = zip(*bars_of(page_of(tmp_path / "far", [0, 1, 365], ["366 days", "mail"])), strict=True)
    assert titles == ("2026-06-11 to 2026-06-17: 1 mail", "2027-06-10 to 2027-06-11: 2 mail")
    assert xs[1] - xs[0] > 800


def test_more_messages_than_colours_have_a_row_each(tmp_path):
    few = page_of(tmp_path / "few", [0], [f"{word}" for n in range(6) for word in ("1 days", f"mail {n}")])
    assert {*re.findall(r'<rect class="(hue-\d)"', few)} == {f"hue-{place}" for place in range(6)}
    assert few.count('<i class="hue-') == 6
    many = page_of(
        tmp_path / "many", [0, 1], [f"{word}" for n in range(30) for word in ("1 days", f"mail {n}")]
    )
    assert {*re.findall(r'<rect class="(hue-\d)"', many)} == {"hue-0"}
    assert 'class="legend"' not in many
    names = re.findall(r'<text x="242" y="([^"]+)" text-anchor="end">([^<]+)</text>', many)
    assert [name for _, name in names] == [f"mail {n}: {1 if n == 0 else 2}" for n in range(30)]
    assert len({y for y, _ in names}) == 30


def test_html_without_sends_says_nothing_is_sent(tmp_path):
    write_people(tmp_path, [person("late", AT, 90 * DAY)])
    answer = back_populate(
        read_shape(chain(["2 days", "mail"]), "Late"), Settings(at=AT), {}, open_tables(tmp_path)
    )
    assert "<p>Nothing.</p>" in as_html(answer)


def test_the_picture_has_a_bar_a_path_with_every_message_and_window():
    actions = [
        {
            "id": "s",
            "type": "conditional-split",
            "data": {"profile_filter": None},
            "links": {"next_if_true": "d", "next_if_false": "m"},
        },
        {"id": "d", "type": "time-delay", "data": {"unit": "days", "value": 2}, "links": {"next": "m"}},
        {
            "id": "m",
            "type": "send-email",
            "data": {"status": "manual", "message": {"name": "A & B"}},
            "links": {"next": None},
        },
    ]
    flow = {"triggers": [{"type": "metric", "id": "M"}], "entry_action_id": "s", "actions": actions}
    root = ET.fromstring(timeline_svg(timeline(read_shape(flow, "f")), 'Two "paths"'))
    assert len(root.findall(f".//{SVG}rect[@class='track']")) == 2
    assert len(root.findall(f".//{SVG}circle")) == 2
    assert len([row for row in root.iter(f"{SVG}rect") if "window" in row.get("class")]) == 1
    assert [row.text for row in root.iter(f"{SVG}text") if row.get("class") == "stop"] == [
        "A & B, after 2 days",
        "A & B, at once",
    ]


def test_texts_of_a_crowded_picture_never_overlap():
    found = timeline(
        read_shape(
            chain(
                [f"{word}" for place in range(12) for word in ("1 hours", f"mail number {place}")]
                + ["20 days", "last"]
            ),
            "f",
        )
    )
    root = ET.fromstring(timeline_svg(found, "Crowded"))
    lines = {}
    for row in root.iter(f"{SVG}text"):
        if row.get("class") == "stop":
            wide = len(row.text) * 5.5  # less than the narrowest estimate
            x = float(row.get("x"))
            left = {"start": x, "middle": x - wide / 2, "end": x - wide}[row.get("text-anchor")]
            lines.setdefault(row.get("y"), []).append((left, left + wide))
    assert sum(map(len, lines.values())) == 13
    for spans in lines.values():
        ordered = sorted(spans)
        assert all(left[1] <= right[0] for left, right in pairwise(ordered))


def test_a_picture_of_many_paths_says_how_many_are_not_drawn():
    actions = ladder(5)
    actions.append({"id": "s5", "type": "time-delay", "data": {"unit": "days", "value": 1}, "links": {}})
    found = timeline(
        read_shape(
            {"triggers": [{"type": "list", "id": "L"}], "entry_action_id": "s0", "actions": actions}, "f"
        )
    )
    assert "8 more paths" in timeline_svg(found, "f")


def test_paths_beyond_the_listed_and_open_ends_are_said_in_text():
    actions = ladder(7)
    actions.append(
        {"id": "s7", "type": "time-delay", "data": {"unit": "days", "value": 1}, "links": {"next": "w"}}
    )
    actions.append({"id": "w", "type": "back-in-stock-delay", "links": {"next": "e"}})
    actions.append(
        {"id": "e", "type": "send-email", "data": {"status": "live", "message": {}}, "links": {"next": None}}
    )
    shape = read_shape(
        {"triggers": [{"type": "list", "id": "L"}], "entry_action_id": "s0", "actions": actions}, "f"
    )
    text = as_text(back_populate(shape, Settings(at=AT, mode="throughout"), {}))
    assert "68 more paths are not listed" in text
    assert "then Wait until back in stock, for as long as it takes" in text
    assert 'joined 1 day ago or longer: waits at "Wait until back in stock"' in text


# the command


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "winback.yaml").write_text(SPEC)
    (tmp_path / "flows" / "mail.html").write_text("<p>plain</p>")
    write_people(tmp_path / "data", [person("one", AT, DAY, orders=[AT - 50 * DAY])])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*words):
    result = CliRunner().invoke(backpopulate, list(words), standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.return_value, result.stdout


def test_the_command_finds_a_flow_by_file_and_by_name(project):
    code, text = call("flows/winback.yaml", "--at", "2026-06-10T15:30:00")
    assert code == Exit.DONE
    assert "Not read, so not searched for dynamic coupons: @template:Stored." in text
    assert call("Winback", "--at", "2026-06-10T15:30:00Z") == (code, text)


def test_the_command_simulates_over_a_folder_of_data(project):
    code, text = call("Winback", "--data", "data", "--at", "2026-06-10T15:30:00Z", "--format", "json")
    assert code == Exit.DONE
    assert json.loads(text)["simulation"]["entries"][0]["name"] == 'Wait 75 days, then "Mail 1"'
    assert ORDER == "Order1"  # the spec's metric


@pytest.mark.parametrize(
    ("form", "start"), [("csv", "about,"), ("html", "<!doctype html>"), ("svg", "<svg ")]
)
def test_the_command_writes_each_format(project, form, start):
    assert call("Winback", "--format", form)[1].startswith(start)


def test_a_flow_that_is_not_eligible_ends_with_3_after_its_reasons(project):
    (project / "flows" / "mail.html").write_text("{% coupon_code 'X' %}")
    code, text = call("Winback")
    assert code == Exit.WRONG_SPECS
    assert '"Mail 1" holds a dynamic coupon' in text
    assert call("Winback", "--allow", "coupon")[0] == Exit.DONE


def test_a_live_definition_in_json_is_read_with_its_status(project):
    attributes = {"name": "Live", "status": "draft", "definition": chain(["2 days", "mail"])}
    Path("live.json").write_text(json.dumps({"data": {"type": "flow", "attributes": attributes}}))
    code, text = call("live.json")
    assert code == Exit.WRONG_SPECS
    assert "The flow is a draft" in text
    Path("none.json").write_text("{}")
    with pytest.raises(Fatal, match="0 flow definitions"):
        call("none.json")


@pytest.mark.parametrize(
    ("words", "message", "code"),
    [
        (["Winbac"], 'did you mean "Winback"', Exit.WRONG_SPECS),
        (["Winback", "--at", "yesterday"], "no moment in ISO 8601", Exit.WRONG_SPECS),
        (["Winback", "--sender", "long-code"], "no speed is published", Exit.WRONG_SPECS),
        (["Winback", "--mode", "beginning"], "mode relative, not beginning", Exit.WRONG_SPECS),
        (["Winback", "--account-zone", "Atlantis"], "no IANA time zone", Exit.WRONG_SPECS),
        (["Winback", "--data", "nowhere"], "holds no data", Exit.UNEXPECTED),
    ],
)
def test_bad_input_ends_with_clear_words_and_a_code(project, words, message, code):
    with pytest.raises(Fatal, match=message) as caught:
        call(*words)
    assert caught.value.exit_code == code


def test_a_file_of_several_flows_asks_which(project):
    Path("flows/two.yaml").write_text(
        SPEC.replace("name: Winback", 'for_each: {language: [en, de]}\nname: "W ${{ each.language }}"', 1)
    )
    with pytest.raises(Fatal, match="holds 2 flows; pick one of them by --name: W en, W de"):
        call("flows/two.yaml")


def test_the_speed_of_a_sender_is_used(project):
    flow = chain(["text"], "list")
    Path("live.json").write_text(json.dumps({"name": "Texts", "status": "live", "definition": flow}))
    words = ["live.json", "--data", "data", "--mode", "beginning", "--at", "2026-06-10T15:30:00Z"]
    assert "HOW FAST: 100 texts a second" in call(*words, "--sender", "short-code")[1]
    assert "HOW FAST: 3 texts a second" in call(*words, "--texts-per-second", "3")[1]
    assert "HOW FAST" not in call(*words)[1]
