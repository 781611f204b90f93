"""How a programming language spells a program: one record a language, one printer for all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from symqb.emit.names import unique_names
from symqb.emit.plan import Plan
from symqb.models.parameters import LARGEST_MAGNITUDE, SMALLEST_TEMPERATURE
from symqb.program import Program, Ref, Step
from symqb.program.core import as_double, flatten

TEMPLATES = Path(__file__).with_name("templates")
MARK = re.compile(r"(?m)(^[ \t]*)?@(\w+)@(\n?)")


def number(value: Fraction) -> str:
    """Spell a constant so that it reads back as the same double, in brackets if it is negative."""
    text = repr(as_double(value))
    return text if value >= 0 else f"({text})"


def template(name: str) -> str:
    """Read a file of ``templates/``."""
    return TEMPLATES.joinpath(name).read_text(encoding="utf-8")


def words(text: str) -> frozenset[str]:
    """Find every word of a text: no name of a program may be one in a file made from it."""
    return frozenset(re.findall(r"[A-Za-z_]\w*", text))


def fill(text: str, marks: Mapping[str, object]) -> str:
    """Replace each ``@MARK@``; one that stands indented on a line may be several lines, or none.

    Raises
    ------
    KeyError
        A mark that is not given.

    Examples
    --------
    >>> fill("f(@N@)\\n  @BODY@", {"N": 3, "BODY": "a\\nb"})
    'f(3)\\n  a\\n  b'
    """

    def put(match: re.Match[str]) -> str:
        indent, value = match[1] or "", str(marks[match[2]])
        if indent and not value:
            return ""
        return indent + value.replace("\n", f"\n{indent}") + match[3]

    return MARK.sub(put, text)


def row_names(plan: Plan, labels: Sequence[int]) -> list[str]:
    """Name every number of a point: by its output, or by its output and level."""
    rows: list[str] = []
    for name, width in zip(plan.outputs, plan.widths, strict=True):
        tags = labels if len(labels) == width else range(1, width + 1)
        rows += [f"{name}_{tag}" for tag in tags] if width else [name]
    return rows


@dataclass(frozen=True)
class Language:
    """A language, and the file it puts around a program.

    Attributes
    ----------
    forms : mapping
        Operation to its form: ``{0}``, ``{1}`` and so on stand for its arguments.
    reserved : frozenset of str
        What no name of a program may be.
    template : str
        The file, with ``@MARKS@`` where :meth:`module` puts what belongs to a program.
    assign : str
        A statement: ``{0}`` is the name, ``{1}`` its value.
    vector : str
        An output of several numbers, ``{0}``.
    literal : callable
        Spells an exact constant as a double.
    quote : callable
        Spells names and rules as data: a string, None, or a tuple of strings.
    load, declare : str
        A statement that takes ``{0}`` from place ``{1}`` of all parameters, and one before all
        others that declares ``{0}``, where the language needs them.
    first : int
        The number of the first place.
    spell : callable
        Makes a name of letters, digits and underscores one of the language; no two alike.
    fold : callable
        Equal for names that the language takes for one.
    layout : callable
        What is done to the whole file at last, such as breaking its lines.
    """

    forms: Mapping[str, str]
    reserved: frozenset[str]
    template: str = ""
    assign: str = "{0} = {1}"
    vector: str = "[{0}]"
    literal: Callable[[Fraction], str] = number
    quote: Callable[[Any], str] = repr
    load: str = ""
    declare: str = ""
    first: int = 0
    spell: Callable[[str], str] = str
    fold: Callable[[str], str] = str
    layout: Callable[[str], str] = str

    def module(self, plan: Plan, **about: Any) -> str:
        """Write the standalone source text of a plan.

        Parameters
        ----------
        plan : Plan
            What is to be computed.
        **about
            ``title`` and ``version``, put in a comment; ``labels``, those of the levels in the
            order of vector outputs; ``parameters``, all that are checked.

        Raises
        ------
        KeyError
            An operation the language has no form for, or a mark that has no meaning.
        """
        return self.layout(fill(self.template, self.marks(plan, **about)))

    def marks(
        self, plan: Plan, *, title: str, version: str, labels: Sequence[int], parameters: Any
    ) -> dict[str, object]:
        """Say what stands for each mark of a template."""
        program = plan.general
        data: dict[str, Any] = {
            "PARAMETERS": tuple(parameters),
            "INPUTS": program.inputs,
            "OUTPUTS": plan.outputs,
            "ROWS": tuple(row_names(plan, labels)),
            "RULES": tuple(guard.rule for guard in program.guards),
            "TEMPERATURES": plan.temperatures,
            "KAPPA": plan.kappa,
        }
        return {
            "TITLE": title.replace("*/", "* /").replace("*)", "* )"),
            "VERSION": version,
            "DIGEST": plan.program.digest[:16],
            **{mark: self.quote(value) for mark, value in data.items()},
            "LABELS": ", ".join(map(str, labels)),
            "PARAMETER_COUNT": len(data["PARAMETERS"]),
            "ROW_COUNT": plan.rows,
            "GUARD_COUNT": len(program.guards),
            "LARGEST": self.literal(Fraction(LARGEST_MAGNITUDE)),
            "SMALLEST": self.literal(Fraction(SMALLEST_TEMPERATURE)),
            "SMALLEST_SHOWN": repr(SMALLEST_TEMPERATURE),
            **Text(self, program).marks(data["PARAMETERS"]),
        }


class Text:
    """A program in a language's words.

    Parameters
    ----------
    language : Language
        What it is spelled in.
    program : Program
        Lowered, but for operations the language has a form for.
    taken : iterable of str
        Further words that no name may be.
    """

    def __init__(self, language: Language, program: Program, taken: Iterable[str] = ()) -> None:
        self.language, self.program = language, program
        given = [*program.inputs, *(step.name for step in program.steps)]
        unique = unique_names(given, language.reserved.union(taken), language.fold)
        self.names = {name: language.spell(fresh) for name, fresh in unique.items()}

    def ref(self, ref: Ref) -> str:
        """Spell a name or a constant."""
        return self.language.literal(ref) if isinstance(ref, Fraction) else self.names[ref]

    def expression(self, step: Step) -> str:
        """Spell the right side of a step."""
        return self.language.forms[step.op].format(*map(self.ref, step.args))

    def statements(self) -> list[str]:
        """Spell every step as a statement."""
        assign, names = self.language.assign, self.names
        return [assign.format(names[s.name], self.expression(s)) for s in self.program.steps]

    def marks(self, parameters: Sequence[str] = ()) -> dict[str, object]:
        """Say what stands for the marks of a template's function; it may take all parameters."""
        outputs, inputs = self.program.outputs.values(), self.program.inputs
        language, names = self.language, self.names
        places = [(name, parameters.index(name)) for name in inputs if language.load]
        return {
            "ARGUMENTS": ", ".join(names[name] for name in inputs),
            "NAMES": ", ".join(names.values()),
            "DECLARATIONS": "\n".join(map(language.declare.format, names.values())).strip(),
            "LOADS": "\n".join(
                language.load.format(names[n], language.first + k) for n, k in places
            ),
            "STATEMENTS": "\n".join(self.statements()),
            "VALUES": ", ".join(
                self.language.vector.format(", ".join(map(self.ref, out)))
                if isinstance(out, tuple)
                else self.ref(out)
                for out in outputs
            ),
            "NUMBERS": ", ".join(self.ref(ref) for out in outputs for ref in flatten(out)),
            "GUARDS": ", ".join(self.ref(guard.ref) for guard in self.program.guards),
        }
