// Package store forgets rows whose query has no context: they have no goroutine that waits for one.
package store

import "database/sql"

func First(db *sql.DB) (n int) {
	rows, err := db.Query("select price from orders")
	if err != nil {
		return 0
	}
	if rows.Next() {
		rows.Scan(&n)
	}
	return n
}

// 12: select; alone database/sql.(*Rows).awaitDone
