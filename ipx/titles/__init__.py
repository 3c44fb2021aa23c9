"""Chain of title: who conveyed which right to whom, what is missing in it, and whose consent a licence needs."""
