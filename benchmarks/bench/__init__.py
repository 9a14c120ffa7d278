"""What benchmarks/run.py measures: one file a group of goals."""
