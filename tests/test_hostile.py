"""Hostile input ends in a diagnostic with a position, soon and in little memory; never in a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from generate import Maker, body, graph_flow
from through_yaml import decompile

from compiler import kinds, source
from compiler.convert import decompile_file
from compiler.diagnostics import Problems
from compiler.pipeline import Compilation, compile_project
from compiler.project import open_project

FRAGMENT = """kind: fragment
params: {subject: {type: string, default: Hello}}
steps:
  - {id: one, send-email: {subject_line: "${{ params.subject }}"}}
  - conditional-split: {if: [], then: [{time-delay: 1 day, next: end}]}
"""
BLUEPRINT = """kind: blueprint
name: hello
params: {metric: {type: string}}
flow:
  name: Hello ${{ params.metric }}
  trigger: {metric: "${{ params.metric }}"}
  steps: [{time-delay: 1 day}, {use: fragment.yaml, id: u}]
"""
STAMPING = b"""kind: flow
name: A ${{ each.l }}
use: blueprint.yaml
for_each: {l: [en, fr]}
with: {metric: "Order ${{ each.l }}"}
reentry: 3 days
"""
USING = b"""kind: flow
name: B
trigger: {list: X}
defaults: {send-email: {from_email: a@b.example}}
steps:
  - use: fragment.yaml
  - {use: fragment.yaml, id: two, with: {subject: Hi}}
  - conditional-split:
      if: [{profile-sample: 50}]
      then:
        - use: fragment.yaml
          id: three
      else: end
