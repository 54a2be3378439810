"""The table of enforcement, stage by stage; `workflow` puts it together."""
