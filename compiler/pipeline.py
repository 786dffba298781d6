"""The sentence of compiling, and where the others stand: read this first, then the rooms that it names.

``compile_project``, here: files -> sources (``source``) -> expanded documents (``expand``) -> valid documents
(``validate``) -> resolved flows (``resolve``) -> graphs (``graph``) -> request bodies (``lower``), which ``rules``
look at, with every diagnostic on the way. What a kind's fields become is in ``codecs`` and the files in ``schemas/``.

The way back: definitions -> documents (``lift``) -> canonical text (``emit``); ``roundtrip`` proves both.
An account: ``client`` speaks to it, ``live`` reads it, ``bind`` gives ids for names, ``pull`` writes it as specs,
``account`` is one in a file. ``commands`` holds one module a command, ``report`` what people read.

- plan, ``planning.project.plan_project``: specs and an account -> wanted (``wanted``) -> compared (``normalise``,
  ``diff``) -> decided (``plan.decide``) -> units in order.
- apply, ``apply.running.apply_plan``: a plan -> checked -> calls, each journaled (``journal``) -> read back.
- coverage, ``coverage.cover.cover``: inventory, catalog, specs -> rules (``logic``) and people (``evaluate``)
  -> findings -> tracker.
- back-population, ``backpopulate``: a flow -> may I (``eligibility``) -> when (``paths``) -> who and how many
  (``simulate``, on ``evaluate``) -> runbook.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import networkx as nx

from compiler import lower, resolve, rules, source, validate
from compiler.allow import silence
from compiler.codecs.base import Mistake, Run
from compiler.diagnostics import Diagnostic, Problems
from compiler.expand import expand
from compiler.expand.document import Document, Surroundings
from compiler.files import Files, wrong_files
from compiler.graph import breadth_first, build
from compiler.joins import duplicate_joins
from compiler.model import Flow, Segment
from compiler.project import Project
from compiler.prune import prune
from compiler.rules.base import Subject


@dataclass(frozen=True, slots=True)
class Compiled:
    """One flow or segment and the request body that creates it."""

    document: Document
    file: Path
    kind: str
    name: str
    body: Mapping[str, Any]
    flow: Flow | None = None

    @property
    def stem(self) -> str:
        """Its file's name without ending, with the values of for_each: ``welcome.fr``."""
        return ".".join((self.file.stem, *self.document.suffix))


@dataclass(slots=True)
class Compilation:
    """What came out: bodies in the order of the files, every document, every diagnostic."""

    compiled: list[Compiled] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """The diagnostics, sorted by place."""
        return list(self.problems)


def compile_project(
    project: Project,
    paths: Iterable[Path] = (),
    *,
    revision: str | None = None,
    account: Mapping[str, Any] | None = None,
    lint: bool = True,
) -> Compilation:
    """Compile the project's specs (or those at ``paths``); errors keep a document from being compiled.

    ``account`` holds the chosen account's ``name`` and ``vars``; ``lint`` runs the rules that only warn too.
    """
    out = Compilation()
    with no_collector():
        for file in project.files(paths):
            result = compile_file(project, file, revision=revision, account=account or {}, lint=lint)
            out.compiled += result.compiled
            out.documents += result.documents
            out.problems.extend(result.problems.found)
    _equal_names(out)
    return out