"""
USERS = (STAMPING, USING)
PIECES = (
    b"\t", b"\n", b" ", b"  ", b'"', b"'", b"{", b"[", b"}", b"]", b"#", b"&a ", b"*a", b"!!int ", b"!x ", b": ", b"- ", b"? ", b"|", b">", b"%", b"@", b"`",
    b"---\n", b"...\n", b"<<: *a", b"${{ x }}", b"${{", b"$${{", b"}}", b"null", b"~", b"\xff", b"\xed\xa0\x80", b"\x00", b"\xef\xbb\xbf", b"\r", b"\xc2\x85",
    b"use: x", b"for_each: {a: [1]}", b"raw: 1", b"defaults: 1", b"with: {}", b"0x", b"1e999", b'"\\ud800"', b"key: " + b"9" * 4000,
)  # fmt: skip
JUNK = (
    None, True, False, 0, -1, 1.5, "", "x", "end", "none", "a.b", "1 day", "live", [], ["a"], [1], [None], [[]], {}, {"a": 1}, {"id": "x"}, {"raw": {}}, {"raw": 1},
    [{"raw": {}}], [{}], {"use": "fragment.yaml"}, [{"use": "fragment.yaml"}], {"time-delay": "1 day"}, [{"time-delay": "1 day"}], "${{ each.l }}", "${{ 1/0 }}",
    "${{ [1] }}", "${{ {} }}", 10**400, 1e300, {"any": []}, {"any": [{"profile-sample": 5}]}, {"x": {"y": {"z": 1}}}, "@metric:x", "{{ x }}", [{"any": [{"any": []}]}],
)  # fmt: skip
KEYS = (
    "use", "with", "id", "next", "raw", "then", "else", "any", "status", "for_each", "defaults", "steps", "kind", "if", "branches", "main", "variations", "allocations",
    "trigger", "definition", "type", "filter", "joins", "name", "order", "tags", "reentry",
)  # fmt: skip


def spoiled_bytes(random: Random, text: bytes) -> bytes:
    """Return a file with some bytes, pieces or lines changed."""
    out = bytearray(text)
    for _ in range(random.choice((1, 1, 2, 5, 20))):
        place = random.randrange(len(out) + 1)
        choice = random.randrange(6)
        if choice == 0:
            out[place : place + 1] = bytes([random.randrange(256)])
        elif choice == 1:
            del out[place : place + random.choice((1, 3, 20, 200))]
        elif choice == 2:
            out[place:place] = random.choice(PIECES)
        elif choice == 3:
            start = random.randrange(len(out) + 1)
            out[place:place] = out[start : start + random.choice((5, 50, 300))]
        else:
            out = _spoiled_lines(random, out)
    return bytes(out)


def _spoiled_lines(random: Random, text: bytearray) -> bytearray:
    lines = bytes(text).split(b"\n")
    place = random.randrange(len(lines))
    choice = random.randrange(4)
    if choice == 0:
        lines.insert(random.randrange(len(lines) + 1), lines[place])
    elif choice == 1:
        del lines[place]
    elif choice == 2:
        lines[place] = (
            random.choice((b" ", b"  ", b"    ")) + lines[place]
            if random.random() < 0.5
            else lines[place].lstrip()
        )
    else:
        lines[place] = (
            lines[place].split(b":")[0]
            + b": "
            + random.choice(
                (
                    b"",
                    b"x",
                    b"[]",
                    b"{}",
                    b"1",
                    b"true",
                    b"null",
                    b"[1, {a: b}]",
                    b'"${{ 1/0 }}"',
                    b"-1",
                    b'""',
                )
            )
        )
    return bytearray(b"\n".join(lines))


def spoiled_data(random: Random, text: bytes) -> bytes:
    """Return a file whose YAML is fine and whose data is not."""
    data = source.load("a.yaml", text, Problems()).data
    for _ in range(random.choice((1, 1, 2, 3))):
        places = list(_places(data))
        holder, key = random.choice(places)
        other, from_key = random.choice(places)
        choice = random.randrange(5)
        if choice == 0:
            del holder[key]
        elif choice <= 2:
            holder[key] = json.loads(json.dumps(random.choice(JUNK)))
        elif choice == 3 or not isinstance(holder, dict):
            holder[key] = json.loads(json.dumps(other[from_key]))
        else:
            holder[random.choice(KEYS)] = json.loads(json.dumps(random.choice(JUNK)))
        if not data:
            break
    return json.dumps(data).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, item in list(value.items()) if isinstance(value, dict) else list(enumerate(value)):
        yield value, key
        if isinstance(item, dict | list):
            yield from _places(item)


def hostile_file(seed: int) -> bytes:
    random = Random(seed)
    if seed % 5 == 0:
        text = USERS[seed // 5 % 2]
    else:
        maker = Maker(random, joins=0.4)
        text = decompile(maker.segment() if seed % 5 == 1 else maker.flow(random.choice((1, 3, 6))))[
            0
        ].encode()
    return spoiled_bytes(random, text) if seed % 2 else spoiled_data(random, text)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/fragment.yaml").write_text(FRAGMENT)
    (tmp_path / "flows/blueprint.yaml").write_text(BLUEPRINT)
    return tmp_path


def compiled(project: Path, raw: bytes) -> Compilation:
    (project / "flows/a.yaml").write_bytes(raw)
    return compile_project(open_project(project, Problems()))


def survives(project: Path, seeds: range) -> None:
    slowest = 0.0
    for seed in seeds:
        raw = hostile_file(seed)
        started = time.process_time()
        compilation = compiled(project, raw)
        slowest = max(slowest, time.process_time() - started)
        assert compilation.diagnostics or compilation.compiled, seed
        for diagnostic in compilation.diagnostics:
            assert diagnostic.span.line >= 1, diagnostic
            assert diagnostic.span.column >= 1, diagnostic
        json.dumps([item.body for item in compilation.compiled], allow_nan=False)
    assert slowest < 2


def test_hundreds_of_spoiled_files_end_in_a_diagnostic_with_a_position(project):
    survives(project, range(300))


@pytest.mark.heavy
def test_ten_thousand_spoiled_files_end_in_a_diagnostic_with_a_position(project):
    survives(project, range(1_000, 11_000))


# ---------------------------------------------------------------- bombs, each in a process of its own

HEAD = "kind: flow\nname: A\ntrigger: {list: B}\nreentry: never\n"
DELAY = "  - time-delay: 1 day\n"
BOMBS: dict[str, tuple[str, str]] = {
    "laughs": ("F010", "kind: segment\nname: A\na0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))),
    "aliases of steps": ("F209", HEAD + "steps:\n  - &a {time-delya: 1}\n" + "  - *a\n" * 50_000),
    "a million values": ("F002", HEAD + "tags:\n" + "- x\n" * 400_000),
    "a huge scalar": ("F002", HEAD + 'steps: []\nwas: "' + "x" * 19_000_000 + '"\n'),
    "a large scalar": ("F412", HEAD + "steps:\n  - time-delay: 1 day\nwas: |\n" + ("  " + "x, " * 30 + "\n") * 20_000),
    "deep lists": ("F005", HEAD + "steps: " + "[" * 100_000),
    "deep mappings": ("F005", HEAD + "steps: " + "{a: " * 5_000),
    "many keys": ("F209", HEAD + "".join(f"k{n}: 1\n" for n in range(20_000))),
    "many comments": ("F014", HEAD + "steps: []\n" + "#x\n" * 200_000),
    "many mistakes": ("F209", HEAD + "steps:\n" + "  - time-delya: 1 day\n" * 5_000),
    "many jumps to nowhere": ("F301", HEAD + "steps:\n" + "".join(f"  - {{id: s{n}, conditional-split: {{if: [], then: zz{n}}}}}\n" for n in range(2_000))),
    "many stamps": ("F109", HEAD.replace("A", "A ${{ each.n }}") + f"for_each: {{n: {list(range(500))}}}\nsteps:\n" + DELAY * 1_000),
    "many expressions": ("F109", HEAD + "tags:\n" + "".join(f'  - "${{{{ {n} }}}}"\n' for n in range(20_000)) + "steps: []\n"),
    "a long number": ("F202", HEAD + "steps: []\nx: " + "9" * 1_000_000 + "\n"),
    "a rounding": ("F103", HEAD + 'steps: []\nwas: "${{ 5 | round(-1000000000) }}"\n'),
    "a replacement": ("F103", HEAD + f'steps: []\nwas: "${{{{ each | replace(\'\', \'x\') }}}}"\ntags: ["${{{{ \'{"a" * 900}\' | replace(\'a\', vars) }}}}"]\n'),
    "nested expressions": ("F103", HEAD + 'steps: []\nwas: "${{ ' + "[" * 480 + "]" * 480 + ' }}"\n'),
    "nested splits": ("F420", HEAD.replace("reentry: never\n", "") + "steps: " + "[{conditional-split: {if: [], then: " * 125 + "[]" + "}}]" * 125 + "\n"),
}  # fmt: skip
RUN = """
import json, re, resource, sys, time
from pathlib import Path
from compiler.diagnostics import Problems
from compiler.pipeline import compile_project
from compiler.project import open_project

