module sunlit.example/verify

go 1.27

require golang.org/x/mod v0.0.0

replace golang.org/x/mod => ./third/mod
