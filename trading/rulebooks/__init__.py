"""Frozen data: published rulebooks, official holiday tables, regions and categories.  Published once, never edited."""
