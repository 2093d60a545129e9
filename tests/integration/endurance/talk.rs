//! Reads that carry a word which must come back, and single writes that go into the ledger.

use super::client::{Client, Shelves, Trouble};
use super::ledger::{Fate, Order};

/// Cold SKUs that orders are spread over.
const COLD: u64 = 5_000;

impl Client<'_> {
    /// One read; its answer must be its own.
    pub fn read(&mut self) -> Result<(), Trouble> {
        let word = self.word();
        let (sql, expected) = match self.dice.roll(10) {
            0 => return self.set_variable(&word),
            1 | 2 => (
                format!("SELECT '{word}', @mine"),
                vec![word.clone(), self.mine()],
            ),
            3 => (
                format!("SELECT CONNECTION_ID(), '{word}'"),
                vec![self.id().to_string(), word.clone()],
            ),
            4 | 5 => return self.read_back(&word),
            6 => {
                let sku = self.hot_sku();
                let sql = format!(
                    "SELECT '{word}', sku_id, @mine FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"
                );
                (sql, vec![word.clone(), sku.to_string(), self.mine()])
            }
            _ => {
                let sku = self.hot_sku();
                let sql = format!(
                    "SELECT sku_id, '{word}', COUNT(*) FROM inv_stock WHERE sku_id = {sku} AND warehouse_id = 1"
                );
                (sql, vec![sku.to_string(), word.clone(), "1".to_owned()])
            }
        };
        let told = self.say("reads", &sql)?;
        self.expect(told.rows == [expected.as_slice()], || {
            format!("{sql}: {expected:?} expected, came {:?}", told.rows)
        });
        Ok(())
    }

    fn set_variable(&mut self, word: &str) -> Result<(), Trouble> {
        self.say("reads", &format!("SET @mine = '{word}'"))?;
        self.set_mine(word);
        Ok(())
    }

    /// An order of this client's own, at its primary: it must be as the client was told.
    fn read_back(&mut self, word: &str) -> Result<(), Trouble> {
        if self.numbers.is_empty() {
            return Ok(());
        }
        let at = self.dice.roll(self.numbers.len().try_into().unwrap());
        let number = self.numbers[usize::try_from(at).unwrap()].clone();
        let order = self.ledger.orders[&number];
        let sql = format!(
            "/*+ PROXY_DS=primary */ SELECT '{word}', order_no FROM inv_reservation WHERE sku_id = {} AND order_no = '{number}'",
            order.sku
        );
        let told = self.say("reads", &sql)?;
        let row = [word.to_owned(), number];
        let is_right = match order.fate {
            Fate::Acknowledged => told.rows == [row.as_slice()],
            Fate::Refused => told.rows.is_empty(),
            Fate::Unknown => told.rows.is_empty() || told.rows == [row.as_slice()],
        };
        self.expect(is_right, || {
            format!("{sql}: {order:?}, came {:?}", told.rows)
        });
        Ok(())
    }

    /// One write that commits by itself.
    pub fn write(&mut self) -> Result<(), Trouble> {
        match self.dice.roll(4) {
            0 => self.count_up(),
            1 => self.deliver(),
            _ => self.reserve(),
        }
    }

    /// An insert that a repetition would find: its order number is unique.
    fn reserve(&mut self) -> Result<(), Trouble> {
        let sku = self.shelves.cold + i64::try_from(self.dice.roll(COLD)).unwrap();
        let number = self.word();
        let sql = format!(
            "INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES ('{number}', {sku}, 1, 1)"
        );
        let fate = self.fate_of_write(&sql);
        self.enter(&number, sku, fate, false);
        Ok(())
    }

    /// An update that would show each repetition, in a row that nobody else writes.
    fn count_up(&mut self) -> Result<(), Trouble> {
        let sku = self.shelves.own[self.n];
        let sql = format!(
            "UPDATE inv_stock SET version = version + 1 WHERE sku_id = {sku} AND warehouse_id = 1"
        );
        let fate = self.fate_of_write(&sql);
        self.ledger.increments.entry(sku).or_default().add(fate);
        Ok(())
    }

    /// The same in a row that many buy from.
    fn deliver(&mut self) -> Result<(), Trouble> {
        let sku = self.hot_sku();
        let sql = format!(
            "UPDATE inv_stock SET stock = stock + {} WHERE sku_id = {sku} AND warehouse_id = 1",
            Shelves::DELIVERY
        );
        let fate = self.fate_of_write(&sql);
        self.ledger.deliveries.entry(sku).or_default().add(fate);
        Ok(())
    }

    fn fate_of_write(&mut self, sql: &str) -> Fate {
        match self.say("writes", sql) {
            Ok(told) => {
                self.expect(told.affected == 1, || {
                    format!("{sql}: {} rows", told.affected)
                });
                Fate::Acknowledged
            }
            Err(trouble) => trouble.fate(),
        }
    }

    /// Notes an order.
    pub fn enter(&mut self, number: &str, sku: i64, fate: Fate, is_sale: bool) {
        let order = Order { sku, fate, is_sale };
        self.ledger.orders.insert(number.to_owned(), order);
        self.numbers.push(number.to_owned());
    }

    pub fn hot_sku(&mut self) -> i64 {
        let hot = &self.shelves.hot;
        hot[usize::try_from(self.dice.roll(hot.len().try_into().unwrap())).unwrap()]
    }
}
