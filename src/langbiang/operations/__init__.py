"""The operations centre: reads all systems, owns the data of none."""
