"""What the Coq files prove, stated once.

The statements on plain reals are written in the language of `symqb.prove.coq_syntax`, from which
their Coq text is generated; the others, about lists of baths and about matrices, are Coq text.
`symqb.prove.coq` has Coq compare each of them with the theorem of that name.
"""

from __future__ import annotations

from dataclasses import dataclass

from symqb.prove.coq_syntax import Let, Spelled

FIELD = "|J| + |Delta| < B0 (J, Delta of either sign), T_L, T_R, kappa > 0"
DISTINCT = f"{FIELD}, J != 0"


@dataclass(frozen=True)
class Headline:
    """A theorem of the Coq files.

    Attributes
    ----------
    name : str
        Its name in ``Headlines.v``.
    says : str
        What it says, in a sentence.
    scope : str
        For which parameters.
    statement : Spelled or str
        The statement itself: spelled out on plain reals, or as Coq text that uses the definitions
        of the Coq files.
    """

    name: str
    says: str
    scope: str
    statement: Spelled | str

    @property
    def coq(self) -> str:
        """The statement as Coq text."""
        return self.statement if isinstance(self.statement, str) else self.statement.to_coq()


_P = ("p1", "p2", "p3", "p4")
_Q = ("q1", "q2", "q3", "q4")
_BATHS = ("0 < T_L", "0 < T_R", "0 < kappa")
_STRONG = "abs(J) + abs(Delta) < B0"
_ONE = "p1 + p2 + p3 + p4 == 1"
_POSITIVE = "0 < p1 and 0 < p2 and 0 < p3 and 0 < p4"

_LEVELS = (
    Let("E1", "(Delta - 2 * B0) / 2"),
    Let("E2", "(Delta + 2 * B0) / 2"),
    Let("E3", "-Delta / 2 - J"),
    Let("E4", "-Delta / 2 + J"),
    Let("w31", "E3 - E1"),
    Let("w41", "E4 - E1"),
    Let("w23", "E2 - E3"),
    Let("w24", "E2 - E4"),
)
_BOSE = (
    Let("n_L", "1 / (exp(w / T_L) - 1)", ("w",)),
    Let("n_R", "1 / (exp(w / T_R) - 1)", ("w",)),
)
#: Eq. 12, both baths together; sign is (-1)^j.
_RATES = (
    Let(
        "emission",
        "kappa * w * (epsilon + sign) ** 2 / 2 * (1 + n_L(w)) + kappa * w / 2 * (1 + n_R(w))",
        ("sign", "w"),
    ),
    Let(
        "absorption",
        "kappa * w * (epsilon + sign) ** 2 / 2 * n_L(w) + kappa * w / 2 * n_R(w)",
        ("sign", "w"),
    ),
)
#: The right sides of the four rate equations for p1, p2, p3, p4.
_STEADY = Let(
    "steady",
    "E31 * p3 + E41 * p4 - (A31 + A41) * p1 == 0"
    " and A23 * p3 + A24 * p4 - (E23 + E24) * p2 == 0"
    " and A31 * p1 + E23 * p2 - (E31 + A23) * p3 == 0"
    " and A41 * p1 + E24 * p2 - (E41 + A24) * p4 == 0",
    _P,
)
_ORDERED = Let(
    "ordered",
    "implies(Ei < Ej, pj < pi) and implies(Ej < Ei, pi < pj) and implies(Ei == Ej, pi == pj)",
    ("Ei", "Ej", "pi", "pj"),
)
_PASSIVE = (
    f"({_POSITIVE}) and ordered(E1, E2, p1, p2) and ordered(E1, E3, p1, p3)"
    " and ordered(E1, E4, p1, p4) and ordered(E2, E3, p2, p3)"
    " and ordered(E2, E4, p2, p4) and ordered(E3, E4, p3, p4)"
)


def _rates(emission: str, absorption: str) -> tuple[Let, ...]:
    """The eight rates; ``{t}`` is the transition and ``{s}`` the sign (-1)^j."""
    return tuple(
        Let(f"{kind}{t}", form.format(t=t, s=s))
        for t, s in (("31", "-1"), ("41", "1"), ("23", "-1"), ("24", "1"))
        for kind, form in (("E", emission), ("A", absorption))
    )


