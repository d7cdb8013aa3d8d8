"""JupyterLab for the course: the folder is a place of Jupyter's configuration."""
