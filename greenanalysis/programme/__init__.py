"""The investment programme of a region: measures, how they act on one another, what to fund."""
