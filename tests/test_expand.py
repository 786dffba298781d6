"""Blueprints, fragments, for_each, defaults: what comes out, and where a mistake in it is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compiler.diagnostics import Problems
from compiler.expand import expand
from compiler.expand.budget import ALL_STEPS, CHARACTERS, EXPRESSIONS, MOST_STEPS
from compiler.expand.document import Document, Surroundings
from compiler.expand.loops import MOST_DOCUMENTS
from compiler.pipeline import lower_document
from compiler.source import Source, load

HELLO = """kind: fragment
params:
  subject: {type: string, default: Hello}
  days: {type: integer, default: 1}
steps:
  - id: wait
    time-delay: {value: "${{ params.days }}", unit: days}
  - conditional-split:
      if: []
      then: mail
      else: end
  - id: mail
    send-email:
      subject_line: ${{ params.subject }} from ${{ vars.brand }}
"""
BLUEPRINT = """kind: blueprint
name: hello
params:
  metric: {type: string}
flow:
  name: Hello ${{ params.metric }}
  status: live
  tags: [stamped]
  trigger: {metric: "${{ params.metric }}"}
  defaults:
    send-email: {from_label: "${{ vars.brand }}"}
  steps:
    - use: hello.yaml
      with: {subject: "${{ params.metric }}!"}
"""


def around(files: dict[str, str], **more: Any) -> Surroundings:
    def read(name: str) -> Source | str:
        return load(name, files[name], Problems()) if name in files else f'there is no file "{name}"'

    return Surroundings(read=read, vars={"brand": "Acme"}, **more)


def expanded(text: str, files: dict[str, str] | None = None, **more: Any) -> tuple[list[Document], list[str]]:
    problems = Problems()
    source = load("a.yaml", text, problems)
    documents = expand(source, around(files or {}, **more), problems)
    return documents, [str(each) for each in problems]


def one(text: str, files: dict[str, str] | None = None, **more: Any) -> Document:
    documents, problems = expanded(text, files, **more)
    assert problems == []
    (document,) = documents
    return document


def wrong(text: str, files: dict[str, str] | None = None, **more: Any) -> str:
    documents, problems = expanded(text, files, **more)
    assert len(problems) == 1, (documents, problems)
    return problems[0]


FLOW = "kind: flow\nname: A\ntrigger: {list: B}\nsteps:\n"


# ---------------------------------------------------------------- what comes out


def test_a_plain_document_is_passed_on_as_it_is():
    problems = Problems()
    source = load("a.yaml", FLOW + "  - time-delay: 1 day\n", problems)
    (document,) = expand(source, around({}), problems)
    assert document.data is source.data
    assert document.kind == "flow"


@pytest.mark.parametrize("kind", ["blueprint", "fragment", "catalog", "project"])
def test_other_kinds_stand_for_themselves(kind):
    document = one(f"kind: {kind}\nname: ${{{{ nothing }}}}\n")
    assert document.data == {"kind": kind, "name": "${{ nothing }}"}
    assert expanded("- a list\n")[0] == []


def test_a_fragment_is_spliced_with_its_parameters_and_its_ids_below_the_use():
    document = one(
        FLOW
        + "  - use: hello.yaml\n    id: first\n    with: {days: 3}\n  - time-delay: 9 days\n  - {use: hello.yaml, with: {subject: Again}}\n",
        {"hello.yaml": HELLO},
    )
    steps = document.data["steps"]
    assert [step.get("id") for step in steps] == [
        "first.wait",
        None,
        "first.mail",
        None,
        "hello.wait",
        None,
        "hello.mail",
    ]
    assert steps[0]["time-delay"] == {"value": 3, "unit": "days"}
    assert steps[1]["conditional-split"] == {"if": [], "then": "first.mail", "else": "end"}
    assert steps[2]["send-email"] == {"subject_line": "Hello from Acme"}
    assert steps[6]["send-email"] == {"subject_line": "Again from Acme"}


def test_a_fragment_in_branches_of_every_kind_of_split_is_spliced():
    use = "[{use: hello.yaml, id: x%d}]"
    text = (
        FLOW
        + f"  - conditional-split: {{if: [], then: {use % 1}, else: {use % 2}}}\n"
        + f"  - multi-branch-split: {{name: B, branches: [{{if: [], then: {use % 3}}}], else: {use % 4}}}\n"
        + f"  - raw: {{type: toss}}\n    then: {use % 5}\n    else: end\n"
    )
    document = one(text, {"hello.yaml": HELLO})
    first, second, third = document.data["steps"]
    lists = [
        first["conditional-split"]["then"], first["conditional-split"]["else"], second["multi-branch-split"]["branches"][0]["then"],
        second["multi-branch-split"]["else"], third["then"],
    ]  # fmt: skip
    assert [[step.get("id") for step in steps] for steps in lists] == [
        [f"x{n}.wait", None, f"x{n}.mail"] for n in range(1, 6)
    ]


def test_a_fragment_s_own_jumps_are_renamed_in_every_place():
    fragment = """kind: fragment
