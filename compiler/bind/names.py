"""What an account calls its things: finds the one thing that a reference means, or says why there is none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compiler.codecs.references import placeholder
from compiler.diagnostics import Severity, nearest
from compiler.live import Thing
from compiler.scalars import scalar

GROUPS = ("list", "segment")
# The kinds whose every id an inventory holds: an id that it lacks belongs to another account. A message's template
# is a clone that no listing shows, and a flow or form in a filter may be long gone.
CHECKED = ("metric", "list", "segment", "group", "image")
LISTED = (
    "metric",
    "list",
    "segment",
)  # what every reading of a whole account shows, though there be none of it


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a reference has no id: a code and what is wrong; a warning where the rest can go on without it.

    ``instead`` is a reference that would mean one thing, by key and value; :attr:`message` tells it too.
    """

    code: str
    about: str
    severity: Severity = "error"
    instead: tuple[tuple[str, str], ...] = ()

    @property
    def message(self) -> str:
        """The whole sentence, where no line of a document is known that says the reference."""
        return self.advice(in_braces(self.instead)) if self.instead else self.about

    def advice(self, written: str) -> str:
        """Return the sentence with what could be written in the reference's place."""
        return f"{self.about}; say which, as in {written}"


def in_braces(reference: tuple[tuple[str, str], ...], more: str = "") -> str:
    """Return a reference as YAML on one line; ``more`` goes on behind its last key."""
    inside = ", ".join(f"{key}: {scalar(value, flow=True)}" for key, value in reference)
    return f"{{{inside}{more}}}"


