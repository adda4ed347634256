"""Reading the texts of the national catalogue of administrative procedures. Pure: no Django, no database.

``parse_record`` reads one flattened page, ``parse_lay_thu_tuc`` the portal's JSON; ``judge`` says how much
was structured and what a person must confirm; ``rebuild`` proves that nothing was lost.
"""

from .parse import parse_record
from .portal_json import parse_lay_thu_tuc
from .reasons import REASON_TEXT, explain
from .record import (
    Agency,
    Channel,
    ChannelRow,
    ChannelTable,
    DatedFee,
    DocumentGroup,
    DocumentRow,
    Fee,
    FeeState,
    LegalBasis,
    LimitBasis,
    Parsed,
    ParsedRecord,
    ParseState,
    Reason,
    Result,
    Section,
    Stage,
    TimeLimit,
    TimeUnit,
    UnknownFee,
    as_data,
)
from .roundtrip import rebuild
from .rules import TimeLimitRule, time_limit_rules
from .verdict import Finding, Outcome, Verdict, judge

__all__ = [
    "REASON_TEXT",
    "Agency",
    "Channel",
    "ChannelRow",
    "ChannelTable",
    "DatedFee",
    "DocumentGroup",
    "DocumentRow",
    "Fee",
    "FeeState",
    "Finding",
    "LegalBasis",
    "LimitBasis",
    "Outcome",
    "ParseState",
    "Parsed",
    "ParsedRecord",
    "Reason",
    "Result",
    "Section",
    "Stage",
    "TimeLimit",
    "TimeLimitRule",
    "TimeUnit",
    "UnknownFee",
    "Verdict",
    "as_data",
    "explain",
    "judge",
    "parse_lay_thu_tuc",
    "parse_record",
    "rebuild",
    "time_limit_rules",
]
