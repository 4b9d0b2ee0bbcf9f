"""The sample year: synthetic weather drawn from a monthly climatology; screening grade."""
