"""What is kept an eye on after the dispatch: returns, assisting units, clocks and cards."""
