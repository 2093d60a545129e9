//! Wrong readings that a test build plants to prove that the tests would find them; any other build has none.
//!
//! Each is one that `ShardingSphere` has (contract 4.9). Without the feature `planted-faults` the question is a
//! constant, so nothing of it is left in the program.

#[cfg(all(feature = "planted-faults", not(debug_assertions)))]
compile_error!("planted-faults makes wrong routes: it is for tests, never for a release build");

/// A fault of contract 4.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlantedFault {
    /// `NOT IN (a)` is read as `IN (a)`.
    NotIn,
    /// `NOT BETWEEN a AND b` is read as `BETWEEN a AND b`.
    NotBetween,
    /// Columns and expressions inside an IN list are left out.
    InExpression,
    /// Conditions of a sub-query restrict the outer table.
    SubQueryRestrictsOuter,
    /// The ON of an outer join restricts the table that keeps all its rows.
    OuterJoinOn,
    /// Each branch of a UNION runs where the first one does.
    UnionBranches,
    /// A table joined with itself is read on one node for both keys.
    SelfJoin,
    /// Binding tables follow each other, whatever columns they are joined on.
    BindingColumns,
    /// Executable comments are skipped.
    ExecutableComments,
    /// Text after the first `;` is not looked at.
    TextAfterSemicolon,
    /// Strings are taken with their escapes.
    EscapesKept,
    /// `'12345'` is hashed as text for an integer column.
    QuotedNumber,
    /// So is `'5 '`.
    PaddedNumber,
    /// So is `12345.0`.
    DecimalNumber,
    /// So is `5e0`.
    FloatNumber,
}

impl PlantedFault {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::NotIn,
        Self::NotBetween,
        Self::InExpression,
        Self::SubQueryRestrictsOuter,
        Self::OuterJoinOn,
        Self::UnionBranches,
        Self::SelfJoin,
        Self::BindingColumns,
        Self::ExecutableComments,
        Self::TextAfterSemicolon,
        Self::EscapesKept,
        Self::QuotedNumber,
        Self::PaddedNumber,
        Self::DecimalNumber,
        Self::FloatNumber,
    ];
}

#[cfg(feature = "planted-faults")]
mod planted {
    use super::PlantedFault;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Position in [`PlantedFault::ALL`] plus one.
    static PLANTED: AtomicUsize = AtomicUsize::new(0);

    /// Plants the fault of this name (`NotIn`), and no other; false if there is none of it.
    pub fn plant(name: &str) -> bool {
        let found = PlantedFault::ALL
            .iter()
            .position(|fault| format!("{fault:?}") == name);
        PLANTED.store(found.map_or(0, |index| index + 1), Ordering::Relaxed);
        found.is_some()
    }

    /// Whether `fault` is planted.
    #[must_use]
    pub fn is_planted(fault: PlantedFault) -> bool {
        let index = PLANTED.load(Ordering::Relaxed).checked_sub(1);
        index.and_then(|index| PlantedFault::ALL.get(index)) == Some(&fault)
    }
}

#[cfg(feature = "planted-faults")]
pub use planted::{is_planted, plant};

/// Whether `fault` is planted: never in this build.
#[cfg(not(feature = "planted-faults"))]
#[must_use]
pub const fn is_planted(_fault: PlantedFault) -> bool {
    false
}
