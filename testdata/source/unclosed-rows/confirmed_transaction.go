// Package bank forgets to roll back.
package bank

import (
	"context"
	"database/sql"
)

func Move(ctx context.Context, db *sql.DB, from, to, n int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "update a set n = n - ? where id = ?", n, from); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "update a set n = n + ? where id = ?", n, to); err != nil {
		return err
	}
	return tx.Commit()
}

// 12: channel receive; alone database/sql.(*Tx).awaitDone
