-- And nobody needs it on the medium.
PRAGMA synchronous = OFF
