"""Making notices and sending them."""

import logging
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit
from langbiang.foundation.access import Actor, Refusal, policies
from langbiang.foundation.people import queries as people

from . import quiet
from .channels import CHANNELS, NotDelivered
from .models import Channel, Notice, NoticeTemplate, Preference

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 8
VARIABLE = re.compile(r"\{(\w+)\}")
# What a template may name. A text message carries nothing personal beyond code, status, place and day.
VARIABLES = ("code", "procedure", "unit", "due", "status", "link", "name", "reason", "province")
SMS_VARIABLES = ("code", "unit", "due", "status", "link", "province")


class BadTemplate(Refusal):
    """A template names something it may not, or says nothing."""


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Put values into a template; nothing but plain names in braces is understood."""
    return VARIABLE.sub(lambda found: str(values.get(found[1], "")), text)


def _in_force(event: str, audience: str, language: str, at: datetime) -> list[NoticeTemplate]:
    day = timezone.localtime(at).date()
    rows = NoticeTemplate.objects.filter(event=event, audience=audience, valid_from__lte=day).exclude(valid_to__lte=day)
    best: dict[str, NoticeTemplate] = {}
    for row in rows.order_by("valid_from"):
        if row.channel not in best or row.language == language:
            best[row.channel] = row
    return list(best.values())


def notify_person(
    *, event: str, person_id: int, values: Mapping[str, Any], link: str, key: str, urgent: bool = False, at: datetime
) -> list[Notice]:
    """Tell a person about something on every channel they want; the same key tells them once.

    Must run in a transaction; sending is a job each, written in the same transaction.
    """
    person = people.person(person_id)
    wish = Preference.objects.filter(person_id=person_id).first() or Preference(person_id=person_id)
    made = []
    for template in _in_force(event, "citizen", wish.language, at):
        address = {"email": person.email if wish.email else "", "sms": person.phone if wish.sms else ""}.get(
            template.channel, ""
        )
        if template.channel != Channel.IN_APP and not address:
            continue
        made += _make(template, key, values, link, at, address=address, person_id=person_id, urgent=urgent)
    return made


def notify_account(
    *, event: str, account_id: int, values: Mapping[str, Any], link: str, key: str, language: str = "vi", at: datetime
) -> list[Notice]:
    """Tell an officer inside the workbench; the same key tells them once."""
    made = []
    for template in _in_force(event, "staff", language, at):
        if template.channel == Channel.IN_APP:
            made += _make(template, key, values, link, at, account_id=account_id)
    return made


def _make(
    template: NoticeTemplate,
    key: str,
    values: Mapping[str, Any],
    link: str,
    at: datetime,
    *,
    address: str = "",
    person_id: int | None = None,
    account_id: int | None = None,
    urgent: bool = False,
) -> list[Notice]:
    from .tasks import send_notice

    in_app = template.channel == Channel.IN_APP
    allowed = SMS_VARIABLES if template.channel == Channel.SMS else VARIABLES
    known = {name: values.get(name, "") for name in allowed} | {"link": values.get("link", link)}
    start = quiet.not_before(timezone.localtime(at), urgent=urgent) if template.channel == Channel.SMS else at
    notice, new = Notice.objects.get_or_create(
        dedupe_key=f"{key}:{template.channel}:{person_id or ''}:{account_id or ''}"[:120],
        defaults={
            "event": template.event,
            "channel": template.channel,
            "person_id": person_id,
            "account_id": account_id,
            "address": address,
            "subject": fill(template.subject, known)[:200],
            "body": fill(template.body, known),
            "link": link,
            "state": Notice.State.SENT if in_app else Notice.State.PENDING,
            "not_before": start,
            "created_at": at,
            "sent_at": at if in_app else None,
        },
    )
    if new and not in_app:
        task = send_notice if start <= at else send_notice.configure(schedule_at=start)
        task.defer(notice_id=notice.pk)
    return [notice] if new else []


def send(notice_id: int, *, at: datetime) -> Notice:
    """Send one notice; a failure is remembered and raised so that the job is tried again.

    The row is locked while sending: two workers never send the same notice at once, and one already sent stays sent.
    """
    failure: NotDelivered | None = None
    with transaction.atomic():
        notice = Notice.objects.select_for_update().get(pk=notice_id)
        if notice.state not in (Notice.State.PENDING, Notice.State.FAILED):
            return notice
        notice.attempts += 1
        try:
            notice.receipt = CHANNELS[notice.channel].send(
                address=notice.address, subject=notice.subject, body=notice.body, key=f"notice-{notice.pk}"
            )
            notice.state = Notice.State.SENT
            notice.sent_at = at
            notice.last_error = ""
        except NotDelivered as problem:
            failure = problem
            notice.last_error = str(problem)[:300]
            ended = problem.permanent or notice.attempts >= MAX_ATTEMPTS
            notice.state = Notice.State.DEAD if ended else Notice.State.FAILED
        notice.save()
    if failure is not None and notice.state == Notice.State.FAILED:
        raise failure
    return notice


@transaction.atomic
def try_again(actor: Actor, *, notice_id: int, at: datetime) -> Notice:
    """Put a dead notice back to be sent. Raises Forbidden."""
    from .tasks import send_notice

    policies.require(policies.allow_if(actor.may("notifications.edit") or "notifications.edit" in actor.permissions))
    notice = Notice.objects.select_for_update().get(pk=notice_id)
    if notice.state == Notice.State.DEAD:
        notice.state, notice.attempts, notice.not_before = Notice.State.PENDING, 0, at
        notice.save(update_fields=["state", "attempts", "not_before"])
        send_notice.defer(notice_id=notice.pk)
        audit.record(actor, "notifications.retried", notice, at=at)
    return notice


@transaction.atomic
def mark_read(actor: Actor, *, at: datetime) -> int:
    """The actor has seen their notices; gives how many were new."""
    rows = Notice.objects.filter(channel=Channel.IN_APP, read_at__isnull=True)
    rows = (
        rows.filter(person_id=actor.person_id or 0)
        if actor.is_citizen
        else rows.filter(account_id=actor.account_id or 0)
    )
    return rows.update(read_at=at, state=Notice.State.READ)


@transaction.atomic
def set_preference(actor: Actor, *, email: bool, sms: bool, language: str) -> Preference:
    """A citizen chooses how to be told. Raises Forbidden."""
    policies.require(policies.allow_if(actor.is_citizen))
    row, _new = Preference.objects.update_or_create(
        person_id=actor.person_id or 0,
        defaults={"email": email, "sms": sms, "language": language if language in ("vi", "en") else "vi"},
    )
    return row


@transaction.atomic
def change_template(
    actor: Actor, *, template_id: int, subject: str, body: str, revision: int, at: datetime
) -> NoticeTemplate:
    """Replace a template from now on; the old text stays with its dates. Raises Forbidden, BadTemplate, Stale."""
    from langbiang.foundation.access import Stale

    policies.require(policies.allow_if("notifications.edit" in actor.permissions or actor.kind == "system"))
    old = NoticeTemplate.objects.select_for_update().get(pk=template_id)
    if old.valid_to is not None or old.revision != revision:
        raise Stale(_("Somebody changed this template while you had it open."), way_out=_("Open it again."))
    if not body.strip():
        raise BadTemplate(_("The text is empty."), field="body")
    allowed = SMS_VARIABLES if old.channel == Channel.SMS else VARIABLES
    unknown = sorted(set(VARIABLE.findall(subject + body)) - set(allowed))
    if unknown:
        raise BadTemplate(
            _("This template may not use: %(names)s.") % {"names": ", ".join(f"{{{n}}}" for n in unknown)},
            field="body",
            way_out=_("It may use: %(names)s.") % {"names": ", ".join(f"{{{n}}}" for n in allowed)},
        )
    if old.channel == Channel.SMS and len(body) > 320:
        raise BadTemplate(_("A text message holds 320 characters at most."), field="body")
    today = timezone.localtime(at).date()
    before = {"subject": old.subject, "body": old.body}
    if old.valid_from >= today:
        old.subject, old.body, old.revision, old.changed_by = subject, body, old.revision + 1, actor.label[:200]
        old.save()
        new = old
    else:
        old.valid_to = today
        old.save(update_fields=["valid_to"])
        try:
            new = NoticeTemplate.objects.create(
                event=old.event,
                audience=old.audience,
                channel=old.channel,
                language=old.language,
                subject=subject,
                body=body,
                valid_from=today,
                changed_by=actor.label[:200],
            )
        except IntegrityError as clash:
            raise Stale(_("Somebody changed this template while you had it open.")) from clash
    audit.record(
        actor, "notifications.template_changed", new, before=before, after={"subject": subject, "body": body}, at=at
    )
    return new


@transaction.atomic
def forget_old(*, at: datetime, days: int = 400) -> int:
    """Remove notices nobody needs any more."""
    return Notice.objects.filter(created_at__lt=at - timedelta(days=days)).delete()[0]
