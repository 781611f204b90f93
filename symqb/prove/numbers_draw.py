"""Random batteries and adversarial points, seeded: where numbers have gone wrong, and beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from symqb.models import Bath, BatteryModel, Chain, SpectralDensity, xxz_model
from symqb.prove.numbers_hamiltonian import hamiltonian
from symqb.prove.numbers_model import Reader, exact_number

Random = np.random.Generator
Point = dict[str, float]

SPINS = (1, 1, 1, *(2,) * 9, *(3,) * 7, *(4,) * 3, 5, 5, 6)


@dataclass(frozen=True)
class Drawn:
    """A model, and what each of its parameters stands for.

    Attributes
    ----------
    model : BatteryModel
        The model.
    roles : mapping
        Parameter name to field, bond, factor, weight, temperature, shift, inverse, kappa,
        cutoff or exponent.
    """

    model: BatteryModel
    roles: Mapping[str, str]


class ModelDraw:
    """Draws one model; every name it uses gets a role."""

    def __init__(self, rng: Random, spins: int | None = None) -> None:
        self.rng = rng
        self.spins = spins or int(rng.choice(SPINS))
        self.roles: dict[str, str] = {}

    def pick(self, *choices: Any) -> Any:
        """One of the choices, as the object it is."""
        return choices[int(self.rng.integers(len(choices)))]

    def chance(self, probability: float) -> bool:
        """True as often as told."""
        return bool(self.rng.random() < probability)

    def name(self, text: str, role: str) -> str:
        """A parameter by name."""
        self.roles.setdefault(text, role)
        return text

    def symbol(self, text: str, role: str) -> sp.Symbol:
        """A parameter as a SymPy symbol."""
        return sp.Symbol(self.name(text, role))

    def number(self) -> Any:
        """A number of some kind: whole, float, Fraction, SymPy, NumPy; rarely zero."""
        x = float(self.rng.normal())
        return self.pick(
            0,
            1,
            -1,
            2,
            0.5,
            1.0,
            3,
            0.3,
            -0.7,
            Fraction(1, 3),
            sp.Rational(2, 3),
            x,
            round(x, 2),
            np.float64(round(x, 1)),
            np.int64(2),
            sp.sqrt(2),
            1.2500000003,
        )

    def near(self, value: Any) -> Any:
        """A number equal or nearly equal to another."""
        if isinstance(value, str) or hasattr(value, "free_symbols"):
            return value
        step = self.pick(0.0, 2.0**-52, 1e-15, 1e-13, 1e-10, 1e-6)
        return float(value) * (1 + step) if step else value

    def energy(self, text: str, role: str) -> Any:
        """A field or coupling: a name, a number or an expression."""
        if self.chance(0.55):
            return self.name(text, role)
        if self.chance(0.75):
            return self.number()
        g, h = self.symbol(text, role), self.symbol("g", "factor")
        return self.pick(
            2 * g, g / 3, -g, g * (1 + h), sp.sqrt(2) * g, sp.sqrt(g**2 + h**2), g + h, g**2
        )

    def values(self, text: str, role: str, count: int) -> Any:
        """One value for all sites or bonds, or one for each."""
        if count == 0:
            return ()
        if self.chance(0.55):
            return self.energy(text, role)
        found = [self.energy(f"{text}_{k + 1}", role) for k in range(count)]
        if self.chance(0.4):
            found = [found[0], *(self.near(found[0]) for _ in found[1:])]
        if self.chance(0.3):
            found[int(self.rng.integers(count))] = 0
        return tuple(found)

    def chain(self) -> Chain:
        """A chain, XXZ or XYZ."""
        bonds = self.spins - 1
        eta = self.values("eta", "bond", bonds) if bonds and self.chance(0.3) else 0
        chain = Chain(
            self.spins,
            J=self.values("J", "bond", bonds) if bonds else "J",
            Delta=self.values("Delta", "bond", bonds) if bonds else "Delta",
            B0=self.values("B0", "field", self.spins),
            eta=eta,
        )
        return chain

    def temperature(self, bath: str) -> Any:
        """A temperature: mostly a name."""
        if self.chance(0.6):
            return self.name(f"T_{bath}", "temperature")
        T, d = self.symbol("T_M", "temperature"), self.symbol("DeltaT", "shift")
        beta = self.symbol(f"b_{bath}", "inverse")
        return self.pick(T - d / 2, T + d / 2, 1 / beta, 2, 0.5, Fraction(3, 2), 0, 2 * T, T)

    def density(self, bath: str) -> Any:
        """A spectral density: mostly Ohmic."""
        if self.chance(0.7):
            return None
        w = sp.Symbol("w", positive=True)
        c = self.symbol(f"c_{bath}", "cutoff")
        s = self.pick(1, 2, 3, Fraction(1, 2), 1.5, self.name("s", "exponent"))
        return self.pick(
            SpectralDensity(str(c), s),
            SpectralDensity(5.0, s),
            sp.Lambda(w, w * c**2 / (c**2 + w**2)),
            sp.Lambda(w, w * sp.exp(-w / 3)),
            sp.Lambda(w, w**3),
        )

    def weight(self) -> Any:
        """The weight of a site on a bath."""
        e = self.name("epsilon", "weight")
        return self.pick(1, 1, 1, e, e, -1, 0.5, 1.0 + 2.0**-30, Fraction(1, 3), 2 * sp.Symbol(e))

    def bath(self, name: str, end: int) -> Bath:
        """A bath on an end, or on any sites."""
        sites = {end: self.pick(1, 1, 1, self.weight())}
        for site in range(1, self.spins + 1):
            if site != end and self.chance(0.6 / self.spins):
                sites[site] = self.weight()
        axis = "y" if self.chance(0.2) else "x"
        return Bath(name, self.temperature(name), sites, axis, self.density(name))

    def draw(self) -> Drawn:
        """The whole model; one in five is the paper's."""
        if self.spins > 1 and self.chance(0.2):
            return self.paper()
        chain = self.chain()
        names = ("L", "R", "A", "B")[: self.pick(1, 2, 2, 2, 2, 2, 3, 4)]
        ends = {"L": 1, "R": self.spins}
        baths = tuple(
            self.bath(n, ends.get(n, int(self.rng.integers(1, self.spins + 1)))) for n in names
        )
        kappa = "kappa"
        self.roles["kappa"] = "kappa"
        if self.chance(0.15):
            kappa = self.pick(1, 0.25, Fraction(1, 7), sp.Symbol("g_k") ** 2, sp.Symbol("g_k") - 1)
            self.roles["g_k"] = "kappa"
        kind = self.pick("collective", "collective", "individual")
        model = BatteryModel(chain, baths, kappa, kind)
        used = names_of(model)
        return Drawn(model, {name: role for name, role in self.roles.items() if name in used})

    def paper(self) -> Drawn:
        """The paper's battery, all its parameters by name."""
        roles = {
            "B0": "field",
            "J": "bond",
            "Delta": "bond",
            "epsilon": "weight",
            "T_L": "temperature",
            "T_R": "temperature",
            "kappa": "kappa",
        }
        return Drawn(xxz_model(self.spins, self.pick("collective", "individual")), roles)


