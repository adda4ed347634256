"""Tables of the catalogue: what a procedure is (catalogue), how it is worked (process), where it came from (imports)."""

from .catalogue import (
    Channel,
    DocumentRequirement,
    FeeRule,
    Field,
    LegalBasis,
    LifeEvent,
    Procedure,
    ProcedureAgency,
    ProcedureVersion,
    ResultKind,
)
from .imports import ImportBatch, ImportRow
from .process import ProcessSheet, ProcessTemplate, SheetStep, TemplateStep

__all__ = [
    "Channel",
    "DocumentRequirement",
    "FeeRule",
    "Field",
    "ImportBatch",
    "ImportRow",
    "LegalBasis",
    "LifeEvent",
    "Procedure",
    "ProcedureAgency",
    "ProcedureVersion",
    "ProcessSheet",
    "ProcessTemplate",
    "ResultKind",
    "SheetStep",
    "TemplateStep",
]
