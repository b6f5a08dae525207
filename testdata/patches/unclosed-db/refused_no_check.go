package main

import "database/sql"

func ping() error {
	db, err := sql.Open("fake", "")
	println(err)
	return db.Ping()
}

// 12: select; alone database/sql.(*DB).connectionOpener

func main() {
	_ = ping()
}
