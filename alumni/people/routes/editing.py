"""Editing what is known of a person, by themselves and by the office."""
