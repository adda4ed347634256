"""Sealing data for other systems: the agency's seal over exact bytes."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import require

from .. import detached, keys, policies, queries
from .documents import NoSigningKey, _check_same_certificate, _check_usable


def seal_bytes(actor: Actor, *, agency_id: int, content: bytes, at: datetime) -> detached.DetachedSignature:
    """Sign bytes with the digital seal of an agency, the signature apart from them.

    The caller keeps signature and bytes together and tells the trail. Raises Forbidden, NoSigningKey,
    CredentialNotUsable, keys.KeyUnavailable. Legal source: Decree 23/2025/ND-CP.
    """
    credential = queries.seal_of_agency(agency_id, at=at)
    if credential is None:
        raise NoSigningKey(
            _("There is no valid digital seal for this agency."),
            way_out=_("Ask the administrator to enrol the agency's certificate."),
        )
    require(policies.may_sign_with(actor, credential))
    _check_usable(credential, at)
    key = keys.source(credential.key_kind).open(credential.key_reference)
    _check_same_certificate(key, credential)
    return detached.sign(content, key, at=at)
