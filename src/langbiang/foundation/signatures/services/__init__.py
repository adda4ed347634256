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
from .detached import seal_bytes
from .documents import (
    NoSigningKey,
    NotVerifiable,
    SignedDocument,
    seal_as_agency,
    sign_as_person,
    sign_document,
)
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
    "NoSigningKey",
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
    "seal_as_agency",
    "seal_bytes",
    "set_image",
    "sign_as_person",
    "sign_document",
]
