"""The case store: folders on disk, one per case, made to be zipped and handed over. No Qt here."""
