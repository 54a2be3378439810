"""What a letter brings beside its words: pictures, places, positions."""
