"""Jinja2's expressions in a sandbox, strict and bounded: what one ``${{ }}`` may say and give."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

LONGEST: Final = 1_000  # characters of one expression
LARGEST: Final = 100_000  # characters of one result
DIGITS: Final = 15  # after the point that a number can be rounded to
HIGHEST: Final = 10**12  # no number of a marketing flow is larger
FILTERS: Final = (
    "abs", "capitalize", "default", "first", "float", "format_number", "int", "join", "last", "length", "lower",
    "replace", "round", "slug", "sort", "string", "title", "trim", "upper",
)  # fmt: skip
# Whatever Python raises for operands that do not fit; NameError is how Jinja2 spells an infinite constant.
MISHAPS = (ArithmeticError, AttributeError, LookupError, NameError, RecursionError, TypeError, ValueError)
FORBIDDEN: Final = re.compile(r"\*\*|<<|__")
TO_FILL: Final = re.compile(r"fill_in\.(\w+)")  # stands in a draft for what only a person knows


class ExpressionError(Exception):
    """What is wrong with an expression, in words for its author."""


def checked(value: Any, depth: int = 0) -> Any:
    """Return a result as plain data within the limits; raises ExpressionError beyond them."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if not abs(value) <= HIGHEST:
            raise ExpressionError(f"gives a number over {HIGHEST:,}")
        return value
    if isinstance(value, str):
        if len(value) > LARGEST:
            raise ExpressionError(f"gives {len(value):,} characters; {LARGEST:,} is the limit")
        return str(value)
    if depth < 10 and isinstance(value, list | tuple) and len(value) <= 10_000:
        return [checked(item, depth + 1) for item in value]
    if depth < 10 and isinstance(value, Mapping) and len(value) <= 10_000:
        return {str(key): checked(item, depth + 1) for key, item in value.items()}
    raise ExpressionError("gives no text, number, list or mapping")


@cache
def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined  # noqa: PLC0415 - most files hold no expression, and Jinja2 takes long to load
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 - the same

    class Bounded(ImmutableSandboxedEnvironment):
        """The sandbox, without calls and without operators whose results could grow without bound."""

        intercepted_binops = frozenset({"*", "+", "%", "**"})

        def getattr(self, obj: Any, attribute: str) -> Any:
            return self.getitem(obj, attribute)  # params.items is the parameter, never a method of Python's

        def getitem(self, obj: Any, argument: Any) -> Any:
            try:
                return obj[argument]
            except (TypeError, LookupError):
                return self.undefined(obj=obj, name=argument)

        def call(self, *_args: Any, **_kwargs: Any) -> Any:
            raise ExpressionError("calls nothing; there are filters for that, such as | upper")

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if operator == "**" or (
                operator in "*%" and not all(isinstance(side, int | float) for side in (left, right))
            ):
                raise ExpressionError(f"{operator} works on numbers only")
            return checked(super().call_binop(context, operator, left, right))

    environment = Bounded(undefined=StrictUndefined)
    environment.globals.clear()
    usual = dict(environment.filters)
    environment.filters.clear()
    environment.filters.update({name: usual[name] for name in FILTERS if name in usual})
    environment.filters["slug"] = _slug
    environment.filters["format_number"] = lambda value: f"{value:,}"
    environment.filters["replace"] = _replace
    environment.filters["round"] = lambda value, digits=0: _rounded(usual["round"], value, digits)
    return environment


def _replace(value: Any, old: Any, new: Any) -> Any:
    """Return a text with its parts replaced; its length is known before it is made."""
    text, old, new = str(value), str(old), str(new)
    if not old:
        return value
    length = len(text) + text.count(old) * (len(new) - len(old))
    if length > LARGEST:
        raise ExpressionError(f"gives {length:,} characters; {LARGEST:,} is the limit")
    return text.replace(old, new)


def _rounded(usual: Callable[[Any, int], Any], value: Any, digits: Any) -> Any:
    if not isinstance(digits, int) or not 0 <= digits <= DIGITS:
        raise ExpressionError(f"rounds to 0 to {DIGITS} digits")
    return usual(value, digits)


def _slug(value: Any) -> str:
    return re.sub(r"[^a-z0-9]+", "-", str(value).lower()).strip("-")


@cache
def compiled(expression: str) -> Callable[[Mapping[str, Any]], Any]:
    """Return what gives an expression's value for the names in scope; both raise ExpressionError."""
    from jinja2 import TemplateError, UndefinedError  # noqa: PLC0415 - loaded only where an expression stands

    if len(expression) > LONGEST:
        raise ExpressionError(f"is longer than {LONGEST:,} characters")
    if not expression:
        raise ExpressionError("is empty")
    if drafted := TO_FILL.fullmatch(expression):
        raise ExpressionError(f"write the {drafted[1].replace('_', ' ')} in its place")
    if found := FORBIDDEN.search(expression):
        raise ExpressionError(f"must not hold {found[0]}")
    try:
        made = _environment().compile_expression(expression, undefined_to_none=False)
    except TemplateError as error:
        raise ExpressionError(f"is not understood: {error}") from error
    except (RecursionError, SyntaxError, MemoryError) as error:  # Python's own limits on nesting
        raise ExpressionError("is nested too deep") from error

    def run(scope: Mapping[str, Any]) -> Any:
        try:
            return _defined(made(**scope))
        except UndefinedError as error:
            raise ExpressionError(f"{error}{_known(expression, scope)}") from error
        except (TemplateError, *MISHAPS) as error:
            raise ExpressionError(str(error) or type(error).__name__) from error

    return run


def _defined(value: Any) -> Any:
    from jinja2 import Undefined, UndefinedError  # noqa: PLC0415 - loaded only where an expression stands

    if isinstance(value, Undefined):
        raise UndefinedError(f"{value._undefined_name!r} is not defined")  # noqa: SLF001 - no public way to the name
    return value


def _known(expression: str, scope: Mapping[str, Any]) -> str:
    """Return the nearest name that is in scope."""
    from compiler.diagnostics import nearest  # noqa: PLC0415 - only when an expression is wrong

    match = re.search(r"\b(params|vars|account|each)\.(\w+)", expression)
    if match is not None and isinstance(scope.get(match[1]), Mapping):
        names = sorted(map(str, scope[match[1]]))
        if match[2] in names:
            return ""  # it is something inside that is not there
        hint = nearest(match[2], names)
        return hint or (f" ({match[1]} holds {', '.join(names)})" if names else f" ({match[1]} is empty)")
    return f" (in scope: {', '.join(sorted(scope))})"
