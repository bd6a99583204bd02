"""Variables, and the scopes that share them."""
