"""Phys. Rev. A 109, 042619 (2024) as data: its equations, conditions, arguments and claims.

``PAPER`` is what :func:`symqb.audit_paper` reads.  Printed items are in the modules ``printed_*``,
``proof_steps`` and ``claims.toml``; what decides them in ``compare_*``, ``conditions`` and
``claims_*``; what the paper's symbols stand for in ``meaning``.
"""

from pathlib import Path

from symqb.audit import Paper, read_claims

from . import claims_energy, claims_ergotropy, claims_summary, claims_three, conditions
from . import printed_dissipators as dissipators
from . import printed_model as model
from . import printed_proof as proof
from . import printed_rates as rates
from . import printed_steady as steady
from .figures import FIGURES
from .notation import NOTATION
from .proof_steps import STEPS

__all__ = ["PAPER"]

EQUATIONS = (
    *model.TWO_SPINS,
    *dissipators.TWO_SPINS,
    *rates.TWO_SPINS[:3],
    *steady.EQUATIONS[:-1],
    rates.TWO_SPINS[3],
    steady.EQUATIONS[-1],
    *model.THREE_SPINS,
    *dissipators.THREE_SPINS,
    *rates.THREE_SPINS,
    *proof.EQUATIONS,
    *rates.APPENDIX_B,
    *rates.APPENDIX_C,
)
"""Every numbered equation as typed, in the order of the paper."""

CERTIFICATES = {
    **{f"A{k}": (f"A{k}",) for k in (1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 16, 18)},
    **{f"A{k}": (f"A{k}_printed", f"A{k}") for k in (3, 4, 13, 14, 15, 17)},
    "A-arg-7": ("A8_eta",),
    "A-arg-17": ("A16_argument", "A16", "T2"),
    "A-arg-20": ("A18_eta",),
    "A-arg-21": ("A9_ferro", "A10_ferro", "A11_ferro", "T3"),
    "A-arg-22": ("T3",),
    "abs-claim-1": ("T3", "T4_T3"),
    "fig89-claim-6": ("T5", "T4_T5"),
    "cond-1": ("T7_field",),
    "cond-2": ("T7_three_spins",),
}

IDS = """\
Ids are as printed, without brackets; `cond-` are conditions, `A-arg-` steps of Appendix A, `text-`
statements in the prose, `figN-` claims about figures (`fig34` is Figs. 3 and 4), `abs-` and `sum-`
the abstract and the summary.
"""
REMARKS = """\
T_M and Delta T of the figures are stated in the text in part only; the domains say what was taken.
"""
CLAIMS = read_claims(
    Path(__file__).with_name("claims.toml").read_text(encoding="utf-8"),
    {
        **conditions.DECIDE,
        **claims_energy.DECIDE,
        **claims_ergotropy.DECIDE,
        **claims_three.DECIDE,
        **claims_summary.DECIDE,
    },
)
PAPER = Paper(
    title=r"""Extracting ergotropy from nonequilibrium steady states of an $XXZ$
spin-chain quantum battery""",
    reference=r"Phys.\ Rev.\ A \textbf{109}, 042619 (2024)",
    items=(
        *EQUATIONS,
        model.SPIN_OPERATORS,
        *(claim for claim in CLAIMS if claim.kind == "condition"),
        *STEPS,
        *(claim for claim in CLAIMS if claim.kind != "condition"),
    ),
    notation=NOTATION,
    certificates=CERTIFICATES,
    figures=FIGURES,
    headings={"argument": "Appendix A"},
    ids=IDS,
    remarks=REMARKS,
)
