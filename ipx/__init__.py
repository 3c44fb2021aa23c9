"""IPX: an exchange for technology intellectual property."""

VERSION = "0.1.0"
