//! What the servers hold at the end, held against what the clients were told.

use std::collections::{BTreeMap, HashMap};

use crate::oracle::all_rows;
use crate::support::{Placement, Shop};

use super::ledger::{Fate, Ledger};
use super::shelves::Shelves;

/// Acknowledged orders exist once, refused ones do not, and nothing exists that nobody ordered.
pub fn assert_orders(found: &Orders, books: &Ledger) {
    let mut faults = Vec::new();
    for (number, order) in &books.orders {
        let places = found.get(number).map_or(0, Vec::len);
        let is_right = match order.fate {
            Fate::Acknowledged => places == 1,
            Fate::Refused => places == 0,
            Fate::Unknown => places <= 1,
        };
        if !is_right {
            faults.push(format!("{number}: {order:?}, found {places} times"));
        }
    }
    for (number, skus) in found {
        let ordered = books.orders.get(number);
        if ordered.is_none_or(|order| skus.iter().any(|sku| *sku != order.sku)) {
            faults.push(format!("{number}: {ordered:?}, found with {skus:?}"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(books.count(Fate::Acknowledged) > 0);
}

/// No unit was sold twice or lost, and updates that were acknowledged happened once.
pub fn assert_stock(shop: &Shop, found: &Orders, books: &Ledger, shelves: &Shelves) {
    let mut sold: HashMap<i64, i64> = HashMap::new();
    for (number, order) in &books.orders {
        if order.is_sale && found.contains_key(number) {
            *sold.entry(order.sku).or_default() += 1;
        }
    }
    let rows = all_rows(shop, "inv_stock", "sku_id, stock, reserved, version");
    let stock: BTreeMap<i64, [i64; 3]> = rows
        .into_iter()
        .map(|(_, row)| {
            let number = |n: usize| row[n].parse().unwrap();
            (number(0), [number(1), number(2), number(3)])
        })
        .collect();
    for sku in &shelves.hot {
        let [left, reserved, _] = stock[sku];
        let sold = sold.get(sku).copied().unwrap_or(0);
        let delivered = left + sold - Shelves::UNITS;
        let count = books.deliveries.get(sku).copied().unwrap_or_default();
        assert!(left >= 0 && reserved == 0, "{sku}: {:?}", stock[sku]);
        assert!(
            delivered % Shelves::DELIVERY == 0 && count.allows(delivered / Shelves::DELIVERY),
            "{sku}: {left} left, {sold} sold, {count:?}"
        );
    }
    for sku in &shelves.own {
        let count = books.increments.get(sku).copied().unwrap_or_default();
        assert!(
            count.allows(stock[sku][2]),
            "{sku}: {:?}, {count:?}",
            stock[sku]
        );
    }
}

/// Each sale told the outbox once, in the database of its SKU, and nothing else did.
pub fn assert_outbox(shop: &Shop, found: &Orders, books: &Ledger) {
    let mut told: HashMap<String, u64> = HashMap::new();
    for (schema, row) in shop
        .everywhere("SELECT JSON_UNQUOTE(JSON_EXTRACT(payload, '$.order')) FROM {schema}.outbox")
    {
        let [number] = row.try_into().unwrap();
        let earlier = told.insert(number.clone(), u64::try_from(schema).unwrap());
        assert_eq!(earlier, None, "{number} was told twice");
    }
    for (number, order) in books.orders.iter().filter(|(_, order)| order.is_sale) {
        let expected = found
            .contains_key(number)
            .then(|| Placement::schema_of_sku(order.sku));
        assert_eq!(told.remove(number), expected, "{number}: {order:?}");
    }
    assert!(told.is_empty(), "{told:?}");
}

/// SKUs of the reservations that the primaries hold, by order number.
pub type Orders = HashMap<String, Vec<i64>>;

/// Reads them all.
pub fn orders(shop: &Shop) -> Orders {
    let mut found = Orders::new();
    for (_, row) in all_rows(shop, "inv_reservation", "order_no, sku_id") {
        let sku = row[1].parse().unwrap();
        found.entry(row[0].clone()).or_default().push(sku);
    }
    found
}
