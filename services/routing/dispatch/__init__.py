"""The dispatch rules: as data, checked, tried, replayed, in versions that leaders put live."""
