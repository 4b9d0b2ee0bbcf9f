"""What a solved network says."""
