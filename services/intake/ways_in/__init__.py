"""The doors that letters come in by, and what residents see of them afterwards."""