def names_of(model: BatteryModel) -> set[str]:
    """The parameters of a model, found here without the derivation."""
    chain = model.chain
    values = [*chain.J, *chain.Delta, *chain.fields, *chain.eta, model.kappa]
    found: set[str] = set()
    for bath in model.baths:
        values += [bath.temperature, *(weight for _, weight in bath.couplings)]
        if isinstance(bath.spectrum, SpectralDensity):
            values += [bath.spectrum.cutoff, bath.spectrum.s]
        elif isinstance(bath.spectrum, sp.Lambda):
            found |= {str(symbol) for symbol in bath.spectrum.free_symbols}
    for value in values:
        if isinstance(value, str):
            found.add(value)
        elif hasattr(value, "free_symbols"):
            found |= {str(symbol) for symbol in value.free_symbols}
    return found


class PointDraw:
    """Draws points for a model: a plain one, then what is known to hurt."""

    def __init__(self, rng: Random, drawn: Drawn) -> None:
        self.rng, self.drawn = rng, drawn
        self.by_role: dict[str, list[str]] = {}
        for name, role in drawn.roles.items():
            self.by_role.setdefault(role, []).append(name)

    def log(self, low: float, high: float) -> float:
        """A number between two, uniform in its logarithm."""
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))

    def plain(self) -> Point:
        """A point in the middle of the domain."""
        draw: Mapping[str, Callable[[], float]] = {
            "field": lambda: self.rng.uniform(0.2, 4),
            "bond": lambda: self.rng.uniform(-1.5, 1.5),
            "factor": lambda: self.rng.uniform(0.1, 2),
            "weight": lambda: self.rng.uniform(-1.5, 1.5),
            "temperature": lambda: self.log(0.3, 30),
            "shift": lambda: self.rng.uniform(-0.4, 0.4),
            "inverse": lambda: self.log(0.05, 3),
            "kappa": lambda: 1.0 if self.rng.random() < 0.5 else self.log(1.001, 3),
            "cutoff": lambda: self.log(0.5, 20),
            "exponent": lambda: float(self.rng.choice([1.0, 2.0, 0.5, 1.7])),
        }
        point = {name: float(draw[role]()) for name, role in self.drawn.roles.items()}
        if self.rng.random() < 0.3:
            point = {name: round(x, 1) or 0.1 for name, x in point.items()}
        return point

    def draw(self) -> Point:
        """One point; most get one to three adversarial changes."""
        point = self.plain()
        changes: list[Callable[[Point], None]] = [
            self.coincide,
            self.relate,
            self.temperatures,
            self.weights,
            self.strengths,
            self.vanish,
            self.meet,
            self.meet,
        ]
        for _ in range(int(self.rng.choice([0, 1, 1, 2, 2, 3]))):
            changes[int(self.rng.integers(len(changes)))](point)
        if self.rng.random() < 0.06:
            self.leave_domain(point)
        return point

    def _some(self, *roles: str) -> str | None:
        names = [name for role in roles for name in self.by_role.get(role, [])]
        return str(self.rng.choice(names)) if names else None

    def _offset(self) -> float:
        """A relative distance: none, an ulp or two, or 1e-16 to 1e-3."""
        if self.rng.random() < 0.4:
            return 0.0
        size = self.log(1e-16, 1e-3) if self.rng.random() < 0.7 else 2.0**-52
        return float(self.rng.choice([-1, 1])) * size

    def relate(self, point: Point) -> None:
        """Set one energy to a simple combination of the others, or beside it."""
        name = self._some("field", "bond")
        others = [n for r in ("field", "bond") for n in self.by_role.get(r, []) if n != name]
        if name is None or not others:
            return
        pair = self.rng.choice(others, size=2)
        a, b = (point[str(n)] for n in pair)
        values = [a, -a, a + b, a - b, a / 2, -a / 2, 2 * a, (a * a + 8 * b * b) ** 0.5]
        point[name] = float(self.rng.choice(values)) * (1 + self._offset())

    def vanish(self, point: Point) -> None:
        """Set an energy to zero, or to nearly nothing."""
        name = self._some("field", "bond", "factor")
        if name is not None:
            point[name] = float(self.rng.choice([0.0, 0.0, 1e-4, 1e-6, 1e-9, 1e-12, -1e-8]))

    def coincide(self, point: Point) -> None:
        """Make two temperatures, or two energies, equal or nearly so."""
        role = str(self.rng.choice(["temperature", "inverse", "field", "bond"]))
        names = self.by_role.get(role, [])
        if len(names) > 1:
            a, b = self.rng.choice(names, size=2, replace=False)
            point[str(b)] = point[str(a)] * (1 + self._offset())

    def temperatures(self, point: Point) -> None:
        """Cold, hot, zero, or close to one another."""
        names = self.by_role.get("temperature", [])
        if not names:
            return
        name = str(self.rng.choice(names))
        point[name] = float(
            self.rng.choice([0.0, self.log(1e-3, 0.1), self.log(1e2, 1e8), self.log(1e-2, 1e3)])
        )
        if len(names) > 1 and self.rng.random() < 0.5:
            point[str(self.rng.choice(names))] = point[name] * (1 + self.log(1e-12, 1e-2))

    def weights(self, point: Point) -> None:
        """Weights that cancel, vanish or dwarf the others."""
        name = self._some("weight")
        if name is not None:
            sign = float(self.rng.choice([-1, 1]))
            point[name] = sign * float(
                self.rng.choice(
                    [0.0, 1.0, 1.0 + self._offset(), self.log(1e-10, 1e-2), self.log(1e2, 1e10)]
                )
            )

    def strengths(self, point: Point) -> None:
        """Very weak or very strong dissipation; everything in other units."""
        name = self._some("kappa")
        if name is not None and self.drawn.model.kappa == "kappa":
            point[name] = self.log(1e-12, 1e6)
        if self.rng.random() < 0.3:
            unit = self.log(1e-6, 1e6)
            for role in ("field", "bond", "temperature", "shift", "cutoff"):
                for n in self.by_role.get(role, []):
                    point[n] *= unit

    def leave_domain(self, point: Point) -> None:
        """A temperature, kappa or cut-off where nothing is defined."""
        name = self._some("temperature", "kappa", "cutoff", "inverse")
        shift = self._some("shift")
        if shift is not None and self.rng.random() < 0.5:
            point[shift] = float(self.rng.choice([-100.0, 100.0]))
        elif name is not None:
            point[name] = -point[name]

    def meet(self, point: Point) -> None:
        """Move one energy to where two levels, or a frequency and zero, meet; or just beside."""
        name = self._some("field", "bond", "factor")
        if name is None or self.drawn.model.chain.spins > 4:
            return
        rng, high = self.rng, 4.0
        size = 2**self.drawn.model.chain.spins
        rank = int(rng.integers(size - 1))

        def gap(x: float) -> float:
            H = self._hamiltonian({**point, name: x})
            if H is None:
                return 1.0
            values = np.linalg.eigvalsh(H)
            return float(values[rank + 1] - values[rank])

        grid = np.linspace(-high, high, 41) + rng.uniform(-0.05, 0.05)
        gaps = [gap(float(x)) for x in grid]
        k = int(rng.permutation(np.argsort(gaps)[:3])[0])
        found = _least(gap, float(grid[max(k - 1, 0)]), float(grid[min(k + 1, 40)]))
        if gap(found) < 1e-6:
            point[name] = found * (1 + self._offset())

    def _hamiltonian(self, point: Point) -> Any:
        mp = _context()
        values = {name: exact_number(mp, value) for name, value in point.items()}
        reader = Reader(mp, values)
        chain = self.drawn.model.chain
        try:
            numbers = reader.numbers(replace(self.drawn.model, baths=self.drawn.model.baths[:1]))
            return hamiltonian(numbers).astype(float) if chain else None
        except (ArithmeticError, TypeError, ValueError):
            return None