_EQ12 = (*_BOSE, *_RATES, *_rates("emission({s}, w{t})", "absorption({s}, w{t})"), _STEADY)
_STEADY_P = ("steady(p1, p2, p3, p4)", _ONE)
_MODEL = ("J", "Delta", "B0", "T_L", "T_R", "kappa")

PASSIVITY = Spelled(
    (*_MODEL, *_P),
    (*_BATHS, _STRONG),
    (*_LEVELS, Let("epsilon", "0"), *_EQ12, _ORDERED),
    _STEADY_P,
    _PASSIVE,
)

UNIQUE = Spelled(
    (*_MODEL, "epsilon"),
    (*_BATHS, _STRONG),
    (*_LEVELS, *_EQ12),
    (),
    f"exists(p1, p2, p3, p4, (steady(p1, p2, p3, p4) and {_ONE})"
    " and forall(q1, q2, q3, q4, implies(steady(q1, q2, q3, q4),"
    " implies(q1 + q2 + q3 + q4 == 1, q1 == p1 and q2 == p2 and q3 == p3 and q4 == p4))))",
)

#: Two baths with any weights, any prefactor on each transition.
WEIGHTED = Spelled(
    ("J", "Delta", "B0", "T_L", "T_R", "a_L", "a_R", "c31", "c41", "c23", "c24", *_P),
    (
        "0 < T_L",
        "0 < T_R",
        "0 < a_L",
        "0 < a_R",
        *(f"0 < {c}" for c in ("c31", "c41", "c23", "c24")),
        _STRONG,
    ),
    (
        *_LEVELS,
        *_BOSE,
        Let("emission", "c * (a_L * (1 + n_L(w)) + a_R * (1 + n_R(w)))", ("c", "w")),
        Let("absorption", "c * (a_L * n_L(w) + a_R * n_R(w))", ("c", "w")),
        *_rates("emission(c{t}, w{t})", "absorption(c{t}, w{t})"),
        _STEADY,
        _ORDERED,
    ),
    _STEADY_P,
    _PASSIVE,
)


def _individual(variables: tuple[str, ...], left: str) -> Spelled:
    emission = f"{left} * (1 + n_L(w)) + kappa * w / 2 * (1 + n_R(w))"
    absorption = f"{left} * n_L(w) + kappa * w / 2 * n_R(w)"
    return Spelled(
        (*variables, *_P),
        (*_BATHS, _STRONG),
        (
            *_LEVELS,
            *_BOSE,
            Let("emission", emission, ("w",)),
            Let("absorption", absorption, ("w",)),
            *_rates("emission(w{t})", "absorption(w{t})"),
            _STEADY,
            _ORDERED,
        ),
        _STEADY_P,
        _PASSIVE,
    )


INDIVIDUAL = _individual((*_MODEL, "epsilon"), "kappa * w * (1 + epsilon ** 2) / 2")
EQ18 = _individual(_MODEL, "2 * kappa * w")


def _at_point(point: dict[str, str], where: str) -> Spelled:
    lets = (*(Let(name, value) for name, value in point.items()), *_LEVELS, *_EQ12)
    conclusion = f"{where} and E1 < E3 and p1 < p3"
    return Spelled(("kappa", *_P), ("0 < kappa",), lets, _STEADY_P, conclusion)


#: A point of the paper's own figures.
_AT_1 = {"J": "1", "Delta": "1 / 2", "B0": "2", "T_L": "39", "T_R": "1", "epsilon": "1"}
_WEAK = {
    "J": "1",
    "Delta": "-(1 / 2)",
    "B0": "501 / 1000",
    "T_L": "1",
    "T_R": "1 / 10000",
    "epsilon": "0",
}

INVERSION_AT_1 = _at_point(_AT_1, _STRONG)
INVERSION_WEAK = _at_point(_WEAK, "abs(J + Delta) < B0 and B0 < abs(J) + abs(Delta)")
EXISTS_WEAK = Spelled(
    ("kappa",),
    ("0 < kappa",),
    INVERSION_WEAK.lets,
    (),
    f"exists(p1, p2, p3, p4, steady(p1, p2, p3, p4) and {_ONE})",
)

