// Package cells is what the Go programs share: the place they work on and the report of their cells.
package cells

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// Table is the table to work on.
var Table = os.Getenv("DB_TABLE")

// Sharded tells that the proxy shards it.
var Sharded = os.Getenv("DB_SHARDED") != ""

// Text has what a careless escape would break.
const Text = "Grüße, 漢字, 😀, \\ ' \" % \n\t"

var nextSku, _ = strconv.ParseInt(os.Getenv("DB_SKU"), 10, 64)

// Sku is one that nothing else uses.
func Sku() int64 {
	nextSku++
	return nextSku
}

// Config is the driver's for the place.
func Config() *mysql.Config {
	config := mysql.NewConfig()
	config.Net = "tcp"
	config.Addr = os.Getenv("DB_HOST") + ":" + os.Getenv("DB_PORT")
	config.User = os.Getenv("DB_USER")
	config.Passwd = os.Getenv("DB_PASSWORD")
	config.DBName = os.Getenv("DB_NAME")
	config.ParseTime = true
	return config
}

// A Cell is one task of the matrix; it panics with what went wrong.
type Cell struct {
	Name string
	Run  func()
}

// Run runs the cells that the command line names, or all, and prints their lines.
func Run(cells []Cell, only []string) {
	for _, cell := range cells {
		if len(only) == 0 || strings.Contains(" "+strings.Join(only, " ")+" ", " "+cell.Name+" ") {
			fmt.Printf("%s\t%s\n", cell.Name, outcome(cell.Run))
		}
	}
	fmt.Println("end\tok\t")
}

func outcome(run func()) (line string) {
	line = "ok\t"
	defer func() {
		if fault := recover(); fault != nil {
			line = "fail\t" + strings.Join(strings.Fields(fmt.Sprint(fault)), " ")
		}
	}()
	run()
	return
}

// Must panics with an error.
func Must(err error) {
	if err != nil {
		panic(err)
	}
}

// Got is a value, or a panic with the error.
func Got[T any](value T, err error) T {
	Must(err)
	return value
}

// Same panics if the two differ.
func Same(got, wanted any) {
	if !reflect.DeepEqual(got, wanted) {
		panic(fmt.Sprintf("got %.200v, wanted %.200v", got, wanted))
	}
}

// Number is the server's number of an error.
func Number(err error) int {
	var answer *mysql.MySQLError
	if errors.As(err, &answer) {
		IsLogical(answer.Message)
		return int(answer.Number)
	}
	panic(fmt.Sprintf("not a server's error: %v", err))
}

var actual = regexp.MustCompile(`\b(item|inv_stock|inv_reservation)_\d+|\becom_\d`)

// IsLogical panics if an actual table or schema shows.
func IsLogical(text string) {
	if found := actual.FindString(text); found != "" {
		panic("actual name " + found + " in " + text)
	}
}
