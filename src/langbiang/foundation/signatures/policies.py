"""Who may sign with which key, and who may arrange keys and trust."""

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access import Actor
from langbiang.foundation.access.policies import ALLOW, Answer, allow_if, deny

from .models import SigningCredential


def may_sign_with(actor: Actor, credential: SigningCredential) -> Answer:
    """A personal key signs for its own position only; an agency's seal for those who keep it there."""
    if actor.kind == "system":
        return ALLOW
    if credential.kind == SigningCredential.Kind.SEAL:
        return allow_if(
            actor.may("signatures.seal", agency_id=credential.agency_id),
            _("Only the records clerk of the agency may use its digital seal."),
        )
    if credential.position_id is None or credential.position_id != actor.position_id:
        return deny(_("This is the signing key of another position."))
    return allow_if(
        actor.may("signatures.sign", agency_id=credential.agency_id),
        _("Your position has no right to sign documents of this agency."),
    )


def may_manage(actor: Actor) -> Answer:
    """Enrol and revoke keys, arrange trust anchors."""
    return allow_if(
        actor.reach("signatures.manage").everywhere,
        _("Only an administrator of the platform may arrange signing."),
    )