ANY_BATHS = """\
forall (baths : list (R * R)) (J Delta B0 c31 c41 c23 c24 p1 p2 p3 p4 : R),
  baths <> nil ->
  (forall a T, In (a, T) baths -> 0 < a /\\ 0 < T) ->
  Rabs J + Rabs Delta < B0 ->
  0 < c31 -> 0 < c41 -> 0 < c23 -> 0 < c24 ->
  let N w := fold_right (fun b s => fst b * (1 / (exp (w / snd b) - 1)) + s) 0 baths in
  let A := fold_right (fun b s => fst b + s) 0 baths in
  let w31 := E3 J Delta B0 - E1 J Delta B0 in
  let w41 := E4 J Delta B0 - E1 J Delta B0 in
  let w23 := E2 J Delta B0 - E3 J Delta B0 in
  let w24 := E2 J Delta B0 - E4 J Delta B0 in
  balanced (c31 * (N w31 + A)) (c31 * N w31) (c41 * (N w41 + A)) (c41 * N w41)
           (c23 * (N w23 + A)) (c23 * N w23) (c24 * (N w24 + A)) (c24 * N w24) p1 p2 p3 p4 ->
  p1 + p2 + p3 + p4 = 1 ->
  (0 < p1 /\\ 0 < p2 /\\ 0 < p3 /\\ 0 < p4) /\\
  all_ordered (E1 J Delta B0) (E2 J Delta B0) (E3 J Delta B0) (E4 J Delta B0) p1 p2 p3 p4"""

SUBMULTIPLICATIVE = """\
forall (baths : list (R * R)) (x y : R),
  baths <> nil ->
  (forall a T, In (a, T) baths -> 0 < a /\\ 0 < T) ->
  0 < x -> 0 < y ->
  ratio baths (x + y) <= ratio baths x * ratio baths y"""

DOUBLY_STOCHASTIC = """\
forall (n : nat) (U : matrix),
  unitary n U -> doubly_stochastic n (fun i j => Cnorm2 (U i j))"""

NO_WORK = """\
forall (n : nat) (E p : nat -> R) (U : matrix),
  (forall i j, (i < n)%nat -> (j < n)%nat -> E i < E j -> p j <= p i) ->
  unitary n U ->
  re (trace n (mmult n (diag E) (diag p)))
  <= re (trace n (mmult n (diag E) (mmult n U (mmult n (diag p) (adjoint U)))))"""

PAULI = """\
forall (n k : nat) (S rho : matrix) (E : nat -> R) (emission absorption : R -> R),
  nondegenerate n E -> (k < n)%nat ->
  dissipator n S E emission absorption rho k k
  = (csum n (fun i => RtoC (rate S E emission absorption i k) * rho i i)
     - RtoC (rsum n (fun i => rate S E emission absorption k i)) * rho k k)%C"""

EIGENSYSTEM = """\
forall J Delta B0 : R,
  (forall i j, (i < 4)%nat -> (j < 4)%nat ->
     hamiltonian J Delta B0 i j = hamiltonian_printed J Delta B0 i j) /\\
  unitary 4 eigenvectors /\\
  (forall i k, (i < 4)%nat -> (k < 4)%nat ->
     mmult 4 (hamiltonian J Delta B0) eigenvectors i k
     = (RtoC (energies J Delta B0 k) * eigenvectors i k)%C)"""

