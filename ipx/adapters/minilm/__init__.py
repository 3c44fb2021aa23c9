"""Sentence embeddings by all-MiniLM-L6-v2 (port Meaning): 384 dimensions, offline, from a file in a package.

``tokenizer.json`` is the model's own WordPiece tokenizer (Apache-2.0, sentence-transformers/all-MiniLM-L6-v2).
"""
