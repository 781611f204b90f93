"""The audit of any paper given as data: printed items held against what is derived."""

from symqb.audit.arguments import Step
from symqb.audit.audit import audit_paper
from symqb.audit.claims import (
    Boundary,
    Cases,
    Claim,
    Decision,
    Sign,
    Unchecked,
    Vanishes,
    read_claims,
)
from symqb.audit.equations import Equation
from symqb.audit.erratum import erratum
from symqb.audit.figures import Panel, draw_figures
from symqb.audit.inequalities import Domain
from symqb.audit.meaning import Meaning
from symqb.audit.notation import Notation, head
from symqb.audit.page import audit_page
from symqb.audit.paper import Item, Paper
from symqb.audit.rows import (
    KINDS,
    STATUSES,
    AuditError,
    AuditRow,
    AuditRows,
    Finding,
    count_statuses,
)
from symqb.audit.settings import Reading, Setting

__all__ = [
    "KINDS",
    "STATUSES",
    "AuditError",
    "AuditRow",
    "AuditRows",
    "Boundary",
    "Cases",
    "Claim",
    "Decision",
    "Domain",
    "Equation",
    "Finding",
    "Item",
    "Meaning",
    "Notation",
    "Panel",
    "Paper",
    "Reading",
    "Setting",
    "Sign",
    "Step",
    "Unchecked",
    "Vanishes",
    "audit_page",
    "audit_paper",
    "count_statuses",
    "draw_figures",
    "erratum",
    "head",
    "read_claims",
]
