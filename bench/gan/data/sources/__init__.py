"""Images of the user's own: found, decoded once, and kept by their content.

A source is a folder of image files, an `.npz`, or one of the names in `named.NAMED`. All become an
array uint8 or float32 [n, size, size, channels] with the class of each image, if there are classes.
The digest of these arrays names them in a trial's id: neither places nor names nor times of files
count, nor the way in which they are packed.
"""

from bench.gan.data.sources.named import NAMED
from bench.gan.data.sources.pixels import Decoded, Wanted
from bench.gan.data.sources.source import Found, find, labelled, load, seen, telling

__all__ = ["NAMED", "Decoded", "Found", "Wanted", "find", "labelled", "load", "seen", "telling"]