POPULATIONS = """\
forall (J Delta B0 T_L T_R kappa epsilon : R) (rho : matrix),
  Rabs J + Rabs Delta < B0 -> J <> 0 ->
  let e := rate_e T_L T_R kappa epsilon in let a := rate_a T_L T_R kappa epsilon in
  let w31 := E3 J Delta B0 - E1 J Delta B0 in let w41 := E4 J Delta B0 - E1 J Delta B0 in
  let w23 := E2 J Delta B0 - E3 J Delta B0 in let w24 := E2 J Delta B0 - E4 J Delta B0 in
  let e31 := RtoC (e (-1) w31) in let a31 := RtoC (a (-1) w31) in
  let e41 := RtoC (e 1 w41) in let a41 := RtoC (a 1 w41) in
  let e23 := RtoC (e (-1) w23) in let a23 := RtoC (a (-1) w23) in
  let e24 := RtoC (e 1 w24) in let a24 := RtoC (a 1 w24) in
  let p1 := rho 0%nat 0%nat in let p2 := rho 1%nat 1%nat in
  let p3 := rho 2%nat 2%nat in let p4 := rho 3%nat 3%nat in
  let L := master_equation J Delta B0 T_L T_R kappa epsilon rho in
  L 0%nat 0%nat = (e31 * p3 + e41 * p4 - (a31 + a41) * p1)%C /\\
  L 1%nat 1%nat = (a23 * p3 + a24 * p4 - (e23 + e24) * p2)%C /\\
  L 2%nat 2%nat = (a31 * p1 + e23 * p2 - (e31 + a23) * p3)%C /\\
  L 3%nat 3%nat = (a41 * p1 + e24 * p2 - (e41 + a24) * p4)%C"""

COHERENCES = """\
forall (J Delta B0 T_L T_R kappa epsilon : R) (rho : matrix),
  0 < T_L -> 0 < T_R -> 0 < kappa -> Rabs J + Rabs Delta < B0 -> J <> 0 ->
  hermitian 4 rho -> stationary J Delta B0 T_L T_R kappa epsilon rho ->
  forall k l, (k < 4)%nat -> (l < 4)%nat -> k <> l -> rho k l = RtoC 0"""

STATIONARY = """\
forall J Delta B0 T_L T_R kappa : R,
  0 < T_L -> 0 < T_R -> 0 < kappa -> Rabs J + Rabs Delta < B0 -> J <> 0 ->
  exists p1 p2 p3 p4 : R,
    let state := diag (populations p1 p2 p3 p4) in
    hermitian 4 state /\\ trace 4 state = RtoC 1 /\\
    stationary J Delta B0 T_L T_R kappa 0 state /\\
    (0 < p1 /\\ 0 < p2 /\\ 0 < p3 /\\ 0 < p4) /\\
    all_ordered (E1 J Delta B0) (E2 J Delta B0) (E3 J Delta B0) (E4 J Delta B0) p1 p2 p3 p4 /\\
    (forall rho : matrix,
       hermitian 4 rho -> trace 4 rho = RtoC 1 -> stationary J Delta B0 T_L T_R kappa 0 rho ->
       forall i j, (i < 4)%nat -> (j < 4)%nat -> rho i j = state i j)"""

ERGOTROPY = """\
forall (J Delta B0 T_L T_R kappa : R) (rho U : matrix),
  0 < T_L -> 0 < T_R -> 0 < kappa -> Rabs J + Rabs Delta < B0 -> J <> 0 ->
  hermitian 4 rho -> trace 4 rho = RtoC 1 -> stationary J Delta B0 T_L T_R kappa 0 rho ->
  unitary 4 U ->
  mean_energy 4 (energies J Delta B0) rho
  <= mean_energy 4 (energies J Delta B0) (rotated 4 U rho)"""

WORK_AT_1 = """\
forall kappa : R, 0 < kappa ->
  let is_state (rho : matrix) :=
    hermitian 4 rho /\\ trace 4 rho = RtoC 1 /\\ stationary 1 (1 / 2) 2 39 1 kappa 1 rho in
  let E := energies 1 (1 / 2) 2 in
  (exists rho : matrix, is_state rho) /\\
  (forall rho : matrix, is_state rho ->
     exists U : matrix, unitary 4 U /\\
       mean_energy 4 E (rotated 4 U rho) < mean_energy 4 E rho)"""

