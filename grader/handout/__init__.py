"""What students get beside the notebooks: the zip of a lab, its scripts, what it holds, the link to Colab."""
