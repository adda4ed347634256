"""Everything that can be done to a case: when it is offered, what it asks, what it says beforehand, what it does.

One table: the case page shows exactly the rows that hold for this actor now, and one view carries them all out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.accounts import queries as accounts
from langbiang.foundation.files import services as files
from langbiang.government.cases import policies, services
from langbiang.government.cases.models import Case, WorkItem

from . import fields


@dataclass(frozen=True)
class Situation:
    """A case as one actor finds it."""

    actor: Actor
    case: Case
    mine: Sequence[WorkItem]

    def has(self, *kinds: str) -> bool:
        """Whether this actor has open work of one of these kinds here."""
        return any(item.kind in kinds for item in self.mine)

    def at(self, *states: str) -> bool:
        """Whether the case stands in one of these states."""
        return self.case.business in states

    @property
    def leads(self) -> bool:
        """Whether this actor leads the unit that handles the case."""
        return bool(policies.may_lead(self.actor, self.case))

    @property
    def manages(self) -> bool:
        """Whether this actor works in the unit that handles the case."""
        return bool(policies.may_manage(self.actor, self.case))

    def leads_with(self, action: "Action") -> bool:
        """Whether an action stands first: what this actor's own work asks for, not what a leader could also do."""
        return action.primary and (action.key != "assign" or self.has("assign"))

    def next_is_signature(self) -> bool:
        """Whether the step after this actor's is the signature."""
        from langbiang.government.cases.services import work

        rows = work.sheet_of(self.case).rows
        keys = {item.step_key for item in self.mine if item.kind == "step"}
        return any(
            row.key in keys
            and row.role == "officer"
            and any(later.kind == "sign" for later in rows[i + 1 :])
            and not any(later.role == "officer" and later.kind not in ("sign",) for later in rows[i + 1 :])
            for i, row in enumerate(rows)
        )


Execute = Callable[[Situation, Any, dict[str, Any]], Any]


@dataclass(frozen=True)
class Action:
    """One thing that can be done."""

    key: str
    label: Any
    icon: str
    form: type[fields.ActionForm]
    offered: Callable[[Situation], bool]
    execute: Execute
    consequences: tuple[Any, ...] = ()
    danger: bool = False
    done: Any = _("Done.")
    bulk: bool = False
    primary: bool = False


def _accept(s: Situation, form: fields.NoteForm, basics: dict[str, Any]) -> Any:
    return services.accept(s.actor, note=form.cleaned_data["note"], **basics)


def _refuse(s: Situation, form: fields.RefuseForm, basics: dict[str, Any]) -> Any:
    data = form.cleaned_data
    return services.refuse(
        s.actor,
        reason_code=data["reason"],
        explanation=data["explanation"],
        where_to_turn=data["where_to_turn"],
        **basics,
    )


def _ask_supplement(s: Situation, form: fields.SupplementForm, basics: dict[str, Any]) -> Any:
    data = form.cleaned_data
    return services.ask_supplement(
        s.actor,
        items=form.items(),
        reason_code=data["reason"],
        guidance=data["guidance"],
        due_at=fields.end_of_day(data["due_on"]),
        **basics,
    )


def _decide_supplement(s: Situation, form: fields.DecideForm, basics: dict[str, Any]) -> Any:
    data = form.cleaned_data
    return services.decide_supplement(s.actor, approve=data["decision"] == "yes", note=data["note"], **basics)


def _assign(s: Situation, form: fields.OfficerForm, basics: dict[str, Any]) -> Any:
    account_id = int(form.cleaned_data["officer"])
    officer = services.Officer(account_id, accounts.name_of(account_id))
    return services.assign_case(s.actor, officer=officer, note=form.cleaned_data["note"], **basics)


def _hand_over(s: Situation, form: fields.OfficerForm, basics: dict[str, Any]) -> Any:
    account_id = int(form.cleaned_data["officer"])
    officer = services.Officer(account_id, accounts.name_of(account_id))
    return services.hand_over(s.actor, officer=officer, reason=form.cleaned_data["note"], **basics)


def _complete(s: Situation, form: fields.NoteForm, basics: dict[str, Any]) -> Any:
    return services.complete_step(s.actor, note=form.cleaned_data["note"], **basics)


def _propose(s: Situation, form: fields.ProposeForm, basics: dict[str, Any]) -> Any:
    data = form.cleaned_data
    return services.propose_result(
        s.actor,
        outcome=data["outcome"],
        content=form.content(),
        reason=data["reason"],
        legal_ground=data["legal_ground"],
        **basics,
    )


