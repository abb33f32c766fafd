"""What goes into a paper: tables of LaTeX."""
