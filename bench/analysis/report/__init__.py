"""Tables and figures -> a page, a Markdown file and what lies beside them."""