class Names:
    """The things of one account by name and by id; ``files`` are the project's files by the template's id.

    ``listed`` are the kinds that are known to be all there: an id that is not among them is none of this account.
    Other kinds count as listed where there is one thing of them. ``renamed`` gives, by kind and name, the new names
    of things that a plan renames; ``things`` have these already.
    """

    def __init__(
        self,
        things: Iterable[Thing],
        files: Mapping[str, str] | None = None,
        listed: Iterable[str] = (),
        renamed: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self.files = dict(files or {})
        self._renamed = dict(renamed or {})
        self._named: dict[tuple[str, str], list[Thing]] = defaultdict(list)
        self._by_id: dict[tuple[str, str], Thing] = {}
        for thing in things:
            self._named[thing.kind, thing.name].append(thing)
            self._by_id[thing.kind, thing.id] = thing
        self._known = {*listed, *(kind for kind, _ in self._by_id)}
        self._content: dict[str, str] = {}
        for identifier, file in self.files.items():
            self._content.setdefault(file, identifier)

    def named(self, kind: str, name: str) -> list[Thing]:
        """Return the things of a kind with this name; a ``group`` is a list or a segment."""
        kinds = GROUPS if kind == "group" else (kind,)
        return [thing for each in kinds for thing in self._named.get((each, name), ())]

    def with_id(self, kind: str, identifier: str) -> Thing | None:
        """Return the thing of a kind with this id."""
        kinds = GROUPS if kind == "group" else (kind,)
        return next(
            (self._by_id[each, identifier] for each in kinds if (each, identifier) in self._by_id), None
        )

    def find(self, kind: str, said: Any) -> Thing | Wrong | str:
        """Return what a reference means: a thing, an id that no inventory shows, or what is wrong with it.

        ``said`` is a name, or a mapping with ``name``, ``integration``, ``id``, ``file`` or ``clone``.
        """
        about = said if isinstance(said, Mapping) else {"name": said}
        if "file" in about:
            return self._file(about["file"])
        if "clone" in about:
            return self._clone(about["clone"])
        if "id" in about:
            return self._with_both(kind, about)
        found = self.named(kind, about["name"])
        if "integration" in about:
            found = [thing for thing in found if thing.integration == about["integration"]] or found
            if found and found[0].integration != about["integration"]:
                return _other_integration(about, found)
        if len(found) == 1:
            return found[0]
        return _ambiguous(kind, found) if found else self._unknown(kind, about["name"])

    def foreign(self, kind: str, identifier: str) -> Wrong | None:
        """Return what is wrong with an id that stands in a body by itself; None where nothing is known to be."""
        kinds = GROUPS if kind == "group" else (kind,)
        if kind not in CHECKED or not self._known & set(kinds) or self.with_id(kind, identifier):
            return None
        return no_such_id(kind, identifier)

    def reference(self, kind: str, identifier: str) -> str | None:
        """Return the placeholder that means this id and no other; None where the account cannot say one."""
        if kind == "template" and identifier in self.files:
            return placeholder("template", {"file": self.files[identifier]})
        thing = self.with_id(kind, identifier)
        if thing is None or not thing.name:
            return None
        same = self.named(kind, thing.name)
        if len(same) == 1:
            return placeholder(kind, {"name": thing.name})
        if kind == "group" and len(self.named(thing.kind, thing.name)) == 1:
            return placeholder(thing.kind, {"name": thing.name})
        if thing.integration and sum(other.integration == thing.integration for other in same) == 1:
            return placeholder(kind, {"name": thing.name, "integration": thing.integration})
        return None

    def _file(self, file: str) -> Wrong | str:
        return self._content.get(file) or Wrong(
            "F319", f'the account has no template with the content of "{file}" yet; apply makes it', "warning"
        )

    def _clone(self, name: str) -> Wrong:
        found = self.find("template", name)
        if isinstance(found, Wrong):
            return found
        return Wrong("F319", f'the copy of the template "{name}" is not made yet; apply makes it', "warning")

    def _with_both(self, kind: str, about: Mapping[str, Any]) -> Thing | Wrong | str:
        thing = self.with_id(kind, about["id"])
        if thing is None:
            return self.foreign(kind, about["id"]) or str(about["id"])
        if thing.name != about.get("name", thing.name):
            return Wrong(
                "F316", f'the {_word(kind)} {thing.id} is called "{thing.name}" now, not "{about["name"]}"'
            )
        return thing

    def _unknown(self, kind: str, name: str) -> Wrong:
        kinds = GROUPS if kind == "group" else (kind,)
        for each in kinds:
            if (each, name) in self._renamed:
                now = self._renamed[each, name]
                return Wrong("F321", f'another spec says that the {each} "{name}" is called "{now}" now')
        for other in self._known - set(kinds):
            if self._named.get((other, name)) and other in (*GROUPS, "metric", "template"):
                return Wrong("F318", f'"{name}" is a {other} in this account, not a {_word(kind)}')
        candidates = [known for each, known in self._named if each in kinds]
        return Wrong("F313", f'the account has no {_word(kind)} "{name}"{nearest(name, sorted(candidates))}')


def no_such_id(kind: str, identifier: str) -> Wrong:
    """Return what is wrong with an id that the account does not have."""
    message = f'the account has no {_word(kind)} with the id "{identifier}"; an id belongs to one account, a name works in all'
    return Wrong("F315", message)


def _word(kind: str) -> str:
    return "list or segment" if kind == "group" else kind


def _other_integration(about: Mapping[str, Any], found: list[Thing]) -> Wrong:
    known = sorted(thing.integration for thing in found)
    hint = nearest(about["integration"], known)
    return Wrong(
        "F317",
        f'no metric "{about["name"]}" comes from "{about["integration"]}"; it comes from {" and ".join(known)}{hint}',
    )


def _ambiguous(kind: str, found: list[Thing]) -> Wrong:
    """List the candidates, and say how to tell them apart."""
    things = sorted(found, key=lambda thing: (thing.kind, thing.integration, thing.id))
    if kind == "group" and len({thing.kind for thing in things}) == len(things):
        shown = " and ".join(f"a {thing.kind} ({thing.id})" for thing in things)
        return Wrong("F314", f'"{things[0].name}" is {shown}', instead=((things[0].kind, things[0].name),))
    shown = ", ".join(
        f"{thing.integration} ({thing.id})" if thing.integration else thing.id for thing in things
    )
    about = f'{len(things)} {_word(kind)}s are called "{things[0].name}": {shown}'
    return Wrong("F314", about, instead=_one_of(things))


def _one_of(things: Sequence[Thing]) -> tuple[tuple[str, str], ...]:
    """Return a reference that means one of several things of a name: by its integration, or at last by its id."""
    known = Counter(thing.integration for thing in things)
    for thing in things:
        if thing.integration and known[thing.integration] == 1:
            return ("name", thing.name), ("integration", thing.integration)
    return (("id", things[0].id),)