@cache
def _context() -> Any:
    """Make the numbers of the search for near coincidences, once: contexts are slow to make."""
    mp = mpmath.MPContext()
    mp.dps = 20
    return mp


def _least(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function is least between two points, by golden sections."""
    ratio = (5**0.5 - 1) / 2
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    fa, fb = function(a), function(b)
    for _ in range(70):
        if fa < fb:
            high, b, fb = b, a, fa
            a = high - ratio * (high - low)
            fa = function(a)
        else:
            low, a, fa = a, b, fb
            b = low + ratio * (high - low)
            fb = function(b)
    return a if fa < fb else b


def code(drawn: BatteryModel) -> str:
    """Python text that builds a model again."""
    chain = drawn.chain
    parts = {"J": chain.J, "Delta": chain.Delta, "B0": chain.fields, "eta": chain.eta}
    shown = ", ".join(f"{name}={_tuple(values)}" for name, values in parts.items() if values != ())
    baths = ", ".join(_bath(bath) for bath in drawn.baths)
    return (
        f"BatteryModel(Chain({chain.spins}, {shown}), ({baths},), "
        f"{_value(drawn.kappa)}, {drawn.dissipation!r})"
    )


def _tuple(values: Any) -> str:
    if all(v is values[0] or v == values[0] for v in values):
        return _value(values[0])
    return f"({', '.join(map(_value, values))},)"


def _value(value: Any) -> str:
    if isinstance(value, np.generic):
        return f"np.{type(value).__name__}({value.item()!r})"
    if hasattr(value, "free_symbols"):
        return _expression(value)
    return repr(value)


def _expression(value: Any) -> str:
    names = sorted(map(str, value.free_symbols))
    if not names:
        return f"sp.sympify({str(value)!r})"
    if value.is_Symbol:
        return f"sp.Symbol({str(value)!r})"
    return f"sp.sympify({str(value)!r}, dict(zip({names!r}, sp.symbols({names!r}))))"


def _bath(bath: Bath) -> str:
    sites = ", ".join(f"{site}: {_value(weight)}" for site, weight in bath.couplings)
    extra = f", axis={bath.axis!r}" if bath.axis != "x" else ""
    spectrum = bath.spectrum
    if isinstance(spectrum, SpectralDensity):
        extra += f", spectrum=SpectralDensity({_value(spectrum.cutoff)}, {_value(spectrum.s)})"
    elif isinstance(spectrum, sp.Lambda):
        (w,) = spectrum.signature
        body = _expression(spectrum.expr)
        extra += f", spectrum=sp.Lambda(sp.Symbol({str(w)!r}), {body})"
    return f"Bath({bath.name!r}, {_value(bath.temperature)}, {{{sites}}}{extra})"
