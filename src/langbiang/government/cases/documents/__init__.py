"""The papers the administration hands out: the seven legal forms and the results, as PDF/A made from the data."""
