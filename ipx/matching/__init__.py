"""Search over public listings and needs, and the flow that keeps the index in step with them."""
