"""Saying a verdict in plain words, in the reader's language. Every code has its sentence; a test holds
that."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from langbiang.foundation.access.errors import Text

from .verdict import Change, ChangeKind, Reason, SignatureFinding, State, Verdict

TITLES: dict[State, Text] = {
    State.GENUINE: gettext_lazy("Genuine"),
    State.INCONCLUSIVE: gettext_lazy("Cannot be decided"),
    State.NOT_SIGNED: gettext_lazy("Not digitally signed"),
    State.EXPIRED: gettext_lazy("Signed outside the certificate's validity"),
    State.UNTRUSTED: gettext_lazy("Signer not trusted"),
    State.REVOKED: gettext_lazy("Signed with a revoked certificate"),
    State.UNREADABLE: gettext_lazy("File cannot be read"),
    State.ALTERED: gettext_lazy("Altered after signing"),
}

MEANINGS: dict[State, Text] = {
    State.GENUINE: gettext_lazy("The content is exactly what was signed, and the signer's certificate was valid."),
    State.INCONCLUSIVE: gettext_lazy(
        "The content is what was signed, but one piece of evidence is missing. Ask the agency named in the document."
    ),
    State.NOT_SIGNED: gettext_lazy(
        "The file holds no digital signature, so nothing can be said about its origin. Ask for the original file."
    ),
    State.EXPIRED: gettext_lazy(
        "At the time of signing the certificate was not valid. Do not rely on this file; ask the agency for a new one."
    ),
    State.UNTRUSTED: gettext_lazy(
        "The signature does not come from a certification authority recognised here. Do not rely on this file."
    ),
    State.REVOKED: gettext_lazy(
        "The certificate had been revoked before the signature was made. Do not rely on this file."
    ),
    State.UNREADABLE: gettext_lazy("The file could not be checked. Use the original PDF file, not a photo or a print."),
    State.ALTERED: gettext_lazy(
        "The file is not the one that was signed. Do not rely on it; ask the agency for the original."
    ),
}

REASONS: dict[Reason, Text] = {
    Reason.CONTENT_CHANGED: gettext_lazy("The signed content was changed, if only by one character."),
    Reason.CHANGED_AFTERWARDS: gettext_lazy("Content was added or replaced after the signature."),
    Reason.NOT_ALL_COVERED: gettext_lazy("The signature covers only part of the file."),
    Reason.SIGNATURE_DAMAGED: gettext_lazy("The signature in the file is damaged."),
    Reason.SIGNATURE_BROKEN: gettext_lazy("The signature value does not fit the signer's key."),
    Reason.SIGNATURE_REMOVED: gettext_lazy("The file bears traces of a signature that is no longer in it."),
    Reason.CHAIN_UNKNOWN: gettext_lazy("The certificate was not issued by an authority recognised here."),
    Reason.CERTIFICATE_UNSUITABLE: gettext_lazy("The certificate was not issued for signing documents."),
    Reason.CERTIFICATE_EXPIRED: gettext_lazy("The certificate had expired."),
    Reason.CERTIFICATE_NOT_YET_VALID: gettext_lazy("The certificate was not valid yet."),
    Reason.CERTIFICATE_REVOKED: gettext_lazy("The signer's certificate had been revoked."),
    Reason.AUTHORITY_REVOKED: gettext_lazy("The certificate of the issuing authority had been revoked."),
    Reason.WEAK_ALGORITHM: gettext_lazy("The signature uses a method that is no longer considered secure."),
    Reason.REVOCATION_UNKNOWN: gettext_lazy("It is not known whether the certificate had been revoked."),
    Reason.NOT_A_PDF: gettext_lazy("The file is not a PDF."),
    Reason.TOO_LARGE: gettext_lazy("The file is larger than 64 MB."),
    Reason.TOO_COMPLEX: gettext_lazy("Checking the file takes too long or too much memory."),
    Reason.ENCRYPTED: gettext_lazy("The file is protected by a password. Remove the protection and try again."),
    Reason.DAMAGED: gettext_lazy("The file is damaged."),
    Reason.TOO_MANY_SIGNATURES: gettext_lazy("The file holds more than 50 signatures."),
    Reason.TIME_NOT_PROVEN: gettext_lazy(
        "The time of signing is the signer's own statement; no authority confirms it."
    ),
    Reason.TIMESTAMP_BAD: gettext_lazy("The time stamp on the signature does not hold."),
    Reason.TIMESTAMP_CERTIFICATE_ENDED: gettext_lazy("The certificate of the time-stamping authority has ended since."),
    Reason.CERTIFICATE_REVOKED_LATER: gettext_lazy(
        "The certificate was revoked later. Signatures made before remain valid."
    ),
    Reason.CERTIFICATE_ENDED_SINCE: gettext_lazy(
        "The certificate has ended since; it was valid at the time of signing."
    ),
    Reason.TEST_AUTHORITY: gettext_lazy("Signed with a test certificate: a demonstration without legal force."),
    Reason.NOT_STRICTLY_FORMED: gettext_lazy("The file departs from the PDF standard in details."),
}

CHANGES: dict[ChangeKind, Text] = {
    ChangeKind.SIGNATURE: gettext_lazy("A further signature was added."),
    ChangeKind.TIMESTAMP: gettext_lazy("An archive time stamp was added."),
    ChangeKind.EVIDENCE: gettext_lazy("Evidence for long-term checking was added."),
    ChangeKind.FORM_FILLED: gettext_lazy("A form field was filled in."),
    ChangeKind.CONTENT: gettext_lazy("Content was added or replaced."),
}


def title(state: State) -> str:
    """The state as a heading."""
    return str(TITLES[state])


def meaning(state: State) -> str:
    """What the state means for the reader and what to do."""
    return str(MEANINGS[state])


def reason_text(reason: Reason) -> str:
    """One cause or remark as a sentence."""
    return str(REASONS[reason])


def change_text(change: Change) -> str:
    """One later change as a sentence, with who made it where that is known."""
    text = str(CHANGES[change.kind])
    return f"{text} ({change.by})" if change.by else text


def who_and_when(finding: SignatureFinding) -> str:
    """Who signed, for which agency, when: one sentence for one signature."""
    signer = finding.signer or _("an unnamed signer")
    if finding.is_agency_seal:
        text = _("Signed by the agency %(agency)s") % {"agency": finding.agency}
    elif finding.agency:
        text = _("Signed by %(signer)s for %(agency)s") % {"signer": signer, "agency": finding.agency}
    else:
        text = _("Signed by %(signer)s") % {"signer": signer}
    if finding.proven_at:
        return (
            text
            + " "
            + _("on %(moment)s (time confirmed by %(authority)s).")
            % {
                "moment": shown(finding.proven_at),
                "authority": finding.timestamp_authority or _("a time-stamping authority"),
            }
        )
    if finding.claimed_at:
        return text + " " + _("on %(moment)s (as stated by the signer).") % {"moment": shown(finding.claimed_at)}
    return text + "."


def shown(moment: datetime) -> str:
    """An instant in local time with seconds."""
    return timezone.localtime(moment).strftime("%d/%m/%Y %H:%M:%S")


def lines(verdict: Verdict) -> list[str]:
    """The whole verdict as sentences: meaning, signatures, causes, later changes."""
    told = [meaning(verdict.state)]
    told += [who_and_when(finding) for finding in verdict.signatures]
    remarks = dict.fromkeys([*verdict.reasons, *(r for f in verdict.signatures for r in f.reasons)])
    told += [reason_text(reason) for reason in remarks]
    told += [change_text(change) for change in verdict.later_changes]
    return told
