"""The paper as inert, typed data, and the audit that holds it against the derivation."""

from symqb.paper.audit import audit, count_statuses
from symqb.paper.erratum import erratum
from symqb.paper.figures import FIGURES, draw_figures
from symqb.paper.page import audit_page
from symqb.paper.rows import KINDS, STATUSES, AuditError, AuditRow, AuditRows

__all__ = [
    "FIGURES",
    "KINDS",
    "STATUSES",
    "AuditError",
    "AuditRow",
    "AuditRows",
    "audit",
    "audit_page",
    "count_statuses",
    "draw_figures",
    "erratum",
]
