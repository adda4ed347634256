"""The workbench of those who keep the catalogue: versions, imports, process sheets."""
