"""What the owner is asked, answers, corrects, and takes back."""
