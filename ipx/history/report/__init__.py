"""The as-of audit report: who owned, licensed and could read what on a date, each line with its proof."""