def _return(s: Situation, form: fields.ReasonForm, basics: dict[str, Any]) -> Any:
    return services.return_for_correction(s.actor, reason=form.cleaned_data["reason"], **basics)


def _sign(s: Situation, form: fields.NothingForm, basics: dict[str, Any]) -> Any:
    return services.approve_and_sign(s.actor, **basics)


def _release(s: Situation, form: fields.NothingForm, basics: dict[str, Any]) -> Any:
    return services.number_and_release(s.actor, **basics)


def _hand_over_result(s: Situation, form: fields.HandOverForm, basics: dict[str, Any]) -> Any:
    data = form.cleaned_data
    return services.hand_over_result(
        s.actor,
        collector=data["collector"],
        identity_last4=data["identity_last4"],
        authority=data["authority"],
        **basics,
    )


def _post(s: Situation, form: fields.PostForm, basics: dict[str, Any]) -> Any:
    return services.send_by_post(s.actor, tracking_no=form.cleaned_data["tracking_no"], **basics)


def _consult(s: Situation, form: fields.ConsultForm, basics: dict[str, Any]) -> Any:
    data = form.cleaned_data
    return services.consult(
        s.actor,
        agency_ids=[int(a) for a in data["agencies"]],
        question=data["question"],
        due_at=fields.end_of_day(data["due_on"]),
        **basics,
    )


def _answer(s: Situation, form: fields.OpinionForm, basics: dict[str, Any]) -> Any:
    item = next(item for item in s.mine if item.kind == "consult" and item.consultation_id)
    data = form.cleaned_data
    return services.answer_consultation(
        s.actor,
        consultation_id=item.consultation_id or 0,
        opinion=data["opinion"],
        answer=data["answer"],
        key=basics["key"],
        at=basics["at"],
    )


def _extend(s: Situation, form: fields.ExtendForm, basics: dict[str, Any]) -> Any:
    data = form.cleaned_data
    return services.extend(
        s.actor,
        reason_code=data["reason"],
        explanation=data["explanation"],
        due=fields.end_of_day(data["due"]),
        **basics,
    )


def _suspend(s: Situation, form: fields.SuspendForm, basics: dict[str, Any]) -> Any:
    data = form.cleaned_data
    evidence = None
    if data["evidence"]:
        at: datetime = basics["at"]
        evidence = files.store_file(
            s.actor, upload=data["evidence"], room="cases", owner=f"cases.case:{s.case.pk}", at=at
        ).pk
    return services.suspend(s.actor, reason_code=data["reason"], note=data["note"], evidence_id=evidence, **basics)


def _resume(s: Situation, form: fields.NoteForm, basics: dict[str, Any]) -> Any:
    return services.resume_case(s.actor, note=form.cleaned_data["note"], **basics)


def _stop(s: Situation, form: fields.StopForm, basics: dict[str, Any]) -> Any:
    return services.stop_case(
        s.actor, reason_code=form.cleaned_data["reason"], note=form.cleaned_data["note"], **basics
    )


def _decide_withdrawal(s: Situation, form: fields.DecideForm, basics: dict[str, Any]) -> Any:
    data = form.cleaned_data
    return services.decide_withdrawal(s.actor, agree=data["decision"] == "yes", note=data["note"], **basics)


def _withdraw(s: Situation, form: fields.ReasonForm, basics: dict[str, Any]) -> Any:
    return services.request_withdrawal(s.actor, reason=form.cleaned_data["reason"], **basics)


def _reopen(s: Situation, form: fields.ReasonForm, basics: dict[str, Any]) -> Any:
    return services.reopen_case(s.actor, reason=form.cleaned_data["reason"], **basics)


def _revoke(s: Situation, form: fields.ReasonForm, basics: dict[str, Any]) -> Any:
    return services.revoke_result(s.actor, reason=form.cleaned_data["reason"], **basics)


def _recall(s: Situation, form: fields.ReasonForm, basics: dict[str, Any]) -> Any:
    return services.recall(s.actor, reason=form.cleaned_data["reason"], **basics)


def _pay(s: Situation, form: fields.PaymentForm, basics: dict[str, Any]) -> Any:
    data = form.cleaned_data
    return services.record_payment(s.actor, amount_vnd=data["amount_vnd"], note=data["note"], **basics)


WORKED = ("accepted", "processing")

