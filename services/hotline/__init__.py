"""The hotline: public services and everything that no other mechanism has a procedure for."""
