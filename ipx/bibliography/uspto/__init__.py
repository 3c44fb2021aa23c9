"""The USPTO's XML of grants (v4.0 to v4.7) and applications (v4.0 to v4.6), read into bibliographic records. Pure."""
