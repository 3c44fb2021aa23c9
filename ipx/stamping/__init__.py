"""`ipx stamp`: a client of the API that stamps files which never leave this machine."""
