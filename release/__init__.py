"""Makes what is released: the same bytes for the same commit, with a list of parts and a statement of where it is from."""
