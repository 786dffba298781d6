"""A project's own flows among the brand's, each changed by hand: what ``account seed`` leaves for pull and plan."""

import copy
import shutil
from pathlib import Path

import pytest
from account_kit import NOW, fork, mail, open_account, split, wait
from live_kit import make_project, reopen

from compiler.account.drift import CHANGES, SPARE, Ours, changed, drift
from compiler.account.messages import messages, status_of
from compiler.account.seed import seed

OWN = Path(__file__).resolve().parent.parent
EDITED = {
    "flows/abandoned-cart.yaml",
    "flows/abandoned-checkout.yaml",
    "flows/back-in-stock.yaml",
    "flows/birthday.yaml",
    "flows/post-purchase.yaml",
    "flows/price-drop.yaml",
}


@pytest.fixture
def brand(tmp_path):
    opened = open_account(tmp_path / "brand.db")
    seed(opened.store, seed=1, now=NOW, small=True)
    yield opened
    opened.store.close()


def definition(*actions, metric="Ordered"):
    return {
        "triggers": [{"type": "metric", "id": metric}],
        "profile_filter": None,
        "entry_action_id": actions[0]["temporary_id"],
        "actions": list(actions),
    }


def asks(name, yes, no, **condition):
    made = split(name, yes, no)
    made["data"]["profile_filter"] = {"condition_groups": [{"conditions": [condition]}]}
    return made


ORDERED = {"type": "profile-metric", "metric_id": "m", "timeframe_filter": {"type": "date", "quantity": 30}}


def test_seeding_inside_a_project_leaves_six_of_its_flows_drifted(tmp_path, run):
    shutil.copytree(OWN / "flows", tmp_path / "flows")
    shutil.copy(OWN / "flowc.yaml", tmp_path)
    code, _, told = run("account", "seed", "--small")
    assert (code, told.count("is live, but"), ", 20 flows," in told) == (0, 6, True)
    code, out, told = run("pull")
    assert code == 6
    assert {line.split()[1] for line in out.splitlines() if line.startswith("--- ")} == EDITED
    assert told.count("and different in the account") == 2
    assert '-  - send-email:\n-      name: "Birthday: the day"' in out
    assert "greater-than-or-equal: 300" in out
    assert "Just for you: " in out


def test_the_same_project_drifts_the_same_way(tmp_path, run):
    shutil.copytree(OWN / "flows", tmp_path / "flows")
    shutil.copy(OWN / "flowc.yaml", tmp_path)
    told = []
    for _ in range(2):
        told.append([line for line in run("account", "seed", "--small")[2].splitlines() if "but" in line])
        run("account", "reset", "--yes")
    assert told[0] == told[1]
    assert len(told[0]) == 6


def test_a_project_without_live_flows_is_seeded_as_no_project(tmp_path, run):
    make_project(tmp_path, full=False)
    (tmp_path / "flows" / "draft.yaml").write_text(
        "kind: flow\nname: Draft\nstatus: draft\ntrigger: {list: Newsletter}\nsteps: []\n"
    )
    (tmp_path / "flows" / "broken.yaml").write_text("kind: flow\nname: [\n")
    code, _, told = run("account", "seed", "--small")
    assert (code, "is live, but" in told, ", 20 flows," in told) == (0, False, True)
    assert reopen(tmp_path).name == "tea"


def test_flows_that_name_what_the_account_lacks_are_left_out(tmp_path, run):
    email = (
        "  - send-email: {name: A, from_email: a@example.com, from_label: A, subject_line: A, template: %s}\n"
    )
    head = "kind: flow\nname: %s\nstatus: live\ntrigger: {list: %s}\nsteps:\n"
    texts = {
        "known": head % ("Known", "Newsletter") + email % "Welcome 1",
        "lists": head % ("Lists", "No Such List") + email % "Welcome 1",
        "files": head % ("Files", "Newsletter") + email % "{file: emails/none.html}",
    }
    make_project(tmp_path, full=False, **texts)
    told = run("account", "seed", "--small")[2]
    assert [line for line in told.splitlines() if "is live, but" in line] == [
        '"Known" is live, but it ends with one more step'
    ]


def test_each_change_is_one_that_a_person_makes():
    flow = Ours(
        "A",
        definition(
            wait("w", "s", value=2),
            asks("s", "m1", "m2", **ORDERED),
            mail("m1"),
            mail("m2"),
        ),
    )
    before = copy.deepcopy(flow.definition)
    made = {said: changed(change, flow) for said, change in CHANGES.items()}
    refiltered, shorter, longer, later, texted, withdrawn = made.values()
    [condition] = refiltered["actions"][1]["data"]["profile_filter"]["condition_groups"][0]["conditions"]
    assert condition["timeframe_filter"]["quantity"] == 60
    assert [action["temporary_id"] for action in shorter["actions"]] == ["w", "s", "m1"]
    assert shorter["actions"][1]["links"] == {"next_if_true": "m1", "next_if_false": None}
    assert longer["actions"][3]["links"] == {"next": "by-hand"}
    assert longer["actions"][4]["type"] == "update-profile"
    assert later["actions"][0]["data"]["value"] == 3
    assert texted["actions"][2]["data"]["message"]["subject_line"] == "Just for you: m1"
    assert [status_of(action) for action in withdrawn["actions"]] == [None, None, "live", "draft"]
    assert flow.definition == before


def test_a_change_that_finds_no_place_is_none():
    bare = Ours("A", definition(split("s", None, None)))
    assert [changed(change, bare) for change in CHANGES.values()] == [None] * 6
    branched = Ours("B", definition(mail("m", "f"), fork("f", None)))
    fitting = [said for said, change in CHANGES.items() if changed(change, branched)]
    assert fitting == ["its first email has another subject"]


def test_a_flow_takes_the_place_of_the_brands_flow_of_its_name_or_of_a_spare_one(brand):
    newsletter = next(row["id"] for row in brand.data("lists") if row["attributes"]["name"] == "Newsletter")
    made = definition(wait("w", "m"), mail("m", template_id="@here"))
    made["triggers"] = [{"type": "list", "id": newsletter}]
    ours = [
        Ours("Birthday", made, ("lifecycle", "new tag"), {"@here": ("letter", "<p>Ours</p>")}),
        Ours("Ours", made, (), {"@here": ("letter", "<p>Ours</p>")}),
        Ours("Ours", made, (), {"@here": ("letter", "<p>Ours</p>")}),
    ]
    assert [name for name, _ in drift(brand.store, ours, NOW)] == ["Birthday", "Ours"]
    flows = {flow["attributes"]["name"]: flow for flow in brand.data("flows", {"include": "tags"})}
    assert len(flows) == 20
    assert not {"Ours", "Birthday"} - set(flows)
    assert set(SPARE) - set(flows) == {SPARE[3]}
    assert flows["Birthday"]["attributes"]["status"] == "live"
    assert len(flows["Birthday"]["relationships"]["tags"]["data"]) == 2
    sent = [
        message for action in brand.read(flows["Ours"]["id"])["actions"] for _, message in messages(action)
    ]
    assert brand.data(f"flow-messages/{sent[0]['id']}/template")["attributes"]["html"] == "<p>Ours</p>"
    assert brand.store.counts()["template"] == 30


def test_a_flow_that_the_account_refuses_is_left_out(brand):
    unknown = Ours("Ours", definition(wait("w", "m"), mail("m"), metric="NoNe12"))
    assert drift(brand.store, [unknown], NOW) == []
    assert brand.store.counts()["flow"] == 20
