"""The registry of green technologies in enterprises: data model, intake, history, indicators."""
