"""From files to rows: fully modelled procedures (models), records of the national catalogue (national)."""
