"""Who may let the server drive a junction, and until when."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ArmLease:
    """Permission for one junction and one configuration, named and short-lived; renewed by a live session."""

    junction: str
    fingerprint: str
    operator: str
    confirmed_by: str
    granted_at: float
    expires_at: float

    def objection(self, junction: str, fingerprint: str, now: float, max_lease_s: float) -> str | None:
        """Why this lease does not hold now, or None."""
        if self.junction != junction:
            return f"the lease is for junction {self.junction}"
        if self.fingerprint != fingerprint:
            return "the lease was given for another configuration; arm again"
        if not self.operator or not self.confirmed_by or self.operator == self.confirmed_by:
            return "arming needs two different named persons"
        if self.expires_at - self.granted_at > max_lease_s:
            return f"the lease runs longer than {max_lease_s:.0f} s"
        if not self.granted_at <= now < self.expires_at:
            return "the lease has expired; arm again"
        return None
