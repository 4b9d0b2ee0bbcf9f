"""What every room uses: errors, files, caches, tables, assumptions, money."""
