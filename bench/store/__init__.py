"""The one door between training and analysis: results/<sweep>/, each file whole or not there.

Others say `from bench.store import Store`. Beside it: how a result becomes text, how files are
written, who holds a folder, and in what two results differ.
"""

from bench.store.files import StoreError
from bench.store.store import Brief, Store

__all__ = ["Brief", "Store", "StoreError"]
