package main

import (
	"database/sql"
	"database/sql/driver"
	"os"
	"runtime"
	"time"
)

type fake struct{}

func (fake) Open(string) (driver.Conn, error)           { return fake{}, nil }
func (fake) Prepare(string) (driver.Stmt, error)        { return fake{}, nil }
func (fake) Begin() (driver.Tx, error)                  { return nil, driver.ErrSkip }
func (fake) NumInput() int                              { return 0 }
func (fake) Exec([]driver.Value) (driver.Result, error) { return driver.RowsAffected(1), nil }
func (fake) Query([]driver.Value) (driver.Rows, error)  { return fake{}, nil }
func (fake) Columns() []string                          { return []string{"id"} }
func (fake) Next([]driver.Value) error                  { return nil }
func (fake) Close() error                               { return nil }

func ping() error {
	db, err := sql.Open("fake", "")
	if err != nil {
		return err
	}
	return db.Ping()
}

// 12: select; alone database/sql.(*DB).connectionOpener

func main() {
	sql.Register("fake", fake{})
	for range 10 {
		ping()
	}

	time.Sleep(50 * time.Millisecond)
	if runtime.NumGoroutine() > 5 {
		os.Exit(1)
	}
}
