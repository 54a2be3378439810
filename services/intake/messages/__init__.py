"""What residents and staff are told outside, from the fact to the gateway."""
