"""Traffic: cameras that count, lights that adapt. Modules here import no Django unless they say so."""
