"""From interest to right: NDA, offer, agreement, signatures."""
