r"""A chain without anisotropy as free modes: their equation, and the battery that each of them is.

With :math:`\Delta_i = 0` the Hamiltonian is quadratic in the fermions of Jordan and Wigner, so that
its levels are sums over filled modes of the one-particle matrix.  Each end couples to every mode by
that mode's amplitude there, up to a sign, and moves one mode at a time.  A bath on a single end
hence moves every mode for itself, at a rate that does not depend on the others: the steady state is
a product over the modes, and a mode is a battery of one spin, with its frequency for a field and
its amplitudes for weights.  What holds for that battery is derived as for any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import sympy as sp

from symqb.derive.derived import derivation_of
from symqb.derive.energetics import output_names
from symqb.derive.hamiltonian import as_expr, hamiltonian_terms, parameter_symbols
from symqb.models import BatteryModel, Chain, ParameterError
from symqb.models.values import same_value

NEAR = 3
"""Sites of the chain from which the equation of a site with two neighbours is read."""
OF_MODES = ("frequencies", "occupations", "vacancies")
"""Outputs along the modes."""
NO_SUMS = ("energies", "populations", "ergotropy", "exergy")
"""Outputs of batteries that are no sums over modes."""


def mode_outputs(model: BatteryModel) -> tuple[str, ...]:
    """The outputs that sums over modes give."""
    names = (name for name in output_names(model) if name not in NO_SUMS)
    found = list(names)
    found.insert(found.index("charge") + 1, "free_energy")
    return (*OF_MODES, "energy", *found)


def is_uniform(model: BatteryModel) -> bool:
    """Whether all bonds are one, and all fields."""
    chain = model.chain
    values = (chain.J, chain.fields)
    return all(same_value(v[0], other) for v in values for other in v[1:])


def one_particle_matrix(chain: Chain) -> sp.ImmutableMatrix:
    """The Hamiltonian between the states of one up spin, over the energy of none.

    Raises
    ------
    ParameterError
        A bond with anisotropy or an XYZ part: there the levels are no sums over modes.

    Examples
    --------
    >>> one_particle_matrix(Chain(3, Delta=0))
    Matrix([
    [B0,  J,  0],
    [ J, B0,  J],
    [ 0,  J, B0]])
    """
    _check_free(chain)
    size = chain.spins
    states = [tuple(int(k == site) for k in range(size)) for site in range(size)]
    empty = sum(amplitude for _, amplitude in hamiltonian_terms(chain, (0,) * size))
    matrix = sp.zeros(size)
    for column, state in enumerate(states):
        for image, amplitude in hamiltonian_terms(chain, state):
            matrix[states.index(image), column] += amplitude
    return sp.ImmutableMatrix((matrix - empty * sp.eye(size)).applyfunc(sp.expand))


def _check_free(chain: Chain) -> None:
    for name in ("Delta", "eta"):
        bound = [value for value in getattr(chain, name) if as_expr(value) != 0]
        if bound:
            raise ParameterError(
                f"{name}={bound[0]!r} of a bond: particles in modes are free only without Delta "
                f"and eta; give {name}=0"
            )


@dataclass(frozen=True)
class UniformModes:
    """The modes of a uniform chain in closed form, k = 1 ... N.

    Attributes
    ----------
    k, site : sympy.Symbol
        The number of a mode, and of a site.
    frequency : sympy.Expr
        Of mode k.
    amplitude : sympy.Expr
        Of mode k at a site, normalised.
    """

    k: sp.Symbol
    site: sp.Symbol
    frequency: sp.Expr
    amplitude: sp.Expr


def uniform_modes(spins: int, J: sp.Expr, B0: sp.Expr) -> UniformModes:
    """Solve the equation of a site of a uniform chain, and check every step of the solution.

    With :math:`v_{j\\pm1}` for the neighbours, :math:`v_j = \\sin j\\theta` solves the equation of
    a site inside, and of site 1 as :math:`v_0 = 0`; that of site N asks for
    :math:`v_{N+1} = 0`, whence :math:`\\theta`.

    Raises
    ------
    ArithmeticError
        A step that SymPy does not confirm.

    Examples
    --------
    >>> J, B0 = sp.symbols("J B0")
    >>> modes = uniform_modes(5, J, B0)
    >>> modes.frequency, modes.amplitude
    (B0 + 2*J*cos(pi*k/6), sqrt(3)*sin(pi*k*site/6)/3)
    """
    k, site = sp.symbols("k site", integer=True, positive=True)
    theta = sp.Symbol("theta", real=True)
    left, here, right = one_particle_matrix(Chain(NEAR, J, 0, B0)).row(NEAR // 2)
    vector = sp.sin(site * theta)
    before, after = (vector.subs(site, site + step) for step in (-1, 1))
    # the neighbours' sum over v itself does not depend on the site
    inside = here + sp.trigsimp(sp.expand_trig(sp.expand((left * before + right * after) / vector)))
    _confirm(inside.has(site) is False, "the equation inside the chain")
    _confirm(before.subs(site, 1) == 0, "the first site has one neighbour")
    angle = sp.pi * k / (spins + 1)
    _confirm(after.subs({site: spins, theta: angle}) == 0, "the last site has one neighbour")
    norm = _square_sum(theta, site, spins).subs(theta, angle)
    amplitude = (vector / sp.sqrt(norm)).subs(theta, angle)
    return UniformModes(k, site, inside.subs(theta, angle), amplitude)


def _square_sum(theta: sp.Symbol, site: sp.Symbol, spins: int) -> sp.Expr:
    """The sum of sin^2(j theta), j = 1 ... spins, where sin((spins + 1) theta) = 0.

    The sum up to n is n/2 - cos((n + 1) theta) sin(n theta)/(2 sin(theta)), by induction.
    """
    oscillating = sp.cos((site + 1) * theta) * sp.sin(site * theta) / (2 * sp.sin(theta))
    total = site / 2 - oscillating
    _confirm(total.subs(site, 0) == 0, "the empty sum")
    step = total - total.subs(site, site - 1) - sp.sin(site * theta) ** 2
    _confirm(sp.simplify(step.rewrite(sp.exp)) == 0, "the step of the sum")
    end = sp.Symbol("end", real=True)  # (N + 1) theta, whose sine is 0
    at_end = sp.expand_trig(sp.sin(end - theta)).subs(sp.sin(end), 0)
    last = sp.Rational(spins, 2) - sp.cos(end) * at_end / (2 * sp.sin(theta))
    last = last.subs(sp.cos(end) ** 2, 1)
    _confirm(not last.free_symbols, "the length of a mode")
    return last


def _confirm(holds: bool, what: str) -> None:
    if not holds:
        raise ArithmeticError(f"the modes of a uniform chain: {what} was not confirmed")


@dataclass(frozen=True)
class ModeBattery:
    """The battery of one spin that a mode is.

    Attributes
    ----------
    model : BatteryModel
        One spin; its field is :attr:`frequency`, each bath's weight holds its amplitude.
    frequency : str
        The parameter that is the mode's frequency.
    amplitudes : mapping
        Bath's name to the parameter that is the mode's amplitude at the bath's end.
    first : mapping
        Bath's name to whether that end is the first site.
    """

    model: BatteryModel
    frequency: str
    amplitudes: Mapping[str, str]
    first: Mapping[str, bool]


def mode_battery(model: BatteryModel) -> ModeBattery:
    """Write a mode of a chain as a battery of one spin.

    Raises
    ------
    ParameterError
        A bond with anisotropy, a bath that is not on one end alone, a chain of one spin.

    Examples
    --------
    >>> from symqb.models import Bath
    >>> model = BatteryModel(Chain(4, Delta=0), (Bath("L", "T", {1: 1}), Bath("R", 1, {4: 1})))
    >>> mode_battery(model).model.baths[1].sites
    ((1, 'g_R'),)
    """
    spins = model.chain.spins
    if spins < 2:
        raise ParameterError(f"spins={spins}: a chain of modes has two spins or more")
    _check_free(model.chain)
    taken = {str(symbol) for symbol in parameter_symbols(model)}
    frequency = _fresh("omega", taken)
    baths, amplitudes, first = [], {}, {}
    for bath in model.baths:
        sites = [(site, weight) for site, weight in bath.couplings if as_expr(weight) != 0]
        if len(sites) != 1 or sites[0][0] not in (1, spins):
            raise ParameterError(
                f"bath {bath.name} acts on {dict(bath.couplings)}; modes move one by "
                f"one only where every bath is on site 1 alone, or on site {spins} alone "
                "(epsilon = 0)"
            )
        ((site, weight),) = sites
        name = amplitudes[bath.name] = _fresh(f"g_{bath.name}", taken)
        first[bath.name] = site == 1
        product = as_expr(weight) * sp.Symbol(name)
        baths.append(replace(bath, sites={1: name if product.is_Symbol else product}))
    one = BatteryModel(Chain(1, B0=frequency), tuple(baths), model.kappa)
    return ModeBattery(one, frequency, amplitudes, first)


def _fresh(name: str, taken: set[str]) -> str:
    """A name that no parameter has."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


