"""The algebra of grants: what two grants share, whether they can live together, and what is left. Pure.

A grant is a set over territory × field of use × time × acts. Every comparison answers yes, no or undecided, and never
says no where the words leave it open. docs/spec/grant-algebra.md is the specification.
"""
