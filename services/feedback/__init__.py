"""Feedback (回访): asks residents how it went, orders rework, and closes appeals."""
