"""The table of mediation, stage by stage; `workflow` puts it together."""
