"""From a picture of a person to a template: what is accepted, and why not."""
