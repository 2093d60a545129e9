//! Reads that carry a word which must come back, and single writes that go into the ledger.

use super::clerk::Trouble;
use super::client::Client;
use super::ledger::Fate;
use super::shelves::Shelves;

impl Client<'_> {
    /// One read; its answer must be its own.
    pub fn read(&mut self) -> Result<(), Trouble> {
        let word = self.clerk.word();
        let (sql, expected) = match self.clerk.dice.roll(10) {
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
        self.clerk.expect(told.rows == [expected.as_slice()], || {
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
        let Some((number, order)) = self.clerk.known_order() else {
            return Ok(());
        };
        let sql = format!(
            "/*+ PROXY_DS=primary */ SELECT '{word}', order_no FROM inv_reservation WHERE sku_id = {} AND order_no = '{number}'",
            order.sku
        );
        let told = self.say("reads", &sql)?;
        let row = [word.to_owned(), number];
        self.clerk.expect_order(&sql, order, &told.rows, &row);
        Ok(())
    }

    /// One write that commits by itself.
    pub fn write(&mut self) -> Result<(), Trouble> {
        match self.clerk.dice.roll(4) {
            0 => self.count_up(),
            1 => self.deliver(),
            _ => self.reserve(),
        }
    }

    /// An insert that a repetition would find: its order number is unique.
    fn reserve(&mut self) -> Result<(), Trouble> {
        let sku = self.shelves.cold + i64::try_from(self.clerk.dice.roll(Shelves::COLD)).unwrap();
        let number = self.clerk.word();
        let sql = format!(
            "INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty) VALUES ('{number}', {sku}, 1, 1)"
        );
        let fate = self.fate_of_write(&sql);
        self.clerk.enter(&number, sku, fate, false);
        Ok(())
    }

    /// An update that would show each repetition, in a row that nobody else writes.
    fn count_up(&mut self) -> Result<(), Trouble> {
        let sku = self.shelves.own[self.clerk.n];
        let sql = format!(
            "UPDATE inv_stock SET version = version + 1 WHERE sku_id = {sku} AND warehouse_id = 1"
        );
        let fate = self.fate_of_write(&sql);
        self.clerk
            .ledger
            .increments
            .entry(sku)
            .or_default()
            .add(fate);
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
        self.clerk
            .ledger
            .deliveries
            .entry(sku)
            .or_default()
            .add(fate);
        Ok(())
    }

    fn fate_of_write(&mut self, sql: &str) -> Fate {
        match self.say("writes", sql) {
            Ok(told) => {
                self.clerk.expect(told.affected == 1, || {
                    format!("{sql}: {} rows", told.affected)
                });
                Fate::Acknowledged
            }
            Err(trouble) => trouble.fate(),
        }
    }

    pub fn hot_sku(&mut self) -> i64 {
        self.clerk.any(&self.shelves.hot)
    }
}
