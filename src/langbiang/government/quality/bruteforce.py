"""The index counted a second time: plain Python over the plain columns of every case, sharing no formula with the rest.

It is what `langbiang quality recompute --check` compares with. Keep it free of the SQL of facts and of `index/`: two
computations that share code agree about their mistakes.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from langbiang.government.cases import queries as cases

Counts = dict[tuple[date, int, int, int, str], dict[str, int]]


def _stream(name: str) -> Iterator[dict[str, Any]]:
    columns, statement = cases.statistics.raw_rows()[name]
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(10_000):
            for row in rows:
                yield dict(zip(columns, row, strict=True))


def count(rules: dict[str, Any], *, zone: str) -> Counts:
    """Counters by (day, agency, officer, procedure, field), case by case."""
    where = ZoneInfo(zone)
    officer: dict[int, tuple[int, int]] = {}
    for item in _stream("work"):
        if item["kind"] == "step" and item["assignee"] is not None:
            officer[item["case"]] = max(officer.get(item["case"], (0, 0)), (item["id"], item["assignee"]))
    charged, online_paid = set(), set()
    marks = tuple(rules["online_payment_marks"])
    for charge in _stream("charges"):
        if charge["amount"] > 0:
            charged.add(charge["case"])
            if marks and charge["paid_at"] and charge["note"].startswith(marks):
                online_paid.add(charge["case"])
    digitised, reused = set(), set()
    for paper in _stream("papers"):
        if paper["digitisation"] >= 1 and paper["file"] is not None:
            digitised.add(paper["case"])
        if paper["digitisation"] in (2, 3):
            reused.add(paper["case"])
    has_file = {
        r["case"] for r in _stream("results") if r["state"] == "released" and not r["is_paper"] and r["file"]
    }
    extensions: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for change in _stream("due"):
        if change["kind"] == "extension":
            extensions[change["case"]].append((change["at"], change["due_from"]))
    apologies: dict[int, int] = defaultdict(int)
    for form in _stream("forms"):
        if form["form_no"] == "04":
            apologies[form["case"]] += 1
    stars = {rating["case"]: rating["score"] for rating in _stream("ratings")}
    asked: dict[int, datetime] = {}
    answered: dict[int, datetime] = {}
    for message in _stream("messages"):
        side = asked if message["from_applicant"] else answered
        side[message["case"]] = max(side.get(message["case"], message["at"]), message["at"])
    with_fee = {fee["procedure"] for fee in _stream("fees")}

    counts: Counts = defaultdict(lambda: defaultdict(int))
    for case in _stream("cases"):
        pk = case["id"]
        arrived = case["received_at"] or case["submitted_at"]
        key = (case["agency"], officer.get(pk, (0, 0))[1], case["procedure"], case["field"])
        if case["received_at"] is None and case["business"] != "refused":
            continue
        first = counts[(arrived.astimezone(where).date(), *key)]
        if case["business"] == "refused":
            first["refused"] += 1
            continue
        is_over, wants_file = case["ended_at"] is not None, case["needs_paper_result"]
        first["received"] += 1
        first["online"] += case["intake"] in rules["online_intakes"]
        first["sync_known"] += case["sync"] != "none"
        first["synced"] += case["sync"] == "ok"
        first["online_offered"] += case["online_level"] in ("partial", "full")
        first["fee_listed"] += case["procedure"] in with_fee
        first["charged"] += pk in charged
        first["paid_online"] += pk in online_paid
        first["digitised"] += pk in digitised and not (is_over and wants_file and pk not in has_file)
        first["reused"] += pk in reused
        if pk in asked:
            first["asked"] += 1
            first["answered"] += pk in answered and answered[pk] > asked[pk]
        if not is_over:
            continue
        last = counts[(case["ended_at"].astimezone(where).date(), *key)]
        due = case["due_original"] if rules["due"] == "original" else case["due_current"]
        if rules["due"] != "original" and rules["extension_needs_apology"]:
            put_off = sorted(extensions.get(pk, []))
            if len(put_off) > apologies.get(pk, 0):
                due = put_off[0][1]
        last["ended"] += 1
        last["on_time"] += due is None or case["ended_at"] <= due
        if wants_file:
            last["result_needed"] += 1
            last["result_digital"] += pk in has_file
        if pk in stars:
            last["rated"] += 1
            last["satisfied"] += stars[pk] >= rules["satisfied_from"]
    return counts


def total(indicators: list[dict[str, Any]], counts: Counts, *, first: date, last: date) -> float | None:
    """The index over a period, written out again: points of each rate, capped, over what could be measured."""
    reached = possible = 0.0
    for one in indicators:
        if not one["numerator"]:
            continue
        above = below = 0
        if one["denominator"].startswith("procedures."):
            had: dict[int, set[str]] = defaultdict(set)
            for (day, _agency, _officer, procedure, _field), n in counts.items():
                if first <= day <= last:
                    had[procedure] |= {name for name, value in n.items() if value}
            above = sum(1 for facts in had.values() if set(one["numerator"].split(".")[1].split("&")) <= facts)
            below = sum(1 for facts in had.values() if set(one["denominator"].split(".")[1].split("&")) <= facts)
        else:
            for key, n in counts.items():
                if first <= key[0] <= last:
                    above += n.get(one["numerator"], 0)
                    below += n.get(one["denominator"], 0)
        if below:
            reached += one["points"] * min(1.0, above / below / one["full_from"])
            possible += one["points"]
    return 100 * reached / possible if possible else None
