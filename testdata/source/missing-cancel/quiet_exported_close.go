package db

import "context"

type DB struct{ stop context.CancelFunc }

func Open() *DB {
	ctx, cancel := context.WithCancel(context.Background())
	db := &DB{stop: cancel}
	go db.opener(ctx)
	return db
}

func (db *DB) Close() { db.stop() }

func (db *DB) opener(ctx context.Context) {
	<-ctx.Done() // 9: channel receive; from 10
}
