"""What a letter is about, where it belongs, how urgent and severe it is: read out of its words."""
