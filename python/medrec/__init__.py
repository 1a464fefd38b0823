"""A second implementation of the MedRec protocol, written from docs/protocol.md."""
