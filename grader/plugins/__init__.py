"""What nbgrader and JupyterLab call: preprocessors, exporters, the exchange."""
