//! The reservation transaction: a unit is taken, ordered and told to the outbox, or nothing of it.

use super::clerk::Trouble;
use super::client::Client;
use super::ledger::Fate;

impl Client<'_> {
    /// Buys one unit of a hot SKU, or thinks better of it, or goes away in the midst of it.
    pub fn buy(&mut self) -> Result<(), Trouble> {
        let sku = self.hot_sku();
        let number = self.clerk.word();
        self.say("transactions", "BEGIN")?;
        let taken = match self.take(sku, &number) {
            Ok(taken) => taken,
            Err(trouble) => {
                // whatever happened before COMMIT was said must not stay
                self.clerk.enter(&number, sku, Fate::Refused, true);
                let _ = self.say("transactions", "ROLLBACK");
                return Err(trouble);
            }
        };
        let end = self.clerk.dice.roll(20);
        if !taken || end < 2 {
            self.clerk.enter(&number, sku, Fate::Refused, true);
            return self.say("transactions", "ROLLBACK").map(drop);
        }
        if end == 2 {
            self.clerk.enter(&number, sku, Fate::Refused, true);
            self.clerk.ledger.abandoned += 1;
            self.leave();
            return Ok(());
        }
        let committed = self.say("transactions", "COMMIT");
        let fate = committed
            .as_ref()
            .map_or_else(|trouble| trouble.fate(), |_| Fate::Acknowledged);
        self.clerk.enter(&number, sku, fate, true);
        committed.map(drop)
    }

    /// All but the end; false if the shelf is empty.
    fn take(&mut self, sku: i64, number: &str) -> Result<bool, Trouble> {
        let key = format!("sku_id = {sku} AND warehouse_id = 1");
        let reserve = format!(
            "UPDATE inv_stock SET reserved = reserved + 1, version = version + 1 WHERE {key} AND stock - reserved >= 1"
        );
        if self.say("transactions", &reserve)?.affected == 0 {
            return Ok(false);
        }
        let word = self.clerk.word();
        let look = format!("SELECT '{word}', reserved FROM inv_stock WHERE {key}");
        let told = self.say("transactions", &look)?;
        self.clerk.expect(told.rows == [[word.as_str(), "1"]], || {
            format!("{look}: {:?}", told.rows)
        });
        self.say("transactions", &format!(
            "INSERT INTO inv_reservation (order_no, sku_id, warehouse_id, qty, status) VALUES ('{number}', {sku}, 1, 1, 1)"
        ))?;
        self.say("transactions", &format!(
            "UPDATE inv_stock SET stock = stock - 1, reserved = reserved - 1 WHERE {key} AND reserved >= 1"
        ))?;
        self.say("transactions", &format!(
            "INSERT INTO outbox (event_type, payload, created_at) VALUES ('SOLD', JSON_OBJECT('order', '{number}'), NOW())"
        ))?;
        Ok(true)
    }
}
