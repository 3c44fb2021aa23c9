"""Bibliographic records and legal events of patent documents, as offices publish them; never anything confidential."""
