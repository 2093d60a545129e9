// GORM: the primary key that the model declares holds the sharding column, so that Save and Delete name it.
package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"

	. "shardgate-drivers/cells"
)

// An Item has its SKU and warehouse for a key. Its id is only read: the proxy, or the server, generates it.
type Item struct {
	SkuID       int64 `gorm:"primaryKey;autoIncrement:false"`
	WarehouseID int   `gorm:"primaryKey;autoIncrement:false"`
	ID          int64 `gorm:"->"`
	Name        string
	Qty         int
	Price       *string
	Ratio       *float64
	Big         *uint64
	Bits        []byte `gorm:"->"`
	Day         *time.Time
	Moment      *time.Time
	Stamp       *time.Time
	Born        *int
	Doc         map[string]any `gorm:"serializer:json"`
	Body        []byte
}

// TableName is GORM's hook.
func (Item) TableName() string { return Table }

func open(prepare bool) *gorm.DB {
	return Got(gorm.Open(mysql.New(mysql.Config{DSNConfig: Config()}),
		&gorm.Config{PrepareStmt: prepare, Logger: logger.Discard, TranslateError: false}))
}

var db *gorm.DB

func item(on *gorm.DB, key int64, warehouse int) (found Item) {
	Must(on.First(&found, "sku_id = ? AND warehouse_id = ?", key, warehouse).Error)
	return
}

func count(on *gorm.DB, key int64) (n int64) {
	Must(on.Model(&Item{}).Where("sku_id = ?", key).Count(&n).Error)
	return
}

func connect() {
	var name string
	Must(db.Raw("SELECT DATABASE()").Scan(&name).Error)
	Same(name, Config().DBName)
}

func life(on *gorm.DB) {
	key := Sku()
	row := Item{SkuID: key, WarehouseID: 1, Name: "new", Qty: 7}
	Must(on.Create(&row).Error)
	row.Name = "old"
	Must(on.Save(&row).Error)
	Must(on.Model(&row).Update("qty", gorm.Expr("qty + ?", 1)).Error)
	found := item(on, key, 1)
	Same([]any{found.Name, found.Qty, found.ID > 0}, []any{"old", 8, true})
	Same(on.Delete(&row).RowsAffected, int64(1))
	Same(errors.Is(on.First(&Item{}, "sku_id = ?", key).Error, gorm.ErrRecordNotFound), true)
}

func plain()    { life(open(false)) }
func prepared() { life(db); life(db) }

func batch() {
	key, rows := Sku(), []Item{}
	for n := range 100 {
		rows = append(rows, Item{SkuID: key, WarehouseID: n, Qty: n})
	}
	Same(db.CreateInBatches(&rows, 40).RowsAffected, int64(100))
	Must(db.Clauses(clause.OnConflict{DoUpdates: clause.AssignmentColumns([]string{"qty"})}).Create(&rows).Error)
	Same(count(db, key), int64(100))
}

func transaction() {
	key := Sku()
	err := db.Transaction(func(tx *gorm.DB) error {
		Must(tx.Create(&Item{SkuID: key, WarehouseID: 1}).Error)
		return errors.New("no")
	})
	Same(err.Error(), "no")
	Must(db.Transaction(func(tx *gorm.DB) error {
		Same(count(tx, key), int64(0))
		Must(tx.Create(&Item{SkuID: key, WarehouseID: 1}).Error)
		return tx.Clauses(clause.Locking{Strength: "UPDATE"}).First(&Item{}, "sku_id = ?", key).Error
	}, &sql.TxOptions{Isolation: sql.LevelReadCommitted}))
	Same(count(db.Begin(), key), int64(1))
}

func savepoint() {
	key := Sku()
	Must(db.Transaction(func(tx *gorm.DB) error {
		Must(tx.Create(&Item{SkuID: key, WarehouseID: 1}).Error)
		inner := tx.Transaction(func(tx *gorm.DB) error {
			Must(tx.Create(&Item{SkuID: key, WarehouseID: 2}).Error)
			return errors.New("inner")
		})
		Same(inner.Error(), "inner")
		Same(count(tx, key), int64(1))
		return nil
	}))
}

func stream() {
	key := Sku()
	rows := []Item{}
	for n := range 2000 {
		rows = append(rows, Item{SkuID: key, WarehouseID: n, Body: make([]byte, 500)})
	}
	Must(db.CreateInBatches(&rows, 500).Error)
	cursor := Got(db.Model(&Item{}).Where("sku_id = ?", key).Rows())
	total := 0
	for cursor.Next() {
		var row Item
		Must(db.ScanRows(cursor, &row))
		total += len(row.Body)
	}
	Must(cursor.Err())
	Same(total, 2000*500)
}

