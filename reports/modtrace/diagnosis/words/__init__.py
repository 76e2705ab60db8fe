"""What each cause means to the person in trouble, a file for each part of the path."""
