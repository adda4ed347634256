"""Files: kept once by content, checked before they are kept, read back only unharmed."""
