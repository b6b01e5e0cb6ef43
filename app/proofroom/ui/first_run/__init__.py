"""The first-run page; what two pages share is in `widgets`."""
