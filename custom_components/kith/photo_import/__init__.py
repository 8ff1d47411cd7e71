"""People with their photos from what a home has: a folder, a ZIP file, or Home Assistant's media."""
