"""The Cost page; what two pages share is in `widgets`."""
