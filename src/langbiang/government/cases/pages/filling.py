"""Filling in a filing page by page: the same steps for a citizen at home and for the counter.

A draft remembers: the answers, and in `extra` the commune it concerns, the papers, how the result shall come back and,
at a counter, for whom it is filed. Everything is checked by the service when it is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor, Refusal, acting
from langbiang.foundation.files import queries as file_queries
from langbiang.foundation.files import services as files
from langbiang.foundation.forms import queries as form_queries
from langbiang.foundation.forms import services as drafts
from langbiang.foundation.forms import wizard
from langbiang.foundation.forms.queries import Form
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.people import queries as people
from langbiang.government.cases import queries, services
from langbiang.government.procedures import queries as procedures

ROOM = "cases"
PAPERS, DELIVERY = "papers", "delivery"


RETURN_WAYS = [
    ("online", gettext_lazy("Online, as a signed file")),
    ("counter", gettext_lazy("At the counter where it is filed")),
    ("postal", gettext_lazy("By post")),
]


class DeliveryForm(forms.Form):
    """How the result comes back."""

    return_way = forms.ChoiceField(
        label=gettext_lazy("How do you want to get the result?"),
        widget=forms.RadioSelect,
        choices=RETURN_WAYS,
    )
    return_address = forms.CharField(
        label=gettext_lazy("Postal address"),
        help_text=gettext_lazy("Only when the result shall come by post."),
        required=False,
        max_length=300,
    )

    def clean(self) -> dict[str, Any]:
        """By post needs an address."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("return_way") == "postal" and not data.get("return_address", "").strip():
            self.add_error("return_address", _("Write the address the result shall be sent to."))
        return data


@dataclass(frozen=True)
class Step:
    """One page of the filling."""

    key: str
    title: str


@dataclass
class Filling:
    """A draft with everything its pages need."""

    actor: Actor
    draft: Any
    procedure: procedures.PinnedProcedure

    @property
    def at_counter(self) -> bool:
        """Whether an officer fills it in for somebody."""
        return bool(self.draft.extra.get("counter"))

    @property
    def english(self) -> bool:
        """Whether the page speaks English."""
        return (get_language() or "").startswith("en")

    @property
    def title(self) -> str:
        """The name of the procedure in the language of the page."""
        return (self.procedure.title_en if self.english else "") or self.procedure.title

    def steps(self) -> list[Step]:
        """The pages that apply to the answers given so far."""
        found = [
            Step(group["key"], group.get("title_en", "") if self.english else group["title"])
            for group in form_queries.visible_groups(self.form, self.draft.answers)
        ]
        if self.papers_asked():
            found.append(Step(PAPERS, _("Papers")))
        found.append(Step(DELIVERY, _("The result")))
        return found

    @property
    def answers(self) -> dict[str, Any]:
        """The answers to what is asked: one from before somebody changed their mind decides nothing."""
        return form_queries.applying(self.form, self.draft.answers)

    @property
    def form(self) -> Form:
        """The questions of the procedure."""
        return self.procedure.form

    def papers_asked(self) -> list[procedures.DocumentRow]:
        """The papers that apply to the answers given so far."""
        return [
            row
            for row in self.procedure.documents
            if not row.condition or form_queries.holds(row.condition, self.answers)
        ]

    @property
    def owner_id(self) -> int:
        """Whom the case is for."""
        return int(self.draft.extra.get("owner_id") or self.actor.person_id or 0)

    def competent_unit(self, on: date) -> int:
        """Which agency decides. Raises NoCompetentAgency."""
        if chosen := self.draft.extra.get("competent_unit"):
            return int(chosen)
        return procedures.competent_agency(self.procedure, place_code=self.draft.extra.get("place"), on=on)

    def filing(self, *, on: date) -> services.Filing:
        """The draft as a filing. Raises NoCompetentAgency."""
        extra = self.draft.extra
        competent = self.competent_unit(on)
        return services.Filing(
            procedure=self.procedure,
            owner_id=self.owner_id,
            submitter_id=int(extra.get("submitter_id") or self.actor.person_id or self.owner_id),
            competent_unit_id=competent,
            receiving_unit_id=int(extra.get("receiving_unit") or competent),
            support_point_id=extra.get("support_point"),
            intake=str(extra.get("intake") or ("direct" if self.at_counter else "online")),
            answers=dict(self.draft.answers),
            papers=self._papers(),
            authority=dict(extra.get("authority") or {}),
            return_way=str(extra.get("return_way") or "counter"),
            return_address=str(extra.get("return_address") or ""),
        )

    def _papers(self) -> list[services.Paper]:
        """What was handed in; files are taken only when this very account uploaded them."""
        given: Mapping[str, Any] = self.draft.extra.get(PAPERS) or {}
        asked = {row.key: row for row in self.papers_asked()}
        ids = [i for entry in given.values() for i in entry.get("files", [])]
        own = {f.pk for f in file_queries.own(self.actor, ids, room=ROOM)}
        found = []
        for key, entry in given.items():
            row = asked.get(key)
            if row is None:
                continue
            kept = [i for i in entry.get("files", []) if i in own]
            counts = (int(entry.get("originals") or 0), int(entry.get("copies") or 0))
            for index, file_id in enumerate(kept):
                first = index == 0
                found.append(
                    services.Paper(
                        requirement=key, name=row.name, file_id=file_id,
                        originals=counts[0] if first else 0, copies=(counts[1] or 1) if first else 0,
                    )
                )  # fmt: skip
            if not kept and any(counts):
                found.append(services.Paper(requirement=key, name=row.name, originals=counts[0], copies=counts[1]))
            if not kept and entry.get("reuse"):
                found.append(services.Paper(requirement=key, name=row.name, reuse_result_id=int(entry["reuse"])))
        return found


