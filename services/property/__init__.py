"""Property services: complaints about companies, repairs from the repair fund, and owners' votes."""