steps:
  - multi-branch-split:
      name: B
      branches:
        - {if: [], then: last}
        - if: []
          then:
            - {time-delay: 1 day, next: last}
        - {if: []}
      else: none
  - raw: {type: toss}
    then: [{id: inner, time-delay: 2 days}]
    else: end
  - {id: last, time-delay: 1 day}
"""
    document = one(FLOW + "  - {use: f.yaml, id: u}\n", {"f.yaml": fragment})
    split, toss, last = document.data["steps"]
    branches = split["multi-branch-split"]["branches"]
    assert branches[0]["then"] == "u.last"
    assert branches[1]["then"] == [{"time-delay": "1 day", "next": "u.last"}]
    assert toss["then"] == [{"id": "u.inner", "time-delay": "2 days"}]
    assert last["id"] == "u.last"


def test_nested_fragments_stack_their_ids():
    outer = "kind: fragment\nsteps:\n  - time-delay: 1 day\n  - {use: hello.yaml, id: in, with: {subject: Deep}}\n  - time-delay: 2 days\n"
    document = one(FLOW + "  - {use: outer.yaml, id: out}\n", {"outer.yaml": outer, "hello.yaml": HELLO})
    steps = document.data["steps"]
    assert [step.get("id") for step in steps] == [None, "out.in.wait", None, "out.in.mail", None]
    assert steps[3]["send-email"]["subject_line"] == "Deep from Acme"


def test_a_blueprint_is_stamped_and_the_document_s_keys_win():
    document = one(
        "kind: flow\nuse: b.yaml\nwith: {metric: Viewed}\ntags: [own]\n",
        {"b.yaml": BLUEPRINT, "hello.yaml": HELLO},
    )
    assert document.data["name"] == "Hello Viewed"
    assert document.data["tags"] == ["own"]
    assert document.data["trigger"] == {"metric": "Viewed"}
    assert document.data["steps"][2]["send-email"] == {
        "from_label": "Acme",
        "subject_line": "Viewed! from Acme",
    }


def test_for_each_stamps_the_product_in_written_order():
    documents, problems = expanded(
        'kind: flow\nname: A ${{ each.locale }} ${{ each.n }}\nfor_each: {locale: [en, "fr/x"], n: [1, 2]}\nsteps: []\n'
    )
    assert problems == []
    assert [document.data["name"] for document in documents] == ["A en 1", "A en 2", "A fr/x 1", "A fr/x 2"]
    assert [document.suffix for document in documents] == [
        ("en", "1"),
        ("en", "2"),
        ("fr-x", "1"),
        ("fr-x", "2"),
    ]


def test_a_mapping_in_for_each_names_its_file_by_key_or_name():
    documents, _ = expanded(
        "kind: segment\nname: A ${{ each.x.n }}\nfor_each: {x: [{key: one, n: 1}, {name: two, n: 2}, {n: 3}]}\ndefinition: []\n"
    )
    assert [document.suffix for document in documents] == [("one",), ("two",), ("3",)]


def test_defaults_fill_what_a_step_leaves_out_wherever_it_stands():
    text = """kind: flow
name: A
defaults: {send-email: {from_label: Own, name: N}, time-delay: {timezone: UTC}}
steps:
  - send-email:
  - send-email: {name: Mine}
  - time-delay: 1 day
  - conditional-split: {if: [], then: [{send-email: {}}], else: [{send-sms: {body: x}}]}
  - multi-branch-split: {name: B, branches: [{if: [], then: [{send-email: {}}]}, x]}
  - ab-test: {main: {send-email: {}}, variations: [{send-email: {name: V}}]}
  - raw: {type: toss}
    then: [{send-email: {}}]
  - text