def open_filling(request: HttpRequest, draft_id: UUID) -> Filling:
    """The actor's own draft. Raises NoSuchDraft, and AlreadySent for one that was filed."""
    actor: Actor = acting(request)
    draft = form_queries.draft_of(actor, draft_id)
    return Filling(actor, draft, procedures.pinned(int(draft.extra["version"])))


def person_values(person_id: int) -> dict[str, Any]:
    """What is known of a person, as forms are filled in beforehand."""
    person = people.person(person_id)
    values: dict[str, Any] = {
        f"person.{name}": getattr(person, name)
        for name in ("full_name", "identity_no", "birth_date", "sex", "phone", "email", "address_text", "place_code",
                     "ethnicity", "nationality")
    }  # fmt: skip
    values["today"] = timezone.localdate()
    return values


def begin(
    actor: Actor, procedure: procedures.PinnedProcedure, *, owner_id: int, extra: Mapping[str, Any], at: datetime
) -> Any:  # fmt: skip
    """A new draft, filled in with what is known of the owner."""
    answers = wizard.prefilled(procedure.form, person_values(owner_id))
    return drafts.start_draft(
        actor, room=ROOM, subject=procedure.code, title=procedure.title, answers=answers, at=at,
        extra={"version": procedure.version_id, "owner_id": owner_id, **extra},
    )  # fmt: skip


@dataclass
class PaperRow:
    """One paper as the page asks for it."""

    row: procedures.DocumentRow
    name: str
    files: list[Any]
    originals: int
    copies: int
    reuse: list[Any]
    chosen_reuse: int | None
    problem: str = ""

    @property
    def field_name(self) -> str:
        """The name of its upload field."""
        return f"paper_{self.row.key}"


def paper_rows(filling: Filling, problems: Mapping[str, str] | None = None) -> list[PaperRow]:
    """The papers asked for, with what was handed in already and what the person holds that can stand for one."""
    given: Mapping[str, Any] = filling.draft.extra.get(PAPERS) or {}
    asked = filling.papers_asked()
    ids = [i for entry in given.values() for i in entry.get("files", [])]
    known = file_queries.describe(ids)
    reusable = queries.reusable_results(
        filling.owner_id, [row.reuse_result for row in asked], on=timezone.localdate()
    )  # fmt: skip
    rows = []
    for row in asked:
        entry = given.get(row.key) or {}
        rows.append(
            PaperRow(
                row=row,
                name=(row.name_en if filling.english else "") or row.name,
                files=[known[i] for i in entry.get("files", []) if i in known],
                originals=int(entry.get("originals") or (row.originals if not entry else 0)),
                copies=int(entry.get("copies") or (row.copies if not entry else 0)),
                reuse=[r for r in reusable if row.reuse_result and r.kind_code == row.reuse_result],
                chosen_reuse=entry.get("reuse"),
                problem=(problems or {}).get(row.key, ""),
            )
        )
    return rows


