"""Stand-ins for the outside world: honest servers speaking the real protocol, with faults on demand."""