"""
    document = one(text, defaults={"send-email": {"from_label": "Project", "from_email": "a@b.example"}})
    steps = document.data["steps"]
    full = {"from_label": "Own", "from_email": "a@b.example", "name": "N"}
    assert steps[0] == {"send-email": full}
    assert steps[1] == {"send-email": {**full, "name": "Mine"}}
    assert steps[2] == {"time-delay": "1 day"}
    assert steps[3]["conditional-split"]["then"] == [{"send-email": full}]
    assert steps[4]["multi-branch-split"]["branches"] == [{"if": [], "then": [{"send-email": full}]}, "x"]
    assert steps[5]["ab-test"] == {
        "main": {"send-email": full},
        "variations": [{"send-email": {**full, "name": "V"}}],
    }
    assert steps[6]["then"] == [{"send-email": full}]
    assert steps[7] == "text"


@pytest.mark.parametrize("defaults", ["5", "[a]", "{send-email: 5}", "x"])
def test_defaults_that_are_none_fill_nothing(defaults):
    document = one(f"kind: flow\nname: A\ndefaults: {defaults}\nsteps: [{{send-email: {{}}}}]\n")
    assert document.data["steps"] == [{"send-email": {}}]


def test_an_expanded_flow_compiles():
    document = one(
        "kind: flow\nuse: b.yaml\nwith: {metric: Viewed}\n", {"b.yaml": BLUEPRINT, "hello.yaml": HELLO}
    )
    compiled, mistakes, _ = lower_document(document, Path("a.yaml"), "2026-10-15")
    assert mistakes == []
    actions = compiled.body["data"]["attributes"]["definition"]["actions"]
    assert [action["temporary_id"] for action in actions] == ["hello.wait", "1", "hello.mail"]


def test_literal_names_are_not_evaluated():
    document = one(
        'kind: flow\nname: "${{ vars.brand }}"\nsteps: [{id: "${{ a }}", time-delay: 1 day, next: "${{ b }}"}]\n'
    )
    assert document.data == {
        "kind": "flow",
        "name": "Acme",
        "steps": [{"id": "${{ a }}", "time-delay": "1 day", "next": "${{ b }}"}],
    }


@pytest.mark.parametrize("key", ["use", "'use'", '"use"', "use "])
def test_a_quoted_use_is_a_use(key):
    document = one(FLOW + f"  - {{{key}: hello.yaml}}\n", {"hello.yaml": HELLO})
    assert len(document.data["steps"]) == 3


def test_what_is_missing_deep_inside_has_no_false_hint():
    found = wrong("kind: flow\nname: A ${{ each.size.key }}\nfor_each: {size: [{n: 1}]}\nsteps: []\n")
    assert found == "a.yaml:2:7 F103 A ${{ each.size.key }}: 'key' is not defined"


# ---------------------------------------------------------------- bounds


def test_a_flow_has_a_most_of_steps():
    assert "F109" in wrong(
        FLOW + "  - use: f.yaml\n" * (MOST_STEPS // 2 + 1),
        {"f.yaml": "kind: fragment\nsteps: [{time-delay: 1 day}, {time-delay: 1 day}]\n"},
    )


def test_fragments_of_fragments_are_counted():
    levels = {f"f{n}.yaml": "kind: fragment\nsteps:\n" + f"  - use: f{n + 1}.yaml\n" * 10 for n in range(6)}
    levels["f6.yaml"] = "kind: fragment\nsteps: [{time-delay: 1 day}]\n"
    assert "F109" in wrong(FLOW + "  - use: f0.yaml\n", levels)


def test_all_flows_of_a_file_have_a_most_of_steps():
    many = ", ".join(map(str, range(ALL_STEPS // 100 + 1)))
    found, problems = expanded(
        f"kind: flow\nname: A ${{{{ each.n }}}}\nfor_each: {{n: [{many}]}}\nsteps:\n"
        + "  - time-delay: 1 day\n" * 100
    )
    assert "F109" in problems[0]
    assert len(found) == ALL_STEPS // 100


def test_the_texts_that_come_out_are_bounded():
    long = "x" * 90_000
    count = CHARACTERS // 90_000 + 2
    problems = Problems()
    source = load("a.yaml", FLOW + '  - send-email: {subject_line: "${{ vars.long }}"}\n' * count, problems)
    expand(source, Surroundings(read=lambda _: "", vars={"long": long}), problems)
    assert ["F109" in str(each) for each in problems] == [True]


def test_different_expressions_are_bounded():
    lines = "".join(f'  - send-email: {{subject_line: "${{{{ {n} }}}}"}}\n' for n in range(MOST_STEPS - 1))
    assert expanded(FLOW + lines)[1] == []
    more = "".join(f'    - "${{{{ {n} }}}}"\n' for n in range(EXPRESSIONS + 1))
    assert "F109" in wrong(FLOW.replace("steps", f"tags:\n{more}steps") + "  []\n")


def test_stamps_are_bounded():
    numbers = list(range(30))
    assert "the limit" in wrong(f"kind: flow\nname: A\nfor_each: {{a: {numbers}, b: {numbers}}}\nsteps: []\n")
    assert MOST_DOCUMENTS == 500


# ---------------------------------------------------------------- positions


@pytest.mark.parametrize(
    ("text", "files", "expected"),
    [
        (FLOW + "  - use: f.yaml\n    with: {n: 1}\n", {"f.yaml": "kind: fragment\nsteps: []\n"}, "a.yaml:6:12 F108"),
        (FLOW + "  - use: f.yaml\n", {"f.yaml": "kind: fragment\nparams: {n: {}}\nsteps: []\n"}, "a.yaml:5:5 F108"),
        (FLOW + "  - use: f.yaml\n", {"f.yaml": "kind: fragment\nsteps:\n  - time-delay: ${{ x }}\n"}, "a.yaml:5:5 F103"),
        (FLOW + "  - use: f.yaml\n    with: 5\n", {"f.yaml": "kind: fragment\nsteps: []\n"}, "a.yaml:6:11 F108"),
        (FLOW + "  - {use: 5}\n", {}, "a.yaml:5:11 F106"),
        ("kind: flow\nuse: b.yaml\n", {"b.yaml": "kind: blueprint\nname: b\nflow: 5\n"}, "a.yaml:2:6 F107"),
    ],
)  # fmt: skip
def test_what_stops_an_expansion_is_shown_at_the_user_s_own_text(text, files, expected):
    assert wrong(text, files).startswith(expected), wrong(text, files)


def test_a_mistake_in_a_fragment_names_the_chain():
    files = {
        "o.yaml": "kind: fragment\nsteps:\n  - time-delay: 1 day\n  - use: i.yaml\n",
        "i.yaml": "kind: fragment\nsteps:\n  - time-delay: ${{ x }}\n",
    }
    found = wrong(FLOW + "  - use: o.yaml\n", files)
    assert found.startswith("a.yaml:5:5 F103")
    assert found.endswith("(via o.yaml:4) (via i.yaml:3)")


def place(document: Document, *path: Any) -> str:
    found = document.diagnose("F999", "x", path)
    return " ".join(
        [f"{found.span.file}:{found.span.line}", *(f"{span.file}:{span.line}" for span in found.via)]
    )


def test_a_path_of_the_result_leads_to_where_it_was_written():
    text = (
        FLOW
        + "  - time-delay: 1 day\n  - use: hello.yaml\n  - time-delay: 2 days\n  - conditional-split:\n      if: []\n      then:\n"
        + "        - time-delay: 3 days\n        - use: hello.yaml\n          id: b\n        - time-delay: 4 days\n"
    )
    document = one(text, {"hello.yaml": HELLO})
    split = document.data["steps"][5]["conditional-split"]
    assert len(split["then"]) == 5
    assert place(document, "steps", 0, "time-delay") == "a.yaml:5"
    assert place(document, "steps", 1, "time-delay") == "a.yaml:6 hello.yaml:7"
    assert place(document, "steps", 3, "send-email", "subject_line") == "a.yaml:6 hello.yaml:14"
    assert place(document, "steps", 4, "time-delay") == "a.yaml:7"
    assert place(document, "steps", 5, "conditional-split", "then", 0) == "a.yaml:11"
    assert (
        place(document, "steps", 5, "conditional-split", "then", 1, "time-delay") == "a.yaml:12 hello.yaml:7"
    )
    assert place(document, "steps", 5, "conditional-split", "then", 4, "time-delay") == "a.yaml:14"


def test_a_field_from_the_defaults_leads_to_the_defaults():
    document = one(
        "kind: flow\nname: A\ndefaults:\n  send-email:\n    from_label: B\nsteps:\n  - send-email:\n      name: C\n"
    )
    assert place(document, "steps", 0, "send-email", "from_label") == "a.yaml:5"
    assert place(document, "steps", 0, "send-email", "name") == "a.yaml:8"


def test_a_part_of_a_blueprint_leads_there():
    document = one(
        "kind: flow\nuse: b.yaml\nwith: {metric: Viewed}\nstatus: draft\n",
        {"b.yaml": BLUEPRINT, "hello.yaml": HELLO},
    )
    assert place(document, "trigger") == "a.yaml:2 b.yaml:9"
    assert place(document, "status") == "a.yaml:4"
    assert place(document, "steps", 0) == "a.yaml:2 b.yaml:13 hello.yaml:6"
    assert place(document, "steps", 2, "send-email", "from_label") == "a.yaml:2 b.yaml:11"
