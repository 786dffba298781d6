import json
import random
from pathlib import Path

import pytest
from generate import Maker

from compiler.roundtrip import differences, equal, has_definition
from compiler.stamped import stamped


@pytest.mark.parametrize("seed", range(12))
def test_generated_definitions_come_back(tmp_path: Path, seed: int) -> None:
    maker = Maker(random.Random(seed), odd=0.2)
    for number, definition in enumerate((maker.flow(8), maker.segment())):
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(definition))
        assert has_definition(file)
        assert differences(file) == []


def test_what_no_text_can_say_is_a_difference(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(
        '{"triggers": [{"type": "list", "id": "L"}], "entry_action_id": "1", "actions": [{"temporary_id": "1", "type": "code", "links": {"next": "2"}}]}'
    )
    (said,) = differences(file)
    assert "F484" in said


def test_definitions_that_differ_in_one_field_are_not_equal() -> None:
    def flow(value: int) -> dict:
        delay = {
            "temporary_id": "1",
            "type": "time-delay",
            "links": {"next": None},
            "data": {"unit": "days", "value": value},
        }
        return {"triggers": [{"type": "list", "id": "L"}], "entry_action_id": "1", "actions": [delay]}

    assert equal(flow(1), flow(1))
    assert not equal(flow(1), flow(2))


def test_the_bodies_of_a_file_are_those_of_its_stamps_or_its_examples(tmp_path: Path) -> None:
    (tmp_path / "flowc.yaml").write_text("kind: project\nname: p\n")
    many = tmp_path / "many.yaml"
    many.write_text(
        "kind: flow\nname: Hello ${{ each.l }}\nfor_each: {l: [en, fr]}\ntrigger: {list: L}\nsteps:\n  - time-delay: 1 day\n"
    )
    assert [name for name, _ in stamped(many)] == ["many.en", "many.fr"]
    blueprint = tmp_path / "b.yaml"
    blueprint.write_text(
        "kind: blueprint\nname: b\nparams: {wait: {type: string}}\nexamples:\n  - {wait: 1 day}\n  - {wait: 2 days}\n"
        "flow:\n  trigger: {list: L}\n  steps:\n    - time-delay: ${{ params.wait }}\n"
    )
    values = [
        body["data"]["attributes"]["definition"]["actions"][0]["data"]["value"]
        for _, body in stamped(blueprint)
    ]
    assert values == [1, 2]
    (tmp_path / "c.yaml").write_text("kind: fragment\nsteps: []\n")
    assert list(stamped(tmp_path / "c.yaml")) == []
