"""Files that somebody might send to do harm, each with what must become of it; made by code, the same each time."""
