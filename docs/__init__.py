"""Papers about the whole: guides, decisions, and what is generated from the code."""
