-- One table at a time, where another one needs something that only the application has.
PRAGMA quick_check({table})
