"""The history of a technology as one timeline: who did what, when, how it is proven. Reads all rooms, writes none."""
