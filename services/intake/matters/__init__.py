"""One matter, many appeals: found, brought together, taken apart, reopened."""
