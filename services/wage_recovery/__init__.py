"""Recovers unpaid wages, as the Regulation on Securing Wage Payment to Migrant Workers has it (务工薪酬追讨)."""
