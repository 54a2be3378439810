"""Handles appeals by inspection, orders to correct and administrative penalty (综合执法办理)."""
