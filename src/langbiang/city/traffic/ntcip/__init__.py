"""NTCIP 1202 over SNMP: how a stage the gate allows reaches the cabinet, and how its lamps are read back."""
