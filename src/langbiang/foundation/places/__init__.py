"""Administrative units in time: provinces, communes, wards and special zones, and what became of the former ones."""
