"""The portal signs staff in, keeps their accounts, and shows the board and the front door."""
