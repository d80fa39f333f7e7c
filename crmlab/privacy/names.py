"""File names from names in data: no way out of the folder, and none that an operating system refuses."""

from __future__ import annotations

import hashlib
import re
import unicodedata

__all__ = ["safe_file_name"]

_LONGEST = 60
_RESERVED = {"con", "prn", "aux", "nul", *(f"{word}{n}" for word in ("com", "lpt") for n in range(10))}


def safe_file_name(text: str, *, longest: int = _LONGEST) -> str:
    r"""Return a file name (without ending) made from a name in the data.

    Letters, digits and Chinese characters stay; all else becomes ``-``: no slash, no ``..``, no hidden file, no sign that
    a shell or Windows takes for its own, nothing invisible. Where something had to go, eight hexadecimal digits of the
    whole name follow, so that two different names never get the same file.

    Parameters
    ----------
    text
        A name from data, such as a store's.
    longest
        At most so many characters.

    Examples
    --------
    >>> safe_file_name("上海一店"), safe_file_name("North 2")
    ('上海一店', 'North 2')
    >>> safe_file_name("../../etc/passwd")
    'etc-passwd-830a08e2'

    """
    given = unicodedata.normalize("NFC", str(text))
    plain = re.sub(r"[^\w ]+", "-", given)
    plain = re.sub(r"\s+", " ", plain).strip("- _")
    while len(plain.encode()) > 3 * longest or len(plain) > longest:
        plain = plain[:-1]
    plain = plain.strip("- _")
    if plain == given and plain and plain.casefold() not in _RESERVED:
        return plain
    digest = hashlib.blake2b(given.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{plain[: longest - 9].strip('- _') or 'file'}-{digest}"
