"""The catalogue for other systems: what a procedure asks for."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from langbiang.foundation.access import rules
from langbiang.foundation.forms import queries as forms

from . import queries

router = Router(tags=["procedures"])


class PaperOut(Schema):
    """A paper of the list."""

    key: str
    name: str
    required: bool
    originals: int
    copies: int


class ProcedureOut(Schema):
    """What a filing of a procedure must say."""

    code: str
    version: int
    title: str
    field: str
    online_level: str
    papers: list[PaperOut]
    answers: dict[str, Any]


@router.get("/{code}", response=ProcedureOut, url_name="procedure", summary="What a procedure asks for")
@rules.client("cases.receive")
def procedure(request: HttpRequest, code: str) -> dict[str, Any]:
    """The version in force today: its papers, and its questions as JSON Schema 2020-12."""
    found = queries.in_force(code, on=timezone.localdate())
    return {
        "code": found.code,
        "version": found.number,
        "title": found.title,
        "field": found.field,
        "online_level": found.online_level,
        "papers": [
            {"key": p.key, "name": p.name, "required": p.required, "originals": p.originals, "copies": p.copies}
            for p in found.documents
        ],
        "answers": forms.as_json_schema(found.form),
    }
