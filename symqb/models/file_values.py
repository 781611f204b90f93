"""Values of model files: numbers, expressions, operators, densities, each read at its line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from symqb.models.errors import ParameterError
from symqb.models.exact import exact_number
from symqb.models.operator_words import read_operator, read_scalar
from symqb.models.operators import LARGEST_OPERATOR
from symqb.models.register import Register
from symqb.models.spectra import SpectralDensity
from symqb.models.toml_lines import Place, TomlFile, Typed
from symqb.models.values import Value, as_expression

if TYPE_CHECKING:
    import sympy as sp

FREQUENCY = "omega"
"""The variable of formulas for spectral densities and occupations."""

SPECTRUM = ("s", "cutoff")


class FileValues:
    """Read the values of a model file, and keep count of the parameters in them.

    Parameters
    ----------
    file : TomlFile
        Where they stand.
    """

    def __init__(self, file: TomlFile) -> None:
        self.file = file
        self.register: Register | None = None
        self.declared: tuple[str, ...] | None = None
        self.used: set[str] = set()

    def refuse(self, place: Place, rule: str, remedy: str) -> ParameterError:
        """Make an error that shows a key's value, the rule and the remedy."""
        value: Any = self.file.tables
        for part in place:
            value = value[part]
        last = place[-1]
        name = last if isinstance(last, str) else f"{place[-2]}[{last}]"
        return self.file.refuse(place, f"{name}={_shown(value)} {rule}; {remedy}")

    # ------------------------------------------------------------------------------------- tables

    def check_keys(
        self, place: Place, table: Mapping[str, Any], known: tuple[str, ...], where: str
    ) -> None:
        """Refuse a key that is not known, and name the closest that is."""
        for key in table:
            if key not in known:
                near = get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]!r}? Known are" if near else "known are"
                raise self.file.refuse(
                    (*place, key), f"{key!r} is unknown in {where}; {hint} {', '.join(known)}"
                )

    def table(self, place: Place, known: tuple[str, ...], where: str) -> Mapping[str, Any]:
        """Give a table after a look at its keys."""
        found: Any = self.file.tables
        for part in place:
            found = found[part]
        if not isinstance(found, dict):
            raise self.refuse(place, "is no table", f"write {where} and its keys below")
        self.check_keys(place, found, known, where)
        return found

    def tables(self, key: str, known: tuple[str, ...]) -> Iterable[tuple[Place, Mapping[str, Any]]]:
        """Give each table of a list of them, with its place."""
        listed = self.file.tables.get(key, [])
        where = f"[[{key}]]"
        if not isinstance(listed, list):
            remedy = f"write {where}, once for each, and its keys below"
            raise self.file.refuse((key,), f"[{key}] is one table where a list is wanted; {remedy}")
        for k in range(len(listed)):
            yield (key, k), self.table((key, k), known, where)

    def need(self, place: Place, table: Mapping[str, Any], key: str, example: str) -> Any:
        """Give the value of a key that must be there."""
        if key not in table:
            where = f"[{place[0]}]" if len(place) == 1 else f"[[{place[0]}]]"
            raise self.file.refuse(place, f"{key} is missing in {where}; write {key} = {example}")
        return table[key]

    # ------------------------------------------------------------------------------------- values

    def scalar(self, raw: Any, place: Place, name: str) -> Value:
        """Read a number exactly as typed, a parameter's name, or an expression."""
        if type(raw) is int:
            return raw
        if isinstance(raw, Typed):
            return self._number(raw, place, name)
        if not isinstance(raw, str):
            raise self.file.refuse(
                place,
                f"{name}={_shown(raw)} is {_kind(raw)}; give a number, or a name or an expression "
                "in quotes",
            )
        found = self._expression(raw, place, name)
        self._count(found)
        if found.is_Rational:
            return self._number(found, place, name)
        return str(found) if found.is_Symbol else found

    def _number(self, raw: Any, place: Place, name: str) -> Value:
        with self.file.at(*place):
            number = exact_number(raw.replace("_", "") if isinstance(raw, Typed) else raw, name)
        if number is None:
            raise self.file.refuse(place, f"{name}={raw!r} is not a finite number; give one")
        return number.numerator if number.denominator == 1 else number

    def _expression(self, raw: str, place: Place, name: str, extra: str = "") -> sp.Expr:
        declared = self.declared
        if declared is not None and extra:
            declared = (*declared, extra)
        with self.file.at(*place):
            return read_scalar(raw, name, self.register, declared)

    def _count(self, value: Any, *, but: str = "") -> None:
        self.used |= {symbol.name for symbol in value.free_symbols} - {but}

    def scalars(self, raw: Any, place: Place, name: str) -> Value | tuple[Value, ...]:
        """Read one value, or a list of them."""
        if not isinstance(raw, list):
            return self.scalar(raw, place, name)
        return tuple(self.scalar(one, place, f"{name}[{k}]") for k, one in enumerate(raw))

    def formula(self, raw: Any, place: Place, name: str) -> Any:
        """Read a formula in the frequency as a function of it."""
        from sympy import Lambda, Symbol

        if not isinstance(raw, str):
            body = as_expression(self.scalar(raw, place, name))
        else:
            body = self._expression(raw, place, name, FREQUENCY)
            self._count(body, but=FREQUENCY)
        return Lambda(Symbol(FREQUENCY), body)

    def spectrum(self, raw: Any, place: Place) -> Any:
        """Read a spectral density: a table of a power law, or a formula."""
        if not isinstance(raw, dict):
            return self.formula(raw, place, "spectrum")
        self.check_keys(place, raw, SPECTRUM, "spectrum")
        if "cutoff" not in raw:
            raise self.refuse(place, "has no cutoff", "write { s = 1, cutoff = 10 }, or a formula")
        values = {
            key: self.scalar(one, (*place, key), f"spectrum: {key}") for key, one in raw.items()
        }
        with self.file.at(*place):
            return SpectralDensity(**values)

    def occupation(self, raw: Any, place: Place) -> Any:
        """Read an occupation: a value, or a formula in the frequency."""
        found = self.formula(raw, place, "occupation")
        return found if found.expr.has(*found.variables) else found.expr

    # ---------------------------------------------------------------------------------- operators

    def operator(self, raw: Any, place: Place, name: str) -> sp.ImmutableMatrix:
        """Read an operator from words, or from rows of expressions."""
        if isinstance(raw, str):
            if self.register is None:
                raise self.file.refuse(
                    place,
                    f"{name}={_shown(raw)} is text, and there is no register; write [register] "
                    "with levels = [2, 2], or the operator as a list of rows",
                )
            with self.file.at(*place):
                found = read_operator(raw, name, self.register, self.declared)
        else:
            found = self._rows(raw, place, name)
        self._count(found)
        return found

    def _rows(self, raw: Any, place: Place, name: str) -> sp.ImmutableMatrix:
        from sympy import ImmutableMatrix

        if not _is_rows(raw):
            raise self.file.refuse(
                place,
                f"{name}={_shown(raw)} is {_kind(raw)} where an operator is wanted; give its "
                "formula in quotes, such as 'X1', or a list of rows",
            )
        if len(raw) > LARGEST_OPERATOR:
            raise self.file.refuse(
                place, f"{name} has {len(raw)} rows; give at most {LARGEST_OPERATOR}"
            )
        if any(len(row) != len(raw) for row in raw):
            raise self.file.refuse(
                place,
                f"{name} has {len(raw)} rows of {[len(row) for row in raw]} entries and is not "
                "square; give a matrix over all states",
            )
        entries = [
            [as_expression(self.scalar(x, place, f"{name}[{i}][{j}]")) for j, x in enumerate(row)]
            for i, row in enumerate(raw)
        ]
        return ImmutableMatrix(entries)

    def operators(self, raw: Any, place: Place, name: str) -> Any:
        """Read one operator, or a list of them."""
        if raw == []:
            return []
        if isinstance(raw, list) and not _is_rows(raw):
            return [self.operator(one, place, name) for one in raw]
        return self.operator(raw, place, name)


def _is_rows(raw: Any) -> bool:
    """Whether a value is a list of rows, and no list of such lists."""
    return (
        isinstance(raw, list)
        and bool(raw)
        and all(isinstance(row, list) for row in raw)
        and not any(isinstance(entry, list) for row in raw for entry in row)
    )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", dict: "a table", list: "a list", int: "a number"}
    kinds[Typed] = "a number"
    kinds[str] = "text"
    return kinds.get(type(value), f"a {type(value).__name__}")
