"""The REST API below /api/v1: its conventions, its description, its addresses. It calls the same services as pages."""