@dataclass(frozen=True)
class ModeFormulas:
    """What holds for one mode: symbols by the names of :class:`ModeBattery`.

    Attributes
    ----------
    emission, absorption : mapping
        Bath's name to the rate at which it empties and fills the mode.
    occupation : sympy.Expr
        How full the mode is.
    heat_current : mapping
        Bath's name to the heat from it into the mode.
    """

    emission: Mapping[str, sp.Expr]
    absorption: Mapping[str, sp.Expr]
    occupation: sp.Expr
    heat_current: Mapping[str, sp.Expr]


def mode_formulas(battery: ModeBattery) -> ModeFormulas:
    r"""Take the formulas of a mode from the derivation of its battery.

    In the heat current :math:`\omega(A_\nu(1 - f) - E_\nu f)` what one bath both gives and takes
    is left out, so that it vanishes term by term at equal temperatures.

    Raises
    ------
    NoClosedFormError
        A spectral density that is a Python function.
    """
    derivation = derivation_of(battery.model)
    (transition,) = derivation.transitions
    down, up = transition.emission, transition.absorption
    occupied = derivation.steady_state().populations[derivation.labels.index(transition.upper)]
    E, A = ({name: sp.Symbol(f"{way}_{name}") for name in down} for way in "EA")
    f = sum(A.values()) / (sum(A.values()) + sum(E.values()))
    rates = {A[n]: up[n] for n in up} | {E[n]: down[n] for n in down}
    if sp.simplify(occupied - f.subs(rates, simultaneous=True)) != 0:
        raise ArithmeticError("the population of a mode is not what its two rates make it")
    currents = {}
    for name in down:
        heat = transition.frequency * (A[name] * (1 - f) - E[name] * f)
        pairs = transition.frequency * sum(
            A[name] * E[other] - E[name] * A[other] for other in down if other != name
        )
        shown = pairs / (sum(A.values()) + sum(E.values()))
        if sp.simplify(heat - shown) != 0:
            raise ArithmeticError("the heat current of a mode is not a sum over pairs of baths")
        currents[name] = shown.subs(rates, simultaneous=True)
    return ModeFormulas(down, up, f.subs(rates, simultaneous=True), currents)
