"""Commitments, Merkle batches, anchors, bundles, certificates and their verification."""
