"""Does `langbiang audit verify` name what was done to a trail of a million rows, how long does it take, and can the
application's own role do such a thing at all?

python bench/audit_verify.py [--rows 1000000] [--lanes 125]

Works in a home of its own. Reference: one SHA-256 over each row as text, in the same database, without any chain.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg

from bench.measuring import keep, own_home, run, say, table

REFUSED = (
    "UPDATE audit_entry SET action = 'x' WHERE lane = 1 AND seq = 1",
    "DELETE FROM audit_entry WHERE lane = 1 AND seq = 1",
    "TRUNCATE audit_entry",
    "INSERT INTO audit_entry (lane, seq, at, actor_label, channel, address, reference, action, target, detail, previous,"
    " hash) VALUES (1, 0, now(), '', '', '', '', '', '', '{}', '', '')",
    "UPDATE audit_lane SET seq = 0",
    "DELETE FROM audit_lane",
    "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
)
# (what is done, statements of somebody with all rights on the server, what must be named: (kind, lane, number))
DEEDS: tuple[tuple[str, tuple[str, ...], tuple[str, int, int]], ...] = (
    ("one row changed", ("UPDATE audit_entry SET target = 'cases.case:1' WHERE lane = 5 AND seq = 777",), ("changed", 5, 777)),
    (
        "one row changed by a microsecond",
        ("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE lane = 6 AND seq = 3",),
        ("changed", 6, 3),
    ),
    ("one row removed", ("DELETE FROM audit_entry WHERE lane = 7 AND seq = 1234",), ("removed", 7, 1234)),
    ("the last five rows removed", ("DELETE FROM audit_entry WHERE lane = 8 AND seq > {last} - 5",), ("removed", 8, -4)),
    (
        "two rows changed places",
        (
            "UPDATE audit_entry SET seq = -seq WHERE lane = 9 AND seq IN (500, 501)",
            "UPDATE audit_entry SET seq = CASE seq WHEN -500 THEN 501 ELSE 500 END WHERE lane = 9 AND seq < 0",
        ),
        ("reordered", 9, 500),
    ),
    ("a row moved to another chain", ("UPDATE audit_entry SET lane = 11, seq = {last} + 1 WHERE lane = 10 AND seq = 9",),
     ("removed", 10, 9)),
)  # fmt: skip


def connect(home: Path, user: str) -> psycopg.Connection[Any]:
    """A connection as a role of the installation."""
    from langbiang.site import database

    return psycopg.connect(database.embedded_url(home, role=user), autocommit=True)


def fill(home: Path, rows: int, lanes: int) -> float:
    """Append rows as the application does; gives the seconds."""
    begun = time.perf_counter()
    with connect(home, "application") as application:
        application.execute("SET synchronous_commit = off")
        for number in range(rows // lanes):
            application.execute(
                "SELECT count(audit_append(lane, '2026-06-01'::timestamptz + %s * interval '13 minutes', lane * 10, lane,"
                " 'Nguyễn Thị Mai, chuyên viên, Ủy ban nhân dân phường', 'web', '10.1.1.1', 'K7PQ2MXA', 'cases.accepted',"
                " 'cases.case:' || (%s * 1000 + lane), jsonb_build_object('after', jsonb_build_object('due', '2026-06-09T09:30',"
                " 'filing_ref', md5(lane::text || %s::text))))) FROM generate_series(1, %s) lane",
                [number, number, number, lanes],
            )
            if number % max(1, rows // lanes // 10) == 0:
                say(f"{number * lanes} rows")
    return time.perf_counter() - begun


def verify() -> tuple[dict[str, Any], float, int]:
    """Run the command as an operator would; gives its findings, the seconds and the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "findings.json"
        begun = time.perf_counter()
        done = run("audit", "verify", "--json", str(report), check=False)
        return json.loads(report.read_text()), time.perf_counter() - begun, done.returncode


def refusals(home: Path) -> list[str]:
    """What the application's role was able to do although it must not."""
    done = []
    for statement in REFUSED:
        with connect(home, "application") as application:
            try:
                application.execute(statement)
            except psycopg.Error:
                continue
            done.append(statement)
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--lanes", type=int, default=125)
    options = parser.parse_args()
    with own_home() as home:
        seconds = fill(home, options.rows, options.lanes)
        with connect(home, "superuser") as superuser:
            superuser.execute("VACUUM ANALYZE audit_entry")
            begun = time.perf_counter()
            superuser.execute("SELECT count(*) FROM audit_entry e WHERE sha256(convert_to(e::text, 'UTF8')) <> ''")
            reference = time.perf_counter() - begun
            say("verifying the untouched trail")
            intact, intact_s, intact_status = verify()
            able = refusals(home)
            last = options.rows // options.lanes
            superuser.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
            for _what, statements, _named in DEEDS:
                for statement in statements:
                    superuser.execute(statement.format(last=last))
            superuser.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")
            say("verifying after the deeds")
            broken, broken_s, broken_status = verify()
    found = {(f["kind"], f["lane"], f["seq"]) for f in broken["findings"]}
    rows = []
    for what, _statements, (kind, lane, seq) in DEEDS:
        wanted = (kind, lane, seq if seq > 0 else last + seq)
        rows.append((what, f"{kind}, chain {lane}, number {wanted[2]}", "named" if wanted in found else "NOT NAMED"))
    deeds_at = {named[1] for _, _, named in DEEDS} | {11}
    strangers = [f for f in broken["findings"] if f["lane"] not in deeds_at]
    passed = (
        intact["rows"] >= last * options.lanes and not intact["findings"] and intact_status == 0 and broken_status == 1
        and all(row[2] == "named" for row in rows) and not strangers and not able
    )  # fmt: skip
    table(["deed", "must be named", "outcome"], rows)
    print()
    table(
        ["", "seconds", "rows/s", "times the reference"],
        [
            (
                "append (one connection)",
                f"{seconds:.1f}",
                f"{options.rows / seconds:.0f}",
                f"{seconds / reference:.1f}",
            ),
            ("verify, untouched", f"{intact_s:.1f}", f"{options.rows / intact_s:.0f}", f"{intact_s / reference:.1f}"),
            (
                "verify, after the deeds",
                f"{broken_s:.1f}",
                f"{options.rows / broken_s:.0f}",
                f"{broken_s / reference:.1f}",
            ),
            ("reference: SHA-256 per row", f"{reference:.1f}", f"{options.rows / reference:.0f}", "1.0"),
        ],
    )
    print(f"the application's role was refused {len(REFUSED) - len(able)} of {len(REFUSED)} ways to change the trail")
    path = keep(
        "audit_verify",
        {
            "rows": intact["rows"], "append_s": seconds, "verify_s": intact_s, "verify_broken_s": broken_s,
            "reference_s": reference, "ratio_to_reference": intact_s / reference, "deeds": rows,
            "findings": broken["findings"], "able": able, "passed": passed,
        },
    )  # fmt: skip
    if strangers:
        print(f"named without cause: {strangers[:5]}")
    print(f"{path}: {'met' if passed else 'MISSED'}")
    raise SystemExit(0 if passed else 1)


if __name__ == "__main__":
    main()
