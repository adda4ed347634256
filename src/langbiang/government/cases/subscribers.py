"""What this room does when something happens elsewhere."""

from langbiang.foundation.events import EventRecord, subscribe

from .models import Case


@subscribe("people.merged", key="cases.follow_merged_person")
def follow_merged_person(record: EventRecord) -> None:
    """Cases of a person who turned out to be a duplicate belong to the surviving record from now on."""
    kept, gone = record.payload["kept_id"], record.payload["merged_id"]
    Case.objects.filter(owner_id=gone).update(owner_id=kept)
    Case.objects.filter(submitter_id=gone).update(submitter_id=kept)
