"""What leaders sign, by which right, and the chain that shows it was not changed."""
