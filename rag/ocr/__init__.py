"""Text in pictures: where lines stand (`regions`), what they say (`recognition`), in which order (`reading`).

The weights are PP-OCRv6's, out of the package `rapidocr`; the steps around them are its own, on numpy and
Pillow alone, without OpenCV, Shapely and what else it brings.
"""
