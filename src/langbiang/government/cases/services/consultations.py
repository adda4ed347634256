"""Asking other units for their opinion, in parallel, each with a due time of its own."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor, Refusal
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.procedures import queries as procedures

from .. import events, policies
from ..models import Case, Consultation, WorkItem
from ..models.case import Business
from . import record, work


class NothingToAsk(Refusal):
    """A consultation needs units, a question and a due time in the future."""


@transaction.atomic
def consult(
    actor: Actor,
    *,
    case_id: int,
    agency_ids: Sequence[int],
    question: str,
    due_at: datetime,
    revision: int | None = None,
    key: str = "",
    at: datetime,
) -> list[Consultation]:
    """Put one question to several units at once; the legal clock of the case goes on running.

    Whether silence counts as agreement is what the procedure's law says. Raises Forbidden, NothingToAsk, WrongState.
    """
    case = record.lock_case(case_id, revision=revision)
    record.once(actor, key, action="consult", case=case, at=at)
    policies.require(policies.may_manage(actor, case))
    work.require_state(case, Business.ACCEPTED, Business.PROCESSING)
    if len(question.strip()) < 10:
        raise NothingToAsk(_("Write the question in at least one sentence."), field="question")
    if due_at <= at:
        raise NothingToAsk(_("The answer must be due in the future."), field="due_at")
    wanted = [a for a in dict.fromkeys(agency_ids) if a != case.processing_unit_id]
    if not wanted:
        raise NothingToAsk(_("Choose at least one other unit."), field="agencies")
    busy = set(case.consultations.filter(state="open", agency_id__in=wanted).values_list("agency_id", flat=True))
    if busy:
        raise NothingToAsk(
            _("%(unit)s has been asked already and has not answered yet.")
            % {"unit": organizations.name_of(busy.pop())},
            field="agencies",
        )
    procedure = procedures.pinned(case.procedure_version_id)
    made = []
    for agency_id in wanted:
        consultation = Consultation.objects.create(
            case=case,
            agency_id=agency_id,
            question=question.strip(),
            state=Consultation.State.OPEN,
            asked_at=at,
            asked_by=actor.label[:300],
            due_at=due_at,
            silence_agrees=procedure.silence_agrees,
        )
        WorkItem.objects.create(
            case=case,
            kind=WorkItem.Kind.CONSULT,
            agency_id=agency_id,
            role="consulted",
            field=case.field,
            step_key=case.step_key,
            name=str(_("Give an opinion")),
            opened_at=at,
            due_at=due_at,
            case_due_at=due_at,
            consultation=consultation,
        )
        made.append(consultation)
    record.note_down(
        actor,
        case,
        "consulted",
        at=at,
        note=question.strip(),
        public=True,
        data={"units": [organizations.name_of(a) for a in wanted], "due": due_at},
    )
    record.save(case)
    for consultation in made:
        record.tell(actor, case, events.UnitConsulted(case_id=case.pk, consultation_id=consultation.pk), at=at)
    return made


@transaction.atomic
def answer_consultation(
    actor: Actor,
    *,
    consultation_id: int,
    opinion: str,
    answer: str,
    file_id: int | None = None,
    key: str = "",
    at: datetime,
) -> Consultation:
    """A consulted unit answers; a late answer is kept all the same. Raises Forbidden, WrongState, NothingToAsk."""
    found = Consultation.objects.filter(pk=consultation_id).values_list("case_id", flat=True).first()
    case = record.lock_case(found or 0)
    record.once(actor, key, action="answer_consultation", case=case, at=at)
    consultation = Consultation.objects.select_for_update().get(pk=consultation_id)
    policies.require(policies.may_answer_consultation(actor, agency_id=consultation.agency_id, field=case.field))
    if consultation.state not in ("open", "silent"):
        raise record.WrongState(_("This question has been answered already."))
    if opinion not in ("agree", "conditions", "disagree"):
        raise NothingToAsk(_("Say whether your unit agrees."), field="opinion")
    if opinion != "agree" and len(answer.strip()) < 10:
        raise NothingToAsk(_("Give the reason in at least one sentence."), field="answer")
    late = at > consultation.due_at
    consultation.state = Consultation.State.ANSWERED
    consultation.opinion = opinion
    consultation.answer = answer.strip()
    consultation.answer_file_id = file_id
    consultation.answered_at = at
    consultation.answered_by = actor.label[:300]
    consultation.save()
    for item in WorkItem.objects.select_for_update().filter(consultation=consultation, is_open=True):
        work.close_item(item, actor, outcome=opinion, at=at)
    record.note_down(
        actor,
        case,
        "consultation_answered",
        at=at,
        note=answer.strip(),
        data={"unit": organizations.name_of(consultation.agency_id), "opinion": opinion, "late": late},
    )
    record.save(case)
    record.tell(actor, case, events.ConsultationAnswered(case_id=case.pk, consultation_id=consultation.pk), at=at)
    return consultation


@transaction.atomic
def recall_consultation(actor: Actor, *, consultation_id: int, reason: str, at: datetime) -> Consultation:
    """Take back a question nobody has answered. Raises Forbidden, WrongState."""
    found = Consultation.objects.filter(pk=consultation_id).values_list("case_id", flat=True).first()
    case = record.lock_case(found or 0)
    policies.require(policies.may_manage(actor, case))
    consultation = Consultation.objects.select_for_update().get(pk=consultation_id)
    if consultation.state != "open":
        raise record.WrongState(_("This question has been answered already."))
    consultation.state = Consultation.State.RECALLED
    consultation.save(update_fields=["state"])
    for item in WorkItem.objects.select_for_update().filter(consultation=consultation, is_open=True):
        work.close_item(item, actor, outcome="recalled", at=at)
    record.note_down(
        actor,
        case,
        "consultation_recalled",
        at=at,
        note=reason,
        data={"unit": organizations.name_of(consultation.agency_id)},
    )
    record.save(case)
    return consultation


@transaction.atomic
def mark_silence(*, consultation_id: int, at: datetime) -> bool:
    """Where the law says so, silence past the due time counts as agreement; gives whether that happened now."""
    consultation = Consultation.objects.select_for_update().filter(pk=consultation_id, state="open").first()
    if consultation is None or not consultation.silence_agrees or consultation.due_at > at:
        return False
    case = record.lock_case(consultation.case_id)
    actor = work.system_actor_for(case)
    consultation.state = Consultation.State.SILENT
    consultation.opinion = "agree"
    consultation.save(update_fields=["state", "opinion"])
    for item in WorkItem.objects.select_for_update().filter(consultation=consultation, is_open=True):
        work.close_item(item, actor, outcome="silent", at=at)
    record.note_down(
        actor, case, "consultation_silent", at=at, data={"unit": organizations.name_of(consultation.agency_id)}
    )
    record.save(case)
    return True


def open_consultations(case: Case) -> int:
    """How many units have not answered yet."""
    return case.consultations.filter(state="open").count()
