"""The fast path of the physics: compiled chunk kernels and the pass over chunks that feeds them."""
