"""What Sphinx needs to make a site of these pages: ``sphinx-build docs build/docs``. Nothing else needs Sphinx."""

project = "chanserv"
root_doc = "index"
html_title = "chanserv"
exclude_patterns = ["build"]