HEADLINES = (
    Headline(
        "two_spin_passivity",
        "At epsilon = 0 the steady state of two spins is passive: all populations are positive, "
        "less energy means strictly more population, equal energies mean equal populations.",
        FIELD,
        PASSIVITY,
    ),
    Headline(
        "two_spin_steady_state",
        "The rate equations with Eq. 12's rates have exactly one steady state, for every epsilon.",
        FIELD,
        UNIQUE,
    ),
    Headline(
        "weighted_passivity",
        "The same for any positive bath weights and any positive prefactor on each transition.",
        "|J| + |Delta| < B0; temperatures, weights and prefactors > 0",
        WEIGHTED,
    ),
    Headline(
        "individual_passivity",
        "With individual dissipation (|a|^2 + epsilon^2 |b|^2) the steady state is passive for "
        "every epsilon.",
        f"every real epsilon; {FIELD}",
        INDIVIDUAL,
    ),
    Headline(
        "eq18_passivity",
        "With the left rates as Eq. 18 prints them the steady state is passive.",
        FIELD,
        EQ18,
    ),
    Headline(
        "inversion_at_epsilon_1",
        "At epsilon = 1, J = 1, Delta = 1/2, B0 = 2, T_L = 39, T_R = 1 the steady state has "
        "E1 < E3 and p1 < p3.",
        "one point, every kappa > 0",
        INVERSION_AT_1,
    ),
    Headline(
        "inversion_at_weak_field",
        "At epsilon = 0, J = 1, Delta = -1/2, B0 = 0.501, T_L = 1, T_R = 0.0001, where "
        "|J + Delta| < B0 < |J| + |Delta|, the steady state has E1 < E3 and p1 < p3.",
        "one point, every kappa > 0",
        INVERSION_WEAK,
    ),
    Headline(
        "weak_field_steady_state",
        "At that last point there is a steady state.",
        "one point, every kappa > 0",
        EXISTS_WEAK,
    ),
    Headline(
        "any_baths_passivity",
        "The same for any finite number of baths and any positive prefactor on each transition.",
        "|J| + |Delta| < B0; a list of baths with weights, temperatures > 0; prefactors > 0",
        ANY_BATHS,
    ),
    Headline(
        "ratio_submultiplicative_any_baths",
        "For any finite number of baths, g = emission / absorption obeys g(x+y) <= g(x) g(y).",
        "x, y > 0; weights and temperatures > 0",
        SUBMULTIPLICATIVE,
    ),
    Headline(
        "squared_moduli_doubly_stochastic",
        "The squared moduli of a unitary matrix are doubly stochastic.",
        "every finite dimension",
        DOUBLY_STOCHASTIC,
    ),
    Headline(
        "ordered_populations_zero_ergotropy",
        "No unitary lowers the mean energy of a diagonal state with ordered populations.",
        "every finite dimension, energies in any order, degeneracies included",
        NO_WORK,
    ),
    Headline(
        "rate_equations_from_eq7",
        "The diagonal of Eq. 7's dissipator, in the energy basis, is the rate equation with rates "
        "|<k|S|i>|^2 times emission or absorption at |E_i - E_k|.",
        "every finite dimension, non-degenerate energies, any coupling operator, any state",
        PAULI,
    ),
    Headline(
        "two_spin_eigensystem",
        "Eq. 1 is the matrix Eq. 3; the states of Eq. 2 are orthonormal eigenvectors of it.",
        "all real J, Delta, B0",
        EIGENSYSTEM,
    ),
    Headline(
        "two_spin_rate_equations",
        "The diagonal of Eq. 6 with Eqs. 5, 7, 8 is the rate equation with the rates of Eq. 12.",
        "every real epsilon, kappa, T_L, T_R; |J| + |Delta| < B0, J != 0; any matrix rho",
        POPULATIONS,
    ),
    Headline(
        "two_spin_coherences_vanish",
        "A stationary state of Eq. 6 is diagonal in the energy basis, for every epsilon.",
        f"every real epsilon; {DISTINCT}; any Hermitian matrix rho",
        COHERENCES,
    ),
    Headline(
        "two_spin_stationary_state",
        "At epsilon = 0, Eq. 6 has exactly one stationary state of trace 1; it is diagonal, "
        "positive and ordered.",
        DISTINCT,
        STATIONARY,
    ),
    Headline(
        "two_spin_zero_ergotropy",
        "At epsilon = 0 no unitary lowers the mean energy of the stationary state of Eq. 6.",
        DISTINCT,
        ERGOTROPY,
    ),
    Headline(
        "work_at_epsilon_1",
        "At epsilon = 1, J = 1, Delta = 1/2, B0 = 2, T_L = 39, T_R = 1 there is a stationary state "
        "of Eq. 6, and a unitary lowers its mean energy.",
        "one point, every kappa > 0",
        WORK_AT_1,
    ),
)
