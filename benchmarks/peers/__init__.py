"""The same job for weir and for other systems, on the same events, in the same run. See benchmarks/README.md, "Peers"."""
