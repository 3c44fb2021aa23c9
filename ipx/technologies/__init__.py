"""The asset: a technology, the rights that it consists of, and the administrative record of title of each."""
