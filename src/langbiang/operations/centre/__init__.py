"""The operations centre: walls, drill-down from province to record, alerts, the morning brief and dashboards."""
