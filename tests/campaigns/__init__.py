"""Long campaigns: what is too slow for every run and is done before a release."""
