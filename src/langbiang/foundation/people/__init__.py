"""The register of subjects: citizens and businesses, one record each."""
