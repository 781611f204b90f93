"""Search for certificates and counterexamples: untrusted, checked by :mod:`symqb.certify`.

``prove`` gives the ledger, ``falsify`` attacks a theorem; the rest is for theorems of your own
(see ``docs/how-to/prove-your-own.md``).
"""

from symqb.prove.boxes import BoxStatement, BoxVerdict, certify_boxes, check_boxes
from symqb.prove.builder import NotFound, Proof, Theorem, Witness, certificate, point, statement
from symqb.prove.falsify import Attack, falsify, falsify_all
from symqb.prove.ledger import Ledger, Verdict, names, prove, write
from symqb.prove.passivity.proofs import cover_temperatures, decide_passivity
from symqb.prove.strategies import split_on_orders, substitution, sum_of_squares
from symqb.prove.thresholds import Threshold, passivity_threshold
from symqb.prove.variants import Outcome, attack_variants

__all__ = [
    "Attack",
    "BoxStatement",
    "BoxVerdict",
    "Ledger",
    "NotFound",
    "Outcome",
    "Proof",
    "Theorem",
    "Threshold",
    "Verdict",
    "Witness",
    "attack_variants",
    "certificate",
    "certify_boxes",
    "check_boxes",
    "cover_temperatures",
    "decide_passivity",
    "falsify",
    "falsify_all",
    "names",
    "passivity_threshold",
    "point",
    "prove",
    "split_on_orders",
    "statement",
    "substitution",
    "sum_of_squares",
    "write",
]
