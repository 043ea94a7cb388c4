"""How good a method is: labelled videos, results, figures with intervals, pictures."""