func values() {
	key := Sku()
	price, ratio, big, born := "-12345678901234.567891", 0.1, ^uint64(0), 1999
	Must(db.Create(&Item{SkuID: key, WarehouseID: 1, Price: &price, Ratio: &ratio, Big: &big, Born: &born}).Error)
	found := item(db, key, 1)
	Same([]any{*found.Price, *found.Ratio, *found.Big, *found.Born}, []any{price, ratio, big, born})
}

func dates() {
	key := Sku()
	day, moment := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), time.Date(2024, 2, 29, 23, 59, 58, 123456000, time.UTC)
	Must(db.Create(&Item{SkuID: key, WarehouseID: 1, Day: &day, Moment: &moment, Stamp: &day}).Error)
	found := item(db, key, 1)
	Same([]any{*found.Day, *found.Moment, *found.Stamp}, []any{day, moment, day})
}

func text() {
	key := Sku()
	Must(db.Create(&Item{SkuID: key, WarehouseID: 1, Name: Text}).Error)
	Same(item(db, key, 1).Name, Text)
	var n int64
	Must(db.Model(&Item{}).Where(&Item{SkuID: key, Name: Text}).Count(&n).Error)
	Same(n, int64(1))
}

func documents() {
	key := Sku()
	document := map[string]any{"name": "ü😀", "list": []any{1.0, nil, true}}
	Must(db.Create(&Item{SkuID: key, WarehouseID: 1, Doc: document}).Error)
	Same(item(db, key, 1).Doc, document)
}

func blob() {
	key := Sku()
	data := []byte(strings.Repeat("\x00\xff'\\\n", 200_000))
	Must(db.Create(&Item{SkuID: key, WarehouseID: 1, Body: data}).Error)
	Same(string(item(db, key, 1).Body) == string(data), true)
}

func schema() {
	migrator := db.Migrator()
	tables := Got(migrator.GetTables())
	Same(strings.Count(" "+strings.Join(tables, " ")+" ", " "+Table+" "), 1)
	IsLogical(strings.Join(tables, " "))
	Same(migrator.HasTable(&Item{}), true)
	Same(migrator.HasTable("nothing"), false)
	Same(migrator.HasColumn(&Item{}, "warehouse_id"), true)
	Same(migrator.HasIndex(&Item{}, "uk_item"), true)
	Same(len(Got(migrator.GetIndexes(&Item{}))), 3)
}

// inspect reads a row of the table to learn its columns.
func inspect() {
	names := []string{}
	for _, column := range Got(db.Migrator().ColumnTypes(&Item{})) {
		names = append(names, column.Name())
	}
	Same(names[:3], []string{"id", "sku_id", "warehouse_id"})
}

func pool() {
	key := Sku()
	Got(db.DB()).SetMaxOpenConns(8)
	var all sync.WaitGroup
	faults := make(chan string, 100)
	for worker := range 16 {
		all.Add(1)
		go func() {
			defer all.Done()
			defer func() {
				if fault := recover(); fault != nil {
					faults <- fmt.Sprint(fault)
				}
			}()
			name := fmt.Sprint("worker ", worker)
			Must(db.Create(&Item{SkuID: key, WarehouseID: worker, Name: name}).Error)
			for range 20 {
				// another connection of the pool may have written it: read where it was written
				Must(db.Transaction(func(tx *gorm.DB) error {
					var found Item
					Must(tx.First(&found, "sku_id = ? AND warehouse_id = ?", key, worker).Error)
					Same(found.Name, name)
					return nil
				}))
			}
		}()
	}
	all.Wait()
	close(faults)
	for fault := range faults {
		panic(fault)
	}
}

func failures() {
	key := Sku()
	Must(db.Create(&Item{SkuID: key, WarehouseID: 1}).Error)
	Same(Number(db.Create(&Item{SkuID: key, WarehouseID: 1}).Error), 1062)
	if Sharded {
		Same(Number(db.Find(&[]Item{}).Error), 20090)
	}
	Same(count(db, key), int64(1))
}

func main() {
	db = open(true)
	Run([]Cell{
		{"connect", connect}, {"plain", plain}, {"prepared", prepared}, {"batch", batch}, {"transaction", transaction},
		{"savepoint", savepoint}, {"stream", stream}, {"charset", text}, {"dates", dates}, {"numbers", values},
		{"json", documents}, {"blob", blob}, {"schema", schema}, {"inspectdb", inspect}, {"pool", pool}, {"errors", failures},
	}, os.Args[1:])
}
