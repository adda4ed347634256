"""Vietnamese text without help from the database: folding for search, keys for sorting."""
