"""The registry online: dashboard, data and published site over HTTP."""
