"""The register of callers who misuse the hotline."""
