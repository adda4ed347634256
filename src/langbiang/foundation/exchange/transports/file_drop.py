"""Messages as files in a folder the other side empties: the message, its signature and a card naming both.

A file appears whole or not at all (written aside, then renamed), under a name made of the key, so that the same message
dropped twice is one file. The receiver acknowledges by putting `<name>.ack` into the folder `acks` beside it.
"""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

from django.utils.translation import gettext as _

from .base import Answer, Envelope, Held, NotAnswered, Outcome


class FileDrop:
    """For systems that only take files."""

    kind = "file_drop"

    def deliver(self, envelope: Envelope, *, address: str, timeout_s: float) -> Answer:
        """Drop the message, or find the acknowledgement of a drop made before."""
        folder = Path(address)
        name = hashlib.sha256(envelope.key.encode()).hexdigest()[:32]
        try:
            ack = folder / "acks" / f"{name}.ack"
            if ack.is_file():
                return _acknowledged(envelope, ack.read_bytes()[:65_536])
            if not folder.is_dir():
                return Answer(Outcome.UNREACHABLE, note="no_folder")
            card = {
                "key": envelope.key, "kind": envelope.kind, "subject": envelope.subject, "sha256": envelope.sha256,
                "content_type": envelope.content_type, "sent_at": envelope.sent_at.isoformat(),
            }  # fmt: skip
            _put(folder / f"{name}.content", envelope.content)
            if envelope.signature:
                _put(folder / f"{name}.p7s", envelope.signature)
            _put(folder / f"{name}.json", json.dumps(card, ensure_ascii=False).encode())  # last: it opens the set
        except OSError as problem:
            return Answer(Outcome.UNREACHABLE, note=str(problem)[:300])
        return Answer(Outcome.TAKEN, receipt=name)

    def check(self, address: str, *, timeout_s: float) -> Answer:
        """Whether the folder is there and may be written."""
        fine = os.access(address, os.W_OK | os.X_OK)
        return Answer(Outcome.ACKED if fine else Outcome.UNREACHABLE, note="" if fine else "no_folder")

    def holdings(self, address: str, *, timeout_s: float) -> list[Held]:
        """What was dropped and acknowledged."""
        folder, found = Path(address), []
        try:
            for ack in sorted((folder / "acks").glob("*.ack")):
                card = json.loads((folder / f"{ack.stem}.json").read_bytes())
                if not json.loads(ack.read_bytes()).get("error"):
                    found.append(Held(str(card["key"]), str(card["kind"]), str(card["sha256"])))
        except (OSError, ValueError, KeyError, AttributeError) as problem:
            raise NotAnswered(_("The list of what is held there is not in the agreed form.")) from problem
        return found


def _acknowledged(envelope: Envelope, body: bytes) -> Answer:
    with suppress(ValueError):
        told = json.loads(body)
        if isinstance(told, dict) and told.get("sha256") == envelope.sha256:
            if told.get("error"):
                return Answer(Outcome.REJECTED, body=body, note=str(told["error"])[:300])
            return Answer(Outcome.ACKED, body=body, receipt=str(told.get("receipt") or "file")[:200])
    return Answer(Outcome.UNKNOWN, body=body, note="answer_not_understood")


def _put(path: Path, content: bytes) -> None:
    aside = path.with_suffix(path.suffix + ".part")
    with aside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(path)
