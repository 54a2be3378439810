"""Intake (诉求来源): the doors that appeals come through, and what residents see of them."""
