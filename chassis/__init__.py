"""The plumbing every service stands on; no word of the domain in it."""