ACTIONS: tuple[Action, ...] = (
    Action(
        "accept",
        _("Receive"),
        "circle-check",
        fields.NoteForm,
        lambda s: s.at("submitted") and s.has("intake"),
        _accept,
        (
            _("The case gets its code and due date."),
            _("The applicant gets the receipt with the date (form 01)."),
            _("The first step of the process opens."),
        ),
        done=_("Received."),
        bulk=True,
        primary=True,
    ),
    Action(
        "supplement",
        _("Ask for a supplement"),
        "file-plus",
        fields.SupplementForm,
        lambda s: (s.at("submitted") and s.has("intake")) or (s.at(*WORKED) and s.has("step")),
        _ask_supplement,
        (
            _("The applicant is told what is missing, why and until when (form 02)."),
            _("During appraisal a leader approves the request first."),
        ),
        done=_("The request is on its way."),
    ),
    Action(
        "refuse",
        _("Refuse reception"),
        "circle-x",
        fields.RefuseForm,
        lambda s: (s.at("submitted") and s.has("intake")) or (s.at("supplement") and s.has("waiting")),
        _refuse,
        (_("The filing ends here. The applicant gets the reason in writing (form 03)."),),
        danger=True,
        done=_("Reception was refused."),
    ),
    Action(
        "assign",
        _("Assign to an officer"),
        "user-check",
        fields.OfficerForm,
        lambda s: s.at(*WORKED) and (s.has("assign") or s.leads),
        _assign,
        (_("The officer sees the case at once in their own list."),),
        done=_("Assigned."),
        bulk=True,
        primary=True,
    ),
    Action(
        "propose",
        _("Propose the result"),
        "file-check",
        fields.ProposeForm,
        lambda s: s.at(*WORKED) and s.has("step") and s.next_is_signature(),
        _propose,
        (_("The draft goes to those who review and sign."),),
        done=_("The proposal is on its way."),
        primary=True,
    ),
    Action(
        "complete",
        _("Finish this step"),
        "arrow-right",
        fields.NoteForm,
        lambda s: s.at(*WORKED) and s.has("step") and not s.next_is_signature(),
        _complete,
        (_("The next step opens for those who do it."),),
        done=_("The step is done."),
        bulk=True,
        primary=True,
    ),
    Action(
        "sign",
        _("Approve and sign"),
        "signature",
        fields.NothingForm,
        lambda s: s.at("processing") and s.has("sign"),
        _sign,
        (_("You sign the result with your own key."), _("The records clerk then numbers, seals and releases it.")),
        done=_("Signed."),
        bulk=True,
        primary=True,
    ),
    Action(
        "release",
        _("Number, seal and release"),
        "stamp",
        fields.NothingForm,
        lambda s: s.at("processing") and s.has("number"),
        _release,
        (
            _("The result gets the next number of its register and the seal of the agency."),
            _("Processing ends now; the applicant is told that the result is ready."),
            _("A number once given is never taken back."),
        ),
        done=_("Released."),
        bulk=True,
        primary=True,
    ),
    Action(
        "return",
        _("Return for correction"),
        "arrow-back-up",
        fields.ReasonForm,
        lambda s: (
            s.at("processing")
            and (s.has("sign", "number") or (s.has("step") and s.case.results.filter(state="proposed").exists()))
        ),
        _return,
        (_("The officer who drafted the result gets it back with your reason."),),
        done=_("Returned."),
    ),
    Action(
        "hand-over-result",
        _("Hand over the result"),
        "hand-grab",
        fields.HandOverForm,
        lambda s: s.at("decided") and s.has("return"),
        _hand_over_result,
        (_("The case is closed; the one who collects is noted."),),
        done=_("Handed over."),
        primary=True,
    ),
    Action(
        "post",
        _("Send by post"),
        "mail",
        fields.PostForm,
        lambda s: s.at("decided") and s.has("return"),
        _post,
        (_("The case is closed; the applicant gets the tracking number."),),
        done=_("Noted as posted."),
    ),
    Action(
        "opinion",
        _("Give an opinion"),
        "message",
        fields.OpinionForm,
        lambda s: s.has("consult"),
        _answer,
        (_("The unit that asked gets the answer at once."),),
        done=_("Answered."),
        primary=True,
    ),
    Action(
        "decide-supplement",
        _("Decide on the supplement request"),
        "checkbox",
        fields.DecideForm,
        lambda s: s.has("approve"),
        _decide_supplement,
        (_("If you agree, the request goes to the applicant (form 02)."),),
        done=_("Decided."),
        primary=True,
    ),
    Action(
        "decide-withdrawal",
        _("Decide on the withdrawal"),
        "checkbox",
        fields.DecideForm,
        lambda s: s.has("withdrawal"),
        _decide_withdrawal,
        (_("If you agree, handling stops and the applicant is told (form 05)."),),
        done=_("Decided."),
        primary=True,
    ),
    Action(
        "consult",
        _("Consult other units"),
        "users",
        fields.ConsultForm,
        lambda s: s.at(*WORKED) and s.manages,
        _consult,
        (_("Each unit gets the question with its own due date."), _("The due date of the case does not move.")),
        done=_("The question is on its way."),
    ),
    Action(
        "hand-over",
        _("Hand over to a colleague"),
        "user-share",
        fields.OfficerForm,
        lambda s: s.at(*WORKED) and s.has("step"),
        _hand_over,
        (_("The colleague sees the case in their own list."),),
        done=_("Handed over."),
    ),
    Action(
        "recall",
        _("Take back"),
        "arrow-back",
        fields.ReasonForm,
        lambda s: s.at("processing") and s.manages and not s.mine,
        _recall,
        (_("Possible as long as the next person has not opened it."),),
        done=_("Taken back."),
    ),
    Action(
        "pay",
        _("Record a payment"),
        "cash",
        fields.PaymentForm,
        lambda s: (
            s.case.money in ("due", "partial")
            and (
                s.actor.may("cases.cash", agency_id=s.case.receiving_unit_id)
                or s.actor.may("cases.receive", agency_id=s.case.receiving_unit_id)
            )
        ),
        _pay,
        (_("The charges of the case are settled in order."),),
        done=_("The payment is recorded."),
    ),
    Action(
        "extend",
        _("Put off the date"),
        "calendar-plus",
        fields.ExtendForm,
        lambda s: s.at(*WORKED) and s.leads,
        _extend,
        (_("The applicant gets an apology with the new date (form 04)."), _("The first date stays on record.")),
        done=_("The new date is set."),
    ),
    Action(
        "suspend",
        _("Suspend"),
        "player-pause",
        fields.SuspendForm,
        lambda s: s.at(*WORKED) and s.leads,
        _suspend,
        (_("The legal clock stands still until the case is resumed."), _("The applicant sees the ground.")),
        done=_("Suspended."),
    ),
    Action(
        "resume",
        _("Resume"),
        "player-play",
        fields.NoteForm,
        lambda s: s.at("suspended") and s.manages,
        _resume,
        (_("The due date moves by exactly the time the clock stood."),),
        done=_("The clock runs again."),
        primary=True,
    ),
    Action(
        "withdraw",
        _("Withdraw for the applicant"),
        "logout",
        fields.ReasonForm,
        lambda s: (
            s.at("submitted", "accepted", "processing", "supplement", "suspended")
            and bool(policies.may_receive(s.actor, agency_id=s.case.receiving_unit_id, field=s.case.field))
        ),
        _withdraw,
        (_("A leader decides; before reception it takes effect at once."),),
        done=_("The withdrawal is recorded."),
    ),
    Action(
        "stop",
        _("Stop handling"),
        "ban",
        fields.StopForm,
        lambda s: s.at("accepted", "processing", "supplement", "suspended") and s.leads,
        _stop,
        (_("Handling ends. The applicant gets a notice with the ground (form 05)."),),
        danger=True,
        done=_("Stopped."),
    ),
    Action(
        "reopen",
        _("Reopen"),
        "refresh",
        fields.ReasonForm,
        lambda s: s.at("stopped", "decided", "returned") and s.case.received_at is not None and s.leads,
        _reopen,
        (
            _("The full time runs anew from today."),
            _("A released result stays valid until a corrected one replaces it."),
        ),
        done=_("Reopened."),
    ),
    Action(
        "revoke",
        _("Revoke the result"),
        "file-x",
        fields.ReasonForm,
        lambda s: s.at("decided", "returned") and s.leads and s.case.results.filter(state="released").exists(),
        _revoke,
        (_("The verification page says from now on that this result is revoked, and why."),),
        danger=True,
        done=_("Revoked."),
    ),
)
BY_KEY = {action.key: action for action in ACTIONS}


def offered_to(situation: Situation) -> list[Action]:
    """What this actor may do to this case now."""
    return [action for action in ACTIONS if action.offered(situation)]
