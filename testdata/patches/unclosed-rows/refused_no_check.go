package main

import (
	"context"
	"database/sql"
)

// After an error `rows` is nil, and a Close of it would panic.
func first(ctx context.Context, db *sql.DB) bool {
	rows, err := db.QueryContext(ctx, "select id")
	return err == nil && rows.Next()
}

// 12: select; alone database/sql.(*Rows).awaitDone

func main() {
	_ = first(context.Background(), &sql.DB{})
}
