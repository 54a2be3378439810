"""The table of relief, stage by stage; `workflow` puts it together."""
