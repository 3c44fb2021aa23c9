"""Backups: the whole exchange in one encrypted file, and back. Not a room: it knows tables, not the business."""
