"""The reporting cycle and the dashboard online: accounts, campaigns, reports, interface, server."""
