"""Rewrites a spec in canonical form; its comments stay, and it compiles to the same body.

A plain flow or segment is lowered and lifted again, so that its nesting, its short forms and its order are what
``decompile`` would write. A document with ``use``, ``for_each``, ``${{ }}`` or defaults cannot be lowered as it
stands: its keys are brought into order and its scalars spelled canonically, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler import schema
from compiler.codecs.base import Mistake, Run, unwind
from compiler.comments import lifted, read_comments
from compiler.diagnostics import Problems
from compiler.emit import Comment, Writer
from compiler.expand import expand
from compiler.expand.document import Surroundings
from compiler.expressions import escape
from compiler.graph import breadth_first, build
from compiler.layout import Placed, layout
from compiler.lift import lift_flow, lift_segment
from compiler.lower import lower_flow, lower_segment
from compiler.model import Flow, Segment
from compiler.resolve import branches_of, resolve
from compiler.source import Source, load
from compiler.validate import validate

Path = tuple[Any, ...]
STAMPED = ("use", "for_each", "defaults", "with")
HEAD = ("kind", "name", "was", "status", "tags", "prevent_replace", "retire", "joins")


def fmt(source: Source, revision: str, problems: Problems) -> str | None:
    """Return a file's canonical text; None where the file is broken, which ``problems`` says."""
    data = source.data
    if not isinstance(data, dict):
        return None
    if _stands_as_it_is(source, data):
        return write(data, read_comments(source.text))
    [document] = expand(
        source, Surroundings(read=lambda _: ""), problems
    )  # turns $${{ into ${{, nothing else
    data = document.data
    findings = validate(document)
    problems.extend(document.diagnose(code, message, path, key=key) for code, message, path, key in findings)
    if findings:
        return None
    canonical, moves, mistakes = (
        _segment(data, revision) if data["kind"] == "segment" else _flow(data, revision)
    )
    problems.extend(document.diagnose(mistake.code, mistake.message, mistake.path) for mistake in mistakes)
    if mistakes:
        return None
    text = write(
        canonical, {moved(path, moves): comment for path, comment in read_comments(source.text).items()}
    )
    return text if _same(text, canonical) else write(data, read_comments(source.text))


def _stands_as_it_is(source: Source, data: Mapping[str, Any]) -> bool:
    return (
        data.get("kind") not in ("flow", "segment")
        or any(key in data for key in STAMPED)
        or "${{" in source.text.replace("$${{", "")
        or "use:" in source.text
    )


def _same(text: str, canonical: Mapping[str, Any]) -> bool:
    """Say whether a text reads back as what it was written from."""
    problems = Problems()
    return bool(load("", text, problems).data == canonical) and not problems.errors


def write(document: Mapping[str, Any], comments: Mapping[Path, Comment]) -> str:
    """Return a document's text with every comment in it."""
    root = schema.document(document["kind"]) if document.get("kind") in schema.DOCUMENTS else {}
    while True:
        writer = Writer(root, comments)
        text = writer.write(document)
        unused = set(comments) - writer.used
        if not unused:
            return text
        comments = lifted(comments, unused)


def _segment(
    data: dict[str, Any], revision: str
) -> tuple[dict[str, Any], list[tuple[Path, Path]], list[Mistake]]:
    run = Run(revision)
    body = lower_segment(Segment(data["name"], data), run)
    lifted_document, _ = lift_segment(body["data"]["attributes"]["definition"], data["name"], revision)
    return escape({**data, "definition": lifted_document["definition"]}), [], run.mistakes


def _flow(
    data: dict[str, Any], revision: str
) -> tuple[dict[str, Any], list[tuple[Path, Path]], list[Mistake]]:
    flow, mistakes = resolve(data)
    run = Run(revision)
    if mistakes:
        return data, [], mistakes
    graph = build(flow)
    body = lower_flow(flow, run, graph)
    order = breadth_first(graph)
    if run.mistakes or len(order) < len(flow.steps):
        return data, [], run.mistakes  # a step that nothing leads to would be lost; the rules speak of it
    document, lifting = lift_flow(body["data"]["attributes"]["definition"], flow.name, flow.status, revision)
    if lifting.errors:
        return data, [], []  # its canonical form would nest deeper than a text can
    placed = layout({index: action.exits for index, action in enumerate(lifting.actions)}, lifting.entry)
    moves = _moves(flow, order, placed, document["steps"])
    kept = {key: data[key] for key in HEAD if key in data}
    return escape({**kept, **{key: value for key, value in document.items() if key not in HEAD}}), moves, []


def _moves(
    flow: Flow, order: list[int], placed: list[Placed], steps: list[dict[str, Any]]
) -> list[tuple[Path, Path]]:
    """Return (old path, new path) of each step, longest old path first."""
    out: list[tuple[Path, Path]] = []
    todo: list[tuple[list[Placed], list[dict[str, Any]], Path]] = [(placed, steps, ("steps",))]
    while todo:
        items, written, path = todo.pop()
        for index, (item, step) in enumerate(zip(items, written, strict=True)):
            original = flow.steps[order[item.node]]
            here = (*path, index)
            out.append((unwind(original.at), here))
            ways = {role: value for role, value in item.branches if isinstance(value, list)}
            for role, value, at in branches_of(original.kind, step, None):
                if role in ways and isinstance(value, list):
                    todo.append((ways[role], value, (*here, *unwind(at))))
    return sorted(out, key=lambda move: -len(move[0]))


def moved(path: Path, moves: list[tuple[Path, Path]]) -> Path:
    """Return where a path of the old text is in the new one."""
    for old, new in moves:
        if path[: len(old)] == old:
            return new + path[len(old) :]
    return path
