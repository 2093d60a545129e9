// go-sql-driver through the proxy: logins, rows by key, transactions, generated ids, errors.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"

	"github.com/go-sql-driver/mysql"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// The driver's name for a transport that checks the certificate, or none.
func transport() string {
	authority := os.Getenv("PROXY_CA")
	if authority == "" {
		return "false"
	}
	text, err := os.ReadFile(authority)
	must(err)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		log.Fatal("no certificate in ", authority)
	}
	must(mysql.RegisterTLSConfig("checked", &tls.Config{RootCAs: roots, ServerName: os.Getenv("PROXY_HOST")}))
	return "checked"
}

func source(user, password string) string {
	return fmt.Sprintf("%s:%s@tcp(%s:%s)/%s?interpolateParams=true&parseTime=true&tls=%s",
		user, password, os.Getenv("PROXY_HOST"), os.Getenv("PROXY_PORT"), os.Getenv("PROXY_DATABASE"), transport())
}

func main() {
	for n := 0; n < 2; n++ {
		salted, err := sql.Open("mysql", source("salted_go", os.Getenv("PROXY_SALTED_PASSWORD")))
		must(err)
		must(salted.Ping())
		must(salted.Close())
	}
	db, err := sql.Open("mysql", source(os.Getenv("PROXY_USER"), os.Getenv("PROXY_PASSWORD")))
	must(err)
	db.SetMaxOpenConns(16)
	must(db.Ping())
	sku, err := strconv.ParseInt(os.Getenv("PROXY_SKU"), 10, 64)
	must(err)

	result, err := db.Exec("INSERT INTO inv_stock (sku_id, warehouse_id, stock) VALUES (?, ?, ?)", sku, 1, 10)
	must(err)
	if id, err := result.LastInsertId(); err != nil || id <= 0 {
		log.Fatal("no generated id: ", id, err)
	}
	tx, err := db.Begin()
	must(err)
	var stock int
	must(tx.QueryRow("SELECT stock FROM inv_stock WHERE sku_id = ? AND warehouse_id = ? FOR UPDATE", sku, 1).Scan(&stock))
	_, err = tx.Exec("UPDATE inv_stock SET stock = stock - 1 WHERE sku_id = ? AND warehouse_id = ?", sku, 1)
	must(err)
	must(tx.Rollback())
	if stock != 10 {
		log.Fatal("stock ", stock)
	}
	var group sync.WaitGroup
	for n := 0; n < 16; n++ {
		group.Add(1)
		go func(n int) {
			defer group.Done()
			for m := 0; m < 20; m++ {
				word, want := "", fmt.Sprintf("w%d-%d", n, m)
				must(db.QueryRow("SELECT ? FROM inv_stock WHERE sku_id = ? AND warehouse_id = ? FOR UPDATE", want, sku, 1).Scan(&word))
				if word != want {
					log.Fatal("cross-talk: ", word, " for ", want)
				}
			}
		}(n)
	}
	group.Wait()
	for code, text := range map[uint16]string{20090: "SELECT * FROM inv_stock", 1146: "SELECT * FROM nowhere_at_all"} {
		_, err := db.Query(text)
		var refused *mysql.MySQLError
		if !errors.As(err, &refused) || refused.Number != code {
			log.Fatal(text, ": ", err)
		}
	}
	fmt.Println("go-sql-driver ok")
}
