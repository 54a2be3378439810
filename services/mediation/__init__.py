"""Mediates disputes between neighbours, as the People's Mediation Law has it (人民调解)."""
