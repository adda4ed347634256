"""The acts and records of the trail in words. The trail keeps codes; people read these.

A room adds its own in `AppConfig.ready` by `define_acts` and `define_records`; what nobody has named shows its code.
"""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access.errors import Text

_ROOMS: dict[str, Text] = {
    "cases": _("Cases"),
    "procedures": _("Catalogue of procedures"),
    "people": _("People and businesses"),
    "accounts": _("Accounts"),
    "access": _("Roles"),
    "organizations": _("Agencies and positions"),
    "places": _("Administrative units"),
    "calendars": _("Calendars"),
    "signatures": _("Signatures"),
    "file": _("Files"),
    "notifications": _("Notices to people"),
    "audit": _("Audit trail"),
    "exchange": _("Exchange with other systems"),
    "reporting": _("Reporting to the Government"),
    "quality": _("Service quality"),
    "centre": _("Operations centre"),
    "traffic": _("Traffic lights"),
}

_ACTS: dict[str, Text] = {
    "cases.submitted": _("Filed a case"),
    "cases.accepted": _("Received a case"),
    "cases.rated": _("Rated how a case was handled"),
    "cases.refused": _("Refused to receive a case"),
    "cases.supplement_requested": _("Asked for missing papers"),
    "cases.supplement_answered": _("Sent missing papers"),
    "cases.assigned": _("Assigned work"),
    "cases.step_completed": _("Completed a step"),
    "cases.consulted": _("Consulted another unit"),
    "cases.consultation_answered": _("Answered a consultation"),
    "cases.suspended": _("Stopped the clock"),
    "cases.resumed": _("Started the clock again"),
    "cases.extended": _("Put off the due date"),
    "cases.due_moved": _("Moved the due date with the calendar"),
    "cases.signed": _("Signed a result"),
    "cases.released": _("Numbered and released a result"),
    "cases.returned": _("Handed over a result"),
    "cases.withdrawal_requested": _("Asked to withdraw a case"),
    "cases.stopped": _("Stopped a case"),
    "cases.reopened": _("Opened a case again"),
    "cases.result_replaced": _("Replaced a result"),
    "cases.message_sent": _("Wrote about a case"),
    "cases.fee_settled": _("Settled a fee"),
    "cases.demo_loaded": _("Loaded demo cases"),
    "procedures.draft_created": _("Began a draft of a procedure"),
    "procedures.draft_changed": _("Changed a draft of a procedure"),
    "procedures.fee_added": _("Added a fee"),
    "procedures.fee_ended": _("Ended a fee"),
    "procedures.imported": _("Imported procedures"),
    "procedures.import_approved": _("Took over an imported procedure"),
    "procedures.import_rejected": _("Rejected an imported procedure"),
    "procedures.model_loaded": _("Loaded a procedure of the catalogue"),
    "procedures.sheet_created": _("Wrote a process sheet"),
    "procedures.sheet_changed": _("Changed a process sheet"),
    "procedures.sheet_simulated": _("Tried a process sheet"),
    "procedures.sheet_approved": _("Approved a process sheet"),
    "procedures.version_approved": _("Approved a version of a procedure"),
    "procedures.version_published": _("Published a version of a procedure"),
    "procedures.version_begun": _("Began a new version of a procedure"),
    "procedures.version_ended": _("Ended a version of a procedure"),
    "people.registered": _("Registered a person"),
    "people.updated": _("Corrected the record of a person"),
    "people.merged": _("Merged two records of a person"),
    "people.related": _("Noted a relation between people"),
    "people.looked": _("Opened the record of a person"),
    "people.demo_loaded": _("Loaded demo people"),
    "accounts.signed_in": _("Signed in"),
    "accounts.signed_out": _("Signed out"),
    "accounts.citizen_first_sign_in": _("Signed in for the first time, as a citizen"),
    "accounts.locked_out": _("Locked out after wrong tries"),
    "accounts.enrolled": _("Enrolled an officer"),
    "accounts.closed": _("Closed an account"),
    "accounts.reopened": _("Opened an account again"),
    "accounts.password_changed": _("Changed their password"),
    "accounts.password_reset": _("Reset a password"),
    "accounts.second_factor_added": _("Added a second factor"),
    "accounts.second_factor_removed": _("Removed their second factor"),
    "accounts.second_factor_reset": _("Removed the second factor of an account"),
    "accounts.recovery_codes_renewed": _("Made new recovery codes"),
    "accounts.sessions_ended": _("Signed out other browsers"),
    "accounts.key_issued": _("Made a key for another system"),
    "accounts.key_revoked": _("Revoked the key of another system"),
    "accounts.demo_loaded": _("Loaded demo accounts"),
    "access.role_granted": _("Gave a role"),
    "access.role_revoked": _("Took a role away"),
    "access.role_cancelled": _("Cancelled a role before it began"),
    "access.roles_granted": _("Gave roles to many positions"),
    "organizations.agency_opened": _("Opened an agency"),
    "organizations.agency_changed": _("Changed an agency"),
    "organizations.agency_moved": _("Moved an agency"),
    "organizations.agency_closed": _("Closed an agency"),
    "organizations.succession_declared": _("Declared what becomes of an agency"),
    "organizations.position_added": _("Added a position"),
    "organizations.position_changed": _("Changed a position"),
    "organizations.position_ended": _("Ended a position"),
    "organizations.appointed": _("Appointed an officer"),
    "organizations.left": _("Ended an appointment"),
    "organizations.positions_filled": _("Filled many positions"),
    "organizations.substitute_arranged": _("Arranged a substitute"),
    "organizations.substitute_ended": _("Ended a substitution"),
    "organizations.reference_loaded": _("Loaded the list of agencies"),
    "organizations.demo_loaded": _("Loaded demo agencies"),
    "places.place_changed": _("Changed an administrative unit"),
    "places.succession_declared": _("Declared what becomes of an administrative unit"),
    "places.succession_withdrawn": _("Withdrew what was declared about an administrative unit"),
    "places.shares_set": _("Set the shares of a divided unit"),
    "places.boundaries_loaded": _("Loaded boundaries"),
    "places.boundaries_dropped": _("Removed boundaries"),
    "places.reference_loaded": _("Loaded the list of administrative units"),
    "calendars.opened": _("Opened a calendar"),
    "calendars.day_declared": _("Declared a day of the calendar"),
    "calendars.day_cancelled": _("Cancelled a day of the calendar"),
    "calendars.year_confirmed": _("Confirmed a year of the calendar"),
    "calendars.hours_set": _("Set office hours"),
    "calendars.cutoff_set": _("Set a cut-off hour"),
    "calendars.reference_loaded": _("Loaded the holidays"),
    "signatures.document_signed": _("Signed a document"),
    "signatures.credential_enrolled": _("Enrolled a signing key"),
    "signatures.credential_replaced": _("Replaced a signing key"),
    "signatures.credential_revoked": _("Revoked a signing key"),
    "signatures.image_set": _("Set the picture of a signature"),
    "signatures.anchor_added": _("Trusted a certification authority"),
    "signatures.anchor_removed": _("Ended trust in a certification authority"),
    "signatures.revocation_list_added": _("Took in a revocation list"),
    "file.read": _("Opened a file"),
    "file.limit_set": _("Set a limit for files"),
    "notifications.template_changed": _("Changed the text of a notice"),
    "notifications.retried": _("Sent a notice once more"),
    "audit.verified": _("Verified a chain of the trail"),
}

