"""The table of wage recovery, stage by stage; `workflow` puts it together."""
