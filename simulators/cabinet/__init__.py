"""Signal cabinets on a bench: their own plan, their own timing, their own conflict monitor, spoken to over NTCIP 1202.

A stand-in for cabinets in the street. It shares no code with the platform: what it does with holds, omits, force-offs and
calls comes from the standard alone.
"""
