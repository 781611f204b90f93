"""Every theorem: its statement, what is expected of it, and how its certificate is made."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, partial

from symqb.prove.boxes import Statement
from symqb.prove.builder import Record, Theorem, Witness, certificate, point
from symqb.prove.passivity.cases import MAP
from symqb.prove.theorems import (
    appendix,
    appendix_etas,
    appendix_exponentials,
    bose,
    boundary,
    curvature,
    cycle,
    elimination,
    ergotropy,
    far_field,
    three_spins,
    two_spins,
    uniqueness,
    xx_chain,
)


@dataclass(frozen=True)
class Entry:
    """A registered theorem.

    Attributes
    ----------
    name : str
        Its name, also that of its certificate.
    folder : str
        The folder under ``proofs/``.
    title : str
        What it says, in a line.
    expected : str
        "proved" or "refuted".
    statement : callable
        The statement a certificate must carry, to the letter.
    make : callable
        The search: a certificate, not yet checked.
    """

    name: str
    folder: str
    title: str
    expected: str
    statement: Callable[[], Record]
    make: Callable[[], Record]

    @property
    def path(self) -> str:
        """Where the certificate lies under ``proofs/``."""
        return f"{self.folder}/{self.name}.json"


def proved(
    folder: str,
    name: str,
    title: str,
    theorem: Callable[[], Theorem],
    witness: Callable[[], Witness],
) -> Entry:
    """An entry for a theorem that is to be proved."""
    return Entry(
        name,
        folder,
        title,
        "proved",
        lambda: deepcopy(theorem().statement),
        lambda: deepcopy(certificate(theorem(), witness())),
    )


def refuted(
    folder: str, name: str, title: str, stated: Callable[[], Record], make: Callable[[], Record]
) -> Entry:
    """An entry for a statement that is to be refuted."""
    return Entry(
        name, folder, title, "refuted", lambda: deepcopy(stated()), lambda: deepcopy(make())
    )


def ones(names: str, **others: str) -> Callable[[], Witness]:
    """A witness at which every variable is one, but for some."""
    return lambda: point(**(dict.fromkeys(names.split(), "1") | others))


SPIN_POINT = {"B0": "3", "J": "1", "D": "1/2", "TL": "1", "TR": "1", "kappa": "1"}


def at(*names: str, **changes: str) -> Callable[[], Witness]:
    """A witness at the usual point of the two-spin battery, but for some."""
    values = {**SPIN_POINT, "T": "1"} | changes
    return lambda: point(**{n: values[n] for n in names})


SPIN = tuple(SPIN_POINT)


def steady_state_entries() -> list[Entry]:
    """T1."""
    quarter = {f"p{i}": "1/4" for i in (1, 2, 3, 4)}
    found = [
        proved(
            "T1",
            "T1",
            "two spins: Eqs. (13)-(14) = tree form = null vector, positive",
            two_spins.t1,
            ones(cycle.RATES, **quarter),
        ),
        proved(
            "T1",
            "T1_existence",
            "two spins: the tree form is a steady state",
            two_spins.t1_existence,
            ones(cycle.RATES),
        ),
    ]
    for n in (2, 3):
        found.append(
            proved(
                "T1",
                f"T1_program_{n}",
                f"{n} spins: the emitted elimination is stationary",
                partial(elimination.theorem, n),
                partial(elimination.witness, n),
            )
        )
        found.append(
            proved(
                "T1",
                f"T1_unique_{n}",
                f"{n} spins: the emitted elimination computes the only steady state",
                partial(uniqueness.theorem, n),
                partial(uniqueness.witness, n),
            )
        )
    return found


def bose_entries() -> list[Entry]:
    """T2."""
    return [
        proved(
            "T2",
            "T2",
            "g > 1, g increasing, g(x + y) <= g(x) g(y); two weighted baths",
            bose.t2,
            ones("x y TL TR aL aR"),
        ),
        proved(
            "T2",
            "T2_step",
            "the same for one bath more: the induction step",
            bose.t2_step,
            ones("U V A W u v a w u1 v1 a1"),
        ),
    ]


def two_spin_entries() -> list[Entry]:
    """T3 and T5."""
    found = []
    for name, what in (("T3", "epsilon = 0"), ("T5", "individual dissipation, every epsilon")):
        found += [
            proved(
                name,
                name,
                f"two spins, {what}: unique, positive, strictly passive",
                partial(two_spins.passive, name),
                partial(two_spins.witness, name),
            ),
            proved(
                name,
                f"{name}_existence",
                f"two spins, {what}: a steady state exists",
                partial(two_spins.existing, name),
                partial(two_spins.witness, name, True),
            ),
        ]
    return found


def ergotropy_entries() -> list[Entry]:
    """T4."""
    found = []
    for n in (4, 8):
        found += [
            proved(
                "T4",
                f"T4_{n}",
                f"ordered populations, doubly stochastic matrix, dimension {n}",
                partial(ergotropy.doubly_stochastic, n),
                partial(ergotropy.doubly_stochastic_witness, n),
            ),
            proved(
                "T4",
                f"T4_unitary_{n}",
                f"ordered populations have zero ergotropy, dimension {n}",
                partial(ergotropy.unitary, n),
                partial(ergotropy.unitary_witness, n),
            ),
        ]
    for name in ("T3", "T5"):
        found.append(
            proved(
                "T4",
                f"T4_{name}",
                f"the steady state of {name} has zero ergotropy",
                partial(ergotropy.battery, name),
                partial(ergotropy.battery_witness, name),
            )
        )
    return found


APPENDIX = {
    "A1": "(A1): the order of the frequencies where J < Delta",
    "A2": "(A2): the order of the frequencies where J > Delta",
    "A3": "(A3): n_L + n_R is greater at omega_24 than at omega_23; exp(w/T) - 1 meant",
    "A4": "(A4): n_L + n_R is greater at omega_31 than at omega_41; exp(w/T) - 1 meant",
    "A5": "(A5): absorption over frequency is greater for 24 than for 23",
    "A6": "(A6): absorption over frequency is greater for 31 than for 41",
    "A7": "(A7): absorption over emission is greater for 24 than for 23",
    "A8": "(A8): absorption over emission is greater for 31 than for 41",
    "A8_eta": "eta_1 > eta_2, stated after (A8)",
    "A9": "(A9): n_L + n_R is greater at omega_41 than at omega_23",
    "A10": "(A10): frequency over absorption is greater for 23 than for 41",
    "A11": "(A11): E_23 A_41 E_31 > A_31 E_41 A_23, by emissions E and absorptions A",
    "A12": "(A12): rho_44 > rho_22, cleared of its denominators",
    "A16": "(A16): 1 + 2/(n_L + n_R), that of 41 times that of 24 exceeds that of 23",
    "A17": "(A17): (A16) in absorption rates, with kappa and A_41 in their places",
    "A18": "(A18): emission over absorption, that of 41 times that of 24 exceeds that of 23",
    "A18_eta": "eta_2 E_41 + eta_1 E_31 > eta_1 (A_31 + A_41), stated after (A18)",
    "A3_printed": "(A3) as printed, with exp(w/T - 1)",
    "A4_printed": "(A4) as printed, with exp(w/T - 1)",
    "A11_ferro": "(A11): E_23 A_41 E_31 > A_31 E_41 A_23, for J, Delta < 0",
    "A13": "(A13): omega_24 + omega_41 exceeds omega_23, in exponentials; omega_41 for omega_14",
    "A14": "(A14): (A13) multiplied out, with T_M throughout",
    "A15": "(A15): (A13) multiplied out, with 2 T_M throughout",
    "A15_printed": "(A15) as printed, with T_M in two of its terms",
    "A9_ferro": "(A9): n_L + n_R is greater at omega_41 than at omega_23, for J, Delta < 0",
    "A10_ferro": "(A10): frequency over absorption is greater for 23 than for 41, for J, Delta < 0",
    "A13_printed": "omega_23 < omega_24 + omega_14, as printed before (A13)",
    "A14_printed": "(A14) as printed, with 2 T_M in two of its terms",
    "A16_argument": "monotone functions ordered at both ends are ordered between",
    "A17_printed": "(A17) as printed, with 2 for kappa and A_24 for A_41",
}
"""What each step of Appendix A says, for the ledger; 24 stands for levels 2 and 4."""


def appendix_entries() -> list[Entry]:
    """T6."""
    chain = ("B0", "J", "D")
    a, x, etas = appendix, appendix_exponentials, appendix_etas.etas
    ferro = {"J": "-1", "D": "-1/2"}
    found = [
        proved("T6", "A1", APPENDIX["A1"], a.a1, at(*chain, J="1/2", D="1")),
        proved("T6", "A2", APPENDIX["A2"], a.a2, at(*chain)),
    ]
    made: list[tuple[str, Callable[[], Theorem]]] = [
        ("A3", partial(a.numbers, "A3", "24", "23", "J")),
        ("A4", partial(a.numbers, "A4", "31", "41", "J")),
        ("A5", partial(a.scaled_numbers, "A5", "24", "23")),
        ("A6", partial(a.scaled_numbers, "A6", "31", "41")),
        ("A7", partial(a.crossed, "A7", "24", "23")),
        ("A8", partial(a.crossed, "A8", "31", "41")),
        ("A8_eta", partial(etas, "A8_eta", "eta1 > eta2")),
        ("A9", partial(a.numbers, "A9", "41", "23", "D")),
        ("A10", a.a10),
        ("A11", a.a11),
        ("A12", partial(etas, "A12", "eta2*(E23 + E24) > eta1*A23 + eta2*A24")),
        ("A16", a.a16),
        ("A17", a.a17),
        ("A18", a.a18),
        ("A18_eta", partial(etas, "A18_eta", "eta2*E41 + eta1*E31 > eta1*(A31 + A41)")),
    ]
    temperatures = ("B0", "J", "D", "TL", "TR")
    numbers = dict.fromkeys(("A3", "A4", "A9", "A16"), temperatures)
    found += [
        proved("T6", name, APPENDIX[name], cache(theorem), at(*numbers.get(name, SPIN)))
        for name, theorem in made
    ]
    one = ("B0", "J", "D", "T")
    found += [
        proved("T6", "A3_printed", APPENDIX["A3_printed"], a.a3_printed, at(*temperatures)),
        proved("T6", "A4_printed", APPENDIX["A4_printed"], a.a4_printed, at(*temperatures)),
        proved("T6", "A11_ferro", APPENDIX["A11_ferro"], a.a11_ferro, at(*SPIN, **ferro)),
        proved("T6", "A13", APPENDIX["A13"], x.a13, at(*one)),
        proved("T6", "A14", APPENDIX["A14"], x.a14, at(*one)),
        proved("T6", "A15", APPENDIX["A15"], x.a15, at(*one)),
        proved("T6", "A15_printed", APPENDIX["A15_printed"], x.a15_printed, at(*one)),
    ]
    return found + refuted_appendix()


def refuted_appendix() -> list[Entry]:
    """The steps of Appendix A that do not hold."""
    a, x = appendix, appendix_exponentials
    makers: list[tuple[str, Callable[[], Record]]] = [
        ("A9_ferro", partial(x.ferro, "A9_ferro")),
        ("A10_ferro", partial(x.ferro, "A10_ferro")),
        ("A13_printed", x.a13_printed),
        ("A14_printed", x.a14_printed),
        ("A16_argument", x.a16_argument),
        ("A17_printed", x.a17_printed),
    ]
    stated: dict[str, Callable[[], Record]] = {
        "A9_ferro": partial(x.ferro_statement, "A9_ferro"),
        "A10_ferro": partial(x.ferro_statement, "A10_ferro"),
        "A13_printed": x.a13_printed_statement,
        "A14_printed": x.a14_printed_statement,
        "A16_argument": x.a16_argument_statement,
        "A17_printed": lambda: a.RECORDS["A17_printed"],
    }
    return [refuted("T6", name, APPENDIX[name], stated[name], make) for name, make in makers]


def boundary_entries() -> list[Entry]:
    """T7."""
    return [
        refuted(
            "T7",
            "T7_epsilon_1",
            "epsilon = 1 is passive",
            boundary.epsilon_statement,
            boundary.epsilon,
        ),
        refuted(
            "T7",
            "T7_field",
            "B0 > |J + Delta| suffices, whatever the signs",
            boundary.field_statement,
            boundary.field,
        ),
        refuted(
            "T7",
            "T7_three_spins",
            "three spins: B0 > |3 Delta + alpha|/2 suffices",
            boundary.three_spin_statement,
            boundary.three_spins,
        ),
    ]


def three_spin_entries() -> list[Entry]:
    """What of T8 is an identity; the rest is in BOXES."""
    return [
        proved(
            "T8",
            "T8_concave",
            "two baths of equal weight: ln g is concave, cleared of w",
            curvature.concave,
            lambda: point(x1="1", x2="2", c1="3", c2="2"),
        ),
    ]


THEOREMS: dict[str, Entry] = {
    entry.name: entry
    for entry in [
        *steady_state_entries(),
        *bose_entries(),
        *two_spin_entries(),
        *ergotropy_entries(),
        *appendix_entries(),
        *boundary_entries(),
        *three_spin_entries(),
    ]
}


@dataclass(frozen=True)
class BoxEntry:
    """A registered statement that a tree of boxes shows.

    Attributes
    ----------
    statement : callable
        What a tree must be a tree of.
    assumes : tuple of str
        What it rests on.
    """

    statement: Callable[[], Statement]
    assumes: tuple[str, ...]


def given(statement: Statement, *assumes: str) -> BoxEntry:
    """An entry for a statement that needs no building."""
    return BoxEntry(lambda: statement, assumes)


BALLS = ("ball arithmetic of python-flint encloses", "the program's operations mean what they say")
BENDING = "the derivatives of ln g, the estimate for w > 4 T_hot (docs/passivity.md)"
FAR = "the path lemma and the criterion of bending, with T8_concave and T8_bend"
LEVELS = "every bath's rates are those of the paper's chain, as symqb derives its levels"
BOXES: dict[str, BoxEntry] = {
    "T8_figure": BoxEntry(three_spins.figure_statement, BALLS),
    **{
        f"T8_bend_{chart}": BoxEntry(partial(curvature.bend_statement, chart), (*BALLS, BENDING))
        for chart in curvature.CHARTS
    },
    "T8_far": BoxEntry(far_field.FarField, (BALLS[0], FAR, BENDING)),
    "T8_xx": BoxEntry(
        xx_chain.XXChain,
        ("the path lemma, the derivatives of ln g (docs/passivity.md), with T8_concave",),
    ),
    **{statement.name: given(statement, BALLS[0], LEVELS) for statement in MAP},
}
