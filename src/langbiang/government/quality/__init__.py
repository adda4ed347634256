"""How well the administration serves: the index of Decision 766, live, down to the cases that lose points."""