started = time.process_time()
found = [(d.code, d.span.line) for d in compile_project(open_project(Path(sys.argv[1]), Problems())).diagnostics]
used = time.process_time() - started
# getrusage still knows the size of the process that this one was forked from; the kernel's own mark begins with exec
mark = Path("/proc/self/status")
peak = int(re.search(r"VmHWM:\\s+(\\d+)", mark.read_text())[1]) if mark.exists() else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([found, used, peak // 1024]))
"""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_in_a_diagnostic_within_two_seconds_and_512_megabytes(name, tmp_path):
    code, text = BOMBS[name]
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/a.yaml").write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    found, seconds, megabytes = json.loads(done.stdout)
    assert code in {each for each, _ in found}, found[:3]
    assert all(line >= 1 for _, line in found)
    assert seconds < 2
    assert megabytes < 512


# ---------------------------------------------------------------- templates and paths that want out


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__.__mro__", "''['__cla' ~ 'ss__']", "vars.__init__", "cycler.__init__.__globals__", "lipsum.__globals__", "self._TemplateReference__context",
        "namespace()", "range(10)", "dict()", "joiner()", "[].append(1)", "vars.keys()", "vars | attr('keys')", "'%c' % 5", "'{0.__class__}'.format(5)", "config",
        "request", "vars | map('upper') | list", "vars | tojson", "vars | pprint", "'a' | center(1000000000)", "'x' | indent(1000000000)", "vars | batch(2)",
        "().__class__", "open('/etc/passwd')", "vars.update({'a': 1})", "(1).real.__class__", "'' | string | attr('__class__')", "self", "caller()", "super()",
    ],
)  # fmt: skip
def test_a_template_cannot_leave_its_sandbox(expression, project):
    text = HEAD + "steps: []\nwas: |-\n  ${{ " + expression + " }}\n"
    found = [each for each in compiled(project, text.encode()).diagnostics if each.code == "F103"]
    assert len(found) == 1
    assert found[0].span.line == 6


@pytest.mark.parametrize(
    "name",
    [
        "../secret.yaml",
        "/etc/hosts",
        "~/secret.yaml",
        "a/../../secret.yaml",
        "link.yaml",
        "folder/secret.yaml",
        "C:\\\\secret.yaml",
        "\\0",
        "secret.yaml\\0.yaml",
        "",
        ".",
        "//etc/hosts",
        "ü" * 150,
        "x" * 5_000,
        "file:///etc/hosts",
    ],
)
def test_a_path_cannot_leave_the_project(name, project):
    (project / "secret.yaml").write_text("kind: fragment\nsteps: []\n")
    outside = project.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "secret.yaml").write_text(
        "kind: fragment\nsteps: [{send-email: {subject_line: TOP-SECRET}}]\n"
    )
    (project / "flows/link.yaml").symlink_to(outside / "secret.yaml")
    (project / "flows/folder").symlink_to(outside)
    (project / "flows/blueprint.yaml").unlink()
    for text in (
        HEAD + f'steps:\n  - use: "{name}"\n',
        HEAD + f'steps:\n  - send-email: {{template: {{file: "{name}"}}}}\n',
    ):
        compilation = compiled(project, text.encode())
        about = [
            each
            for each in compilation.diagnostics
            if each.span.file == "flows/a.yaml" and each.severity == "error"
        ]
        assert {each.code for each in about} <= {"F106", "F312"}
        assert about
        assert "TOP-SECRET" not in json.dumps(
            [item.body for item in compilation.compiled if item.name == "A"]
        )


# ---------------------------------------------------------------- definitions


def nested(depth: int) -> dict[str, Any]:
    exits: list[tuple[int | None, ...]] = []
    for level in range(depth):
        exits += [(2 * level + 2 if level < depth - 1 else None, 2 * level + 1), (None,)]
    return graph_flow(exits)


def spoiled_definition(random: Random) -> Any:
    data = json.loads(
        json.dumps(
            body(Maker(random, unknown=0.5).flow(3) if random.random() < 0.7 else Maker(random).segment())
        )
    )
    for _ in range(random.choice((1, 2, 5))):
        places = list(_places(data))
        holder, key = random.choice(places)
        other, from_key = random.choice(places)
        if random.random() < 0.3:
            del holder[key]
        elif random.random() < 0.5:
            holder[key] = json.loads(json.dumps(random.choice(JUNK)))
        else:
            holder[key] = json.loads(json.dumps(other[from_key]))
        if not data:
            break
    return data


def decompiled(path: Path, text: str) -> tuple[list[str], list[str]]:
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    out = decompile_file(path, kinds.default_revision(), problems)
    assert all(each.span.line >= 1 for each in problems)
    return out, [each.code for each in problems]


def test_hundreds_of_spoiled_definitions_end_in_text_or_a_diagnostic(tmp_path):
    for seed in range(300):
        definition = spoiled_definition(Random(seed))
        out, codes = decompiled(tmp_path / "a.json", json.dumps(definition))
        assert out or codes, seed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "F003"), ("{", "F003"), ("[" * 100_000, "F005"), ('{"a": ' * 3_000 + "1" + "}" * 3_000, "F005"), ("null", "F488"), ("5", "F488"), ('"x"', "F488"), ("{}", "F488"),
        (json.dumps({"actions": []}), "F487"), (json.dumps({"condition_groups": [5]}), "F481"), (json.dumps(body(nested(300))), "F480"),
        (json.dumps({**graph_flow([[None]]), "extra": {"a": "\ud800"}}), "F001"), (json.dumps({"triggers": [], "actions": [{"type": "x", "temporary_id": {}}, 5, None]}), "F487"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else None,
)  # fmt: skip
def test_an_odd_file_of_json_is_diagnosed(text, code, tmp_path):
    _, codes = decompiled(tmp_path / "a.json", text)
    assert code in codes


def test_a_definition_as_deep_as_json_allows_is_diagnosed(tmp_path):
    deep = textwrap.dedent(json.dumps({**graph_flow([[None]]), "extra": None})).replace(
        "null}", '{"a": ' * 600 + "1" + "}" * 600 + "}"
    )
    _, codes = decompiled(tmp_path / "a.json", deep)
    assert "F005" in codes
