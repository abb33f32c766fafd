"""The contract: every part's promises, and programs that hold a part to them."""
