"""Bad systems, registers, baths, jumps, networks and model files: what each is refused with.

Every message shows the value, the rule it breaks and the remedy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symqb
from symqb import (
    AbsentError,
    Bath,
    DomainError,
    Jump,
    OpenSystem,
    ParameterError,
    Register,
    SteadyStateError,
    System,
)

ONE, TWO, MIXED = Register(2), Register(2, 2), Register(2, 3)
J, g, w, n = sp.symbols("J g w n")
EXCHANGE = TWO.plus(1) * TWO.minus(2)
H = w * TWO.number(1) + g * (EXCHANGE + EXCHANGE.T)
COLD = Bath("c", "T_c", TWO.x(1))
SWAP = sp.Matrix([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
TURN = sp.Matrix([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
THREE = Bath("c", 1, Register(3).transition(1, 0, 1) + Register(3).transition(1, 1, 0))
NAN, INF = float("nan"), float("inf")


def fermions(coupling: Any, H: Any = H) -> System:
    return System(H, [Bath("c", 1, coupling, statistics="fermion")])


def qubit(**options: Any) -> OpenSystem:
    """A qubit of frequency w on one bath."""
    return OpenSystem(System(w * ONE.number(1), [Bath("c", "T", ONE.x(1), **options)]))


@lru_cache(maxsize=1)
def pair() -> OpenSystem:
    """Two qubits, each on its own bath."""
    baths = [COLD, Bath("h", "T_h", TWO.x(2))]
    return OpenSystem(System(H + w * TWO.number(2), baths, register=TWO))


def at(**changed: Any) -> Any:
    return pair().evaluate(**{"w": 1.0, "g": 0.3, "T_c": 1.0, "T_h": 2.0, **changed})


def dark() -> OpenSystem:
    """Two equal qubits on one bath, which leaves the singlet alone."""
    equal = w * (TWO.number(1) + TWO.number(2))
    return OpenSystem(System(equal, [Bath("c", "T", TWO.x(1) + TWO.x(2))]))


def driven() -> OpenSystem:
    """A qubit with rates of its own."""
    jumps = [Jump(ONE.minus(1), "down"), Jump(ONE.plus(1), "up")]
    return OpenSystem(System(w * ONE.number(1), [], jumps=jumps, register=ONE))


ORDINARY = '[register]\nlevels = [2]\n[system]\nH = "w*N1"\n[[baths]]\nname = "c"\n'
ORDINARY += 'temperature = "T"\ncoupling = "X1"\n'


def loaded(old: str, new: str) -> Callable[[Path], Any]:
    """A model file with something in it exchanged, loaded."""
    assert old in ORDINARY

    def load(folder: Path) -> Any:
        path = folder / "model.toml"
        path.write_text(ORDINARY.replace(old, new))
        return symqb.load_model(path)

    return load


Call = Callable[[], Any]
Case = tuple[str, Call, type[Exception], str, str, str]
# (what, call, error, value shown, rule, remedy)
REGISTERS: list[Case] = [
    ("no site", lambda: Register(), ParameterError, "Register()", "no site", "give e.g. Reg"),
    ("one level", lambda: Register(1), DomainError, "site 1=1", "too small", "of at least 2"),
    ("a list", lambda: Register([2]), ParameterError, "[2]", "not an integer", "whole number"),
    ("a float", lambda: Register(2.0), ParameterError, "2.0", "not an integer", "whole number"),
    ("large", lambda: Register(*[2] * 10), DomainError, "1024 states", "give at most", "512"),
    ("no such site", lambda: TWO.x(3), DomainError, "site=3", "beyond", "use 1 to 2"),
    ("a qutrit", lambda: MIXED.x(2), ParameterError, "2 has 3 levels", "no Pauli", "use transi"),
    ("no such state", lambda: TWO.transition(1, 0, 2), DomainError, "state 2", "exist", "0 to 1"),
]
SYSTEMS: list[Case] = [
    ("no matrix", lambda: System(3, [COLD]), ParameterError, "H=3", "not a matrix", "give a Sym"),
    (
        "not square",
        lambda: System(sp.zeros(2, 3), [COLD]),
        ParameterError,
        "H has shape (2, 3)",
        "is not square",
        "give a matrix over all states",
    ),
    ("large", lambda: System(sp.eye(600), [COLD]), DomainError, "600", "states", "at most 512"),
    (
        "one state",
        lambda: System(sp.eye(1), [COLD]),
        ParameterError,
        "H=[[1]]",
        "has one state, and nothing happens",
        "give at least two",
    ),
    (
        "not Hermitian",
        lambda: System(TWO.plus(1), [COLD]),
        ParameterError,
        "the entry at (0, 2) is 1",
        "H is not Hermitian",
        "make each the conjugate of the other",
    ),
    (
        "complex on the diagonal",
        lambda: System(sp.I * TWO.z(1), [COLD]),
        ParameterError,
        "(0, 0) is I",
        "not Hermitian",
        "make each the conjugate",
    ),
    ("infinite", lambda: System(sp.oo * TWO.z(1), [COLD]), DomainError, "oo", "finite", "give a"),
    ("NaN", lambda: System(NAN * TWO.z(1), [COLD]), DomainError, "=nan", "finite", "give a real"),
    ("text", lambda: System(np.array([["a"]]), [COLD]), ParameterError, "'a'", "str_", "give a n"),
    ("no bath", lambda: System(H, []), ParameterError, "baths=()", "neither a bath", "give at"),
    ("no list", lambda: System(H, 3), ParameterError, "baths=3", "no list", "give e.g. [Bath("),
    ("no Bath", lambda: System(H, ["c"]), ParameterError, "'c'", "no Bath", "build one first"),
    ("twice", lambda: System(H, [COLD, COLD]), ParameterError, "['c', 'c']", "repeat", "its own"),
    (
        "sizes that differ",
        lambda: System(H, [Bath("c", 1, MIXED.x(1))]),
        ParameterError,
        "bath c has 6 states",
        "and H has 4",
        "give both on the whole register",
    ),
    (
        "sites of a chain",
        lambda: System(H, [Bath("c", 1, {1: 1})]),
        ParameterError,
        "{1: 1}",
        "as those of a chain",
        "give it an operator",
    ),
    (
        "nothing connected",
        lambda: System(H, [Bath("c", 1, w * TWO.identity())]),
        ParameterError,
        "bath c is w times the identity",
        "connects nothing",
        "give an operator that moves states",
    ),
    (
        "coupling not Hermitian",
        lambda: System(H, [Bath("c", 1, TWO.minus(1))]),
        ParameterError,
        "coupling of bath c",
        "not Hermitian",
        "make each the conjugate",
    ),
    (
        "fermions without a charge",
        lambda: fermions(TWO.x(1)),
        ParameterError,
        "bath c, which takes |3> to |1>, |4> to |2>, |1> to |3>, |2> to |4>",
        "no definite charge",
        "give e.g. Register(2).minus(1)",
    ),
    (
        "H that makes particles",
        lambda: fermions(TWO.minus(1), TWO.x(1)),
        ParameterError,
        "beside H, which takes |3> to |1>",
        "H must conserve their number",
        "give e.g. Register(2).minus(1)",
    ),
    ("kappa", lambda: System(H, [COLD], kappa=0), DomainError, "kappa=0", "> 0", "e.g. kappa=1"),
    ("reference", lambda: System(H, [COLD], reference=5), DomainError, "=5", "no level", "1 to 4"),
    (
        "a reference by another name",
        lambda: System(H, [COLD], reference="top"),
        ParameterError,
        "reference='top'",
        "is unknown",
        "give a level's number, or 'lowest'",
    ),
    (
        "a reference that is no number of a level",
        lambda: System(H, [COLD], reference=1.5),
        ParameterError,
        "reference=1.5",
        "is not an integer",
        "give a whole number",
    ),
    (
        "a symmetry that is none",
        lambda: System(H, [COLD], symmetries=[SWAP]),
        ParameterError,
        "symmetry 1",
        "does not commute with H: -w is left",
        "leave it out",
    ),
    (
        "a symmetry that is no permutation",
        lambda: System(H, [COLD], symmetries=[2 * TWO.identity()]),
        ParameterError,
        "a row of it has [2]",
        "no signed permutation",
        "give e.g. the exchange",
    ),
    (
        "a cyclic symmetry",
        lambda: System(sp.eye(3), [THREE], symmetries=[TURN]),
        ParameterError,
        "its square is not 1",
        "its own inverse",
        "leave it out",
    ),
    (
        "another register",
        lambda: System(H, [COLD], register=MIXED),
        ParameterError,
        "Register(2, 3) has 6 states",
        "H has 4",
        "give the register that H was written on",
    ),
    (
        "no register",
        lambda: System(H, [COLD], register=3),
        ParameterError,
        "register=3",
        "is no Register",
        "give e.g. Register(2, 2)",
    ),
    (
        "one name, two symbols",
        lambda: System(H, [Bath("c", sp.Symbol("w", positive=True), TWO.x(1))]),
        ParameterError,
        "positive=True",
        "one name, two symbols",
        "use one",
    ),
    (
        "a name that is an output's",
        lambda: System(sp.Symbol("charge") * TWO.z(1), [COLD]),
        ParameterError,
        "'charge'",
        "the name of an output",
        "use another, such as 'charge_0'",
    ),
    ("no System", lambda: OpenSystem(3), ParameterError, "system=3", "not a System", "build one"),  # type: ignore[arg-type]
    (
        "an operator for a chain",
        lambda: symqb.BatteryModel(symqb.Chain(2), (COLD,)),
        ParameterError,
        "bath c has operators",
        "a chain's baths have not",
        "symqb.System",
    ),
]
BATHS: list[Case] = [
    (
        "a name with a space",
        lambda: Bath("my bath", 1, TWO.x(1)),
        ParameterError,
        "bath name='my bath'",
        "is not an identifier",
        "use e.g. 'L'",
    ),
    (
        "statistics",
        lambda: Bath("c", 1, TWO.x(1), statistics="anyon"),
        ParameterError,
        "'anyon'",
        "is unknown",
        "choose 'boson' or 'fermion'",
    ),
    ("T < 0", lambda: Bath("c", -1, TWO.x(1)), DomainError, "=-1", "is negative", "give T >= 0"),
    ("infinite T", lambda: Bath("c", INF, TWO.x(1)), DomainError, "=inf", "not finite", "give a f"),
    ("complex T", lambda: Bath("c", 1j, TWO.x(1)), ParameterError, "=1j", "complex", "give a real"),
    ("kappa", lambda: Bath("c", 1, TWO.x(1), kappa=-2), DomainError, "kappa=-2", "> 0", "kappa=1"),
    ("mu", lambda: Bath("c", 1, TWO.x(1), mu=1j), ParameterError, "1j", "complex", "give a real"),
    (
        "negative occupation",
        lambda: Bath("c", 1, TWO.x(1), occupation=-1),
        DomainError,
        "occupation=-1",
        "is negative",
        "give n >= 0",
    ),
    (
        "an occupation that is a Python function",
        lambda: Bath("c", 1, TWO.x(1), occupation=np.sin),
        ParameterError,
        "occupation=<ufunc 'sin'>",
        "a Python function, which formulas cannot hold",
        "give a SymPy Lambda of the frequency",
    ),
    (
        "an occupation of two variables",
        lambda: Bath("c", 1, TWO.x(1), occupation=sp.Lambda((w, g), w + g)),
        ParameterError,
        "occupation=Lambda((w, g), g + w)",
        "2 variables",
        "a Lambda in the frequency alone",
    ),
    (
        "occupation and mu",
        lambda: Bath("c", 1, TWO.x(1), occupation=1, mu=1),
        ParameterError,
        "bath c: occupation",
        "without a chemical potential",
        "leave out mu",
    ),
    (
        "a bosonic density for fermions",
        lambda: Bath(
            "c", 1, TWO.minus(1), statistics="fermion", spectrum=symqb.SpectralDensity(1.0)
        ),
        ParameterError,
        "SpectralDensity(cutoff=1.0, s=1)",
        "a density of bosons",
        "a SymPy Lambda of the energy, or None",
    ),
    (
        "a spectrum by its name",
        lambda: Bath("c", 1, TWO.x(1), spectrum="ohmic"),
        ParameterError,
        "spectrum='ohmic'",
        "is none of these",
        "give None (Ohmic)",
    ),
    ("no matrix", lambda: Bath("c", 1, coupling=3), ParameterError, "=3", "no matrix", "give an"),
    (
        "two couplings",
        lambda: Bath("c", 1, ONE.x(1), coupling=TWO.x(2)),
        ParameterError,
        "a matrix of shape (2, 2) and a matrix of shape (4, 4)",
        "two couplings",
        "give its operators once",
    ),
    (
        "sites and a coupling",
        lambda: Bath("c", 1, {1: 1}, coupling=TWO.x(2)),
        ParameterError,
        "{1: 1} and a matrix of shape (4, 4)",
        "sites and a coupling",
        "give one of them",
    ),
]
JUMPS: list[Case] = [
    ("negative", lambda: Jump(TWO.minus(1), -1), DomainError, "rate=-1", "negative", "rate >= 0"),
    ("text", lambda: Jump(TWO.minus(1), "2*g"), ParameterError, "'2*g'", "neither a n", "give Sy"),
    ("zero", lambda: Jump(sp.zeros(2, 2), 1), ParameterError, "2 states", "zero", "leave that"),
    ("no matrix", lambda: Jump(3, 1), ParameterError, "operator=3", "not a matrix", "give a SymPy"),
    ("bath", lambda: Jump(ONE.minus(1), 1, "a b"), ParameterError, "'a b'", "no ident", "use e.g."),
    (
        "another size",
        lambda: System(H, [COLD], jumps=[Jump(ONE.minus(1), 1)]),
        ParameterError,
        "the operator of jump 1 has 2 states",
        "H has 4",
        "give both on the whole register",
    ),
]
NETWORKS: list[Case] = [
    ("no jump", lambda: symqb.network({}), ParameterError, "rates={}", "no mapping", "give one"),
    ("a word", lambda: symqb.network({"ab": 1}), ParameterError, "'ab'", "no pair", "give two st"),
    ("nowhere", lambda: symqb.network({("a", "a"): 1}), ParameterError, "'a'", "nowhere", "leave"),
    ("< 0", lambda: symqb.network({("a", "b"): -1}), DomainError, "b is -1", "be >= 0", "its own"),
    ("NaN", lambda: symqb.network({("a", "b"): NAN}), DomainError, "=nan", "not finite", "give a"),
    (
        "a state with a space",
        lambda: symqb.network({("a b", "c"): 1}),
        ParameterError,
        "'a b'",
        "cannot be part of an output's name",
        "call it by letters",
    ),
    (
        "two pairs of one name",
        lambda: symqb.network({("a_b", "c"): 1, ("a", "b_c"): 1}),
        ParameterError,
        "a_b and c, a and b_c",
        "both be called flux_a_b_c",
        "rename a state",
    ),
    (
        "a graph that is not irreducible",
        lambda: symqb.network({("a", "b"): "k", ("a", "c"): "l"}).evaluate(k=1.0, l=2.0),
        SteadyStateError,
        "(b; c)",
        "2 sets of states are never left",
        "add a jump out of all but one",
    ),
    (
        "a rate below zero at a point",
        lambda: symqb.network({("a", "b"): "k", ("b", "a"): 1}).evaluate(k=-1.0),
        DomainError,
        "k=-1.0",
        "the rate a -> b, k, must be >= 0",
        "give values that keep to it",
    ),
]
POINTS: list[Case] = [
    ("NaN", lambda: at(w=NAN), DomainError, "w=nan", "not finite", "give finite real numbers"),
    ("T < 0", lambda: at(T_c=-1.0), DomainError, "T_c=-1.0", "must be >= 0", "T = 0 is allowed"),
    ("kappa", lambda: at(kappa=0.0), DomainError, "kappa=0.0", "must be > 0", "e.g. kappa=1"),
    ("no such", lambda: at(J=2.0), ParameterError, "'J'", "unknown parameter", "takes w, g, T_c"),
    ("output", lambda: at(outputs=["reduced_3"]), ParameterError, "_3'", "is unknown", "choose en"),
    (
        "a chemical potential above the lowest frequency",
        lambda: qubit(mu="mu").evaluate(w=1.0, T=1.0, mu=1.5),
        DomainError,
        "mu=1.5",
        "must be below every frequency that it drives",
        "give values that keep to it",
    ),
    (
        "a negative occupation at a point",
        lambda: qubit(occupation="n").evaluate(w=1.0, T=1.0, n=-0.5),
        DomainError,
        "n=-0.5",
        "the occupation of bath c must be >= 0",
        "give values that keep to it",
    ),
    (
        "a negative rate at a point",
        lambda: driven().evaluate(w=1.0, down=1.0, up=-1.0),
        DomainError,
        "up=-1.0",
        "must be >= 0",
        "give values that keep to it",
    ),
    (
        "a dark state",
        lambda: dark().evaluate(w=1.0, T=1.0),
        SteadyStateError,
        "there are 2",
        "not unique",
        "couple the baths to more",
    ),
    (
        "a part that no bath reaches",
        lambda: OpenSystem(System(w * (TWO.z(1) + TWO.z(2)), [COLD])).evaluate(w=1.0, T_c=1.0),
        SteadyStateError,
        "levels [1, 3] and [2, 4]",
        "not unique",
        "couple a bath",
    ),
    (
        "no gap, no temperature",
        lambda: driven().evaluate(outputs=["effective_temperature_1"], w=0.0, down=1.0, up=0.5),
        AbsentError,
        "effective_temperature_1",
        "does not split its two levels",
        "leave it out",
    ),
    (
        "initial state of another size",
        lambda: pair().evolve([1.0], initial=[1, 0], basis="bare", w=1, g=0, T_c=1, T_h=1),
        ParameterError,
        "initial has shape (2,)",
        "and the system 4 levels",
        "give a 4 x 4 matrix",
    ),
    ("at", lambda: pair().at(q=1), ParameterError, "'q'", "no parameter", "choose from w, g"),
]
FILES: list[tuple[str, Callable[[Path], Any], str, str, str]] = [
    ("a word", loaded("w*N1", "w*Q1"), "line 4: H='w*Q1'", "no operator", "of a site are X1 Y1"),
    ("no TOML", loaded('"w*N1"', "w*N1"), "line 4: 'H = w*N1'", "is not TOML", "names in quotes"),
    ("a site", loaded("X1", "X2"), "line 8: coupling='X2'", "beyond the register", "use 1 to 1"),
    ("a key", loaded("coupling", "copling"), "line 8: 'copling'", "unknown in", "did you mean"),
    ("T < 0", loaded('"T"', "-1"), "line 7: bath c: temperature=-1", "negative", "T >= 0"),
    ("a rate", loaded("X1", "M1"), "line 8: the coupling of bath c", "not Hermitian", "make each"),
]


@pytest.mark.parametrize(
    "case",
    [*REGISTERS, *SYSTEMS, *BATHS, *JUMPS, *NETWORKS, *POINTS],
    ids=lambda case: case[0],
)
def test_bad_systems_are_refused_with_value_rule_and_remedy(case: Case) -> None:
    what, call, kind, value, rule, remedy = case
    with pytest.raises(kind) as refused:
        call()
    assert type(refused.value) is kind
    for part in (value, rule, remedy):
        assert part in str(refused.value), (what, part, str(refused.value))


@pytest.mark.parametrize("case", FILES, ids=lambda case: case[0])
def test_bad_model_files_are_refused_with_their_line(case: Any, tmp_path: Path) -> None:
    what, load, value, rule, remedy = case
    with pytest.raises(ParameterError) as refused:
        load(tmp_path)
    for part in (value, rule, remedy):
        assert part in str(refused.value), (what, part, str(refused.value))


def test_good_twins_of_bad_systems_are_taken(tmp_path: Path) -> None:
    assert loaded("w*N1", "w*Z1")(tmp_path).system.size == 2
    assert fermions(TWO.minus(1)).size == 4
    assert System(H + w * TWO.number(2), [COLD], symmetries=[SWAP]).symmetries
    assert qubit(mu="mu").evaluate(w=1.0, T=1.0, mu=0.5).populations.sum() == pytest.approx(1)
    assert qubit(occupation=sp.Lambda(w, 1 / w)).system.baths[0].occupation
    assert driven().evaluate(w=1.0, down=1.0, up=0.0).populations[1] == 1
    assert symqb.network({("a", "b"): "k", ("b", "c"): 1, ("c", "a"): 2}).evaluate(k=1.0)
    assert at().populations.sum() == pytest.approx(1)
