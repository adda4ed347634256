"""Saying what becomes of units: merged, split, renamed or re-graded, moved below another superior."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from langbiang.foundation import audit, events
from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import require
from langbiang.foundation.language.collation import sort_key
from langbiang.foundation.language.folding import fold

from .. import policies, register
from ..events import SuccessionDeclared, SuccessionWithdrawn
from ..models import Place, PlaceSuccession
from ..naming import BadCode, code_number
from .locking import hold_register, insist, lock_all
from .refusals import BadDates, Closed, Incomplete, NoSuchThing, Taken

MERGE, SPLIT = PlaceSuccession.Kind.MERGE, PlaceSuccession.Kind.SPLIT
RENAME, TRANSFER = PlaceSuccession.Kind.RENAME, PlaceSuccession.Kind.TRANSFER
PROVINCE_KINDS = (Place.Kind.PROVINCE, Place.Kind.CITY)


@dataclass(frozen=True)
class Target:
    """A unit as it will be; shares are those of a split old unit, from 0 to 1."""

    code: str
    kind: str
    name: str
    name_en: str = ""
    parent_code: str = ""
    area_km2: Decimal | None = None
    share_area: Decimal | None = None
    share_population: Decimal | None = None


@transaction.atomic
def declare_succession(
    actor: Actor, *, kind: str, old_ids: Sequence[int], targets: Sequence[Target], effective_on: date, legal_ref: str,
    share_source: str = "", note: str = "", revisions: Mapping[int, int] | None = None, at: datetime,
) -> list[Place]:  # fmt: skip
    """End units on a day and begin what they become; gives the new ones. The code of an old unit may be used again.

    A province that ends hands its communes on to its successor; where they change on the same day too, declare that first.
    Raises Forbidden, NoSuchThing, Stale, Closed, BadDates,
    Taken, Incomplete.
    """
    require(policies.may_edit(actor))
    legal_ref = insist("legal_ref", legal_ref)
    hold_register()
    olds = lock_all(old_ids, revisions or {})
    _check_shape(kind, olds, targets)
    for old in olds:
        _check_open(old, effective_on)
    _check_shares(kind, targets, share_source)
    for old in olds:
        old.valid_to = effective_on
        old.revision += 1
        old.save(update_fields=["valid_to", "revision"])
    news = [_begin(target, olds[0].level, effective_on, legal_ref) for target in targets]
    for old in olds:
        for new, target in zip(news, targets, strict=True):
            PlaceSuccession.objects.create(
                old=old, new=new, kind=kind, is_whole=kind != SPLIT, weight_area=target.share_area,
                weight_population=target.share_population, weight_source=share_source.strip(),
                effective_on=effective_on, legal_ref=legal_ref, note=note.strip(),
            )  # fmt: skip
    moved = _hand_on_communes(olds, news, effective_on, legal_ref)
    register.forget()
    audit.record(
        actor, "places.succession_declared", news[0], at=at,
        before={"units": [f"{old.code} {old.name}" for old in olds]},
        after={
            "kind": kind, "units": [f"{new.code} {new.name}" for new in news], "from": effective_on, "legal": legal_ref,
            "communes_moved": moved,
        },
    )  # fmt: skip
    events.emit(
        actor,
        SuccessionDeclared(
            kind=kind, old_codes=[old.code for old in olds], new_codes=[new.code for new in news],
            effective_on=effective_on.isoformat(), legal_ref=legal_ref,
        ),
        at=at, subject=f"place:{news[0].pk}",
    )  # fmt: skip
    return news


def _check_shape(kind: str, olds: Sequence[Place], targets: Sequence[Target]) -> None:
    if kind not in PlaceSuccession.Kind.values:
        raise Incomplete(_("Say what happens to the units."), field="kind", way_out=_("Choose one from the list."))
    if not olds or not targets:
        raise Incomplete(_("A change has at least one unit before and one after."), field="old")
    if len({old.level for old in olds}) > 1:
        raise Incomplete(
            _("Provinces and communes do not become one unit."), field="old", way_out=_("Choose units of one level.")
        )
    if kind == MERGE and (len(olds) < 2 or len(targets) != 1):
        raise Incomplete(_("A merger makes one unit of two or more."), field="old", way_out=_("Add the other units."))
    if kind == SPLIT and (len(olds) != 1 or len(targets) < 2):
        raise Incomplete(_("A split makes two or more units of one."), field="target", way_out=_("Add the other part."))
    if kind in (RENAME, TRANSFER) and (len(olds) != 1 or len(targets) != 1):
        raise Incomplete(_("This change concerns one unit only."), field="old")
    old, target = olds[0], targets[0]
    if kind == RENAME and (old.name, old.kind, old.code) == (target.name.strip(), target.kind, target.code):
        raise Incomplete(_("The new name, kind and code are the present ones."), field="name")
    if kind == TRANSFER and target.parent_code == old.parent_code:
        raise Incomplete(_("The unit is in this province already."), field="parent_code")
    for each in targets:
        is_province = each.kind in PROVINCE_KINDS
        if is_province != (old.level == Place.Level.PROVINCE) or each.kind == Place.Kind.TOWN:
            raise Incomplete(_("This kind does not fit the level of the unit."), field="kind_of_unit")
    if len({each.code for each in targets}) < len(targets):
        raise Taken(_("Two of the new units have the same code."), field="code")


def _check_open(old: Place, on: date) -> None:
    if old.valid_to is not None:
        raise Closed(
            _("%(place)s ends on %(day)s already.") % {"place": old.name, "day": f"{old.valid_to:%d/%m/%Y}"},
            field="old", way_out=_("Choose the unit that followed it."),
        )  # fmt: skip
    if on <= old.valid_from:
        raise BadDates(
            _("%(place)s is as it is since %(day)s; it can change only after that day.")
            % {"place": old.name, "day": f"{old.valid_from:%d/%m/%Y}"},
            field="effective_on", way_out=_("Choose a later day."),
        )  # fmt: skip


def _check_shares(kind: str, targets: Sequence[Target], source: str) -> None:
    given = False
    given_shares: dict[str, list[Decimal | None]] = {
        "share_area": [target.share_area for target in targets],
        "share_population": [target.share_population for target in targets],
    }
    for field, shares in given_shares.items():
        if all(share is None for share in shares):
            continue
        given = True
        if kind != SPLIT:
            raise Incomplete(_("Only the parts of a split have shares."), field=field)
        check_sum(shares, field)
    if given and not source.strip():
        raise Incomplete(
            _("Name where the figures were published."), field="share_source",
            way_out=_("Without a source leave the shares empty: the parts then get joint figures."),
        )  # fmt: skip


def check_sum(shares: Sequence[Decimal | None], field: str) -> None:
    """Shares of one unit are all there and make up the whole. Raises Incomplete."""
    known = [share for share in shares if share is not None]
    if (
        len(known) < len(shares)
        or any(not 0 < share < 1 for share in known)
        or abs(sum(known, Decimal(0)) - 1) > Decimal("0.001")
    ):
        raise Incomplete(
            _("The shares of the parts lie between 0 and 1 and add up to 1."), field=field,
            way_out=_("Give every part its share, or leave all of them empty."),
        )  # fmt: skip


def _begin(target: Target, level: str, on: date, legal_ref: str) -> Place:
    code = target.code.strip()
    name = insist("name", target.name)
    try:
        number = code_number(code)
    except BadCode:
        number = 0
    wanted = 2 if level == Place.Level.PROVINCE else 5
    if not number or not code.isdecimal() or len(code) != wanted:
        raise Incomplete(
            _("The code of a province has 2 digits, that of a commune 5."), field="code",
            way_out=_("Enter the code of the official list, with leading zeros."),
        )  # fmt: skip
    parent_code = target.parent_code.strip() if level == Place.Level.COMMUNE else ""
    if level == Place.Level.COMMUNE:
        above = Place.objects.filter(code=parent_code, level=Place.Level.PROVINCE, valid_from__lte=on)
        if not above.exclude(valid_to__lte=on).exists():
            raise NoSuchThing(
                _("There is no province with the code “%(code)s” on that day.") % {"code": parent_code},
                field="parent_code", way_out=_("Choose a province of that day."),
            )  # fmt: skip
    clash = Place.objects.filter(code=code).exclude(valid_to__lte=on).first()
    row = Place(
        code=code, code_num=number, level=level, kind=target.kind, name=name, name_en=target.name_en.strip(),
        parent_code=parent_code, area_km2=target.area_km2, valid_from=on, legal_ref=legal_ref,
        folded=fold(name)[:160], sort_key=sort_key(name)[:400],
    )  # fmt: skip
    try:
        if clash is not None:
            raise IntegrityError
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Taken(
            _("The code %(code)s belongs to another unit on that day.") % {"code": code}, field="code",
            way_out=_("Check the code, or end the other unit in the same change."),
        ) from None  # fmt: skip
    return row


def _hand_on_communes(olds: Sequence[Place], news: Sequence[Place], on: date, legal_ref: str) -> int:
    """Communes of a province that ends go to its successor as they are, each with a dated step of its own."""
    gone = {old.code for old in olds if old.level == Place.Level.PROVINCE} - {new.code for new in news}
    communes = list(
        Place.objects.select_for_update().filter(parent_code__in=gone, valid_to__isnull=True).order_by("pk")
    )
    if not communes:
        return 0
    if len(news) > 1:
        raise Incomplete(
            _("Nobody has said which part of the province each of its communes goes to."), field="target",
            way_out=_("Let one part keep the code, declare the split, then move the communes of the other parts."),
        )  # fmt: skip
    fresh = [commune for commune in communes if commune.valid_from == on]
    for commune in fresh:  # declared to begin on this very day: they begin in the new province
        commune.parent_code = news[0].code
        commune.save(update_fields=["parent_code"])
    communes = [commune for commune in communes if commune.valid_from != on]
    for commune in communes:
        if on < commune.valid_from:
            raise BadDates(
                _("%(place)s is as it is since %(day)s; it can change only after that day.")
                % {"place": commune.name, "day": f"{commune.valid_from:%d/%m/%Y}"}, field="effective_on",
            )  # fmt: skip
    for commune in communes:
        old_id = commune.pk
        commune.valid_to = on
        commune.revision += 1
        commune.save(update_fields=["valid_to", "revision"])
        commune.pk, commune.valid_from, commune.valid_to = None, on, None
        commune.parent_code, commune.revision, commune.legal_ref = news[0].code, 1, legal_ref
        commune._state.adding = True
        commune.save()
        PlaceSuccession.objects.create(old_id=old_id, new=commune, kind=TRANSFER, effective_on=on, legal_ref=legal_ref)
    return len(communes)


@transaction.atomic
def set_shares(
    actor: Actor, *, old_id: int, by: str, shares: Mapping[int, Decimal], source: str, reason: str, at: datetime
) -> None:
    """Publish how a split unit divides, `by` "area" or "population": succession id -> share, adding up to 1.

    From then on old series are recast as estimates instead of joint figures. Raises Forbidden, NoSuchThing, Incomplete.
    """
    require(policies.may_edit(actor))
    source, reason = insist("source", source), insist("reason", reason)
    field = {"area": "weight_area", "population": "weight_population"}[by]
    hold_register()
    steps = list(PlaceSuccession.objects.select_for_update().filter(old_id=old_id).order_by("pk"))
    if not steps or {step.pk for step in steps} != set(shares) or len(steps) < 2:
        raise NoSuchThing(_("This unit was not split into these parts."), way_out=_("Open the page again."))
    check_sum(list(shares.values()), "share")
    before = {str(step.pk): getattr(step, field) for step in steps}
    for step in steps:
        setattr(step, field, shares[step.pk])
        step.weight_source = source
        step.save(update_fields=[field, "weight_source"])
    register.forget()
    audit.record(
        actor, "places.shares_set", steps[0].old, at=at, before=before,
        after={**{str(pk): share for pk, share in shares.items()}, "by": by, "source": source, "reason": reason},
    )  # fmt: skip


@transaction.atomic
def withdraw_succession(actor: Actor, *, place_id: int, reason: str, on: date, at: datetime) -> None:
    """Take back a declared change that has not taken effect by the day `on`; the old units live on as before.

    `place_id` is one of the units that were to begin. Raises Forbidden, NoSuchThing, Closed, Incomplete.
    """
    require(policies.may_edit(actor))
    reason = insist("reason", reason)
    hold_register()
    step = PlaceSuccession.objects.select_for_update().filter(new_id=place_id).first()
    if step is None:
        raise NoSuchThing(_("This unit does not come from another."), way_out=_("Open the page again."))
    if step.effective_on <= on:
        raise Closed(
            _("This change holds since %(day)s; records may rest on it.") % {"day": f"{step.effective_on:%d/%m/%Y}"},
            way_out=_("Declare the change that corrects it."),
        )
    steps, grew = [step], True
    while grew:
        wider = list(
            PlaceSuccession.objects.filter(effective_on=step.effective_on)
            .filter(old_id__in={s.old_id for s in steps}) | PlaceSuccession.objects.filter(
                effective_on=step.effective_on, new_id__in={s.new_id for s in steps}
            )
        )  # fmt: skip
        grew, steps = len(wider) > len(steps), wider
    news = list(Place.objects.filter(pk__in={s.new_id for s in steps}))
    olds = list(Place.objects.filter(pk__in={s.old_id for s in steps}))
    if PlaceSuccession.objects.filter(old__in=news).exists():
        raise Closed(_("A later change is declared for these units."), way_out=_("Withdraw that one first."))
    handed = PlaceSuccession.objects.filter(
        kind=TRANSFER, effective_on=step.effective_on, old__parent_code__in={old.code for old in olds},
        new__parent_code__in={new.code for new in news},
    )  # fmt: skip
    steps += list(handed)
    news += [each.new for each in handed.select_related("new")]
    olds += [each.old for each in handed.select_related("old")]
    fresh = Place.objects.filter(
        level=Place.Level.COMMUNE, valid_from=step.effective_on, parent_code__in={new.code for new in news}
    ).exclude(pk__in={new.pk for new in news})
    for commune in fresh:
        came_from = PlaceSuccession.objects.filter(new=commune).select_related("old").first()
        if came_from is not None:
            commune.parent_code = came_from.old.parent_code
            commune.save(update_fields=["parent_code"])
    PlaceSuccession.objects.filter(pk__in={s.pk for s in steps}).delete()
    Place.objects.filter(pk__in={new.pk for new in news}).delete()
    for old in olds:
        old.valid_to = None
        old.revision += 1
        old.save(update_fields=["valid_to", "revision"])
    register.forget()
    old_codes, new_codes = [old.code for old in olds], [new.code for new in news]
    audit.record(
        actor, "places.succession_withdrawn", olds[0], at=at,
        before={"units": new_codes, "from": step.effective_on}, after={"units": old_codes, "reason": reason},
    )  # fmt: skip
    events.emit(
        actor,
        SuccessionWithdrawn(
            old_codes=old_codes, new_codes=new_codes, effective_on=step.effective_on.isoformat(), reason=reason
        ),
        at=at, subject=f"place:{olds[0].pk}",
    )  # fmt: skip
