"""The proof that nothing was lost: parts and heads joined give back the text that was read."""

from collections.abc import Iterator

from .record import ParsedRecord


def parts(record: ParsedRecord) -> Iterator[str]:
    """Every slice of the text in order: tables down to their rows, all other parts as they stand."""
    for section in record.sections:
        yield section.head
        if section.key == "channels" and record.channels.value.rows:
            yield record.channels.value.preface
            yield from (row.raw for row in record.channels.value.rows)
        elif section.key == "documents" and record.documents.value:
            for group in record.documents.value:
                yield group.raw_label
                yield group.raw_head
                yield from (row.raw for row in group.rows)
                yield group.raw_tail
        elif section.key == "legal_bases" and record.legal_bases.value:
            yield from (row.raw for row in record.legal_bases.value)
        elif section.key == "results" and record.results.value:
            yield from (row.raw for row in record.results.value)
        else:
            yield section.body


def rebuild(record: ParsedRecord) -> str:
    """The text the record was read from; equal to ``record.text`` for every record read from text."""
    return "".join(parts(record))
