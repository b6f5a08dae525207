// Command store opens its handle once in its life.
package main

import (
	"database/sql"
	"log"
)

func main() {
	db, err := sql.Open("postgres", "dsn")
	if err != nil {
		log.Fatal(err)
	}
	log.Print(db.Ping())
}

// 12: select; alone database/sql.(*DB).connectionOpener
