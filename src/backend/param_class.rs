//! Which types of a parameter one prepared statement may be executed with.

use crate::protocol::{ParamType, WireType};

/// What a MySQL server makes of a parameter's type.
///
/// MySQL derives the types within a statement from the first types that it is executed with and
/// derives them anew only where it must. After a DOUBLE it need not for a text: `SELECT ?` answers
/// 0 to `'word'` then (measured on 9.7). So a statement that several sessions share may only ever
/// be executed with types of the same class, or one session would see another one's types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ParamClass {
    /// No type was told, or that of NULL, which every type takes.
    #[default]
    Undecided,
    Signed,
    Unsigned,
    Double,
    Decimal,
    Text,
    Binary,
    /// A type with a class of its own.
    Other(WireType),
}

impl ParamClass {
    /// The class of a type as it was told.
    pub(super) fn of(param: ParamType) -> Self {
        match param.wire {
            WireType::Null => Self::Undecided,
            WireType::Tiny
            | WireType::Short
            | WireType::Year
            | WireType::Int24
            | WireType::Long
            | WireType::LongLong => {
                if param.is_unsigned {
                    Self::Unsigned
                } else {
                    Self::Signed
                }
            }
            WireType::Float | WireType::Double => Self::Double,
            WireType::Decimal | WireType::NewDecimal => Self::Decimal,
            WireType::VarChar
            | WireType::VarString
            | WireType::String
            | WireType::Enum
            | WireType::Set => Self::Text,
            WireType::TinyBlob | WireType::MediumBlob | WireType::LongBlob | WireType::Blob => {
                Self::Binary
            }
            other => Self::Other(other),
        }
    }

    /// Whether a statement executed with `known` may be executed with `told`.
    pub(super) fn agree(known: &[Self], told: &[Self]) -> bool {
        let is_open = |class: &Self| *class == Self::Undecided;
        known
            .iter()
            .zip(told)
            .all(|(known, told)| known == told || is_open(known) || is_open(told))
    }
}

/// Notes the classes that a statement is executed with.
pub(super) fn admit(known: &mut [ParamClass], told: &[ParamClass]) {
    for (known, told) in known.iter_mut().zip(told) {
        if *known == ParamClass::Undecided {
            *known = *told;
        }
    }
}
