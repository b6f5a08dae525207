// Package store reads all rows: the last Next closes them.
package store

import (
	"context"
	"database/sql"
)

func Count(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "select price from orders")
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		n++
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	rows.Close()
	return n, nil
}

func Sum(ctx context.Context, db *sql.DB) (n int, err error) {
	rows, err := db.QueryContext(ctx, "select price from orders")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var price int
		if err := rows.Scan(&price); err != nil {
			return 0, err
		}
		n += price
	}
	return n, rows.Err()
}

// 12: select; alone database/sql.(*Rows).awaitDone
