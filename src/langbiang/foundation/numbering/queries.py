"""What has been numbered so far."""

from .models import Counter


def last_number(register: str, period: str) -> int:
    """The last number given out, 0 when none was."""
    return Counter.objects.filter(register=register, period=period).values_list("last", flat=True).first() or 0
