"""What officers do with the catalogue: take over imports, draft, approve, publish, and set up process sheets."""
