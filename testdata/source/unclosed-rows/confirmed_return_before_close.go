// Package store closes its rows behind the loop, and returns from inside of it.
package store

import (
	"context"
	"database/sql"
)

func Prices(ctx context.Context, db *sql.DB) ([]int, error) {
	rows, err := db.QueryContext(ctx, "select price from orders")
	if err != nil {
		return nil, err
	}
	var prices []int
	for rows.Next() {
		var price int
		if err := rows.Scan(&price); err != nil {
			return nil, err
		}
		prices = append(prices, price)
	}
	rows.Close()
	return prices, nil
}

// 12: select; alone database/sql.(*Rows).awaitDone