_RECORDS: dict[str, Text] = {
    "cases.case": _("Case"),
    "procedures.procedureversion": _("Version of a procedure"),
    "procedures.processsheet": _("Process sheet"),
    "procedures.importbatch": _("Import"),
    "procedures.importrow": _("Imported procedure"),
    "procedures.feerule": _("Fee"),
    "people.person": _("Person"),
    "people.relation": _("Relation"),
    "accounts.account": _("Account"),
    "access.roleassignment": _("Role"),
    "access": _("Roles"),
    "organizations.agency": _("Agency"),
    "organizations.position": _("Position"),
    "organizations": _("Agencies and positions"),
    "places.place": _("Administrative unit"),
    "places.boundarypackage": _("Boundaries"),
    "places": _("Administrative units"),
    "calendars.calendar": _("Calendar"),
    "calendars.calendarday": _("Day of the calendar"),
    "calendars": _("Calendars"),
    "signatures.signingcredential": _("Signing key"),
    "signatures.signaturerecord": _("Signature on a document"),
    "signatures.trustanchor": _("Certification authority"),
    "signatures.revocationlist": _("Revocation list"),
    "files.storedfile": _("File"),
    "files.limit": _("Limit for files"),
    "notifications.noticetemplate": _("Text of a notice"),
    "notifications.notice": _("Notice to a person"),
    "audit.lane": _("Chain of the trail"),
    "audit": _("Audit trail"),
    "demo": _("Demo province"),
}

_CHANNELS: dict[str, Text] = {
    "web": _("in the browser"),
    "job": _("by the platform itself"),
}


def define_acts(words: Mapping[str, Text]) -> None:
    """Words for acts, by code."""
    _ACTS.update(words)


def define_records(words: Mapping[str, Text]) -> None:
    """Words for kinds of records, by the part of the target before the colon."""
    _RECORDS.update(words)


def act(code: str) -> str:
    """What was done."""
    return str(_ACTS.get(code, code))


def is_known(code: str) -> bool:
    """Whether somebody has named this act."""
    return code in _ACTS


def record(target: str) -> str:
    """Which record it was done to: its kind in words and its number."""
    kind, colon, number = target.partition(":")
    known = _RECORDS.get(kind)
    if known is None:
        return target
    return f"{known} {number}" if colon else str(known)


def channel(code: str) -> str:
    """By which way."""
    return str(_CHANNELS.get(code, code))


def acts_by_room() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Every known act, grouped as a list to choose from: (room's code, room in words, [(code, words)])."""
    rooms: dict[str, list[tuple[str, str]]] = {}
    for code, words in _ACTS.items():
        rooms.setdefault(code.partition(".")[0], []).append((code, str(words)))
    return [(room, str(_ROOMS.get(room, room)), known) for room, known in rooms.items()]
