"""Faults in Python: an operator, a bound, a condition the other way round, a statement gone.

What no test should notice is left: logs, docstrings, types, the words of errors.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.mutants.faults import COMPARED, Fault, more

_OPERATOR = re.compile(r"not\s+in\b|is\s+not\b|[<>]=?|[!=]=|\b(?:is|in|and|or)\b|[+-]")
_SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any"}
_QUIET = {"log", "logger", "warnings"}


def faults(text: str) -> list[Fault]:
    """List every fault of one module, in order."""
    tree = ast.parse(text)
    return sorted(set(_Finder(text).of(tree)))


class _Finder:
    def __init__(self, text: str) -> None:
        self._text = text
        self._begins = [0]
        for line in text.splitlines(keepends=True):
            self._begins.append(self._begins[-1] + len(line))
        self._lines = text.splitlines()

    def _at(self, line: int, column: int) -> int:
        """An offset in the text; the tree counts a line's bytes."""
        before = self._lines[line - 1].encode()[:column].decode()
        return self._begins[line - 1] + len(before)

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        start = self._at(node.lineno, node.col_offset)
        return start, self._at(node.end_lineno, node.end_col_offset)

    def of(self, node: ast.AST) -> Iterator[Fault]:
        if _is_quiet(node):
            return
        yield from self._here(node)
        for child in _children(node):
            yield from self.of(child)

    def _here(self, node: ast.AST) -> Iterator[Fault]:
        match node:
            case ast.Compare(left=left, comparators=[right]):
                yield from self._between(left, right)
            case ast.BoolOp(values=[left, right, *_]):
                yield from self._between(left, right)
            case ast.BinOp(left=left, right=right, op=ast.Add() | ast.Sub()):
                yield from self._between(left, right)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield Fault(self._span(node)[0], self._span(operand)[0], "", "no `not`")
            case ast.Constant(value=bool() as value):
                yield Fault(*self._span(node), str(not value), f"{not value}")
            case ast.Constant(value=int() | float()):
                start, end = self._span(node)
                if self._text[start:end].replace("_", "").replace(".", "").isdecimal():
                    new = more(self._text[start:end])
                    yield Fault(start, end, new, f"{self._text[start:end]} -> {new}")
            case ast.Call(func=ast.Name(id=name)) if name in _SWAPPED:
                assert isinstance(node, ast.Call)
                yield Fault(*self._span(node.func), _SWAPPED[name], f"{name} -> {_SWAPPED[name]}")
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                yield self._negated(test)
            case ast.comprehension(ifs=ifs):
                yield from map(self._negated, ifs)
            case ast.Set(elts=elements) | ast.Tuple(elts=elements) | ast.List(elts=elements):
                yield from self._one_less(elements)
        if isinstance(node, ast.stmt) and _may_go(node):
            start, end = self._span(node)
            said = " ".join(self._text[start:end].split())[:60]
            yield Fault(start, end, "pass", f"gone: {said}")

    def _between(self, left: ast.expr, right: ast.expr) -> Iterator[Fault]:
        start, end = self._span(left)[1], self._span(right)[0]
        found = _OPERATOR.search(self._text, start, end)
        old = re.sub(r"\s+", " ", found[0]) if found else ""
        if found and old in COMPARED:
            new = COMPARED[old]
            yield Fault(found.start(), found.end(), new, f"{old} -> {new}")

    def _negated(self, test: ast.expr) -> Fault:
        start, end = self._span(test)
        said = " ".join(self._text[start:end].split())[:50]
        return Fault(start, end, f"(not ({self._text[start:end]}))", f"not: {said}")

    def _one_less(self, elements: list[ast.expr]) -> Iterator[Fault]:
        """One of several names or words that are listed is forgotten."""
        if len(elements) < 2 or not all(map(_is_word, elements)):
            return
        for one, after in zip(elements, [*elements[1:], None], strict=True):
            start, end = self._span(one)
            until = end if after is None else self._span(after)[0]
            yield Fault(start, until, "", f"without {self._text[start:end]}")


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What runs: no types, no docstrings, no decorators, no words of an error."""
    left = {"annotation", "returns", "decorator_list", "bases", "type_params"}
    if isinstance(node, ast.Raise):
        return
    for name, value in ast.iter_fields(node):
        if name not in left:
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, ast.AST):
                    yield one


def _is_quiet(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            return name in _QUIET
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Import() | ast.ImportFrom():
            return True
        case ast.Assert() | ast.Subscript(value=ast.Name(id="Literal")):
            return True
    return False


def _is_word(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)


def _may_go(node: ast.stmt) -> bool:
    """Whether what is left is still a program: what only has an effect."""
    match node:
        case ast.Expr(value=ast.Call() | ast.Await()):
            return True
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) | ast.AugAssign():
            return True
        case ast.Delete() | ast.Raise() | ast.Continue() | ast.Break():
            return True
    return False
