"""People from outside who may look at the records of an organisation for a while, and at nothing else."""
