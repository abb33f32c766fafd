"""The one door between training and analysis: results/<sweep>/, each file whole or not there.

Others say `from bench.store import Store`. The other modules turn a result into text and back
(`encoding`), write files (`files`), hold a folder (`lock`) and compare two results (`differences`).
"""

from bench.store.files import StoreError
from bench.store.store import Brief, Store

__all__ = ["Brief", "Store", "StoreError"]
