//! The names in a column definition that tell where the column lives, edited in place.

use super::error::ProtocolError;
use super::packet::write_lenenc_bytes;
use super::reader::Reader;

/// A column definition's payload cut at the names that may have to be edited (contract 2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSource<'a> {
    /// Schema as the server names it, empty for expressions.
    pub schema: &'a [u8],
    /// The table's alias.
    pub table: &'a [u8],
    /// The table's own name.
    pub org_table: &'a [u8],
    catalog: &'a [u8],
    tail: &'a [u8],
}

impl<'a> ColumnSource<'a> {
    /// Cuts a payload; everything behind `org_table` stays as it is.
    pub fn parse(payload: &'a [u8]) -> Result<Self, ProtocolError> {
        let mut reader = Reader::new(payload);
        Ok(Self {
            catalog: reader.lenenc_bytes()?,
            schema: reader.lenenc_bytes()?,
            table: reader.lenenc_bytes()?,
            org_table: reader.lenenc_bytes()?,
            tail: reader.rest(),
        })
    }

    /// Appends the fields up to `org_table` with the names as they are now.
    pub fn write_head(&self, payload: &mut Vec<u8>) {
        for name in [self.catalog, self.schema, self.table, self.org_table] {
            write_lenenc_bytes(payload, name);
        }
    }

    /// Appends the payload with the names as they are now.
    pub fn write(&self, payload: &mut Vec<u8>) {
        self.write_head(payload);
        payload.extend_from_slice(self.tail);
    }

    /// Everything behind `org_table`.
    #[must_use]
    pub fn tail(&self) -> &'a [u8] {
        self.tail
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ColumnDefinition;

    #[test]
    fn logical_names_replace_actual_ones_and_the_rest_stays() {
        let actual = ColumnDefinition {
            schema: b"ds_3".to_vec(),
            table: b"inv_stock_7".to_vec(),
            org_table: b"inv_stock_7".to_vec(),
            org_name: b"sku_id".to_vec(),
            ..ColumnDefinition::integer("sku")
        };
        let mut payload = Vec::new();
        actual.write(&mut payload);

        let mut source = ColumnSource::parse(&payload).unwrap();
        assert_eq!(
            (source.schema, source.table),
            (&b"ds_3"[..], &b"inv_stock_7"[..])
        );
        source.schema = b"ecommerce";
        source.table = b"inv_stock";
        source.org_table = b"inv_stock";
        let mut edited = Vec::new();
        source.write(&mut edited);

        let logical = ColumnDefinition {
            schema: b"ecommerce".to_vec(),
            table: b"inv_stock".to_vec(),
            org_table: b"inv_stock".to_vec(),
            ..actual
        };
        assert_eq!(ColumnDefinition::parse(&edited), Ok(logical));
    }
}
