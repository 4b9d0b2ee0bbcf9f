"""The pages of the site in English, Russian and Kazakh."""
