"""The measurements: what the platform does on this machine, and what the least durable work would do."""
