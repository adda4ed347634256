"""The officer's workbench: queues, the case, and what can be done to it."""
