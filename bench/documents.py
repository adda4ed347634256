"""What drawing a document and reading a record of the catalogue cost: median of 15, beside a bare hash."""

import hashlib
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]


def median_ms(act: Callable[[], object], times: int = 15) -> float:
    """The median time of an act in milliseconds, after one to warm up."""
    act()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - begun))
    return statistics.median(taken)


def main() -> None:
    """Measure, print a table, write JSON."""
    import weasyprint

    from langbiang.government.procedures.catalogue_text import judge, parse_record
    from simulators.national_catalogue import texts

    pdf = weasyprint.HTML(string="<h1>Quyết định</h1>").write_pdf()
    records = [texts.export(page) for page in texts.pages(100)]
    rows = {
        "hash of the document (reference)": median_ms(lambda: hashlib.sha256(pdf).digest()),
        "one page drawn as PDF": median_ms(lambda: weasyprint.HTML(string="<h1>Quyết định</h1>").write_pdf()),
        "one record of the national catalogue read and judged": median_ms(
            lambda: [judge(parse_record(raw)) for raw in records]
        )
        / len(records),
    }
    for name, value in rows.items():
        print(f"{name:<60} {value:9.3f} ms")
    target = ROOT / "bench" / "results"
    target.mkdir(exist_ok=True)
    (target / "documents.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
