// Package store opens a handle for each call.
package store

import "database/sql"

func Ping(dsn string) error {
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return err
	}
	return db.Ping()
}

// 12: select; alone database/sql.(*DB).connectionOpener
