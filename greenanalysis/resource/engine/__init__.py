"""The fast path of the physics: compiled chunk kernels and the pass over chunks that feeds them."""

from greenanalysis.resource.engine.compiled import use_writable_cache

use_writable_cache()
