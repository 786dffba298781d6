"""The report in its forms: the tracker has all columns, the page needs nothing else, drafts compile, the calendar turns."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from coverage_kit import (
    LATEST,
    NOW,
    account,
    brand,
    days,
    did,
    earlier,
    inventory_of,
    mail,
    metric,
    report_of,
    rule,
    segment,
    spec,
)

from compiler import source
from compiler.coverage import History
from compiler.coverage.drafts import drafts
from compiler.coverage.inventory import Figures
from compiler.coverage.model import STAGES, VALUES
from compiler.coverage.priority import band, priority
from compiler.coverage.summary import GROUPS, calendar
from compiler.diagnostics import Problems
from compiler.pipeline import compile_project
from compiler.project import open_project
from compiler.report.coverage_csv import as_csv
from compiler.report.coverage_html import as_html
from compiler.report.coverage_json import as_json
from compiler.report.coverage_markdown import as_markdown
from compiler.report.coverage_table import COLUMNS
from compiler.report.coverage_text import as_text

REPEAT = rule(mail(), did("Placed Order", "greater-than", 1))
GROWTH = tuple(
    ((NOW - timedelta(days=3.5, weeks=5 - week)).isoformat(), 400 + 20 * week) for week in range(6)
)
LOUD = "<script>alert(1)</script> | =cmd()"


@pytest.fixture(scope="module")
def inventory(tmp_path_factory):
    store = brand(tmp_path_factory.mktemp("brand") / "brand.db", 300, 3_000)
    yield inventory_of(store)
    store.close()


@pytest.fixture(scope="module")
def report(inventory):
    return report_of(
        inventory,
        specs=(spec("SMS subscribers", "sms_consented", owner="texts@fern.example", reviewed="2026-01-01"),),
        previous=earlier(inventory),
    )


def row_of(report, key):
    return next(row for row in report.rows if row.entry == key and row.kind == "entry")


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "srcset", "data")]

    def handle_data(self, data):
        self.words.append(data)


def test_the_csv_has_a_line_a_row_and_all_columns(report):
    rows = list(csv.DictReader(io.StringIO(as_csv(report))))
    assert len(rows) == len(report.rows)
    assert list(rows[0]) == list(COLUMNS)
    for column in (
        "Recommended segment",
        "Rule",
        "Evidence",
        "Intended use",
        "Priority",
        "Owner",
        "Review status",
        "Freshness cadence",
        "Next review",
        "Action",
    ):
        assert rows[0][column], column


def test_the_tracker_has_a_row_for_every_entry_and_an_action_for_every_row(report):
    entries = [row.entry for row in report.rows if row.kind == "entry"]
    assert len(entries) == len(set(entries)) == len(report.fitted)
    assert {row.action for row in report.rows} == {
        "create",
        "review",
        "merge into",
        "refresh",
        "retire",
        "leave",
    }
    assert {row.status for row in report.rows if row.kind == "entry"} == {
        "covered",
        "covered, unmanaged",
        "missing",
        "to fill in",
        "blocked",
    }


def test_the_text_names_each_entry_the_findings_the_groups_and_what_is_not_visible(report):
    text = as_text(report)
    for row in report.rows[:30]:
        assert row.recommended[:40] in text
    for stage in STAGES:
        assert stage.upper() in text
    assert "F724 contradictory: 2" in text
    for group in GROUPS:
        assert group.upper() in text
    assert "forms and ad syncs" in text
    assert "keep one from going inactive" in text
    assert "and 2 more; --format markdown" in text or " more; --format markdown" in text


@pytest.mark.parametrize("width", [50, 60, 80, 100, 160])
def test_no_line_of_the_text_is_wider_than_the_terminal_and_entries_keep_to_one_line(report, width):
    lines = as_text(report, width).splitlines()
    assert max(map(len, lines)) <= width
    entries = [line for line in lines if re.match(r"  [+~?x-] +(\d+|blocked)  ", line)]
    assert len(entries) == sum(row.kind == "entry" for row in report.rows)
    assert ("later" in "".join(entries)) == (width >= 76)


CLICKS = """<script>
const names = [...document.querySelectorAll("#tracker th")].map(head => head.textContent);
const column = names.indexOf(%s);
for (let turn = 0; turn < %d; turn++) document.querySelectorAll("#tracker th button")[column].click();
const box = document.querySelector("input.filter[data-table=tracker]");
box.value = %s;
box.dispatchEvent(new Event("input"));
const rows = [...document.querySelectorAll("#tracker tbody tr")].filter(row => !row.hidden);
const said = rows.map(row => [row.cells[0].textContent, row.cells[column].textContent, row.cells[1].textContent]);
document.title = JSON.stringify(said);
</script>"""


def shown(page, folder, column, clicks, wanted=""):
    """What the tracker shows in a browser after clicks on a column's head: (entry, cell, stage) a row."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        pytest.skip("needs a Chromium")
    script = CLICKS % (json.dumps(column), clicks, json.dumps(wanted))
    (folder / "page.html").write_text(page.replace("</body>", f"{script}</body>"), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}", "--dump-dom"]
    found = subprocess.run(
        [browser, *options, (folder / "page.html").as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(unescape(re.search("<title>(.*?)</title>", found.stdout, re.DOTALL)[1]))


@pytest.mark.browser
@pytest.mark.heavy
def test_a_click_sorts_a_table_another_turns_it_and_the_box_leaves_out_rows(report, tmp_path):
    rows = tuple(replace(row, trend=7.5 * (place % 9) - 30) for place, row in enumerate(report.rows))
    page = as_html(replace(report, rows=rows))
    names = [name for name, _, _ in shown(page, tmp_path, "Entry", 1)]
    assert names == sorted(names) == sorted(row.entry for row in report.rows if row.kind == "entry")
    assert [name for name, _, _ in shown(page, tmp_path, "Entry", 2)] == names[::-1]
    scores = [cell.split()[0] for _, cell, _ in shown(page, tmp_path, "Priority", 2)]
    numbers = [int(score) for score in scores if score != "blocked"]
    assert numbers == sorted(numbers, reverse=True)  # as numbers, not as texts
    for clicks in (1, 2):
        priorities = [cell.split()[0] for _, cell, _ in shown(page, tmp_path, "Priority", clicks)]
        assert priorities[-1] == "blocked" != priorities[0]
        trends = [cell for _, cell, _ in shown(page, tmp_path, "Trend a week", clicks) if cell.strip()]
        weekly = [float(cell) for cell in trends]
        assert weekly == sorted(weekly, reverse=clicks == 2)
        assert weekly[0] * weekly[-1] < 0  # from below zero to above it
    stages = [STAGES.index(stage) for _, _, stage in shown(page, tmp_path, "Stage", 1)]
    assert stages == sorted(stages)
    assert {stage for _, _, stage in shown(page, tmp_path, "Stage", 1, "winback")} >= {"winback"}
    assert len(shown(page, tmp_path, "Stage", 1, "former_vip")) == 1


def test_each_number_of_the_page_has_the_number_that_it_is_sorted_by_and_what_is_none_has_nothing():
    definition = rule(mail(), did("Placed Order", "greater-than", 1))
    falling = tuple((moment, 900 - 100 * place) for place, (moment, _) in enumerate(GROWTH))
    inventory = account(
        segment("Buyers", definition), figures={"Buyers": Figures(400, 1, 200, falling)}, metrics=[]
    )
    page = as_html(report_of(inventory))
    cells = re.findall(r'<td class="number" data-sort="([^"]*)"[^>]*>(.*?)</td>', page)
    blocked = [key for key, shown in cells if shown.startswith("blocked")]
    assert set(blocked) == {""}
    assert all(key == "" or float(key) <= 100 or "spark" not in shown for key, shown in cells)
    buyers = as_html(report_of(replace(inventory, snapshot=account(segment("Buyers", definition)).snapshot)))
    trends = re.findall(r'data-sort="(-[0-9.]+)"><svg', buyers)
    assert trends
    assert float(trends[0]) < 0


def test_an_entry_that_only_an_inactive_segment_is_has_its_mark_and_the_legend_says_so():
    asleep = report_of(account(segment("Buyers", REPEAT, is_active=False)))
    text = as_text(asleep)
    assert "! its segment is inactive" in text
    assert re.search(r"^  ! +\d+  Buyers", text, re.MULTILINE)
    assert '<span class="chip inactive">inactive</span>' in as_html(asleep)
    awake = report_of(account(segment("Buyers", REPEAT)))
    assert "its segment is inactive" not in as_text(awake)


def test_the_markdown_has_tables_of_equal_width(report):
    lines = as_markdown(report).splitlines()
    tables = [line for line in lines if line.startswith("|")]
    assert len(tables) == len(report.rows) + 2 * 3
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in tables}
    assert len(widths) <= 3


def test_the_json_is_whole_and_the_same_for_the_same_input(report, inventory):
    data = json.loads(as_json(report, Problems()))
    assert data["format_version"] == 1
    assert len(data["tracker"]) == len(report.rows)
    assert len(data["findings"]) == len(report.findings)
    again = report_of(
        inventory,
        specs=(spec("SMS subscribers", "sms_consented", owner="texts@fern.example", reviewed="2026-01-01"),),
        previous=earlier(inventory),
    )
    assert as_json(again, Problems()) == as_json(report, Problems())


def test_the_page_needs_nothing_else_and_its_tables_sort(report):
    page = Page(as_html(report))
    assert page.links == []
    assert "url(" not in as_html(report)
    assert page.tags.count("table") == 2
    assert page.tags.count("button") == page.tags.count("th") > 20
    assert page.tags.count("section") == len(STAGES)
    assert page.tags.count("script") == 1


def test_what_an_account_says_stays_text_in_every_form():
    report = report_of(account(segment(LOUD, rule(did("Placed Order"), did("Placed Order", "equals", 0)))))
    assert Page(as_html(report)).tags.count("script") == 1
    assert "".join(Page(as_html(report)).words).count(LOUD) >= 2
    assert "<script>" not in as_markdown(report)
    evil = replace(report, rows=tuple(replace(row, recommended="=1+1") for row in report.rows))
    cells = [row["Recommended segment"] for row in csv.DictReader(io.StringIO(as_csv(evil)))]
    assert set(cells) == {"'=1+1"}
    assert json.loads(as_json(report, Problems()))["tracker"]


def test_the_page_of_an_empty_account_is_a_page():
    report = report_of(account())
    assert "38" in as_html(report)
    assert "Segments and rules with something to do" not in as_html(report)
    assert "0%" in as_text(report)


def test_the_score_is_the_documented_formula():
    def score(value="retention", **given):
        usual = {
            "mailable": None,
            "base": None,
            "places": 0,
            "measured": False,
            "counted": False,
            "to_fill": False,
            "blocked": False,
        }
        return priority(value, **{**usual, **given})

    assert score().score == round(100 * 0.9 * 0.4 * 0.4)
    full = score(mailable=5_000, base=10_000, measured=True, places=3)
    assert (full.score, full.share, full.uses) == (90, 0.5, 1.0)
    assert score("revenue-recovery", mailable=5_000, base=10_000, measured=True, places=2).score == 100
    tenth = score(mailable=2_500, base=100_000, counted=True)
    assert tenth.score == round(100 * 0.9 * (0.4 + 0.4 * 0.5) * 0.7)
    assert score(mailable=50, base=10_000, measured=True).strength == 0.3
    assert score(to_fill=True, mailable=5_000, base=10_000, measured=True).score == round(
        100 * 0.9 * 0.8 * 0.85
    )
    blocked = score(blocked=True)
    assert (blocked.score, blocked.effort, band(blocked.score)) == (None, 1.0, "blocked")
    assert [band(score) for score in (50, 49, 30, 29)] == ["now", "this quarter", "this quarter", "later"]
    assert "share not measured" in score().why
    assert list(VALUES) == sorted(VALUES, key=lambda name: -VALUES[name])


def test_priorities_lie_between_0_and_100_and_say_why(report):
    scored = [
        row.priority for row in report.rows if row.priority is not None and row.priority.score is not None
    ]
    assert len(scored) > 20
    assert all(0 <= one.score <= 100 and one.why for one in scored)


def test_owner_and_review_come_from_the_file_and_else_from_git():
    listed = account(segment("Ours", REPEAT))
    file = spec("Ours", "repeat_buyers").file
    history = {file: History(date(2026, 10, 1), "Ada")}
    own = row_of(
        report_of(
            listed,
            specs=(
                spec(
                    "Ours", "repeat_buyers", owner="team@x.example", reviewed="2026-11-01", review="monthly"
                ),
            ),
            history=history,
        ),
        "repeat_buyers",
    )
    assert (own.owner, own.cadence, own.next_review, own.review_status) == (
        "team@x.example",
        "monthly",
        date(2026, 12, 1),
        "reviewed",
    )
    git = row_of(report_of(listed, specs=(spec("Ours", "repeat_buyers"),), history=history), "repeat_buyers")
    assert (git.owner, git.next_review, git.review_status) == ("Ada (git)", date(2026, 12, 31), "reviewed")
    late = {file: History(date(2026, 1, 1), "Ada")}
    assert (
        row_of(
            report_of(listed, specs=(spec("Ours", "repeat_buyers"),), history=late), "repeat_buyers"
        ).review_status
        == "overdue"
    )
    alone = row_of(report_of(listed), "repeat_buyers")
    assert (alone.owner, alone.review_status) == ("retention (suggested)", "not reviewed")


def test_a_managed_segment_with_findings_keeps_its_owner():
    never = rule(did("Placed Order"), did("Placed Order", "equals", 0))
    report = report_of(
        account(segment("Ours", never)),
        specs=(spec("Ours", owner="team@x.example", uses=("ads",), review="yearly"),),
    )
    [row] = [row for row in report.rows if row.kind == "segment"]
    assert (row.owner, row.uses, row.cadence, row.action) == ("team@x.example", ("ads",), "yearly", "refresh")
    assert report.summary["refresh"][0].name == "Ours"


def test_members_and_trend_come_from_the_account_where_there_is_no_data():
    report = report_of(account(segment("Ours", REPEAT), figures={"Ours": Figures(500, 90, 0, GROWTH)}))
    row = row_of(report, "repeat_buyers")
    assert (row.members, row.mailable, row.revenue) == (500, None, None)
    assert row.trend == pytest.approx((500 - 420) / 3.5)  # three whole weeks and the half of one
    assert row.weeks == (400, 420, 440, 460, 480, 500)
    assert (
        row_of(
            report_of(account(segment("Ours", REPEAT), figures={"Ours": Figures(500, 90, 0, GROWTH[-4:])})),
            "repeat_buyers",
        ).trend
        is None
    )


def test_the_calendar_has_four_quarters_and_what_is_overdue_stands_in_the_first(report):
    quarters = report.calendar
    assert [quarter.start for quarter in quarters] == [
        date(2026, 10, 1),
        date(2027, 1, 1),
        date(2027, 4, 1),
        date(2027, 7, 1),
    ]
    rows = [
        replace(report.rows[0], next_review=due, recommended=str(due))
        for due in (date(2020, 1, 1), date(2026, 12, 31), date(2027, 1, 1), date(2027, 6, 30))
    ]
    assert [quarter.names for quarter in calendar(rows, NOW.date())] == [
        ("2020-01-01", "2026-12-31"),
        ("2027-01-01",),
        ("2027-06-30",),
        (),
    ]


def test_the_summary_puts_contradictions_first_and_every_row_in_one_group(report):
    assert sum(len(items) for items in report.summary.values()) == len(report.rows)
    first = {report.summary["refresh"][0].name, report.summary["refresh"][1].name}
    assert first == {"Back after a break", "Once and again"}


def test_drafts_are_canonical_segments_that_compile_and_say_what_to_fill_in(report, inventory, tmp_path):
    written = list(drafts(report, inventory, LATEST))
    missing = [row for row in report.rows if row.kind == "entry" and row.status in ("missing", "to fill in")]
    assert len(written) == len(missing) > 10
    (tmp_path / "flows").mkdir()
    for draft in written:
        (tmp_path / "flows" / draft.file).write_text(draft.text, encoding="utf-8")
    problems = Problems()
    project = open_project(tmp_path, problems)
    result = compile_project(project)
    by_file = {draft.file: draft for draft in written}
    open_ = {draft.file for draft in written if draft.to_fill}
    assert {Path(problem.span.file).name for problem in result.problems} == open_
    assert len(result.compiled) == len(written) - len(open_) > 10
    interest = by_file["product-interest.yaml"]
    assert interest.to_fill == ("category",)
    told = [problem for problem in result.problems if problem.span.file.endswith("product-interest.yaml")]
    assert {problem.message for problem in told} == {
        "${{ fill_in.category }}: write the category in its place"
    }
    (tmp_path / "flows" / interest.file).write_text(interest.text.replace("${{ fill_in.category }}", "Tea"))
    again = compile_project(project, [tmp_path / "flows" / interest.file])
    assert (list(again.problems), len(again.compiled)) == ([], 1)
    assert "# Fill in: category." in interest.text
    assert "lifecycle: vip" in by_file["vip.yaml"].text
    assert "integration: Shopify" in by_file["vip.yaml"].text
    for draft in written:
        data = source.load(draft.file, draft.text, problems).data
        assert {"owner", "uses", "review", "lifecycle"} <= data.keys()


def test_an_applied_draft_covers_its_entry(report, inventory):
    [vip] = [one for one in report.fitted if one.entry.key == "vip"]
    applied = replace(
        inventory,
        snapshot=replace(
            inventory.snapshot,
            segments=(*inventory.snapshot.segments, segment("Loyalty | VIP customers", vip.definition)),
        ),
    )
    after = report_of(applied, specs=(spec("Loyalty | VIP customers", "vip"),))
    assert row_of(after, "vip").status == "covered"
    assert after.covered > report.covered


def test_a_draft_whose_name_is_taken_gets_another():
    inventory = account(segment("Loyalty | VIP customers", rule(did("Clicked Email", when=days(1)))))
    [vip] = [draft for draft in drafts(report_of(inventory), inventory, LATEST) if draft.file == "vip.yaml"]
    assert "name: Loyalty | VIP customers (vip)" in vip.text
    assert metric("Placed Order") == "PlacedOrder"
