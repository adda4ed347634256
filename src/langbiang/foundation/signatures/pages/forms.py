"""What an administrator fills in to arrange keys and trust."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from langbiang.foundation.ui.form_fields import UploadField

from ..keys.pkcs12 import MAX_FILE
from ..pades.appearance import MAX_IMAGE_BYTES

MAX_CERTIFICATE_BYTES = 256 * 1024


def _content(file: Any) -> bytes:
    """An upload read whole; its field has checked the size."""
    return bytes(file.read()) if file else b""


class EnrolForm(forms.Form):
    """A key file for a position or an agency."""

    holder = forms.ChoiceField(
        label=_("Whose key is it?"), help_text=_("A position signs personally; an agency seals."), choices=()
    )
    key_file = UploadField(
        label=_("Key file"),
        help_text=_("The .p12 or .pfx file from the certification authority."),
        endings=(".p12", ".pfx"),
        max_bytes=MAX_FILE,
    )
    password = forms.CharField(
        label=_("Password of the key file"), widget=forms.PasswordInput, required=False, strip=False
    )
    image = UploadField(
        label=_("Picture of the hand signature or seal"),
        help_text=_("PNG with a transparent ground, at most 1 MB. Without it the block shows text only."),
        endings=(".png",),
        max_bytes=MAX_IMAGE_BYTES,
        required=False,
    )

    def __init__(self, *args: Any, holders: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["holder"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose…")), *holders]

    def clean_key_file(self) -> bytes:
        return _content(self.cleaned_data["key_file"])

    def clean_image(self) -> bytes | None:
        return _content(self.cleaned_data["image"]) or None


class PictureForm(forms.Form):
    """The picture shown in the block of a signature."""

    image = UploadField(
        label=_("Picture (PNG)"),
        help_text=_("PNG with a transparent ground, at most 1 MB. Send the form without a file to remove the picture."),
        endings=(".png",),
        max_bytes=MAX_IMAGE_BYTES,
        required=False,
    )

    def clean_image(self) -> bytes | None:
        return _content(self.cleaned_data["image"]) or None


class RevokeForm(forms.Form):
    """Why a key must not be used any more."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("For instance: token lost, officer moved, key replaced."),
    )


class AuthorityForm(forms.Form):
    """A certification authority to trust."""

    name = forms.CharField(label=_("Name of the authority"), max_length=300)
    certificates = forms.FileField(
        label=_("Certificates"),
        help_text=_("PEM or DER: the root and, if you have them, the issuing authorities below it in one file."),
    )
    for_signatures = forms.BooleanField(label=_("Trusted for signatures"), required=False, initial=True)
    for_timestamps = forms.BooleanField(label=_("Trusted for time stamps"), required=False, initial=True)
    source = forms.CharField(
        label=_("Where the certificate comes from"),
        max_length=500,
        help_text=_("The decision, page or hand-over record that proves it."),
    )
    verified = forms.BooleanField(label=_("I have compared the fingerprint with a second source"), required=False)

    def clean_certificates(self) -> bytes:
        return _content(self.cleaned_data["certificates"])
