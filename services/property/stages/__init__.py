"""The table of property, stage by stage; `workflow` puts it together."""