@contextmanager
def no_collector() -> Iterator[None]:
    """Hold the garbage collector: nothing that compiling makes is garbage before its end, and walking it takes long."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def compile_file(
    project: Project,
    file: Path,
    *,
    revision: str | None = None,
    account: Mapping[str, Any],
    lint: bool = True,
    note: Callable[[str], object] = len,
) -> Compilation:
    """Compile one file, which may stand for several documents; ``note`` is told of each file that it uses."""
    files = Files(project, note)
    around = Surroundings(
        read=files.read,
        vars={**project.vars, **account.get("vars", {})},
        account={key: value for key, value in account.items() if key != "vars"},
        defaults=project.defaults,
    )
    problems = Problems()
    read = source.load(project.display(file), file.read_bytes(), problems)
    if read.data is not None and not isinstance(read.data, dict):
        problems.found.append(
            source.broken(
                read, "F201", "a document is a mapping; its first line is its kind, such as kind: flow"
            )
        )
    out = Compilation()
    for document in expand(read, around, problems):
        out.documents.append(document)
        _compile_document(files, file, document, revision or project.revision, out, problems, lint=lint)
    out.problems.extend(silence(problems.found, read, whole=lint))
    return out


def _compile_document(
    files: Files,
    file: Path,
    document: Document,
    revision: str,
    out: Compilation,
    problems: Problems,
    *,
    lint: bool,
) -> None:
    findings = validate.validate(document)
    problems.extend(document.diagnose(code, message, path, key=key) for code, message, path, key in findings)
    if document.data.get("kind") not in ("flow", "segment"):
        return
    if findings:
        problems.extend(_in_what_is_left(document, file, revision, [path for _, _, path, _ in findings]))
        return
    compiled, mistakes, subject = lower_document(document, file, revision, files.project.joins)
    problems.extend(document.diagnose(mistake.code, mistake.message, mistake.path) for mistake in mistakes)
    if mistakes:
        return
    if subject is not None:
        _lint(document, replace(subject, file=files.text), problems, lint=lint)
    problems.extend(wrong_files(files, document))
    out.compiled.append(compiled)


def _in_what_is_left(
    document: Document, file: Path, revision: str, wrong: list[tuple[Any, ...]]
) -> Iterator[Diagnostic]:
    """Yield the mistakes of a document that the schema objects to, in the parts that it does not object to."""
    left = Document(document.source, prune(document.data, wrong), document.suffix, document.origins)
    try:
        _, mistakes, _ = lower_document(left, file, revision)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError, StopIteration):
        return  # too little is left to say more
    for mistake in mistakes:
        if not any(_overlap(mistake.path, path) for path in wrong):
            yield left.diagnose(mistake.code, mistake.message, mistake.path)


def _overlap(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
    shorter = min(len(left), len(right))
    return left[:shorter] == right[:shorter]


def lower_document(
    document: Document, file: Path, revision: str, joins: str = "keep"
) -> tuple[Compiled, list[Mistake], Subject | None]:
    """Resolve and lower one valid document; returns it, what is wrong with it, and what the rules look at."""
    data = document.data
    run = Run(revision)
    if data["kind"] == "segment":
        body = lower.lower_segment(Segment(data["name"], data), run)
        return Compiled(document, file, "segment", data["name"], body), run.mistakes, None
    flow, mistakes = resolve.resolve(data)
    if not mistakes and (data.get("joins") or joins) == "duplicate":
        flow, mistakes = duplicate_joins(flow)
    graph = build(flow)
    body = lower.lower_flow(flow, run, graph)
    mistakes = [*mistakes, *run.mistakes]
    subject = None if mistakes else _subject(revision, flow, graph, body)
    return Compiled(document, file, "flow", flow.name, body, flow), mistakes, subject


def _subject(revision: str, flow: Flow, graph: nx.DiGraph[int], body: Mapping[str, Any]) -> Subject:
    definition = body["data"]["attributes"]["definition"]
    actions = dict(zip(breadth_first(graph), definition["actions"], strict=True))
    return Subject(revision, flow, graph, definition, actions)


def _lint(document: Document, subject: Subject, problems: Problems, *, lint: bool) -> None:
    for rule, finding in rules.check(subject):
        if lint or rule.severity == "error":
            problems.found.append(
                document.diagnose(rule.code, finding.message, finding.path, key=True, severity=rule.severity)
            )


def equal_names_message(kind: str, name: str, where: str) -> str:
    """Say that a name is taken, and where."""
    return f'another {kind} is called "{name}", in {where}; names are identities'


def _equal_names(out: Compilation) -> None:
    """Names are identities: two flows, or two segments, of one name are an error at the second."""
    seen: dict[tuple[str, str], Compiled] = {}
    for item in out.compiled:
        first = seen.setdefault((item.kind, item.name), item)
        if first is not item:
            message = equal_names_message(item.kind, item.name, first.document.source.file)
            out.problems.found.append(item.document.diagnose("F310", message, ("name",)))
