"""Enters appeals in the ledger, grades them, and sends each to the mechanism that handles it."""
