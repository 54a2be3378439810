"""Handles appeals for social assistance, from the application to the payment (救助诉求办理)."""
