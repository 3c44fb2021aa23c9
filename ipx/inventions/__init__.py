"""Invention disclosures: what a technology office asks inventors before anything else, its review, and deadlines."""