def take_papers(filling: Filling, request: HttpRequest) -> tuple[dict[str, Any], dict[str, str]]:
    """Keep the files and counts posted; gives what to remember and what could not be taken, by paper."""
    before: Mapping[str, Any] = filling.draft.extra.get(PAPERS) or {}
    now: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for row in filling.papers_asked():
        entry = dict(before.get(row.key) or {})
        removed = {int(v) for v in request.POST.getlist(f"remove_{row.key}") if v.isdecimal()}
        kept = [i for i in entry.get("files", []) if i not in removed]
        for upload in request.FILES.getlist(f"paper_{row.key}"):
            try:
                stored = files.store_file(
                    filling.actor, upload=upload, room=ROOM, owner=f"forms.draft:{filling.draft.pk}", at=timezone.now()
                )
                kept.append(stored.pk)
            except Refusal as refused:
                problems[row.key] = f"{upload.name}: {refused}"
        entry["files"] = kept
        for name in ("originals", "copies"):
            given = request.POST.get(f"{name}_{row.key}", "")
            entry[name] = min(99, int(given)) if given.isdecimal() and filling.at_counter else 0
        reuse = request.POST.get(f"reuse_{row.key}", "")
        allowed = queries.reusable_results(filling.owner_id, [row.reuse_result], on=timezone.localdate())
        entry["reuse"] = int(reuse) if reuse.isdecimal() and int(reuse) in {r.pk for r in allowed} else None
        now[row.key] = entry
    return now, problems


@dataclass(frozen=True)
class Problem:
    """Something to put right before sending, with the page where that is done."""

    text: str
    url: str


def problems_of(filling: Filling, url_name: str, *, on: date) -> list[Problem]:
    """Everything that keeps the draft from being sent."""
    found: list[Problem] = []
    steps = filling.steps()
    numbers = {step.key: n for n, step in enumerate(steps, 1)}

    def address(key: str) -> str:
        return reverse(url_name, args=[filling.draft.pk, numbers.get(key, 1)])

    try:
        filing = filling.filing(on=on)
    except Refusal as refused:
        return [Problem(str(refused), reverse("cases:file", args=[filling.procedure.code]))]
    _kept, problems = services.check(filing)
    for key, words in problems.items():
        head = key.split(".")[0]
        question = form_queries.find(filling.form, key.split(".")[-1])
        group = form_queries.group_of(filling.form, head)
        if filling.procedure.document(key) is not None:
            found.append(Problem(words[0], address(PAPERS)))
        elif question is not None:
            label = question[1].get("label_en" if filling.english else "label", "")
            found.append(Problem(f"{label}: {words[0]}", address(question[0]["key"])))
        else:
            found.append(Problem(words[0], address(group["key"] if group else steps[0].key)))
    return found


def store_answer_file(filling: Filling) -> wizard.Store:
    """Keeps a file that answers a question."""

    def store(upload: Any) -> int:
        stored = files.store_file(
            filling.actor, upload=upload, room=ROOM, owner=f"forms.draft:{filling.draft.pk}", at=timezone.now()
        )
        return int(stored.pk)

    return store


def name_of_unit(agency_id: int) -> str:
    """The name of an agency."""
    return organizations.name_of(agency_id)


def summary_rows(filling: Filling, url_name: str) -> list[dict[str, Any]]:
    """The answers by page, each page with the address where it is changed."""
    told = {part.key.split(".")[0]: [] for part in form_queries.summary(filling.form, filling.draft.answers)}  # type: ignore[var-annotated]  # lists are filled below
    for part in form_queries.summary(filling.form, filling.draft.answers):
        told[part.key.split(".")[0]].append(part)
    rows = []
    for number, step in enumerate(filling.steps(), 1):
        url = reverse(url_name, args=[filling.draft.pk, number])
        if step.key == PAPERS:
            lines = [(p.name, _paper_words(p)) for p in paper_rows(filling)]
        elif step.key == DELIVERY:
            way = dict(RETURN_WAYS).get(filling.draft.extra.get("return_way", ""), "")
            lines = [(_("How do you want to get the result?"), str(way))]
            if address := filling.draft.extra.get("return_address"):
                lines.append((_("Postal address"), address))
        else:
            lines = [line for part in told.get(step.key, []) for line in part.rows]
        rows.append({"title": step.title, "url": url, "rows": lines})
    return rows


