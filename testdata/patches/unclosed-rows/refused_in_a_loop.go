package main

import (
	"context"
	"database/sql"
)

func all(ctx context.Context, db *sql.DB, ids []int) error {
	for _, id := range ids {
		rows, err := db.QueryContext(ctx, "select id", id)
		if err != nil {
			return err
		}
		if rows.Next() {
			println(id)
		}
	}
	return nil
}

// 12: select; alone database/sql.(*Rows).awaitDone

func main() {
	_ = all(context.Background(), &sql.DB{}, nil)
}
