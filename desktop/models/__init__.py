"""What the views show: item models, pictures as QImage, and plain data made ready for drawing."""
