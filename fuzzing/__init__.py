"""Feeds whatever a machine can think of to what reads other people's files."""
