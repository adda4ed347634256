"""Everything that changes keys, trust and signed documents."""

from .credentials import (
    AlreadyEnrolled,
    CredentialNotUsable,
    UnusableCertificate,
    enrol_credential,
    enrol_key_file,
    revoke_credential,
    set_image,
)
from .documents import NotVerifiable, SignedDocument, sign_document
from .trust import (
    AnchorExists,
    UnusableAnchor,
    UnusableList,
    add_revocation_list,
    add_trust_anchor,
    refresh_revocation_lists,
    remove_trust_anchor,
)

__all__ = [
    "AlreadyEnrolled",
    "AnchorExists",
    "CredentialNotUsable",
    "NotVerifiable",
    "SignedDocument",
    "UnusableAnchor",
    "UnusableCertificate",
    "UnusableList",
    "add_revocation_list",
    "add_trust_anchor",
    "enrol_credential",
    "enrol_key_file",
    "refresh_revocation_lists",
    "remove_trust_anchor",
    "revoke_credential",
    "set_image",
    "sign_document",
]
