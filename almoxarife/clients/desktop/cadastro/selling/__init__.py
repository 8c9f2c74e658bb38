"""The till: the open sale, which survives a crash; the last sale; receipts and the closing slip of a day."""
