"""Any output of a derivation as a closed form, in the form asked for or the shortest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

import sympy as sp

from symqb.derive.derivation import Derivation
from symqb.derive.hamiltonian import as_expr
from symqb.derive.program_writer import coupled_pairs
from symqb.models import DegenerateLevelsError, NoClosedFormError, ParameterError
from symqb.show.forms.closed_form import ClosedForm, needed
from symqb.show.forms.populations import FORMS, Populations, PopulationWriter
from symqb.show.formulas import pair
from symqb.show.spelling import bath_latex, words_latex

PREFERRED = ("gibbs", "product", "trees", "nested")
"""Forms as they are tried where none is asked for."""

TOLERATED = 1.5
"""Operations of the form that is taken over those of the shortest, at most."""

LEFTS = {"populations": r"\rho", "energies": "E"}
NO_FORM = {
    "ergotropy": "depends on the order of the populations, which no one formula has",
    "exergy": "depends on the order of the populations, which no one formula has",
}


def closed_form(
    derivation: Derivation, output: str = "populations", form: str | None = None
) -> ClosedForm:
    """Write an output of a derivation as a closed form.

    Parameters
    ----------
    derivation : Derivation
    output : str
        Energies, populations, stored energy, capacity, charge, a heat current or the entropy
        production.
    form : str, optional
        How the populations are written, one of :data:`FORMS`; by default the first of
        :data:`PREFERRED` that there is, unless another takes far fewer operations.

    Raises
    ------
    ParameterError
        An unknown form or output.
    NoClosedFormError
        The output has no formula, or none in that form.
    DegenerateLevelsError
        Levels coincide whatever the parameters are, so that populations are not all there is.
    """
    if form is not None and form not in FORMS:
        raise ParameterError(f"form={form!r} is unknown; choose {', '.join(FORMS)}")
    if output in NO_FORM:
        raise NoClosedFormError(
            f"{output} {NO_FORM[output]}; use evaluate(...) for numbers, or the populations"
        )
    refuse_coinciding(derivation)
    if output in LEVELS_ALONE:
        return _write(derivation, output, None)
    if form is not None:
        return _write(derivation, output, form)
    last = _write(derivation, output, PREFERRED[-1])
    found = []
    for name in PREFERRED[:-1]:
        with suppress(NoClosedFormError):
            found.append(_write(derivation, output, name))
    found.append(last)
    fewest = min(one.operations for one in found)
    return next(one for one in found if one.operations <= TOLERATED * fewest)


def refuse_coinciding(derivation: Derivation) -> None:
    """Refuse a system whose rate equation is not closed whatever the parameters are."""
    levels = derivation.eigensystem
    for a, c in coupled_pairs([(t.upper, t.lower) for t in derivation.transitions]):
        if not levels[a].exact_energy - levels[c].exact_energy:
            raise DegenerateLevelsError(
                f"levels {a} and {c} coincide whatever the parameters are, so that populations "
                "couple to coherences; evaluate(...) solves for both"
            )


def _write(derivation: Derivation, output: str, form: str | None) -> ClosedForm:
    writer = OutputWriter(derivation, form or PREFERRED[-1])
    rule = OUTPUTS.get(output)
    if rule is None and _bath_of(derivation, output):
        rule = OutputWriter.heat_current
    if rule is None:
        there = [*OUTPUTS, *(f"heat_current_{bath.name}" for bath in derivation.model.baths)]
        raise ParameterError(f"output={output!r} is unknown; choose {', '.join(there)}")
    values = rule(writer, output)
    names = writer.populations.names
    labels = derivation.labels if output in LEFTS else ()
    letter = LEFTS.get(output)
    spelled = dict(names.spelled)
    if letter is None:
        spelled[output] = _left(derivation, output)
    known = writer.populations.rates.symbols()
    definitions = tuple(
        (symbol, expr.xreplace(known)) for symbol, expr in needed(names.definitions, values)
    )
    return ClosedForm(
        output,
        form or "levels",
        definitions,
        tuple(value.xreplace(known) for value in values),
        labels,
        spelled,
        {name: argument.xreplace(known) for name, argument in names.arguments.items()},
    )


def _bath_of(derivation: Derivation, output: str) -> str | None:
    names = (bath.name for bath in derivation.model.baths)
    return next((name for name in names if output == f"heat_current_{name}"), None)


def _left(derivation: Derivation, output: str) -> str:
    symbols = {
        "stored_energy": r"\Delta E_B",
        "capacity": "C",
        "charge": "Q",
        "entropy_production": r"\sigma",
    }
    bath = _bath_of(derivation, output)
    return rf"J_{{{bath_latex(bath)}}}" if bath else symbols.get(output, words_latex(output))


class OutputWriter:
    """Write outputs in populations, energies and rates.

    Parameters
    ----------
    derivation : Derivation
    form : str
        Of the populations; any where none are needed.
    """

    def __init__(self, derivation: Derivation, form: str) -> None:
        self.derivation = derivation
        self.populations = PopulationWriter(derivation)
        self.names, self.rates = self.populations.names, self.populations.rates
        self.form = form

    def write_populations(self, output: str = "") -> tuple[sp.Expr, ...]:
        """The populations."""
        return tuple(self._found().values())

    def _found(self) -> Populations:
        return FORMS[self.form](self.populations)

    def _named(self) -> Populations:
        """The populations, each with a name."""
        return {
            label: self.names.define(
                f"rho_{label}", share, rf"\rho_{{{pair(label, label)}}}", positive=True
            )
            for label, share in self._found().items()
        }

    def energies(self, output: str) -> tuple[sp.Expr, ...]:
        """The energies of the levels."""
        notation = self.rates.notation
        return tuple(notation.tidy(level.energy) for level in self.derivation.eigensystem)

    def _heights(self) -> dict[int, sp.Expr]:
        """Energies above the empty battery, named."""
        levels, notation = self.derivation.eigensystem, self.rates.notation
        found = {}
        for level in levels:
            height = notation.name_roots((level.exact_energy - levels.empty_energy).expr)
            latex = rf"h_{{{level.label}}}"
            found[level.label] = self.names.define(f"h_{level.label}", height, latex)
        return found

    def stored_energy(self, output: str = "") -> tuple[sp.Expr, ...]:
        """Heights weighted with populations."""
        heights = self._heights()
        return (sp.Add(*(heights[label] * p for label, p in self._named().items())),)

    def capacity(self, output: str = "") -> tuple[sp.Expr, ...]:
        """The largest height."""
        return (sp.Max(*self._heights().values()),)

    def charge(self, output: str = "") -> tuple[sp.Expr, ...]:
        """Stored energy over capacity."""
        most = self.names.define("capacity", self.capacity()[0], "C")
        return (self.stored_energy()[0] / most,)

    def heat_current(self, output: str) -> tuple[sp.Expr, ...]:
        """Net flows up every transition by one bath, each with its frequency."""
        populations = self._named()
        bath, total = _bath_of(self.derivation, output) or "", sp.Integer(0)
        for driven in self.rates.driven:
            upper, lower = driven.transition.upper, driven.transition.lower
            for part in driven.parts:
                if part.bath == bath:
                    down, up = self.rates.of_bath(driven, part)
                    gain = up * populations[lower] - down * populations[upper]
                    flow = self.names.define(
                        f"I_{bath}_{upper}_{lower}",
                        _common(gain, driven.omega * part.weight),
                        rf"I_{{{pair(upper, lower)}}}^{{({bath_latex(bath)})}}",
                    )
                    total += driven.frequency * flow
        return (self.rates.prefactor * total,)

    def entropy_production(self, output: str) -> tuple[sp.Expr, ...]:
        """Minus the heat currents over the temperatures."""
        baths = self.derivation.model.baths
        if any(as_expr(bath.temperature) == 0 for bath in baths):
            raise NoClosedFormError(
                "the entropy production is infinite beside a bath at T = 0, or zero; "
                "use evaluate(...)"
            )
        currents = [self.heat_current(f"heat_current_{bath.name}")[0] for bath in baths]
        if len(baths) == 2:
            name = f"heat_current_{baths[0].name}"
            current = self.names.define(name, currents[0], _left(self.derivation, name))
            left, right = (1 / as_expr(bath.temperature) for bath in baths)
            return (current * (right - left),)
        ratios = zip(currents, baths, strict=True)
        return (-sp.Add(*(J / as_expr(bath.temperature) for J, bath in ratios)),)


def _common(difference: sp.Expr, factor: sp.Expr) -> sp.Expr:
    """A difference of two products with what they share before a bracket."""
    inside = sp.Add(*(term / factor for term in sp.Add.make_args(difference)))
    return factor * inside


Rule = Callable[[OutputWriter, str], tuple[sp.Expr, ...]]
OUTPUTS: Mapping[str, Rule] = {
    "populations": OutputWriter.write_populations,
    "energies": OutputWriter.energies,
    "stored_energy": OutputWriter.stored_energy,
    "capacity": OutputWriter.capacity,
    "charge": OutputWriter.charge,
    "entropy_production": OutputWriter.entropy_production,
}
"""The outputs that have a closed form, besides the heat currents."""

LEVELS_ALONE = frozenset({"energies", "capacity"})
