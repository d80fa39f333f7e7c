"""Groups too small to be shown, texts that name people, and file names from data."""

from __future__ import annotations

from crmlab.privacy.mask import mask_text
from crmlab.privacy.names import safe_file_name
from crmlab.privacy.suppress import Suppression, suppress

__all__ = ["Suppression", "mask_text", "safe_file_name", "suppress"]
