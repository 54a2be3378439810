"""Lets `python -m chassis` be the command `jiesu`."""

from chassis.command import main

main()
