package main

import "database/sql"

func pingAll(names []string) error {
	for _, name := range names {
		db, err := sql.Open("fake", name)
		if err != nil {
			return err
		}
		if err := db.Ping(); err != nil {
			return err
		}
	}
	return nil
}

// 12: select; alone database/sql.(*DB).connectionOpener

func main() {
	_ = pingAll(nil)
}
