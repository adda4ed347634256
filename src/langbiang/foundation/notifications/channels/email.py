"""E-mail through the SMTP server of the settings."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage

from .errors import NotDelivered


def send(*, address: str, subject: str, body: str, key: str) -> str:
    """Send one mail; the key becomes its Message-ID, so that a second try is recognisable. Raises NotDelivered."""
    host = settings.DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1]
    message = EmailMessage(subject, body, to=[address], headers={"Message-ID": f"<{key}@{host}>"})
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as problem:
        raise NotDelivered(f"refused: {problem}", permanent=True) from problem
    except (smtplib.SMTPException, OSError) as problem:
        raise NotDelivered(f"{type(problem).__name__}: {problem}") from problem
    return key


def check_config() -> str:
    """Empty when mail can be sent, else what is missing."""
    return "" if settings.EMAIL_HOST else "SMTP_HOST is not set: mail is written to a folder."
