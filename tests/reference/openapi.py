"""OpenAPI 3.0 documents as strict JSON Schema: what an operation may answer, unknown fields being errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

METHODS = ("get", "post", "patch", "delete")
# Members that JSON:API gives every error object, which the documents leave unsaid and the API answers.
ERROR_MEMBERS = ("status", "links", "meta")
KEPT = ("type", "enum", "required", "minItems", "maxItems", "maxProperties")
Schema = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    document: Document
    about: Mapping[str, Any]

    def includes(self) -> list[str]:
        return self._values("include")

    def additional(self) -> dict[str, list[str]]:
        names = [each["name"] for each in self.about.get("parameters", ())]
        return {name: self._values(name) for name in names if name.startswith("additional-fields")}

    def _values(self, name: str) -> list[str]:
        found = [each for each in self.about.get("parameters", ()) if each["name"] == name]
        return list(found[0]["schema"]["items"]["enum"]) if found else []

    def complaints(self, status: int, answer: Any) -> list[str]:
        """What is wrong with an answer: its status, or the fields that the schema does not allow."""
        told = self.about["responses"]
        response = told.get(str(status)) or told.get(f"{status // 100}XX")
        if response is None:
            return [f"status {status} is none of {sorted(told)}"]
        schema = self.document.answer(response)
        if schema is None:
            return [] if answer is None else ["a body where there is none"]
        if status >= 400:
            answer = {
                "errors": [
                    {name: value for name, value in error.items() if name not in ERROR_MEMBERS}
                    for error in answer["errors"]
                ]
            }
        errors = Draft202012Validator({**schema, "$defs": self.document.definitions}).iter_errors(answer)
        return [
            f"/{'/'.join(map(str, leaf.absolute_path))}: {leaf.message[:200]}"
            for each in errors
            for leaf in leaves(each, self.document.definitions)
        ]


class Document:
    """One OpenAPI document."""

    def __init__(self, path: Path) -> None:
        self.data = json.loads(path.read_text(encoding="utf-8"))
        self.schemas: Mapping[str, Schema] = self.data["components"]["schemas"]

    @property
    def revision(self) -> str:
        return str(self.data["info"]["version"])

    def operations(self) -> Iterator[Operation]:
        for path, methods in self.data["paths"].items():
            for method in METHODS:
                if method in methods:
                    yield Operation(method.upper(), path, self, methods[method])

    @cached_property
    def definitions(self) -> dict[str, Schema]:
        return {name: self.strict(schema) for name, schema in self.schemas.items()}

    def answer(self, response: Mapping[str, Any]) -> Schema | None:
        """The schema of a response's body; None where it has none."""
        if "$ref" in response:
            response = self.data["components"]["responses"][last(response["$ref"])]
        content = response.get("content")
        return self.strict(next(iter(content.values()))["schema"]) if content else None

    def strict(self, schema: Schema) -> Schema:
        """Objects closed, ``nullable`` a null type, ``oneOf`` an ``anyOf``: an integer is also a number."""
        if "allOf" in schema:
            schema = self.merged([*schema["allOf"], {k: v for k, v in schema.items() if k != "allOf"}])
        out = {key: schema[key] for key in KEPT if key in schema}
        if "$ref" in schema:
            out["$ref"] = f"#/$defs/{last(schema['$ref'])}"
        for key, several in (("oneOf", "anyOf"), ("anyOf", "anyOf")):
            if key in schema:
                out[several] = [self.strict(each) for each in schema[key]]
        if "items" in schema:
            out["items"] = self.strict(schema["items"])
        if "properties" in schema:
            out["properties"] = {name: self.strict(each) for name, each in schema["properties"].items()}
            more = schema.get("additionalProperties", False)
            out["additionalProperties"] = self.strict(more) if isinstance(more, dict) else more
        return {"anyOf": [out, {"type": "null"}]} if schema.get("nullable") else out

    def merged(self, parts: list[Schema]) -> Schema:
        """One object of several that are closed only together."""
        out: Schema = {}
        for part in map(self.resolved, parts):
            for key, value in part.items():
                if key == "properties":
                    held = out.setdefault(key, {})
                    for name, each in value.items():
                        both = [self.resolved(held[name]), self.resolved(each)] if name in held else []
                        inner = both and all("properties" in side for side in both)
                        held[name] = self.merged(both) if inner else each
                    out[key] = dict(held)
                elif key == "required":
                    out[key] = sorted({*out.get(key, ()), *value})
                else:
                    out[key] = value
        return out

    def resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.schemas[last(schema["$ref"])]
        if "allOf" in schema:
            return self.merged([*schema["allOf"], {k: v for k, v in schema.items() if k != "allOf"}])
        return {key: dict(value) if key == "properties" else value for key, value in schema.items()}


def last(reference: str) -> str:
    return reference.rpartition("/")[2]


def leaves(error: Any, definitions: Mapping[str, Schema]) -> Iterator[Any]:
    """The errors of the variant that is meant, which is the one whose constants the instance has."""
    if error.validator != "anyOf" or not error.context:
        yield error
        return
    instance = error.instance if isinstance(error.instance, dict) else {}

    def fit(place: int) -> tuple[int, int]:
        constants = _constants(error.validator_value[place], definitions)
        same = sum(1 if instance.get(key) == value else -1 for key, value in constants.items())
        return same, -sum(each.relative_schema_path[0] == place for each in error.context)

    meant = max(range(len(error.validator_value)), key=fit)
    for each in error.context:
        if each.relative_schema_path[0] == meant:
            yield from leaves(each, definitions)


def _constants(schema: Schema, definitions: Mapping[str, Schema]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = definitions[last(schema["$ref"])]
    fields = schema.get("properties", {})
    return {name: each["enum"][0] for name, each in fields.items() if len(each.get("enum", ())) == 1}


class Contract:
    """All documents of a folder."""

    def __init__(self, folder: Path) -> None:
        documents = [Document(path) for path in sorted(folder.glob("*.json"))]
        self.revision = documents[0].revision
        self.operations = [operation for document in documents for operation in document.operations()]

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation of a request: one whose path is literally this before one with a place for an id."""
        fitting = [
            each
            for each in self.operations
            if each.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each.path), path)
        ]
        return min(fitting, key=lambda each: each.path.count("{"), default=None)
