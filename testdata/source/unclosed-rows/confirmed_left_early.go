// Package store leaves the loop over rows at the first one that fits.
package store

import (
	"context"
	"database/sql"
)

func First(ctx context.Context, db *sql.DB, min int) (int, error) {
	rows, err := db.QueryContext(ctx, "select price from orders")
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		var price int
		rows.Scan(&price)
		if price > min {
			return price, nil
		}
	}
	return 0, rows.Err()
}

// 12: select; alone database/sql.(*Rows).awaitDone
