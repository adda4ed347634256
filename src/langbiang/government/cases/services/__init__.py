"""What people do with a case. Each module is one chapter of the story; pages and other rooms import from here."""

from .closing import decide_withdrawal, reopen_case, request_withdrawal, stop_case
from .consultations import answer_consultation, consult, mark_silence, recall_consultation
from .correspondence import add_note, mark_read, rate, record_payment, send_message
from .decisions import approve_and_sign, number_and_release, propose_result, return_for_correction
from .delivery import hand_over_result, receive_online, revoke_result, send_by_post
from .intake import Filing, Incomplete, Paper, SimilarCase, accept, check, file_at_counter, refuse, submit
from .issue import draw as draw_form
from .record import AlreadyDone, NoSuchCase, WrongState
from .supplements import answer_supplement, ask_supplement, decide_supplement
from .timing import confirm_moves, extend, propose_moves, resume_case, suspend
from .work import NotYourWork, Officer, assign_case, claim, complete_step, hand_over, recall

__all__ = [
    "AlreadyDone",
    "Filing",
    "Incomplete",
    "NoSuchCase",
    "NotYourWork",
    "Officer",
    "Paper",
    "SimilarCase",
    "WrongState",
    "accept",
    "add_note",
    "answer_consultation",
    "answer_supplement",
    "approve_and_sign",
    "ask_supplement",
    "assign_case",
    "check",
    "claim",
    "complete_step",
    "confirm_moves",
    "consult",
    "decide_supplement",
    "decide_withdrawal",
    "draw_form",
    "extend",
    "file_at_counter",
    "hand_over",
    "hand_over_result",
    "mark_read",
    "mark_silence",
    "number_and_release",
    "propose_moves",
    "propose_result",
    "rate",
    "recall",
    "recall_consultation",
    "receive_online",
    "record_payment",
    "refuse",
    "reopen_case",
    "request_withdrawal",
    "resume_case",
    "return_for_correction",
    "revoke_result",
    "send_by_post",
    "send_message",
    "stop_case",
    "submit",
    "suspend",
]
