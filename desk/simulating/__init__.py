"""`desk simulate`: routing policies side by side, on days of chance or on what the ledger holds."""