def _paper_words(paper: PaperRow) -> str:
    if paper.row.present_only:
        return _("To be shown, not handed in")
    if paper.files:
        return ", ".join(f.name for f in paper.files)
    if paper.chosen_reuse:
        return _("Reused from an earlier result")
    if paper.originals or paper.copies:
        return _("%(originals)s originals, %(copies)s copies") % {"originals": paper.originals, "copies": paper.copies}
    return "" if paper.row.required else _("Not handed in")


def page_context(request: HttpRequest, filling: Filling, number: int) -> dict[str, Any]:
    """What every page of the filling shows around its questions."""
    steps = filling.steps()
    return {
        "filling": filling, "procedure": filling.procedure, "title": filling.title, "step": steps[number - 1],
        "number": number, "total": len(steps) + 1, "revision": filling.draft.revision,
        "shell": "ui/workbench.html" if filling.at_counter else "ui/portal.html",
    }  # fmt: skip


def take_page(request: HttpRequest, filling: Filling, number: int) -> tuple[bool, dict[str, Any]]:
    """Take one posted page: what was typed is kept in any case. Gives whether to go on, and the context if not.

    Raises Stale when the draft was changed in another window.
    """
    step = filling.steps()[number - 1]
    context = page_context(request, filling, number)
    revision = request.POST.get("revision", "")
    known = int(revision) if revision.isdecimal() else None
    now = timezone.now()
    if step.key == PAPERS:
        remembered, problems = take_papers(filling, request)
        filling.draft = drafts.save_step(
            filling.actor, draft_id=filling.draft.pk, changes={}, extra={PAPERS: remembered}, step=step.key,
            revision=known, at=now,
        )  # fmt: skip
        missing = {} if "add" in request.POST else _missing(filling)
        problems = {**missing, **problems}
        stay = bool(problems) or "add" in request.POST
        return not stay, context | {
            "papers": paper_rows(filling, problems),
            "problems": problems,
            "revision": filling.draft.revision,
        }
    if step.key == DELIVERY:
        form = DeliveryForm(request.POST)
        valid = form.is_valid()
        extra = {name: request.POST.get(name, "")[:300] for name in ("return_way", "return_address")}
        filling.draft = drafts.save_step(
            filling.actor, draft_id=filling.draft.pk, changes={}, extra=extra, step=step.key, revision=known, at=now
        )
        return valid, context | {"form": form, "revision": filling.draft.revision}
    group = form_queries.group_of(filling.form, step.key)
    assert group is not None
    taken = wizard.take(
        group,
        filling.answers,
        request.POST,
        request.FILES,
        store=store_answer_file(filling),
        english=filling.english,
    )
    filling.draft = drafts.save_step(
        filling.actor, draft_id=filling.draft.pk, changes=taken.changes, step=step.key, revision=known, at=now
    )
    return not taken.again, context | {"page": taken.page, "revision": filling.draft.revision}


def _missing(filling: Filling) -> dict[str, str]:
    given = {paper.requirement for paper in filling._papers()}
    return {
        row.key: str(_("Attach this paper."))
        for row in filling.papers_asked()
        if row.required and not row.present_only and row.key not in given
    }


def show_page(request: HttpRequest, filling: Filling, number: int) -> dict[str, Any]:
    """The context of a page as it stands."""
    step = filling.steps()[number - 1]
    context = page_context(request, filling, number)
    if step.key == PAPERS:
        return context | {"papers": paper_rows(filling), "problems": {}}
    if step.key == DELIVERY:
        initial = {
            "return_way": filling.draft.extra.get("return_way") or ("counter" if filling.at_counter else "online")
        }
        return context | {
            "form": DeliveryForm(initial={**initial, "return_address": filling.draft.extra.get("return_address", "")})
        }
    group = form_queries.group_of(filling.form, step.key)
    assert group is not None
    return context | {"page": wizard.page(group, filling.answers, english=filling.english)}
