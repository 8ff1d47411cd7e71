"""What people have a right to: being erased, and being seen only by those who may."""
