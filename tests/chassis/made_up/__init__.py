"""A service of no meaning, that the tests of the plumbing play with."""
